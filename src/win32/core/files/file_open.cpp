// SPDX-License-Identifier: Apache-2.0
// CreateFile: from a path, an access, a share mode and a disposition to a handle (FI-01 to FI-10, T-04, T-09).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/files/sharing.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/pipes/pipe_client.hpp"
#include "win32/core/pipes/pipe_name.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr ACCESS_MASK reads = FILE_READ_DATA | FILE_EXECUTE;
constexpr ACCESS_MASK writes = FILE_WRITE_DATA | FILE_APPEND_DATA;
constexpr mode_t new_file_mode = 0666;

unsigned sharing_access(ACCESS_MASK granted) {
  return ((granted & reads) != 0 ? sharing::reading : 0) | ((granted & writes) != 0 ? sharing::writing : 0) |
         ((granted & DELETE) != 0 ? sharing::deleting : 0);
}

/// Flags of open(2) for what is asked; O_PATH where nothing but information is.
int open_flags(ACCESS_MASK granted, DWORD flags) {
  int made = O_CLOEXEC | O_NOCTTY;
  bool const read = (granted & reads) != 0;
  bool const write = (granted & writes) != 0;
  if (read && write) {
    made |= O_RDWR;
  } else if (write) {
    made |= O_WRONLY;
  } else if (!read && (granted & DELETE) == 0) {
    return O_PATH | O_CLOEXEC;
  }
  if (write && (granted & FILE_WRITE_DATA) == 0) made |= O_APPEND;
  if (write && (flags & FILE_FLAG_WRITE_THROUGH) != 0) made |= O_DSYNC;
  return made;
}

struct opened {
  os::unique_fd fd;
  bool existed = true;
};

os::unique_fd open_existing(std::string const& path, int flags, ACCESS_MASK granted, int& failure) {
  auto found = os::open(path.c_str(), flags);
  failure = found.error();
  if (found) return std::move(*found);
  // To delete a file one need not read it, nor write it.
  if (failure == EACCES && (granted & (reads | writes)) == 0) {
    auto other = os::open(path.c_str(), O_WRONLY);
    if (!other) other = os::open(path.c_str(), O_PATH);
    failure = other.error();
    if (other) return std::move(*other);
  }
  return {};
}

/// Opens or makes the file as the disposition says; neither truncates it nor looks at who else has it.
opened open_or_make(file_request const& request, ACCESS_MASK granted) {
  int flags = open_flags(granted, request.flags);
  bool const may_exist = request.disposition != CREATE_NEW;
  bool const may_make = request.disposition != OPEN_EXISTING && request.disposition != TRUNCATE_EXISTING;
  constexpr int attempts = 100;  // another process may make and remove the file in turn
  for (int attempt = 0; attempt < attempts; ++attempt) {
    int failure = ENOENT;
    if (may_exist) {
      auto fd = open_existing(request.path, flags, granted, failure);
      if (fd) return {std::move(fd), true};
      if (failure == EISDIR) throw_code(ERROR_ACCESS_DENIED);
      if (failure != ENOENT || !may_make) throw_code(path_error(failure, request.path));
    }
    if ((flags & O_PATH) == O_PATH) flags = O_RDONLY | O_CLOEXEC;
    mode_t const mode = (request.flags & FILE_ATTRIBUTE_READONLY) != 0 ? new_file_mode & ~0222U : new_file_mode;
    auto made = os::open(request.path.c_str(), flags | O_CREAT | O_EXCL, mode);
    if (made) return {std::move(*made), false};
    if (made.error() != EEXIST) throw_code(path_error(made.error(), request.path));
    if (!may_exist) throw_code(ERROR_FILE_EXISTS);
  }
  throw_code(ERROR_SHARING_VIOLATION);
}

void require_valid(file_request const& request, ACCESS_MASK granted) {
  if (request.disposition < CREATE_NEW || request.disposition > TRUNCATE_EXISTING)
    throw_code(ERROR_INVALID_PARAMETER);
  constexpr DWORD all_shares = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  if ((request.share & ~all_shares) != 0) throw_code(ERROR_INVALID_PARAMETER);
  if (request.disposition == TRUNCATE_EXISTING && (granted & FILE_WRITE_DATA) == 0)
    throw_code(ERROR_INVALID_PARAMETER);  // FI-05, D9
}

