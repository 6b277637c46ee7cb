// SPDX-License-Identifier: Apache-2.0
// Files as wholes: deleting, moving, copying, linking, temporary names, directories.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <coview/win32/winbase.h>

#include "os/environment.hpp"
#include "os/file.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;
namespace os = coview::os;

namespace {

bool is_read_only(struct ::stat const& status) {
  return S_ISREG(status.st_mode) && (status.st_mode & 0222U) == 0;
}

/// 0, or why the file at this path cannot go now.
DWORD removable(std::string const& path) {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0) return path_error(errno, path);
  if (S_ISDIR(status.st_mode) || is_read_only(status) || leads_to_device(path)) return ERROR_ACCESS_DENIED;
  if (S_ISREG(status.st_mode) && deletion_forbidden(path)) return ERROR_SHARING_VIOLATION;
  return ERROR_SUCCESS;
}

DWORD remove_file(std::string const& path) {
  if (is_reserved(path)) return ERROR_ACCESS_DENIED;
  if (DWORD const code = removable(path)) return code;
  return ::unlink(path.c_str()) == 0 ? ERROR_SUCCESS : path_error(errno, path);
}

BOOL answer(DWORD code) {
  return code == ERROR_SUCCESS ? TRUE : refuse(code);
}

/// Tells a program how a copy goes, where it asked for that.
struct progress {
  LPPROGRESS_ROUTINE routine = nullptr;
  LPVOID data = nullptr;
  BOOL const volatile* cancel = nullptr;
  PCOPYFILE2_PROGRESS_ROUTINE second = nullptr;  ///< CopyFile2's, in the place of `routine`
  std::uint64_t told = 0;
  std::uint64_t chunks = 0;

  /// False: stop.
  [[nodiscard]] bool goes_on(std::uint64_t size, std::uint64_t done, bool first, HANDLE from, HANDLE to) {
    if (cancel != nullptr && *cancel != FALSE) return false;
    if (second != nullptr) return second_goes_on(size, done, first, from, to);
    if (routine == nullptr) return true;
    LARGE_INTEGER all{};
    LARGE_INTEGER so_far{};
    all.QuadPart = static_cast<LONGLONG>(size);
    so_far.QuadPart = static_cast<LONGLONG>(done);
    DWORD const answer = routine(all, so_far, all, so_far, 1,
                                 first ? CALLBACK_STREAM_SWITCH : CALLBACK_CHUNK_FINISHED, from, to, data);
    if (answer == PROGRESS_QUIET) routine = nullptr;
    return answer == PROGRESS_CONTINUE || answer == PROGRESS_QUIET;
  }

  [[nodiscard]] bool second_goes_on(std::uint64_t size, std::uint64_t done, bool first, HANDLE from, HANDLE to) {
    COPYFILE2_MESSAGE message{};
    message.Type = first ? COPYFILE2_CALLBACK_STREAM_STARTED : COPYFILE2_CALLBACK_CHUNK_FINISHED;
    if (first) {
      auto& started = message.Info.StreamStarted;
      started.dwStreamNumber = 1;
      started.hSourceFile = from;
      started.hDestinationFile = to;
      started.uliStreamSize.QuadPart = started.uliTotalFileSize.QuadPart = size;
    } else {
      auto& finished = message.Info.ChunkFinished;
      finished.dwStreamNumber = 1;
      finished.hSourceFile = from;
      finished.hDestinationFile = to;
      finished.uliChunkNumber.QuadPart = chunks++;
      finished.uliChunkSize.QuadPart = done - told;
      finished.uliStreamSize.QuadPart = finished.uliTotalFileSize.QuadPart = size;
      finished.uliStreamBytesTransferred.QuadPart = finished.uliTotalBytesTransferred.QuadPart = done;
      told = done;
    }
    auto const answer = second(&message, data);
    if (answer == COPYFILE2_PROGRESS_QUIET) second = nullptr;
    return answer == COPYFILE2_PROGRESS_CONTINUE || answer == COPYFILE2_PROGRESS_QUIET;
  }
};

/// A handle that closes itself.
class scoped_handle {
 public:
  explicit scoped_handle(HANDLE handle) noexcept : handle_(handle) {}
  scoped_handle(scoped_handle const&) = delete;
  scoped_handle& operator=(scoped_handle const&) = delete;
  ~scoped_handle() {
    DWORD const before = last_error;
    handle_table::close(handle_);
    set_error(before);
  }
  [[nodiscard]] HANDLE get() const noexcept { return handle_; }

