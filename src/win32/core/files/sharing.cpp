// SPDX-License-Identifier: Apache-2.0
#include "win32/core/files/sharing.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ctime>

namespace coview::win32::sharing {
namespace {

// The zones. LockFile uses offsets below `first_zone` only (file_io.cpp).
constexpr off_t first_zone = off_t{1} << 62;
constexpr off_t zone_length = 0x10000;
constexpr int access_zones = 0;  // + 0, 1, 2 for reading, writing, deleting
constexpr int denial_zones = 3;
constexpr int writable_section_zone = 6;
constexpr off_t size_zone = first_zone + (first_zone / 2);  // byte size_zone + n: a section reaches beyond n
constexpr off_t longest_size = (first_zone / 2) - 1;

constexpr off_t zone(int index) {
  return first_zone + (index * zone_length);
}

struct ::flock range(short type, off_t start, off_t length) {
  struct ::flock request {};
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = start;
  request.l_len = length;
  return request;
}

bool lock(int fd, short type, off_t start, off_t length) {
  auto request = range(type, start, length);
  int answer = 0;
  do {
    answer = ::fcntl(fd, F_OFD_SETLK, &request);
  } while (answer != 0 && errno == EINTR);
  return answer == 0;
}

/// Any lock of another description in the range?
bool occupied(int fd, off_t start, off_t length) {
  auto request = range(F_WRLCK, start, length);
  return ::fcntl(fd, F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK;
}

bool may_read(int fd) {
  int const mode = ::fcntl(fd, F_GETFL) & O_ACCMODE;
  return mode == O_RDONLY || mode == O_RDWR;
}

constinit std::atomic<unsigned> next_slot{0};

/// A shared lock on the zone's first byte; a description that cannot read may only lock exclusively, so it takes any
/// one of the zone's other bytes.
void mark(int fd, int index, bool shared) {
  if (shared) {
    lock(fd, F_RDLCK, zone(index), 1);
    return;
  }
  constexpr int attempts = 64;
  unsigned const begin = static_cast<unsigned>(::getpid()) * 257U;  // another place for each process
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto const next = begin + next_slot.fetch_add(1, std::memory_order_relaxed);
    auto const slot = 1 + static_cast<off_t>(next % (zone_length - 1));
    if (lock(fd, F_WRLCK, zone(index) + slot, 1)) return;
    if (errno != EAGAIN && errno != EACCES) return;
  }
}

unsigned denials(unsigned share) {
  return (reading | writing | deleting) & ~share;
}

}  // namespace

decision::decision(int fd) noexcept : fd_(fd) {
  constexpr int attempts = 250;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      taken_ = true;
      return;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    timespec const pause{0, std::min(attempt + 1, 20) * 10'000L};
    ::nanosleep(&pause, nullptr);
  }
}

decision::~decision() {
  if (taken_) ::flock(fd_, LOCK_UN);
}

bool would_agree(int fd, unsigned access, unsigned share) noexcept {
  if (access == 0) return true;
  unsigned const denied = denials(share);
  for (int bit = 0; bit < 3; ++bit) {
    if ((denied >> bit & 1U) != 0 && occupied(fd, zone(access_zones + bit), zone_length)) return false;
    if ((access >> bit & 1U) != 0 && occupied(fd, zone(denial_zones + bit), zone_length)) return false;
  }
  // T-09: a writable section writes, whether or not the file handle is still open.
  return (denied & writing) == 0 || !occupied(fd, zone(writable_section_zone), zone_length);
}

bool join(int fd, unsigned access, unsigned share) noexcept {
  if (access == 0) return true;
  bool const shared = may_read(fd);
  unsigned const denied = denials(share);
  // Marks first, questions second: of two that come at once without a decision, at least one sees the other.
  for (int bit = 0; bit < 3; ++bit) {
    if ((access >> bit & 1U) != 0) mark(fd, access_zones + bit, shared);
    if ((denied >> bit & 1U) != 0) mark(fd, denial_zones + bit, shared);
  }
  return would_agree(fd, access, share);
}

bool in_use(int fd) noexcept {
  return occupied(fd, zone(access_zones), zone_length * writable_section_zone);
}

os::unique_fd section_description(int fd, bool writable) noexcept {
  std::array<char, 40> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  os::unique_fd again(::open(path.data(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (again) return again;
  return os::unique_fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

void declare_section(int fd, std::uint64_t size, bool writable) noexcept {
  auto const length = static_cast<off_t>(std::min<std::uint64_t>(size, static_cast<std::uint64_t>(longest_size)));
  if (length > 0) lock(fd, F_RDLCK, size_zone, length);
  if (writable) mark(fd, writable_section_zone, true);
}

bool mapped_beyond(int fd, std::uint64_t size) noexcept {
  if (size >= static_cast<std::uint64_t>(longest_size)) return false;
  auto const start = static_cast<off_t>(size);
  return occupied(fd, size_zone + start, longest_size - start);
}

}  // namespace coview::win32::sharing