/// Windows' devices are always there and always new: no disposition makes, empties or misses them.
file_request as_device(file_request request) {
  if (is_reserved(request.path) && request.disposition >= CREATE_NEW && request.disposition <= TRUNCATE_EXISTING)
    request.disposition = OPEN_EXISTING;
  return request;
}

/// The file shall be empty. Not where a section or view of it is about (T-04).
void truncate(int fd) {
  if (sharing::mapped_beyond(fd, 0)) throw_code(ERROR_USER_MAPPED_FILE);
  if (::ftruncate(fd, 0) == 0) return;
  std::array<char, 40> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  if (::truncate(path.data(), 0) != 0) throw_code(error_from_errno(errno));
}

void advise(int fd, DWORD flags) {
  if ((flags & FILE_FLAG_SEQUENTIAL_SCAN) != 0) ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  if ((flags & FILE_FLAG_RANDOM_ACCESS) != 0) ::posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
}

/// A regular file: read-only ones refuse writers, root included, and others may exclude us.
void claim_sharing(file_request const& request, ACCESS_MASK granted, opened const& found,
                   struct ::stat const& status) {
  bool const read_only = (status.st_mode & 0222U) == 0;
  bool const replaces = request.disposition == CREATE_ALWAYS || request.disposition == TRUNCATE_EXISTING;
  if (found.existed && read_only && ((granted & writes) != 0 || replaces)) throw_code(ERROR_ACCESS_DENIED);
  if (found.existed && read_only && (request.flags & FILE_FLAG_DELETE_ON_CLOSE) != 0) throw_code(ERROR_ACCESS_DENIED);
  bool const described = (::fcntl(found.fd.get(), F_GETFL) & O_PATH) == 0;
  if (described) {
    sharing::decision const one_at_a_time(found.fd.get());
    if (!sharing::join(found.fd.get(), sharing_access(granted), request.share)) throw_code(ERROR_SHARING_VIOLATION);
    if (found.existed && replaces) truncate(found.fd.get());
    advise(found.fd.get(), request.flags);
  } else if (found.existed && replaces) {
    truncate(found.fd.get());
  }
}

ACCESS_MASK rights_for(file_request const& request) {
  ACCESS_MASK granted = specific_rights(object::kind::file, request.access);
  if ((request.flags & FILE_FLAG_DELETE_ON_CLOSE) != 0) granted |= DELETE;
  return granted | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
}

}  // namespace

