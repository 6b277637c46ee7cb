// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <coview/win32/winerror.h>

#include "os/cancellation.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "sync/wait_point.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/last_error.hpp"

namespace coview::win32 {

using namespace pipe_layout;

namespace {

constexpr std::uint64_t smallest_ring = std::uint64_t{64} << 10U;
constexpr std::uint64_t largest_ring = std::uint64_t{16} << 20U;
constexpr std::uint64_t word = 8;

/// Small messages take their head and a word each: four times the quota holds those of eight bytes and less.
std::uint64_t ring_for(DWORD quota) {
  return std::bit_ceil(std::clamp(std::uint64_t{quota} * 4, smallest_ring, largest_ring));
}

std::uint64_t room_of(std::uint64_t length) {
  return sizeof(fragment) + os::round_up(length, word);
}

void send_byte(int socket) noexcept {
  char const byte = 0;
  (void)::send(socket, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);  // full: then there is one to read
}

/// Bounded: a peer that sends more than anybody needs must not keep us here.
void take_bytes(int socket) noexcept {
  constexpr int most = 4096;
  std::array<char, 64> bytes{};
  for (int i = 0; i < most; ++i) {
    if (::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT) != static_cast<ssize_t>(bytes.size())) return;
  }
}

/// Also where the other end has closed its half only: nobody would be told of anything any more, while poll(2) finds
/// the socket readable for ever.
bool hung_up(int socket) noexcept {
  pollfd one{socket, POLLRDHUP, 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

bool is_alive(std::uint32_t process) noexcept {
  return ::kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH;
}

/// A socket of a connected pair, which is what `make` makes.
bool is_stream_socket(int socket) noexcept {
  int type = 0;
  int domain = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
  size = sizeof domain;
  return ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

void make_pair(os::unique_fd& server, os::unique_fd& client) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) throw_code(error_from_errno(errno));
  os::unique_fd const first(pair[0]);
  os::unique_fd const second(pair[1]);
  server = duplicate_out_of_the_way(first.get());
  client = duplicate_out_of_the_way(second.get());
  if (!server || !client) throw_code(ERROR_TOO_MANY_OPEN_FILES);
}

}  // namespace

/// One direction, by whoever has its lock.
struct pipe_link::ring {
  direction& state;
  std::byte* bytes;
  std::uint64_t size;
  std::uint64_t head;
  std::uint64_t tail;

  [[nodiscard]] std::uint64_t used() const noexcept { return tail - head; }
  [[nodiscard]] bool sane() const noexcept { return used() <= size && head % word == 0 && tail % word == 0; }

