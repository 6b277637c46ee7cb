// SPDX-License-Identifier: Apache-2.0
// io.h and direct.h: files by number, the way between numbers and handles, directories by name.
#define COVIEW_WIN32_NATIVE_STDIO
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include <coview/win32/direct.h>
#include <coview/win32/io.h>
#include <coview/win32/winbase.h>

#include "os/process_wide.hpp"
#include "win32/compatibility/crt/contained.hpp"
#include "win32/compatibility/crt/invalid.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/file_time.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;
namespace os = coview::os;

namespace {

/// Handles that belong to numbers: asking twice gives the same one.
struct known_handle {
  HANDLE handle;
  dev_t device;
  ino_t inode;
};
using known_handles = os::process_wide<std::map<int, known_handle>>;
[[gnu::constructor]] void make_known_handles() {
  known_handles::make();
}

/// Windows knows two of the permissions.
mode_t permissions(int mode) {
  constexpr mode_t all_read = S_IRUSR | S_IRGRP | S_IROTH;
  constexpr mode_t all_write = S_IWUSR | S_IWGRP | S_IWOTH;
  return all_read | ((static_cast<mode_t>(mode) & S_IWUSR) != 0 ? all_write : 0);
}

int open_number(char const* path, int flags, int mode) {
  return contained([&] {
    auto const native = lenient_path(path);
    if (is_reserved(native)) flags &= ~(O_CREAT | O_EXCL | O_TRUNC);  // there, and never made (device.hpp)
    return ::open(native.c_str(), flags | O_CLOEXEC, permissions(mode));
  });
}

ACCESS_MASK access_of(int fd) {
  int const mode = ::fcntl(fd, F_GETFL) & O_ACCMODE;
  ACCESS_MASK granted = SYNCHRONIZE | FILE_READ_ATTRIBUTES;
  if (mode != O_WRONLY) granted |= FILE_GENERIC_READ;
  if (mode != O_RDONLY) granted |= FILE_GENERIC_WRITE;
  return granted;
}

template <class Found>
void describe(WIN32_FIND_DATAA const& from, Found& out) {
  auto const seconds = [](FILETIME const& time) {
    return (ticks_from(time) - ticks_from_1601_to_1970) / ticks_per_second;
  };
  out = {};
  out.attrib = from.dwFileAttributes & 0x37U;
  out.time_create = seconds(from.ftCreationTime);
  out.time_access = seconds(from.ftLastAccessTime);
  out.time_write = seconds(from.ftLastWriteTime);
  out.size = from.nFileSizeLow;
  std::string const name = static_cast<char const*>(from.cFileName);
  constexpr std::size_t most = 259;
  if constexpr (sizeof(out.name[0]) > 1) {
    auto const wide = to_wide(name);
    std::copy_n(wide.begin(), std::min(wide.size(), most), static_cast<wchar_t*>(out.name));
  } else {
    std::copy_n(name.begin(), std::min(name.size(), most), static_cast<char*>(out.name));
  }
}

template <class Found>
intptr_t find_first(char const* pattern, Found* out) {
  WIN32_FIND_DATAA data{};
  HANDLE const search = FindFirstFileA(pattern, &data);
  if (search == INVALID_HANDLE_VALUE) {
    errno = ENOENT;
    return -1;
  }
  describe(data, *out);
  return reinterpret_cast<intptr_t>(search);
}

template <class Found>
int find_next(intptr_t search, Found* out) {
  WIN32_FIND_DATAA data{};
  if (FindNextFileA(std::bit_cast<HANDLE>(search), &data) == FALSE) {
    errno = ENOENT;
    return -1;
  }
  describe(data, *out);
  return 0;
}

}  // namespace