 private:
  HANDLE handle_;
};

/// 0, or why not. The bytes go from file to file within the kernel where it can.
DWORD copy_bytes(int from, int to, std::uint64_t size, progress& watcher, HANDLE source, HANDLE target) {
  constexpr std::size_t step = std::size_t{4} << 20U;
  std::uint64_t done = 0;
  if (!watcher.goes_on(size, 0, true, source, target)) return ERROR_REQUEST_ABORTED;
  std::string buffer;
  for (;;) {
    ssize_t n = buffer.empty() ? ::copy_file_range(from, nullptr, to, nullptr, step, 0) : -1;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      if (buffer.empty()) buffer.resize(std::size_t{1} << 20U);
      n = ::read(from, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return error_from_errno(errno);
      for (ssize_t written = 0; written < n;) {
        ssize_t const part = ::write(to, buffer.data() + written, static_cast<std::size_t>(n - written));
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return error_from_errno(errno);
        written += part;
      }
    }
    if (n == 0) {
      // copy_file_range gives nothing for files without a length, such as those of /proc: read them.
      if (!buffer.empty() || done != 0) return ERROR_SUCCESS;
      buffer.resize(std::size_t{1} << 16U);
      errno = 0;
      continue;
    }
    done += static_cast<std::uint64_t>(n);
    if (!watcher.goes_on(std::max(size, done), done, false, source, target)) return ERROR_REQUEST_ABORTED;
  }
}

DWORD copy_file(std::string const& from, std::string const& to, bool must_be_new, progress watcher) {
  if (leads_to_device(from) && !is_reserved(from))
    return ERROR_ACCESS_DENIED;  // a FIFO would wait, a device never end
  constexpr DWORD everybody = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  scoped_handle const source(open_file({.path = from,
                                        .access = GENERIC_READ,
                                        .share = everybody,
                                        .disposition = OPEN_EXISTING,
                                        .flags = FILE_FLAG_SEQUENTIAL_SCAN}));
  auto const in = handle_guard(source.get()).pin_as<file_object>();
  struct ::stat status {};
  struct ::stat target_status {};
  if (::fstat(in->fd(), &status) != 0) return error_from_errno(errno);
  bool const there = ::stat(to.c_str(), &target_status) == 0;
  bool const into_device = leads_to_device(to);
  if (into_device && !is_reserved(to)) return ERROR_ACCESS_DENIED;
  if (there && must_be_new && !into_device) return ERROR_FILE_EXISTS;
  if (there && os::same_file(status, target_status)) return ERROR_SHARING_VIOLATION;
  DWORD code = ERROR_SUCCESS;
  {
    scoped_handle const target(open_file({.path = to,
                                          .access = GENERIC_WRITE,
                                          .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
                                          .disposition = must_be_new ? DWORD{CREATE_NEW} : DWORD{CREATE_ALWAYS}}));
    auto const out = handle_guard(target.get()).pin_as<file_object>();
    code = copy_bytes(in->fd(), out->fd(), static_cast<std::uint64_t>(status.st_size), watcher, source.get(),
                      target.get());
    if (code == ERROR_SUCCESS && !into_device) {
      std::array<timespec, 2> const times{timespec{0, UTIME_OMIT}, status.st_mtim};
      ::futimens(out->fd(), times.data());
    }
  }
  if (into_device) return code;
  if (code != ERROR_SUCCESS) {
    ::unlink(to.c_str());
    return code;
  }
  DWORD const attributes = attributes_of(from, status);
  if (attributes != FILE_ATTRIBUTE_ARCHIVE) set_attributes(to, attributes);
  set_error(ERROR_SUCCESS);  // and not that the target was there, which opening it found
  return ERROR_SUCCESS;
}

/// What stands in a rename's way at the target: 0, or why not.
DWORD replaceable(std::string const& from, std::string const& to, DWORD flags) {
  struct ::stat target {};
  if (::lstat(to.c_str(), &target) != 0) return ERROR_SUCCESS;
  struct ::stat source {};
  bool const same = ::lstat(from.c_str(), &source) == 0 && os::same_file(source, target);
  if (same) return ERROR_SUCCESS;
  if ((flags & MOVEFILE_REPLACE_EXISTING) == 0) return ERROR_ALREADY_EXISTS;
  if (S_ISREG(target.st_mode) && is_open_somewhere(to)) return ERROR_ACCESS_DENIED;
  return removable(to);
}

