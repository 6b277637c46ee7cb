// SPDX-License-Identifier: Apache-2.0
// What is done with an open file: reading, writing, byte-range locks (FI-13, T-01, T-02). Overlapped calls are
// complete when they return; so an event that waits for them is set at once.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <memory>

#include <coview/win32/winbase.h>

#include "win32/core/files/file_in_use.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/overlapped.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/pipes/pipe_api.hpp"
#include "win32/core/process/thread.hpp"

using namespace coview::win32;

namespace {

constexpr ACCESS_MASK writes = FILE_WRITE_DATA | FILE_APPEND_DATA;

/// A reader that is gone is an error here, not a signal.
class no_pipe_signal {
 public:
  explicit no_pipe_signal(bool needed) : needed_(needed) {
    if (!needed_) return;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  no_pipe_signal(no_pipe_signal const&) = delete;
  no_pipe_signal& operator=(no_pipe_signal const&) = delete;
  ~no_pipe_signal() {
    if (!needed_) return;
    int const failure = errno;
    timespec const now{};
    if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = failure;
  }

 private:
  bool needed_;
  bool was_pending_ = false;
  sigset_t pipe_{};
  sigset_t before_{};
};

struct transfer {
  DWORD bytes = 0;
  DWORD code = ERROR_SUCCESS;
  bool would_block = false;
};

/// Until all is there for a regular file; for others what there is.
template <class Call>
transfer repeat(DWORD wanted, bool whole, Call call) {
  transfer done;
  do {
    ssize_t const n = call(done.bytes, wanted - done.bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EFAULT) return {0, ERROR_NOACCESS};  // a part of the buffer cannot be used: nothing counts
    if (n < 0) {
      done.would_block = errno == EAGAIN;
      if (done.bytes == 0) done.code = errno == EBADF ? ERROR_ACCESS_DENIED : error_from_errno(errno);
      break;
    }
    if (n == 0) break;
    done.bytes += static_cast<DWORD>(n);
  } while (whole && done.bytes < wanted);
  return done;
}

/// Tells an overlapped caller that it is over.
void complete(LPOVERLAPPED overlapped, transfer const& done) {
  if (overlapped != nullptr) end_overlapped(*overlapped, done.code, done.bytes, true);
}

BOOL report(transfer const& done, LPDWORD count, LPOVERLAPPED overlapped) {
  if (count != nullptr) *count = done.bytes;
  complete(overlapped, done);
  return done.code == ERROR_SUCCESS ? TRUE : refuse(done.code);
}

/// An overlapped handle has no position; another one moves along.
void advance(file_object const& file, std::uint64_t offset, DWORD bytes) {
  if (!file.is_overlapped()) ::lseek(file.fd(), static_cast<off_t>(offset + bytes), SEEK_SET);
}

/// Page by page, for memory that cannot be populated: of devices, or such that may not be read.
bool is_readable_by_page(std::uintptr_t first, std::uintptr_t end) {
  constexpr std::uintptr_t page = 4096;
  char byte = 0;
  ::iovec const here{&byte, 1};
  for (std::uintptr_t at = first; at < end; at += page) {
    ::iovec const there{reinterpret_cast<void*>(at), 1};  // NOLINT(performance-no-int-to-ptr)
    if (::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) < 0 && errno == EFAULT) return false;
  }
  return true;
}

/// Whether all of what is to be written can be read: a write that stops in the middle would have written a part.
/// Within a page the write itself finds out.
bool is_readable(void const* buffer, DWORD size) {
  constexpr std::uintptr_t page = 4096;
  auto const first = reinterpret_cast<std::uintptr_t>(buffer) & ~(page - 1);
  auto const end = reinterpret_cast<std::uintptr_t>(buffer) + size;
  if (size == 0 || end - first <= page) return true;
  constexpr int populate_read = 22;                    // MADV_POPULATE_READ, since Linux 5.14
  void* const pages = reinterpret_cast<void*>(first);  // NOLINT(performance-no-int-to-ptr)
  if (::madvise(pages, end - first, populate_read) == 0) return true;
  return errno == EINVAL && is_readable_by_page(first, end);
}

/// As Windows calls what cannot be written from.
transfer no_source(transfer done) {
  if (done.code == ERROR_NOACCESS) done.code = ERROR_INVALID_USER_BUFFER;
  return done;
}

transfer read_some(file_object const& file, void* buffer, DWORD wanted, OVERLAPPED const* overlapped) {
  auto* const bytes = static_cast<char*>(buffer);
  if (overlapped == nullptr || !file.regular()) {
    off_t const before = file.regular() ? ::lseek(file.fd(), 0, SEEK_CUR) : 0;
    auto done =
        repeat(wanted, file.regular(), [&](DWORD at, DWORD left) { return ::read(file.fd(), bytes + at, left); });
    if (done.code == ERROR_NOACCESS && file.regular()) ::lseek(file.fd(), before, SEEK_SET);
    if (done.would_block && file.pipe()) done.code = ERROR_NO_DATA;
    if (done.code == ERROR_SUCCESS && done.bytes == 0 && wanted > 0 && file.pipe()) done.code = ERROR_BROKEN_PIPE;
    return done;
  }
  std::uint64_t const offset = join(overlapped->Offset, overlapped->OffsetHigh);
  if (offset > largest_offset) return {0, ERROR_INVALID_PARAMETER};
  auto done = repeat(wanted, true, [&](DWORD at, DWORD left) {
    return ::pread(file.fd(), bytes + at, left, static_cast<off_t>(offset + at));
  });
  if (done.code == ERROR_SUCCESS && done.bytes == 0 && wanted > 0) done.code = ERROR_HANDLE_EOF;
  advance(file, offset, done.bytes);
  return done;
}

transfer write_some(file_object const& file, void const* buffer, DWORD wanted, OVERLAPPED const* overlapped) {
  auto const* const bytes = static_cast<char const*>(buffer);
  no_pipe_signal const quiet(file.pipe());
  if (!is_readable(buffer, wanted)) return {0, ERROR_INVALID_USER_BUFFER};
  if (overlapped == nullptr || !file.regular()) {
    auto const done =
        no_source(repeat(wanted, true, [&](DWORD at, DWORD left) { return ::write(file.fd(), bytes + at, left); }));
    return done.would_block && file.pipe() ? transfer{done.bytes}
                                           : done;  // PIPE_NOWAIT: as much as there was room for
  }
  std::uint64_t offset = join(overlapped->Offset, overlapped->OffsetHigh);
  if (offset == ~std::uint64_t{0}) {  // this offset means: at the end
    struct ::stat status {};
    if (::fstat(file.fd(), &status) != 0) return {0, error_from_errno(errno)};
    offset = static_cast<std::uint64_t>(status.st_size);
  }
  if (offset > largest_offset) return {0, ERROR_INVALID_PARAMETER};
  auto const done = no_source(repeat(wanted, true, [&](DWORD at, DWORD left) {
    return ::pwrite(file.fd(), bytes + at, left, static_cast<off_t>(offset + at));
  }));
  advance(file, offset, done.bytes);
  return done;
}

}  // namespace

