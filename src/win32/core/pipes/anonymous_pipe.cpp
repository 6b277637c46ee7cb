// SPDX-License-Identifier: Apache-2.0
// CreatePipe: a pipe of the kernel, so that any program can have an end as its standard stream; and what the calls
// for named pipes do with such an end.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <coview/win32/winbase.h>

#include "win32/core/files/file_object.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/pipes/pipe_api.hpp"

namespace coview::win32 {
namespace {

/// Null with the last error.
object_ptr<file_object> pipe_of(HANDLE handle, ACCESS_MASK needed) {
  auto file = handle_guard(handle).pin_as<file_object>(needed);
  if (file && !file->pipe()) {
    set_error(ERROR_INVALID_FUNCTION);
    return {};
  }
  return file;
}

/// A copy of what is in front of it, which stays there. -1 with the errno.
ssize_t copy_front(int pipe, void* buffer, std::size_t size) {
  struct ::stat status {};
  if (::fstat(pipe, &status) == 0 && S_ISSOCK(status.st_mode))
    return ::recv(pipe, buffer, size, MSG_PEEK | MSG_DONTWAIT);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  os::unique_fd const out(ends[0]);
  os::unique_fd const in(ends[1]);
  int const capacity = ::fcntl(pipe, F_GETPIPE_SZ);
  if (capacity > 0) ::fcntl(in.get(), F_SETPIPE_SZ, capacity);
  ssize_t const copied = ::tee(pipe, in.get(), size, SPLICE_F_NONBLOCK);
  if (copied <= 0) return copied;
  return ::read(out.get(), buffer, static_cast<std::size_t>(copied));
}

bool has_no_writer(int pipe) noexcept {
  pollfd one{pipe, 0, 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & POLLHUP) != 0;
}

/// A number that a caller need not want.
void tell(DWORD* where, DWORD value) noexcept {
  if (where != nullptr) *where = value;
}

}  // namespace

BOOL peek_anonymous(HANDLE handle, void* buffer, DWORD size, DWORD* copied, DWORD* unread, DWORD* left) {
  auto const file = pipe_of(handle, FILE_READ_DATA);
  if (!file) return FALSE;
  bool const closed = has_no_writer(file->fd());  // first: what was written before is seen by the next
  int available = 0;
  if (::ioctl(file->fd(), FIONREAD, &available) != 0) return refuse(error_from_errno(errno));
  if (available == 0 && closed) return refuse(ERROR_BROKEN_PIPE);
  ssize_t n = 0;
  if (buffer != nullptr && size != 0 && available > 0) n = copy_front(file->fd(), buffer, size);
  if (n < 0 && errno != EAGAIN) return refuse(error_from_errno(errno));
  tell(copied, n > 0 ? static_cast<DWORD>(n) : 0);
  tell(unread, static_cast<DWORD>(available));
  tell(left, 0);
  return TRUE;
}

BOOL set_anonymous_state(HANDLE handle, DWORD const* mode) {
  auto const file = pipe_of(handle, 0);
  if (!file) return FALSE;
  if (mode == nullptr) return TRUE;
  if ((*mode & ~DWORD{PIPE_NOWAIT}) != 0) return refuse(ERROR_INVALID_PARAMETER);  // it has no messages
  int const flags = ::fcntl(file->fd(), F_GETFL);
  int const wanted = (*mode & PIPE_NOWAIT) != 0 ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (flags < 0 || ::fcntl(file->fd(), F_SETFL, wanted) != 0) return refuse(error_from_errno(errno));
  return TRUE;
}

BOOL anonymous_state(HANDLE handle, DWORD* mode) {
  auto const file = pipe_of(handle, 0);
  if (!file) return FALSE;
  tell(mode, (::fcntl(file->fd(), F_GETFL) & O_NONBLOCK) != 0 ? PIPE_NOWAIT : PIPE_WAIT);
  return TRUE;
}

BOOL anonymous_info(HANDLE handle, DWORD* flags, DWORD* size) {
  auto const file = pipe_of(handle, 0);
  if (!file) return FALSE;
  tell(flags, opened_for_reading(file->fd()) ? PIPE_SERVER_END : PIPE_CLIENT_END);
  int const capacity = ::fcntl(file->fd(), F_GETPIPE_SZ);
  tell(size, capacity > 0 ? static_cast<DWORD>(capacity) : 0);
  return TRUE;
}

}  // namespace coview::win32

using namespace coview::win32;

BOOL CreatePipe(PHANDLE hReadPipe, PHANDLE hWritePipe, LPSECURITY_ATTRIBUTES lpPipeAttributes, DWORD nSize) {
  constexpr DWORD page = 4096;
  constexpr DWORD most = DWORD{1} << 20U;
  if (hReadPipe == nullptr || hWritePipe == nullptr) return refuse(ERROR_NOACCESS);
  return guarded(
      [&] {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) return refuse(error_from_errno(errno));
        coview::os::unique_fd read(ends[0]);
        coview::os::unique_fd write(ends[1]);
        if (nSize > page) ::fcntl(write.get(), F_SETPIPE_SZ, static_cast<int>(std::min(nSize, most)));
        bool const inherit = inherits(lpPipeAttributes);
        HANDLE const reader = adopt_descriptor(std::move(read), FILE_GENERIC_READ, inherit);
        if (reader == nullptr) return FALSE;
        HANDLE const writer = adopt_descriptor(std::move(write), FILE_GENERIC_WRITE | FILE_READ_ATTRIBUTES, inherit);
        if (writer == nullptr) {
          handle_table::close(reader);
          return refuse(ERROR_NO_SYSTEM_RESOURCES);
        }
        *hReadPipe = reader;
        *hWritePipe = writer;
        return TRUE;
      },
      FALSE);
}