/// The rename itself, within one file system.
int rename_to(std::string const& from, std::string const& to, bool replace) {
  unsigned const how = replace ? 0U : static_cast<unsigned>(RENAME_NOREPLACE);
  int answered = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how);
  if (answered != 0 && errno == EINVAL && !replace) answered = ::rename(from.c_str(), to.c_str());
  return answered;
}

DWORD move_file(std::string const& from, std::string const& to, DWORD flags, progress const& watcher) {
  struct ::stat status {};
  if (DWORD const code = changeable(from)) return code;
  if (DWORD const code = changeable(to)) return code;
  if (::lstat(from.c_str(), &status) != 0) return path_error(errno, from);
  if (S_ISREG(status.st_mode) && deletion_forbidden(from)) return ERROR_SHARING_VIOLATION;
  if (DWORD const code = replaceable(from, to, flags)) return code;
  bool const replace = (flags & MOVEFILE_REPLACE_EXISTING) != 0;
  if (rename_to(from, to, replace) == 0) return ERROR_SUCCESS;
  if (errno == EEXIST) {
    struct ::stat target {};
    bool const same = ::lstat(to.c_str(), &target) == 0 && os::same_file(status, target);
    return same ? ERROR_SUCCESS : ERROR_ALREADY_EXISTS;
  }
  if (errno != EXDEV) return path_error(errno, errno == ENOENT ? to : from);
  if ((flags & MOVEFILE_COPY_ALLOWED) == 0) return ERROR_NOT_SAME_DEVICE;
  if (S_ISDIR(status.st_mode)) return ERROR_ACCESS_DENIED;
  if (DWORD const code = copy_file(from, to, !replace, watcher)) return code;
  return remove_file(from);
}

template <class Char>
BOOL move(Char const* from, Char const* to, DWORD flags, LPPROGRESS_ROUTINE routine, LPVOID data) noexcept {
  return guarded(
      [&] {
        auto const source = native_path(from);
        // Without a new name the file is to go at the next start of the machine: there is nobody who would do it.
        if (to == nullptr || (flags & MOVEFILE_DELAY_UNTIL_REBOOT) != 0) return refuse(ERROR_NOT_SUPPORTED);
        return answer(move_file(source, native_path(to), flags, {routine, data, nullptr}));
      },
      FALSE);
}

template <class Char>
BOOL copy(Char const* from, Char const* to, bool must_be_new, progress const& watcher) noexcept {
  return guarded([&] { return answer(copy_file(native_path(from), native_path(to), must_be_new, watcher)); }, FALSE);
}

template <class Char>
BOOL erase(Char const* name) noexcept {
  return guarded([&] { return answer(remove_file(native_path(name))); }, FALSE);
}

template <class Char>
BOOL make_directory(Char const* name) noexcept {
  return guarded(
      [&] {
        auto const path = native_path(name);
        constexpr mode_t everything = 0777;  // the umask decides
        if (is_reserved(path)) return refuse(ERROR_ALREADY_EXISTS);
        if (::mkdir(path.c_str(), everything) == 0) return TRUE;
        if (errno == EEXIST) return refuse(ERROR_ALREADY_EXISTS);
        return refuse(errno == ENOENT || errno == ENOTDIR ? ERROR_PATH_NOT_FOUND : path_error(errno, path));
      },
      FALSE);
}

template <class Char>
BOOL drop_directory(Char const* name) noexcept {
  return guarded(
      [&] {
        auto const path = native_path(name);
        if (::rmdir(path.c_str()) == 0) return TRUE;
        if (errno == ENOTDIR) return refuse(ERROR_DIRECTORY);
        if (errno == EBUSY) return refuse(ERROR_SHARING_VIOLATION);
        return refuse(errno == EEXIST ? ERROR_DIR_NOT_EMPTY : path_error(errno, path));
      },
      FALSE);
}