int _open(char const* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int const mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
  va_end(arguments);
  return open_number(path, flags, mode);
}
int _wopen(wchar_t const* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int const mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
  va_end(arguments);
  return contained([&] { return open_number(narrow(path).c_str(), flags, mode); });
}
int _sopen(char const* path, int flags, int /*share*/, ...) {
  return open_number(path, flags, S_IRUSR | S_IWUSR);
}
int _creat(char const* path, int mode) {
  return open_number(path, O_CREAT | O_TRUNC | O_RDWR, mode);
}
errno_t _sopen_s(int* fd, char const* path, int flags, int /*share*/, int mode) {
  if (fd == nullptr) return invalid_parameter(EINVAL);
  *fd = open_number(path, flags, mode);
  return *fd >= 0 ? 0 : errno;
}
errno_t _wsopen_s(int* fd, wchar_t const* path, int flags, int share, int mode) {
  return contained([&] { return _sopen_s(fd, narrow(path).c_str(), flags, share, mode); });
}
int _close(int fd) {
  HANDLE handle = nullptr;
  {
    known_handles::access known;
    auto const found = known->find(fd);
    if (found != known->end()) {
      handle = found->second.handle;
      known->erase(found);
    }
  }
  if (handle != nullptr) handle_table::close(handle);
  return ::close(fd);
}
int _read(int fd, void* buffer, unsigned count) {
  return static_cast<int>(::read(fd, buffer, count));
}
int _write(int fd, void const* buffer, unsigned count) {
  return static_cast<int>(::write(fd, buffer, count));
}
long _lseek(int fd, long offset, int origin) {
  return ::lseek(fd, offset, origin);
}
long long _lseeki64(int fd, long long offset, int origin) {
  return ::lseek(fd, offset, origin);
}
long _tell(int fd) {
  return ::lseek(fd, 0, SEEK_CUR);
}
long long _telli64(int fd) {
  return ::lseek(fd, 0, SEEK_CUR);
}
long _filelength(int fd) {
  struct ::stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_size : -1;
}
long long _filelengthi64(int fd) {
  return _filelength(fd);
}
int _chsize(int fd, long size) {
  return ::ftruncate(fd, size);
}
errno_t _chsize_s(int fd, long long size) {
  return ::ftruncate(fd, size) == 0 ? 0 : errno;
}
int _commit(int fd) {
  return ::fsync(fd);
}
int _eof(int fd) {
  long const here = _tell(fd);
  if (here < 0) return -1;
  return here >= _filelength(fd) ? 1 : 0;
}
int _access(char const* path, int mode) {
  return contained([&] { return ::access(lenient_path(path).c_str(), mode); });
}
int _waccess(wchar_t const* path, int mode) {
  return contained([&] { return _access(narrow(path).c_str(), mode); });
}
errno_t _access_s(char const* path, int mode) {
  return _access(path, mode) == 0 ? 0 : errno;
}
errno_t _waccess_s(wchar_t const* path, int mode) {
  return _waccess(path, mode) == 0 ? 0 : errno;
}
int _chmod(char const* path, int mode) {
  return contained([&] {
    auto const native = lenient_path(path);
    if (!leads_to_device(native)) return ::chmod(native.c_str(), permissions(mode));
    errno = EACCES;
    return -1;
  });
}
int _isatty(int fd) {
  return ::isatty(fd);
}
int _dup(int fd) {
  return ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
int _dup2(int from, int to) {
  return ::dup2(from, to) < 0 ? -1 : 0;
}
int _setmode(int fd, int mode) {
  return ::fcntl(fd, F_GETFL) < 0 || mode != 0 ? -1 : 0;  // text and binary are one
}

/// The number takes the handle over, as on Windows.
int _open_osfhandle(intptr_t handle, int /*flags*/) {
  auto* const given = std::bit_cast<HANDLE>(handle);
  auto const file = handle_guard(given).pin_as<file_object>();
  if (!file) {
    errno = EBADF;
    return -1;
  }
  int const fd = ::fcntl(file->fd(), F_DUPFD_CLOEXEC, 3);
  struct ::stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0) return -1;
  return contained([&] {
    known_handles::access known;
    (*known)[fd] = {given, status.st_dev, status.st_ino};
    return fd;
  });
}

intptr_t _get_osfhandle(int fd) {
  constexpr intptr_t none = -1;
  struct ::stat status {};
  if (::fstat(fd, &status) != 0) return none;
  if (fd == STDIN_FILENO) return reinterpret_cast<intptr_t>(GetStdHandle(STD_INPUT_HANDLE));
  if (fd == STDOUT_FILENO) return reinterpret_cast<intptr_t>(GetStdHandle(STD_OUTPUT_HANDLE));
  if (fd == STDERR_FILENO) return reinterpret_cast<intptr_t>(GetStdHandle(STD_ERROR_HANDLE));
  return guarded(
      [&]() -> intptr_t {
        known_handles::access known;
        auto const found = known->find(fd);
        // The number may be another file's by now, where it was closed past _close.
        if (found != known->end() && found->second.device == status.st_dev && found->second.inode == status.st_ino)
          return reinterpret_cast<intptr_t>(found->second.handle);
        os::unique_fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
        if (!own) return none;
        if (found != known->end()) handle_table::close(found->second.handle);
        HANDLE const made = adopt_descriptor(std::move(own), access_of(fd), false);
        if (made == nullptr) return none;
        (*known)[fd] = {made, status.st_dev, status.st_ino};
        return reinterpret_cast<intptr_t>(made);
      },
      none);
}

