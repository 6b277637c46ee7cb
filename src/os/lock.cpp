// SPDX-License-Identifier: Apache-2.0
#include "os/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdio>

namespace coview::os {
namespace {

lock_answer answer(int returned) noexcept {
  if (returned == 0) return lock_answer::taken;
  return errno == EWOULDBLOCK || errno == EACCES ? lock_answer::refused : lock_answer::failed;
}

int lock_file(int fd, int operation) noexcept {
  int returned = 0;
  do {
    returned = ::flock(fd, operation | LOCK_NB);
  } while (returned != 0 && errno == EINTR);
  return returned;
}

constexpr std::int64_t mark = 0;

struct ::flock range_of_type(short type, std::int64_t first, std::int64_t count) noexcept {
  struct ::flock request {};
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = first;
  request.l_len = count;
  return request;
}

}  // namespace

lock_answer try_hold(int fd) noexcept {
  return answer(lock_file(fd, LOCK_SH));
}
lock_answer try_sweep(int fd) noexcept {
  return answer(lock_file(fd, LOCK_EX));
}
void drop(int fd) noexcept {
  ::flock(fd, LOCK_UN);
}

int flock_refused(int fd) noexcept {
  return ::flock(fd, LOCK_UN) == 0 ? 0 : errno;
}

lock_answer try_mark(int fd) noexcept {
  return try_share_byte(fd, mark);
}

void drop_mark(int fd) noexcept {
  auto request = range_of_type(F_UNLCK, mark, 1);
  ::fcntl(fd, F_OFD_SETLK, &request);
}

result<bool> marked_by_another(int fd) noexcept {
  return shared_by_another(fd, mark, 1);
}

lock_answer try_share_byte(int fd, std::int64_t byte) noexcept {
  auto request = range_of_type(F_RDLCK, byte, 1);
  int returned = 0;
  do {
    returned = ::fcntl(fd, F_OFD_SETLK, &request);
  } while (returned != 0 && errno == EINTR);
  return answer(returned);
}

result<bool> shared_by_another(int fd, std::int64_t first, std::int64_t count) noexcept {
  auto request = range_of_type(F_WRLCK, first, count);  // what would stand in the way of an exclusive lock of it
  if (::fcntl(fd, F_OFD_GETLK, &request) != 0) return result<bool>::failure(errno);
  return request.l_type != F_UNLCK;
}

}  // namespace coview::os