template <class Char>
BOOL replace(Char const* replaced, Char const* replacement, Char const* backup) noexcept {
  return guarded(
      [&] {
        auto const target = native_path(replaced);
        auto const source = native_path(replacement);
        struct ::stat status {};
        for (auto const& path : {target, source})
          if (DWORD const code = changeable(path)) return refuse(code);
        if (::stat(target.c_str(), &status) != 0) return refuse(path_error(errno, target));
        if (backup != nullptr)
          if (DWORD const code = copy_file(target, native_path(backup), false, {})) return refuse(code);
        return answer(move_file(source, target, MOVEFILE_REPLACE_EXISTING, {}));
      },
      FALSE);
}

template <class Char>
BOOL link(Char const* name, Char const* existing, bool symbolic) noexcept {
  return guarded(
      [&] {
        auto const path = native_path(name);
        auto const target = native_path(existing);
        // A second name of a device would change its count of names, and could be taken away in its stead.
        if (is_reserved(path)) return refuse(ERROR_ALREADY_EXISTS);
        if (!symbolic && leads_to_device(target)) return refuse(ERROR_ACCESS_DENIED);
        int const done = symbolic ? ::symlink(target.c_str(), path.c_str()) : ::link(target.c_str(), path.c_str());
        if (done == 0) return TRUE;
        return refuse(errno == EEXIST ? ERROR_ALREADY_EXISTS : path_error(errno, errno == ENOENT ? target : path));
      },
      FALSE);
}

std::string temporary_directory() {
  for (char const* const name : {"TMP", "TEMP", "TMPDIR"}) {
    char const* const value = coview::os::environment(name);
    if (value == nullptr) continue;
    std::string directory = full_path(native_path(value));
    if (directory.back() != '/') directory += '/';
    return directory;
  }
  return "/tmp/";
}

/// "<directory>/<up to three characters><number in hex>.TMP"; with number 0 a file of that name is made.
std::string temporary_name(std::string directory, std::string const& prefix, UINT number, UINT& used) {
  struct ::stat status {};
  if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) throw_code(ERROR_DIRECTORY);
  if (directory.back() != '/') directory += '/';
  auto const name_of = [&](UINT n) {
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%x.TMP", n & 0xFFFFU);
    return directory + prefix + digits.data();
  };
  used = number & 0xFFFFU;
  if (number != 0) return name_of(number);
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  UINT const start = static_cast<UINT>(now.tv_nsec / 1000) ^ (static_cast<UINT>(::getpid()) << 4U);
  constexpr UINT all = 0x10000;
  for (UINT attempt = 0; attempt < all; ++attempt) {
    used = (start + attempt) & 0xFFFFU;
    if (used == 0) continue;
    auto path = name_of(used);
    auto const made = os::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0666);
    if (made) return path;
    if (made.error() != EEXIST) throw_code(path_error(made.error(), path));
  }
  throw_code(ERROR_FILE_EXISTS);
}

template <class Char>
UINT temporary(Char const* directory, Char const* prefix, UINT number, Char* out) noexcept {
  return guarded(
      [&]() -> UINT {
        if (out == nullptr || directory == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        std::string start;
        if (prefix != nullptr)
          for (int i = 0; i < 3 && prefix[i] != 0; ++i) start += static_cast<char>(prefix[i]);
        if (start.find_first_of("/\\:") != std::string::npos) throw_code(ERROR_INVALID_NAME);
        UINT used = 0;
        auto const path = temporary_name(native_path(directory), start, number, used);
        if (path.size() >= MAX_PATH) throw_code(ERROR_BUFFER_OVERFLOW);
        give(path, out, MAX_PATH);
        return used;
      },
      0U);
}

}  // namespace

namespace coview::win32 {

DWORD rename_open_file(file_object& file, std::string const& to, bool replace) {
  std::string const from = file.path();
  if (from.empty()) return ERROR_INVALID_PARAMETER;
  std::string const target = full_path(to);
  if (DWORD const code = changeable(target)) return code;
  // Only the file of the handle: another one may have taken its name.
  struct ::stat mine {};
  struct ::stat there {};
  if (::fstat(file.fd(), &mine) != 0 || ::lstat(from.c_str(), &there) != 0 || !os::same_file(mine, there))
    return ERROR_FILE_NOT_FOUND;
  if (DWORD const code = replaceable(from, target, replace ? DWORD{MOVEFILE_REPLACE_EXISTING} : 0)) return code;
  if (rename_to(from, target, replace) != 0)
    return errno == EEXIST ? ERROR_ALREADY_EXISTS : path_error(errno, errno == ENOENT ? target : from);
  file.moved_to(target);
  return ERROR_SUCCESS;
}

}  // namespace coview::win32

