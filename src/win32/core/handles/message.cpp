// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/message.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace coview::win32 {
namespace {

constexpr std::uint32_t message_magic = 0x31505743;  // "CWP1"
constexpr std::size_t most_bytes = 16384;            // a path or two, and a few numbers
constexpr std::size_t most_fds = 8;

/// Room for the descriptors of one packet.
union control_bytes {
  cmsghdr head;
  std::array<std::byte, CMSG_SPACE(sizeof(int) * most_fds)> bytes;
};

/// Takes what came into its hands before anything else can fail.
std::vector<os::unique_fd> descriptors_in(msghdr& packet) {
  std::vector<os::unique_fd> all;
  all.reserve(most_fds);
  for (auto* one = CMSG_FIRSTHDR(&packet); one != nullptr; one = CMSG_NXTHDR(&packet, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
    auto const count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(one) + i * sizeof fd, sizeof fd);
      all.emplace_back(fd);
    }
  }
  return all;
}

}  // namespace

int message::send(int socket) {
  if (object.bytes.size() > most_bytes || object.fds.size() > most_fds) return EMSGSIZE;
  head.magic = message_magic;
  head.what = static_cast<std::uint32_t>(object.what);
  head.length = static_cast<std::uint32_t>(object.bytes.size());
  std::array<iovec, 2> pieces{{{&head, sizeof head}, {object.bytes.data(), object.bytes.size()}}};
  msghdr packet{};
  packet.msg_iov = pieces.data();
  packet.msg_iovlen = pieces.size();
  control_bytes control{};
  if (!object.fds.empty()) {
    packet.msg_control = &control;
    packet.msg_controllen = CMSG_SPACE(sizeof(int) * object.fds.size());
    auto* const rights = CMSG_FIRSTHDR(&packet);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * object.fds.size());
    for (std::size_t i = 0; i < object.fds.size(); ++i) {
      int const fd = object.fds[i].get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof fd, &fd, sizeof fd);
    }
  }
  return ::sendmsg(socket, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

int message::receive(int socket) {
  std::array<char, most_bytes> body{};
  message_head read;
  std::array<iovec, 2> pieces{{{&read, sizeof read}, {body.data(), body.size()}}};
  control_bytes control{};
  msghdr packet{};
  packet.msg_iov = pieces.data();
  packet.msg_iovlen = pieces.size();
  packet.msg_control = &control;
  packet.msg_controllen = sizeof control;
  auto const got = ::recvmsg(socket, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return errno;
  auto fds = descriptors_in(packet);
  if (got == 0) return ECONNRESET;
  auto const size = static_cast<std::size_t>(got);
  bool const whole = (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && size >= sizeof read &&
                     read.magic == message_magic && size - sizeof read == read.length &&
                     read.purpose <= message_purpose::open &&
                     read.what <= static_cast<std::uint32_t>(object::kind::other);
  if (!whole) return EBADMSG;
  head = read;
  object = {};
  object.what = static_cast<object::kind>(read.what);
  object.bytes.assign(body.data(), read.length);
  for (auto& fd : fds) object.add(std::move(fd));  // not 0, 1 or 2, where this process has closed those
  return 0;
}

}  // namespace coview::win32