BOOL ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPDWORD lpNumberOfBytesRead,
              LPOVERLAPPED lpOverlapped) {
  if (is_pipe_end(hFile))
    return read_pipe(hFile, lpBuffer, nNumberOfBytesToRead, lpNumberOfBytesRead, lpOverlapped, nullptr);
  if (lpNumberOfBytesRead != nullptr) *lpNumberOfBytesRead = 0;
  return guarded(
      [&] {
        file_in_use const use(hFile);
        if (!use.file) return FALSE;
        if ((use.access & FILE_READ_DATA) == 0) return refuse(ERROR_ACCESS_DENIED);
        if (use.file->is_overlapped() && lpOverlapped == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        if (use.file->directory()) return refuse(ERROR_INVALID_FUNCTION);
        return report(read_some(*use.file, lpBuffer, nNumberOfBytesToRead, lpOverlapped), lpNumberOfBytesRead,
                      lpOverlapped);
      },
      FALSE);
}

BOOL WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPDWORD lpNumberOfBytesWritten,
               LPOVERLAPPED lpOverlapped) {
  if (is_pipe_end(hFile))
    return write_pipe(hFile, lpBuffer, nNumberOfBytesToWrite, lpNumberOfBytesWritten, lpOverlapped, nullptr);
  if (lpNumberOfBytesWritten != nullptr) *lpNumberOfBytesWritten = 0;
  return guarded(
      [&] {
        file_in_use const use(hFile);
        if (!use.file) return FALSE;
        if ((use.access & writes) == 0) return refuse(ERROR_ACCESS_DENIED);  // FI-13
        if (use.file->is_overlapped() && lpOverlapped == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        return report(write_some(*use.file, lpBuffer, nNumberOfBytesToWrite, lpOverlapped), lpNumberOfBytesWritten,
                      lpOverlapped);
      },
      FALSE);
}

namespace {

/// What a call with a completion routine hands over to the thread's next alertable wait.
struct completion {
  LPOVERLAPPED_COMPLETION_ROUTINE routine;
  LPOVERLAPPED overlapped;
  DWORD bytes;

  static void CALLBACK run(ULONG_PTR data) {
    std::unique_ptr<completion> const what(reinterpret_cast<completion*>(data));  // NOLINT(performance-no-int-to-ptr)
    what->routine(ERROR_SUCCESS, what->bytes, what->overlapped);
  }
};

/// A transfer is over when the call returns; its routine runs in the next alertable wait, as on Windows.
template <class Buffer, class Transfer>
BOOL transfer_with_routine(HANDLE handle, Buffer buffer, DWORD count, LPOVERLAPPED overlapped,
                           LPOVERLAPPED_COMPLETION_ROUTINE routine, ACCESS_MASK needed, Transfer transfer_some) {
  if (overlapped == nullptr || routine == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  return guarded(
      [&] {
        file_in_use const use(handle);
        if (!use.file) return FALSE;
        if ((use.access & needed) == 0) return refuse(ERROR_ACCESS_DENIED);
        if (!use.file->is_overlapped()) return refuse(ERROR_INVALID_PARAMETER);
        auto what = std::make_unique<completion>(completion{routine, overlapped, 0});
        transfer const done = transfer_some(*use.file, buffer, count, overlapped);
        overlapped->InternalHigh = done.bytes;
        overlapped->Internal = status_of(done.code);
        if (done.code != ERROR_SUCCESS) return refuse(done.code);
        what->bytes = done.bytes;
        if (thread_object::current().queue_call(&completion::run, reinterpret_cast<ULONG_PTR>(what.get())) == FALSE)
          return FALSE;
        (void)what.release();  // run() has it
        return TRUE;
      },
      FALSE);
}

/// The routine tells the rest: of a call that goes on, and of a message that was longer than the buffer.
BOOL begun(BOOL done) {
  bool const goes_on =
      done != FALSE || coview::win32::last_error == ERROR_IO_PENDING || coview::win32::last_error == ERROR_MORE_DATA;
  if (goes_on) set_error(ERROR_SUCCESS);
  return goes_on ? TRUE : FALSE;
}

}  // namespace

BOOL ReadFileEx(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPOVERLAPPED lpOverlapped,
                LPOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  if (is_pipe_end(hFile) && lpOverlapped != nullptr && lpCompletionRoutine != nullptr)
    return begun(read_pipe(hFile, lpBuffer, nNumberOfBytesToRead, nullptr, lpOverlapped, lpCompletionRoutine));
  return transfer_with_routine(hFile, lpBuffer, nNumberOfBytesToRead, lpOverlapped, lpCompletionRoutine,
                               FILE_READ_DATA, read_some);
}

BOOL WriteFileEx(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPOVERLAPPED lpOverlapped,
                 LPOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  if (is_pipe_end(hFile) && lpOverlapped != nullptr && lpCompletionRoutine != nullptr)
    return begun(write_pipe(hFile, lpBuffer, nNumberOfBytesToWrite, nullptr, lpOverlapped, lpCompletionRoutine));
  return transfer_with_routine(hFile, lpBuffer, nNumberOfBytesToWrite, lpOverlapped, lpCompletionRoutine, writes,
                               write_some);
}

BOOL CancelIo(HANDLE hFile) {
  if (is_pipe_end(hFile)) return cancel_pipe(hFile, true, nullptr);
  return handle_guard(hFile).as<file_object>() != nullptr ? TRUE : FALSE;
}

BOOL CancelIoEx(HANDLE hFile, LPOVERLAPPED lpOverlapped) {
  if (is_pipe_end(hFile)) return cancel_pipe(hFile, false, lpOverlapped);
  return handle_guard(hFile).as<file_object>() != nullptr ? refuse(ERROR_NOT_FOUND) : FALSE;
}

BOOL FlushFileBuffers(HANDLE hFile) {
  if (is_pipe_end(hFile)) return flush_pipe(hFile);
  file_in_use const use(hFile);
  if (!use.file) return FALSE;
  if ((use.access & writes) == 0) return refuse(ERROR_ACCESS_DENIED);  // FI-13
  if (::fsync(use.file->fd()) == 0 || errno == EINVAL || errno == EROFS || errno == EBADF) return TRUE;
  return refuse(error_from_errno(errno));
}

BOOL LockFileEx(HANDLE hFile, DWORD dwFlags, DWORD dwReserved, DWORD nNumberOfBytesToLockLow,
                DWORD nNumberOfBytesToLockHigh, LPOVERLAPPED lpOverlapped) {
  constexpr DWORD known = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
  if (dwReserved != 0 || lpOverlapped == nullptr || (dwFlags & ~known) != 0) return refuse(ERROR_INVALID_PARAMETER);
  return guarded(
      [&] {
        file_in_use const use(hFile);
        if (!use.file) return FALSE;
        if ((use.access & (FILE_READ_DATA | writes)) == 0) return refuse(ERROR_ACCESS_DENIED);
        if (!use.file->regular()) return refuse(ERROR_INVALID_FUNCTION);
        DWORD const code =
            use.file->lock(join(lpOverlapped->Offset, lpOverlapped->OffsetHigh),
                           join(nNumberOfBytesToLockLow, nNumberOfBytesToLockHigh),
                           (dwFlags & LOCKFILE_EXCLUSIVE_LOCK) != 0, (dwFlags & LOCKFILE_FAIL_IMMEDIATELY) == 0);
        complete(lpOverlapped, {0, code});
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}

BOOL LockFile(HANDLE hFile, DWORD dwFileOffsetLow, DWORD dwFileOffsetHigh, DWORD nNumberOfBytesToLockLow,
              DWORD nNumberOfBytesToLockHigh) {
  OVERLAPPED where{};
  where.Offset = dwFileOffsetLow;
  where.OffsetHigh = dwFileOffsetHigh;
  return LockFileEx(hFile, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, nNumberOfBytesToLockLow,
                    nNumberOfBytesToLockHigh, &where);
}

BOOL UnlockFileEx(HANDLE hFile, DWORD dwReserved, DWORD nNumberOfBytesToUnlockLow, DWORD nNumberOfBytesToUnlockHigh,
                  LPOVERLAPPED lpOverlapped) {
  if (dwReserved != 0 || lpOverlapped == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  return UnlockFile(hFile, lpOverlapped->Offset, lpOverlapped->OffsetHigh, nNumberOfBytesToUnlockLow,
                    nNumberOfBytesToUnlockHigh);
}

BOOL UnlockFile(HANDLE hFile, DWORD dwFileOffsetLow, DWORD dwFileOffsetHigh, DWORD nNumberOfBytesToUnlockLow,
                DWORD nNumberOfBytesToUnlockHigh) {
  return guarded(
      [&] {
        file_in_use const use(hFile);
        if (!use.file) return FALSE;
        DWORD const code = use.file->unlock(join(dwFileOffsetLow, dwFileOffsetHigh),
                                            join(nNumberOfBytesToUnlockLow, nNumberOfBytesToUnlockHigh));
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}

BOOL DeviceIoControl(HANDLE hDevice, DWORD dwIoControlCode, LPVOID lpInBuffer, DWORD nInBufferSize,
                     LPVOID /*lpOutBuffer*/, DWORD /*nOutBufferSize*/, LPDWORD lpBytesReturned,
                     LPOVERLAPPED lpOverlapped) {
  auto const file = handle_guard(hDevice).pin_as<file_object>();
  if (!file) return FALSE;
  if (lpBytesReturned != nullptr) *lpBytesReturned = 0;
  DWORD code = ERROR_INVALID_FUNCTION;
  if (dwIoControlCode == FSCTL_SET_SPARSE) {
    code = ERROR_SUCCESS;  // files here are sparse without being asked
  } else if (dwIoControlCode == FSCTL_SET_ZERO_DATA) {
    auto const* const range = static_cast<FILE_ZERO_DATA_INFORMATION const*>(lpInBuffer);
    bool const valid = range != nullptr && nInBufferSize >= sizeof *range && range->FileOffset.QuadPart >= 0 &&
                       range->BeyondFinalZero.QuadPart > range->FileOffset.QuadPart;
    if (!valid) return refuse(ERROR_INVALID_PARAMETER);
    if (!file->regular()) return refuse(ERROR_INVALID_FUNCTION);  // on a block device it would discard
    int const answer = ::fallocate(file->fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, range->FileOffset.QuadPart,
                                   range->BeyondFinalZero.QuadPart - range->FileOffset.QuadPart);
    code = answer == 0 ? ERROR_SUCCESS : error_from_errno(errno);
  }
  return report({0, code}, nullptr, lpOverlapped);
}

UINT SetHandleCount(UINT uNumber) {
  return uNumber;
}