BOOL DeleteFileA(LPCSTR lpFileName) {
  return erase(lpFileName);
}
BOOL DeleteFileW(LPCWSTR lpFileName) {
  return erase(lpFileName);
}
BOOL MoveFileA(LPCSTR lpExistingFileName, LPCSTR lpNewFileName) {
  return move(lpExistingFileName, lpNewFileName, MOVEFILE_COPY_ALLOWED, nullptr, nullptr);
}
BOOL MoveFileW(LPCWSTR lpExistingFileName, LPCWSTR lpNewFileName) {
  return move(lpExistingFileName, lpNewFileName, MOVEFILE_COPY_ALLOWED, nullptr, nullptr);
}
BOOL MoveFileExA(LPCSTR lpExistingFileName, LPCSTR lpNewFileName, DWORD dwFlags) {
  return move(lpExistingFileName, lpNewFileName, dwFlags, nullptr, nullptr);
}
BOOL MoveFileExW(LPCWSTR lpExistingFileName, LPCWSTR lpNewFileName, DWORD dwFlags) {
  return move(lpExistingFileName, lpNewFileName, dwFlags, nullptr, nullptr);
}
BOOL MoveFileWithProgressA(LPCSTR lpExistingFileName, LPCSTR lpNewFileName, LPPROGRESS_ROUTINE lpProgressRoutine,
                           LPVOID lpData, DWORD dwFlags) {
  return move(lpExistingFileName, lpNewFileName, dwFlags, lpProgressRoutine, lpData);
}
BOOL MoveFileWithProgressW(LPCWSTR lpExistingFileName, LPCWSTR lpNewFileName, LPPROGRESS_ROUTINE lpProgressRoutine,
                           LPVOID lpData, DWORD dwFlags) {
  return move(lpExistingFileName, lpNewFileName, dwFlags, lpProgressRoutine, lpData);
}
BOOL CopyFileA(LPCSTR lpExistingFileName, LPCSTR lpNewFileName, BOOL bFailIfExists) {
  return copy(lpExistingFileName, lpNewFileName, bFailIfExists != FALSE, {});
}
BOOL CopyFileW(LPCWSTR lpExistingFileName, LPCWSTR lpNewFileName, BOOL bFailIfExists) {
  return copy(lpExistingFileName, lpNewFileName, bFailIfExists != FALSE, {});
}
BOOL CopyFileExA(LPCSTR lpExistingFileName, LPCSTR lpNewFileName, LPPROGRESS_ROUTINE lpProgressRoutine, LPVOID lpData,
                 LPBOOL pbCancel, DWORD dwCopyFlags) {
  return copy(lpExistingFileName, lpNewFileName, (dwCopyFlags & COPY_FILE_FAIL_IF_EXISTS) != 0,
              {lpProgressRoutine, lpData, pbCancel});
}
BOOL CopyFileExW(LPCWSTR lpExistingFileName, LPCWSTR lpNewFileName, LPPROGRESS_ROUTINE lpProgressRoutine,
                 LPVOID lpData, LPBOOL pbCancel, DWORD dwCopyFlags) {
  return copy(lpExistingFileName, lpNewFileName, (dwCopyFlags & COPY_FILE_FAIL_IF_EXISTS) != 0,
              {lpProgressRoutine, lpData, pbCancel});
}
HRESULT CopyFile2(PCWSTR existing_file_name, PCWSTR new_file_name, COPYFILE2_EXTENDED_PARAMETERS* parameters) {
  progress watcher;
  bool must_be_new = false;
  if (parameters != nullptr) {
    if (leads_nowhere(parameters)) return HRESULT_FROM_WIN32(ERROR_NOACCESS);
    if (parameters->dwSize < sizeof *parameters) return HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER);
    must_be_new = (parameters->dwCopyFlags & COPY_FILE_FAIL_IF_EXISTS) != 0;
    watcher.data = parameters->pvCallbackContext;
    watcher.cancel = parameters->pfCancel;
    watcher.second = parameters->pProgressRoutine;
  }
  return copy(existing_file_name, new_file_name, must_be_new, watcher) != FALSE ? S_OK
                                                                                : HRESULT_FROM_WIN32(last_error);
}
BOOL ReplaceFileA(LPCSTR lpReplacedFileName, LPCSTR lpReplacementFileName, LPCSTR lpBackupFileName,
                  DWORD /*dwReplaceFlags*/, LPVOID /*lpExclude*/, LPVOID /*lpReserved*/) {
  return replace(lpReplacedFileName, lpReplacementFileName, lpBackupFileName);
}
BOOL ReplaceFileW(LPCWSTR lpReplacedFileName, LPCWSTR lpReplacementFileName, LPCWSTR lpBackupFileName,
                  DWORD /*dwReplaceFlags*/, LPVOID /*lpExclude*/, LPVOID /*lpReserved*/) {
  return replace(lpReplacedFileName, lpReplacementFileName, lpBackupFileName);
}
BOOL CreateHardLinkA(LPCSTR lpFileName, LPCSTR lpExistingFileName, LPSECURITY_ATTRIBUTES /*lpSecurityAttributes*/) {
  return link(lpFileName, lpExistingFileName, false);
}
BOOL CreateHardLinkW(LPCWSTR lpFileName, LPCWSTR lpExistingFileName, LPSECURITY_ATTRIBUTES /*lpSecurityAttributes*/) {
  return link(lpFileName, lpExistingFileName, false);
}
BOOLEAN CreateSymbolicLinkA(LPCSTR lpSymlinkFileName, LPCSTR lpTargetFileName, DWORD /*dwFlags*/) {
  return static_cast<BOOLEAN>(link(lpSymlinkFileName, lpTargetFileName, true));
}
BOOLEAN CreateSymbolicLinkW(LPCWSTR lpSymlinkFileName, LPCWSTR lpTargetFileName, DWORD /*dwFlags*/) {
  return static_cast<BOOLEAN>(link(lpSymlinkFileName, lpTargetFileName, true));
}
BOOL CreateDirectoryA(LPCSTR lpPathName, LPSECURITY_ATTRIBUTES /*lpSecurityAttributes*/) {
  return make_directory(lpPathName);
}
BOOL CreateDirectoryW(LPCWSTR lpPathName, LPSECURITY_ATTRIBUTES /*lpSecurityAttributes*/) {
  return make_directory(lpPathName);
}
BOOL CreateDirectoryExA(LPCSTR /*lpTemplateDirectory*/, LPCSTR lpNewDirectory, LPSECURITY_ATTRIBUTES /*attributes*/) {
  return make_directory(lpNewDirectory);
}
BOOL CreateDirectoryExW(LPCWSTR /*lpTemplateDirectory*/, LPCWSTR lpNewDirectory,
                        LPSECURITY_ATTRIBUTES /*attributes*/) {
  return make_directory(lpNewDirectory);
}
BOOL RemoveDirectoryA(LPCSTR lpPathName) {
  return drop_directory(lpPathName);
}
BOOL RemoveDirectoryW(LPCWSTR lpPathName) {
  return drop_directory(lpPathName);
}
DWORD GetTempPathA(DWORD nBufferLength, LPSTR lpBuffer) {
  return guarded([&] { return give(temporary_directory(), lpBuffer, nBufferLength); }, 0U);
}
DWORD GetTempPathW(DWORD nBufferLength, LPWSTR lpBuffer) {
  return guarded([&] { return give(temporary_directory(), lpBuffer, nBufferLength); }, 0U);
}
DWORD GetTempPath2A(DWORD nBufferLength, LPSTR lpBuffer) {
  return GetTempPathA(nBufferLength, lpBuffer);
}
DWORD GetTempPath2W(DWORD nBufferLength, LPWSTR lpBuffer) {
  return GetTempPathW(nBufferLength, lpBuffer);
}
UINT GetTempFileNameA(LPCSTR lpPathName, LPCSTR lpPrefixString, UINT uUnique, LPSTR lpTempFileName) {
  return temporary(lpPathName, lpPrefixString, uUnique, lpTempFileName);
}
UINT GetTempFileNameW(LPCWSTR lpPathName, LPCWSTR lpPrefixString, UINT uUnique, LPWSTR lpTempFileName) {
  return temporary(lpPathName, lpPrefixString, uUnique, lpTempFileName);
}