int _umask(int mode) {
  return static_cast<int>(::umask(static_cast<mode_t>(mode)));
}
errno_t _mktemp_s(char* pattern, size_t size) {
  if (pattern == nullptr || ::strnlen(pattern, size) == size) return invalid_parameter(EINVAL);
  constexpr std::size_t places = 6;
  std::size_t const length = std::strlen(pattern);
  if (length < places || std::strcmp(pattern + length - places, "XXXXXX") != 0) return invalid_parameter(EINVAL);
  std::array<char, 16> digits{};
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    std::snprintf(digits.data(), digits.size(), "%c%05d", letter, static_cast<int>(::getpid() % 100000));
    std::memcpy(pattern + length - places, digits.data(), places);
    if (_access(pattern, F_OK) != 0) return 0;
  }
  pattern[0] = '\0';
  return EEXIST;
}
char* _mktemp(char* pattern) {
  return _mktemp_s(pattern, pattern == nullptr ? 0 : std::strlen(pattern) + 1) == 0 ? pattern : nullptr;
}
int _pipe(int* ends, unsigned /*size*/, int /*mode*/) {
  return ::pipe2(ends, O_CLOEXEC);
}

intptr_t _findfirst(char const* pattern, struct _finddata_t* found) {
  return find_first(pattern, found);
}
intptr_t _wfindfirst(wchar_t const* pattern, struct _wfinddata_t* found) {
  return contained([&] { return find_first(narrow(pattern).c_str(), found); });
}
int _findnext(intptr_t search, struct _finddata_t* found) {
  return find_next(search, found);
}
int _wfindnext(intptr_t search, struct _wfinddata_t* found) {
  return find_next(search, found);
}
int _findclose(intptr_t search) {
  return FindClose(std::bit_cast<HANDLE>(search)) != FALSE ? 0 : -1;
}

int _mkdir(char const* path) {
  constexpr mode_t everything = 0777;  // the umask decides
  return contained([&] {
    auto const native = lenient_path(path);
    if (!is_reserved(native)) return ::mkdir(native.c_str(), everything);
    errno = EEXIST;
    return -1;
  });
}
int _wmkdir(wchar_t const* path) {
  return contained([&] { return _mkdir(narrow(path).c_str()); });
}
int _rmdir(char const* path) {
  return contained([&] { return ::rmdir(lenient_path(path).c_str()); });
}
int _wrmdir(wchar_t const* path) {
  return contained([&] { return _rmdir(narrow(path).c_str()); });
}
int _chdir(char const* path) {
  return contained([&] { return ::chdir(lenient_path(path).c_str()); });
}
int _wchdir(wchar_t const* path) {
  return contained([&] { return _chdir(narrow(path).c_str()); });
}
char* _getcwd(char* buffer, int size) {
  return ::getcwd(buffer, buffer == nullptr && size < 1 ? 0 : static_cast<std::size_t>(size));
}
wchar_t* _wgetcwd(wchar_t* buffer, int size) {
  return guarded(
      [&]() -> wchar_t* {
        auto const wide = to_wide(current_directory());
        if (buffer != nullptr && wide.size() >= static_cast<std::size_t>(size)) {
          errno = ERANGE;
          return nullptr;
        }
        void* const room = buffer != nullptr ? buffer : std::malloc((wide.size() + 1) * sizeof(wchar_t));
        if (room != nullptr) std::memcpy(room, wide.c_str(), (wide.size() + 1) * sizeof(wchar_t));
        return static_cast<wchar_t*>(room);
      },
      nullptr);
}
int _getdrive() {
  return 0;
}
int _chdrive(int drive) {
  if (drive < 1 || drive > 26) return -1;
  return contained([&] {
    auto const directory = drive_directory(static_cast<char>('A' + drive - 1));
    return directory.empty() || ::chdir(directory.c_str()) != 0 ? -1 : 0;
  });
}
unsigned long _getdrives() {
  return GetLogicalDrives();
}