  /// Between memory of the program, which may be anything, and the ring: false where a part of it cannot be used.
  bool copy(void* program, std::uint64_t at, std::size_t length, bool into_ring) const {
    if (length == 0) return true;
    std::uint64_t const offset = at & (size - 1);
    std::size_t const until_end = std::min<std::uint64_t>(length, size - offset);
    ::iovec const mine{program, length};
    std::array<::iovec, 2> const its{{{bytes + offset, until_end}, {bytes, length - until_end}}};
    unsigned long const pieces = until_end < length ? 2 : 1;
    ssize_t n = 0;
    do {
      n = into_ring ? ::process_vm_writev(::getpid(), &mine, 1, its.data(), pieces, 0)
                    : ::process_vm_readv(::getpid(), &mine, 1, its.data(), pieces, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0 &&
        (errno == ENOSYS || errno == EPERM)) {  // a sandbox without these calls: the program's memory is believed
      auto* const memory = static_cast<std::byte*>(program);
      for (std::size_t i = 0, done = 0; i < pieces; done += its.at(i++).iov_len) {
        auto* const there = static_cast<std::byte*>(its.at(i).iov_base);
        if (into_ring) {
          std::memcpy(there, memory + done, its.at(i).iov_len);
        } else {
          std::memcpy(memory + done, there, its.at(i).iov_len);
        }
      }
      return true;
    }
    return n == static_cast<ssize_t>(length);
  }

  /// The fragment at a position, checked; false where it cannot be one.
  bool look(std::uint64_t at, fragment& out) const {
    if (tail - at < sizeof out) return false;
    std::memcpy(&out, bytes + (at & (size - 1)), sizeof out);  // whole words: never over the end
    return room_of(out.length) <= tail - at;
  }
  [[nodiscard]] std::uint32_t partly(fragment const& oldest) const noexcept {
    return std::min(state.partly.load(std::memory_order_relaxed), oldest.length);
  }
};

struct pipe_link::locked {
  os::not_cancelled const until_given_back;
  ring where;
  wait_point point;
  locked(pipe_link const& link, std::size_t which)
      : where{link.shared().ways[which], link.base_ + link.ring_at_[which], link.ring_size_[which], 0, 0} {
    // Whose owner died: each step leaves the ring whole, so there is nothing to mend.
    point.kind = wait_kind::lock;
    point.node = &where.state.lock;
    (void)wait_for_one(point, {});
    where.head = where.state.head.load(std::memory_order_relaxed);
    where.tail = where.state.tail.load(std::memory_order_relaxed);
  }
  ~locked() { release_lock(point); }
  locked(locked const&) = delete;
  locked& operator=(locked const&) = delete;
};

void pipe_link::make(options const& wanted, parts& server, parts& client) {
  auto memory = os::anonymous_file(memory_label);
  if (!memory) throw_code(error_from_errno(memory.error()));
  std::uint64_t const size = rings_offset + ring_for(wanted.quota[0]) + ring_for(wanted.quota[1]);
  if (int const failure = os::resize(memory->get(), size)) throw_code(error_from_errno(failure));
  constexpr int size_is_fixed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(memory->get(), F_ADD_SEALS, size_is_fixed) != 0) throw_code(error_from_errno(errno));
  connection made{};
  made.magic = magic;
  made.message_type = wanted.message_type ? 1 : 0;
  for (std::size_t i = 0; i < 2; ++i) {
    made.quota.at(i) = wanted.quota.at(i);
    made.ring_size.at(i) = ring_for(wanted.quota.at(i));
  }
  made.process = {wanted.server, wanted.client};
  if (int const failure = os::write_at(memory->get(), std::as_bytes(std::span(&made, 1)), 0))
    throw_code(error_from_errno(failure));
  for (std::size_t i = 0; i < 2; ++i) make_pair(server.sockets.at(i), client.sockets.at(i));
  client.memory = duplicate_out_of_the_way(memory->get());
  if (!client.memory) throw_code(error_from_errno(errno));
  server.memory = std::move(*memory);
}

std::shared_ptr<pipe_link> pipe_link::open(parts from, pipe_side side) {
  if (!from || !is_memory_file(from.memory.get(), memory_label) || !is_sealed(from.memory.get()) ||
      !opened_for_writing(from.memory.get()) || !is_stream_socket(from.sockets[0].get()) ||
      !is_stream_socket(from.sockets[1].get()))
    return nullptr;
  auto const status = os::status(from.memory.get());
  if (!status || static_cast<std::uint64_t>(status->st_size) < rings_offset) return nullptr;
  auto const size = static_cast<std::uint64_t>(status->st_size);
  auto base = os::map_file(nullptr, size, PROT_READ | PROT_WRITE, os::sharing::shared, from.memory.get(), 0, 0);
  if (!base) throw_code(error_from_errno(base.error()));
  std::shared_ptr<pipe_link> made(new pipe_link(std::move(from), *base, size, side));
  return made->describe(size) ? made : nullptr;
}

pipe_link::pipe_link(parts from, std::byte* base, std::uint64_t size, pipe_side side)
    : held_{std::move(from.memory), {std::move(from.sockets[0]), std::move(from.sockets[1])}},
      base_(base),
      size_(size),
      reads_(side == pipe_side::server ? inbound : outbound) {}

pipe_link::~pipe_link() {
  ::munmap(base_, size_);
}

/// What never changes, read once.
bool pipe_link::describe(std::uint64_t size) {
  auto const& said = shared();
  if (said.magic != magic) return false;
  message_type_ = said.message_type != 0;
  std::uint64_t at = rings_offset;
  for (std::size_t i = 0; i < 2; ++i) {
    quota_.at(i) = said.quota.at(i);
    process_.at(i) = said.process.at(i);
    auto const length = said.ring_size.at(i);
    bool const sane = length >= smallest_ring && length <= largest_ring && std::has_single_bit(length);
    if (!sane || length > size - at) return false;
    ring_size_.at(i) = length;
    ring_at_.at(i) = at;
    at += length;
  }
  return true;
}

bool pipe_link::disconnected() const noexcept {
  return shared().disconnected.load(std::memory_order_acquire) != 0;
}

void pipe_link::disconnect() noexcept {
  // Release: pairs with the acquire above. Who is woken by the hang-up sees why.
  shared().disconnected.store(1, std::memory_order_release);
  for (auto const& socket : held_.sockets) {
    if (socket.still_own()) ::shutdown(socket.get(), SHUT_RDWR);
  }
}

bool pipe_link::other_end_closed() const noexcept {
  return !held_.sockets[reads_].still_own() || hung_up(socket_to_read());
}

pipe_answer pipe_link::read(pipe_read& context) {
  if (!held_.sockets[reads_].still_own()) return {ERROR_INVALID_HANDLE, context.done};
  locked held(*this, reads_);
  auto& from = held.where;
  if (disconnected()) return {ERROR_PIPE_NOT_CONNECTED};
  auto const over = [&context](DWORD code = ERROR_SUCCESS) { return pipe_answer{code, context.done}; };
  for (;;) {
    if (!from.sane()) return {ERROR_BROKEN_PIPE};
    if (from.used() == 0) {
      take_bytes(socket_to_read());  // invariant 1 holds: the lock keeps writers out
      if (context.begun && !context.by_message) return over();
      if (!hung_up(socket_to_read())) return {ERROR_SUCCESS, 0, true};
      // The rest of a message whose writer was killed never comes.
      return context.begun && context.done > 0 ? over(ERROR_MORE_DATA) : pipe_answer{ERROR_BROKEN_PIPE};
    }
    fragment oldest{};
    if (!from.look(from.head, oldest)) return {ERROR_BROKEN_PIPE};
    bool const ends_message = (oldest.more & ~first_of_message) == 0;
    if (context.by_message && context.begun && (oldest.more & first_of_message) != 0) return over();
    auto const partly = from.partly(oldest);
    auto const n = std::min(context.size - context.done, oldest.length - partly);
    if (!from.copy(static_cast<std::byte*>(context.buffer) + context.done, from.head + sizeof oldest + partly, n,
                   false))
      return {ERROR_NOACCESS};
    context.done += n;
    context.begun = true;
    bool const whole = partly + n == oldest.length;
    auto& state = from.state;
    state.partly.store(whole ? 0 : partly + n, std::memory_order_relaxed);
    state.taken.store(state.taken.load(std::memory_order_relaxed) + n, std::memory_order_release);
    if (whole) {
      from.head += room_of(oldest.length);
      state.head.store(from.head, std::memory_order_release);
    }
    if (state.awaited.exchange(0, std::memory_order_seq_cst) != 0) send_byte(socket_to_read());
    if (from.used() == 0) take_bytes(socket_to_read());
    if (context.by_message && whole && ends_message) return over();
    if (context.done == context.size) return over(context.by_message ? ERROR_MORE_DATA : ERROR_SUCCESS);
  }
}

/// As much of it as there is room for. 0 or a code.
DWORD pipe_link::put_fragments(ring& where, pipe_write& context) {
  auto& state = where.state;
  auto const left = [&context] { return context.size - context.done; };
  while (left() > 0 || !context.begun) {
    std::uint64_t const free = where.size - where.used();
    // A little room at the end of a full ring is left until there is more: a message in crumbs
    // costs more than it gains.
    std::uint64_t const wanted = std::min<std::uint64_t>(room_of(left()), where.size / 4);
    if (free < wanted) break;
    auto const n = static_cast<DWORD>(std::min<std::uint64_t>(left(), free - sizeof(fragment)));
    auto* const source = const_cast<void*>(context.buffer);  // NOLINT: read from only
    if (!where.copy(static_cast<std::byte*>(source) + context.done, where.tail + sizeof(fragment), n, true))
      return ERROR_INVALID_USER_BUFFER;
    bool const marks = message_type_ && !context.begun;
    fragment const head{n, (message_type_ ? left() - n : 0) | (marks ? first_of_message : 0)};
    std::memcpy(where.bytes + (where.tail & (where.size - 1)), &head, sizeof head);
    if (where.used() == 0)
      send_byte(socket_to_write());  // before it is there: invariant 1 whenever this process is killed
    state.put.store(state.put.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    where.tail += room_of(n);
    state.tail.store(where.tail, std::memory_order_release);
    context.done += n;
    context.begun = true;
  }
  context.end = state.put.load(std::memory_order_relaxed);
  return ERROR_SUCCESS;
}

pipe_answer pipe_link::write(pipe_write& context) {
  std::size_t const way = 1 - reads_;
  if (!held_.sockets[way].still_own()) return {ERROR_INVALID_HANDLE};
  locked held(*this, way);
  auto& to = held.where;
  auto& state = to.state;
  if (disconnected()) return {ERROR_PIPE_NOT_CONNECTED};
  if (hung_up(socket_to_write())) return {context.begun ? DWORD{ERROR_BROKEN_PIPE} : DWORD{ERROR_NO_DATA}};
  if (!to.sane()) return {ERROR_BROKEN_PIPE};
  if (context.size == 0 && !message_type_) return {};
  if (context.size >= first_of_message) return {ERROR_INVALID_PARAMETER};
  auto const self = static_cast<std::uint32_t>(::getpid());
  auto const midst = state.writer.load(std::memory_order_relaxed);
  bool const before_us = midst != 0 && (midst != self || !context.begun) && is_alive(midst);
  if (context.now) {
    std::uint64_t const unread =
        state.put.load(std::memory_order_relaxed) - state.taken.load(std::memory_order_relaxed);
    std::uint64_t const room = before_us || unread >= quota_[way] ? 0 : quota_[way] - unread;
    std::uint64_t const free = to.size - to.used();
    std::uint64_t const fits = std::min(room, free > sizeof(fragment) ? free - sizeof(fragment) : 0);
    if (context.size > fits && message_type_) return {};
    context.size = static_cast<DWORD>(std::min<std::uint64_t>(context.size, fits));
    if (context.size == 0 && !message_type_) return {};
    DWORD const code = put_fragments(to, context);
    return {code, code == ERROR_SUCCESS ? context.done : 0};
  }
  bool const all_in = context.begun && context.done == context.size;
  if (!all_in && !before_us) {
    if (DWORD const code = put_fragments(to, context)) {
      state.writer.store(0, std::memory_order_relaxed);
      return {code};
    }
    state.writer.store(context.begun && context.done < context.size ? self : 0, std::memory_order_relaxed);
  }
  auto const is_over = [&] {
    if (!context.begun || context.done < context.size) return false;
    auto const taken = state.taken.load(std::memory_order_seq_cst);
    return taken >= context.end || context.end - taken <= quota_[way];
  };
  if (is_over()) return {ERROR_SUCCESS, context.size};
  state.awaited.store(1, std::memory_order_seq_cst);  // invariant 2: the reader's exchange is under this lock too
  take_bytes(socket_to_write());
  return {ERROR_SUCCESS, 0, true};
}

void pipe_link::give_up(pipe_write const& context) {
  if (!context.begun || context.done == context.size) return;
  locked held(*this, 1 - reads_);
  held.where.state.writer.store(0, std::memory_order_relaxed);
}

pipe_contents pipe_link::peek(void* buffer, DWORD size, bool by_message) {
  if (!held_.sockets[reads_].still_own()) return {0, 0, 0, ERROR_INVALID_HANDLE};
  locked held(*this, reads_);
  auto& from = held.where;
  pipe_contents seen;
  if (disconnected()) return {0, 0, 0, ERROR_PIPE_NOT_CONNECTED};
  if (!from.sane()) return {0, 0, 0, ERROR_BROKEN_PIPE};
  if (from.used() == 0) {
    if (hung_up(socket_to_read())) seen.code = ERROR_BROKEN_PIPE;
    return seen;
  }
  auto const unread =
      from.state.put.load(std::memory_order_relaxed) - from.state.taken.load(std::memory_order_relaxed);
  seen.unread = static_cast<DWORD>(std::min<std::uint64_t>(unread, from.size));
  bool first_is_over = false;
  for (auto at = from.head; at != from.tail;) {
    fragment one{};
    if (!from.look(at, one)) return {0, 0, 0, ERROR_BROKEN_PIPE};
    bool const begins = (one.more & first_of_message) != 0;
    if (at != from.head && begins) first_is_over = true;
    if (first_is_over && (by_message || seen.copied == size)) break;
    auto const more = one.more & ~first_of_message;
    auto const partly = at == from.head ? from.partly(one) : 0;
    auto const there = one.length - partly;
    auto const n = std::min(size - seen.copied, there);
    if (!from.copy(static_cast<std::byte*>(buffer) + seen.copied, at + sizeof one + partly, n, false))
      return {0, 0, 0, ERROR_NOACCESS};
    seen.copied += n;
    if (message_type_ && !first_is_over)
      seen.left_of_first = (at == from.head ? there + more : seen.left_of_first) - n;
    if (!message_type_ && seen.copied == size) break;
    at += room_of(one.length);
  }
  return seen;
}

bool pipe_link::has_something() {
  locked held(*this, reads_);
  return held.where.sane() && held.where.used() > 0;
}

std::uint64_t pipe_link::written() const noexcept {
  return shared().ways[1 - reads_].put.load(std::memory_order_acquire);
}

pipe_answer pipe_link::is_read_up_to(std::uint64_t end) {
  if (!held_.sockets[1 - reads_].still_own()) return {ERROR_INVALID_HANDLE};
  locked held(*this, 1 - reads_);
  auto& state = held.where.state;
  if (disconnected()) return {ERROR_PIPE_NOT_CONNECTED};
  if (state.taken.load(std::memory_order_seq_cst) >= end || held.where.used() == 0) return {};
  if (hung_up(socket_to_write())) return {ERROR_BROKEN_PIPE};
  state.awaited.store(1, std::memory_order_seq_cst);
  take_bytes(socket_to_write());
  return {ERROR_SUCCESS, 0, true};
}

}  // namespace coview::win32