HANDLE open_file(file_request const& asked) {
  ACCESS_MASK granted = rights_for(asked);
  require_valid(asked, granted);
  file_request const request = as_device(asked);
  bool const deletes = (request.flags & FILE_FLAG_DELETE_ON_CLOSE) != 0;
  if (deletes && leads_to_device(request.path)) throw_code(ERROR_ACCESS_DENIED);
  struct ::stat status {};
  bool const is_directory = ::stat(request.path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  opened found;
  if (is_directory) {
    if (request.disposition == CREATE_NEW) throw_code(ERROR_FILE_EXISTS);
    bool const allowed = (request.flags & FILE_FLAG_BACKUP_SEMANTICS) != 0 && request.disposition != CREATE_ALWAYS &&
                         request.disposition != TRUNCATE_EXISTING;
    if (!allowed) throw_code(ERROR_ACCESS_DENIED);
    auto directory = os::open(request.path.c_str(), O_RDONLY | O_DIRECTORY);
    if (!directory) directory = os::open(request.path.c_str(), O_PATH | O_DIRECTORY);
    if (!directory) throw_code(path_error(directory.error(), request.path));
    found.fd = std::move(*directory);
  } else {
    found = open_or_make(request, granted);
  }
  if (::fstat(found.fd.get(), &status) != 0) throw_code(error_from_errno(errno));
  if (S_ISREG(status.st_mode)) claim_sharing(request, granted, found, status);
  if (deletes && is_device(status.st_mode)) throw_code(ERROR_ACCESS_DENIED);

  std::string path = full_path(request.path);
  constexpr DWORD kept = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
  if (!found.existed && (request.flags & kept) != 0 && !is_device(status.st_mode))
    set_attributes(path, (request.flags & (kept | FILE_ATTRIBUTE_READONLY)) | FILE_ATTRIBUTE_ARCHIVE);
  auto file = make_object<file_object>(std::move(found.fd), std::move(path), request.flags, status.st_mode);
  HANDLE const handle = make_handle(file, granted, request.inherit);
  if (handle == nullptr) throw_code(last_error);
  if (deletes) file->delete_at_close(true);
  bool const tells = request.disposition == CREATE_ALWAYS || request.disposition == OPEN_ALWAYS;
  set_error(tells && found.existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
  return handle;
}

HANDLE adopt_descriptor(os::unique_fd fd, ACCESS_MASK access, bool inherit) {
  struct ::stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_code(error_from_errno(errno));
  auto const file = make_object<file_object>(std::move(fd), std::string(), DWORD{0}, status.st_mode);
  return make_handle(file, access, inherit);
}

bool is_open_somewhere(std::string const& path) noexcept {
  auto file = os::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) file = os::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  return file && sharing::in_use(file->get());
}

bool deletion_forbidden(std::string const& path) noexcept {
  auto file = os::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) file = os::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return false;
  constexpr unsigned everything = sharing::reading | sharing::writing | sharing::deleting;
  return !sharing::would_agree(file->get(), sharing::deleting, everything);
}

}  // namespace coview::win32

using namespace coview::win32;

namespace {

template <class Char>
HANDLE create_file(Char const* name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes, DWORD disposition,
                   DWORD flags) noexcept {
  return guarded(
      [&]() -> HANDLE {
        if (auto const pipe = pipe_name(utf8_from(name)))
          return open_pipe(*pipe, access, flags, inherits(attributes));
        return open_file({.path = native_path(name),
                          .access = access,
                          .share = share,
                          .disposition = disposition,
                          .flags = flags,
                          .inherit = inherits(attributes)});
      },
      INVALID_HANDLE_VALUE);
}

}  // namespace

HANDLE CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                   LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                   DWORD dwFlagsAndAttributes, HANDLE /*hTemplateFile*/) {
  return create_file(lpFileName, dwDesiredAccess, dwShareMode, lpSecurityAttributes, dwCreationDisposition,
                     dwFlagsAndAttributes);
}

HANDLE CreateFileW(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                   LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                   DWORD dwFlagsAndAttributes, HANDLE /*hTemplateFile*/) {
  return create_file(lpFileName, dwDesiredAccess, dwShareMode, lpSecurityAttributes, dwCreationDisposition,
                     dwFlagsAndAttributes);
}

HANDLE CreateFile2(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, DWORD dwCreationDisposition,
                   LPCREATEFILE2_EXTENDED_PARAMETERS pCreateExParams) {
  bool const more = pCreateExParams != nullptr;
  DWORD const flags = more ? pCreateExParams->dwFileAttributes | pCreateExParams->dwFileFlags : 0;
  return create_file(lpFileName, dwDesiredAccess, dwShareMode, more ? pCreateExParams->lpSecurityAttributes : nullptr,
                     dwCreationDisposition, flags);
}

HANDLE ReOpenFile(HANDLE hOriginalFile, DWORD dwDesiredAccess, DWORD dwShareMode, DWORD dwFlagsAndAttributes) {
  return guarded(
      [&] {
        auto const original = handle_guard(hOriginalFile).pin_as<file_object>();
        if (!original) return INVALID_HANDLE_VALUE;
        return open_file({.path = original->path(),
                          .access = dwDesiredAccess,
                          .share = dwShareMode,
                          .disposition = OPEN_EXISTING,
                          .flags = dwFlagsAndAttributes,
                          .inherit = false});
      },
      INVALID_HANDLE_VALUE);
}
