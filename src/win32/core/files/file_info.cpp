// SPDX-License-Identifier: Apache-2.0
// What is known about a file, asked by handle or by path: attributes, times, identity, and the full forms of names.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <string>

#include <coview/win32/winbase.h>

#include "win32/core/files/file_object.hpp"
#include "win32/core/files/file_time.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/pipes/pipe_api.hpp"
#include "win32/core/text/text.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

/// All that any of the calls below reports.
struct facts {
  struct ::stat status {};
  std::int64_t created = 0;
  DWORD attributes = 0;
};

std::int64_t creation_of(int directory, char const* path, struct ::stat const& status) {
  struct ::statx more {};
  if (::statx(directory, path, AT_EMPTY_PATH, STATX_BTIME, &more) == 0 && (more.stx_mask & STATX_BTIME) != 0)
    return ticks_from(timespec{more.stx_btime.tv_sec, static_cast<long>(more.stx_btime.tv_nsec)});
  return ticks_from(status.st_mtim);  // filesystems without it: no later than the last change
}

facts facts_of(std::string const& path) {
  facts found;
  if (::stat(path.c_str(), &found.status) != 0 && (errno != ENOENT || ::lstat(path.c_str(), &found.status) != 0))
    throw_code(path_error(errno, path));
  found.created = creation_of(AT_FDCWD, path.c_str(), found.status);
  found.attributes = attributes_of(path, found.status);
  return found;
}

facts facts_of(file_object const& file) {
  facts found;
  if (::fstat(file.fd(), &found.status) != 0) throw_code(error_from_errno(errno));
  found.created = creation_of(file.fd(), "", found.status);
  found.attributes =
      file.path().empty() ? attributes_of(file.fd(), found.status) : attributes_of(file.path(), found.status);
  return found;
}

std::uint64_t size_of(facts const& known) {
  return S_ISREG(known.status.st_mode) ? static_cast<std::uint64_t>(known.status.st_size) : 0;
}

DWORD high(std::uint64_t value) {
  return static_cast<DWORD>(value >> 32U);
}
DWORD low(std::uint64_t value) {
  return static_cast<DWORD>(value);
}

template <class Char>
BOOL attributes_ex(Char const* name, GET_FILEEX_INFO_LEVELS level, LPVOID out) noexcept {
  if (level != GetFileExInfoStandard) return refuse(ERROR_INVALID_PARAMETER);
  return guarded(
      [&] {
        auto const known = facts_of(native_path(name));
        auto& data = *static_cast<WIN32_FILE_ATTRIBUTE_DATA*>(out);
        data.dwFileAttributes = known.attributes;
        data.ftCreationTime = filetime_from(known.created);
        data.ftLastAccessTime = filetime_from(ticks_from(known.status.st_atim));
        data.ftLastWriteTime = filetime_from(ticks_from(known.status.st_mtim));
        data.nFileSizeHigh = high(size_of(known));
        data.nFileSizeLow = low(size_of(known));
        return TRUE;
      },
      FALSE);
}

template <class Char>
DWORD attributes(Char const* name) noexcept {
  return guarded([&]() -> DWORD { return facts_of(native_path(name)).attributes; }, INVALID_FILE_ATTRIBUTES);
}

template <class Char>
BOOL change_attributes(Char const* name, DWORD wanted) noexcept {
  return guarded(
      [&] {
        auto const path = native_path(name);
        struct ::stat status {};
        bool const is_directory = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
        if (is_directory && (wanted & FILE_ATTRIBUTE_TEMPORARY) != 0) return refuse(ERROR_INVALID_PARAMETER);
        int const failure = set_attributes(path, wanted);
        return failure == 0 ? TRUE : refuse(path_error(failure, path));
      },
      FALSE);
}

BOOL too_short() {
  return refuse(ERROR_BAD_LENGTH);
}

/// The next entries of a folder, as many as there is room for. Where the reading is stands in the description of the
/// folder's handle, which the kernel keeps: so it goes on where it was, and begins anew where asked.
template <class Info>
BOOL folder_info(file_object const& folder, LPVOID out, DWORD size, bool restart) {
  if (!folder.directory()) return refuse(ERROR_INVALID_PARAMETER);
  if (leads_nowhere(out)) return refuse(ERROR_NOACCESS);
  if (restart && ::lseek(folder.fd(), 0, SEEK_SET) != 0) return refuse(error_from_errno(errno));
  struct entry {
    std::uint64_t inode;
    std::int64_t next;
    unsigned short length;
    unsigned char type;
    std::array<char, 1> name;  // and more of them, up to a NUL
  };
  constexpr std::size_t at_once = 32768;
  alignas(8) std::array<char, at_once> raw{};
  auto const before = ::lseek(folder.fd(), 0, SEEK_CUR);
  auto const n = ::syscall(SYS_getdents64, folder.fd(), raw.data(), raw.size());
  if (n < 0) return refuse(error_from_errno(errno));
  if (n == 0) return refuse(ERROR_NO_MORE_FILES);
  std::int64_t reached = before;
  DWORD used = 0;
  Info* last = nullptr;
  for (long at = 0; at < n;) {
    auto const* const one = reinterpret_cast<entry const*>(raw.data() + at);
    char const* const given = raw.data() + at + offsetof(entry, name);
    auto const name = to_wide(given);
    constexpr DWORD alignment = 8;
    auto const needed = static_cast<DWORD>(offsetof(Info, FileName) + name.size() * sizeof(WCHAR));
    if (used + needed > size) break;
    auto* const info = reinterpret_cast<Info*>(static_cast<std::byte*>(out) + used);
    std::memset(static_cast<void*>(info), 0, offsetof(Info, FileName));
    struct ::stat status {};
    if (::fstatat(folder.fd(), given, &status, 0) == 0 ||
        ::fstatat(folder.fd(), given, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      info->CreationTime.QuadPart = creation_of(folder.fd(), given, status);
      info->LastAccessTime.QuadPart = ticks_from(status.st_atim);
      info->LastWriteTime.QuadPart = ticks_from(status.st_mtim);
      info->ChangeTime.QuadPart = ticks_from(status.st_ctim);
      bool const regular = S_ISREG(status.st_mode);
      info->EndOfFile.QuadPart = regular ? status.st_size : 0;
      info->AllocationSize.QuadPart = regular ? status.st_blocks * 512 : 0;
      info->FileAttributes = attributes_of(folder.path() + "/" + given, status);
    }
    if constexpr (requires { info->FileId; }) info->FileId.QuadPart = static_cast<LONGLONG>(one->inode);
    info->FileNameLength = static_cast<DWORD>(name.size() * sizeof(WCHAR));
    std::memcpy(static_cast<void*>(info->FileName), name.data(), info->FileNameLength);
    if (last != nullptr) {
      last->NextEntryOffset =
          static_cast<DWORD>(reinterpret_cast<std::byte*>(info) - reinterpret_cast<std::byte*>(last));
    }
    last = info;
    used = (used + needed + alignment - 1) & ~(alignment - 1);
    reached = one->next;
    at += one->length;
  }
  ::lseek(folder.fd(), reached, SEEK_SET);
  return last != nullptr ? TRUE : too_short();
}

template <class Info>
Info* room(LPVOID out, DWORD size) {
  return out != nullptr && size >= sizeof(Info) ? static_cast<Info*>(out) : nullptr;
}

BOOL basic_info(facts const& known, LPVOID out, DWORD size) {
  auto* const info = room<FILE_BASIC_INFO>(out, size);
  if (info == nullptr) return too_short();
  info->CreationTime.QuadPart = known.created;
  info->LastAccessTime.QuadPart = ticks_from(known.status.st_atim);
  info->LastWriteTime.QuadPart = ticks_from(known.status.st_mtim);
  info->ChangeTime.QuadPart = ticks_from(known.status.st_ctim);
  info->FileAttributes = known.attributes;
  return TRUE;
}

BOOL standard_info(file_object const& file, facts const& known, LPVOID out, DWORD size) {
  auto* const info = room<FILE_STANDARD_INFO>(out, size);
  if (info == nullptr) return too_short();
  constexpr LONGLONG block = 512;
  info->AllocationSize.QuadPart = known.status.st_blocks * block;
  info->EndOfFile.QuadPart = static_cast<LONGLONG>(size_of(known));
  info->NumberOfLinks = static_cast<DWORD>(known.status.st_nlink);
  info->DeletePending = file.doomed() || known.status.st_nlink == 0 ? 1 : 0;
  info->Directory = S_ISDIR(known.status.st_mode) ? 1 : 0;
  return TRUE;
}

BOOL name_info(file_object const& file, LPVOID out, DWORD size) {
  auto* const info = room<FILE_NAME_INFO>(out, size);
  if (info == nullptr) return too_short();
  auto const name = to_wide(file.path());
  info->FileNameLength = static_cast<DWORD>(name.size() * sizeof(WCHAR));
  std::size_t const space = (size - offsetof(FILE_NAME_INFO, FileName)) / sizeof(WCHAR);
  std::copy_n(name.begin(), std::min(space, name.size()), static_cast<WCHAR*>(info->FileName));
  return name.size() <= space ? TRUE : refuse(ERROR_MORE_DATA);
}

BOOL id_info(facts const& known, LPVOID out, DWORD size) {
  auto* const info = room<FILE_ID_INFO>(out, size);
  if (info == nullptr) return too_short();
  *info = {};
  info->VolumeSerialNumber = known.status.st_dev;
  std::memcpy(static_cast<BYTE*>(info->FileId.Identifier), &known.status.st_ino, sizeof known.status.st_ino);
  return TRUE;
}

/// 0 leaves a time as it is.
timespec wanted_time(FILETIME const* time) {
  if (time == nullptr) return {0, UTIME_OMIT};
  std::int64_t const ticks = ticks_from(*time);
  return ticks == 0 || ticks == -1 ? timespec{0, UTIME_OMIT} : timespec_from(ticks);
}

BOOL set_times(file_object const& file, FILETIME const* accessed, FILETIME const* written) {
  if (file.device()) return refuse(ERROR_INVALID_FUNCTION);
  std::array<timespec, 2> const times{wanted_time(accessed), wanted_time(written)};
  if (::futimens(file.fd(), times.data()) == 0) return TRUE;
  std::array<char, 40> path{};  // a descriptor that only names the file
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", file.fd());
  return ::utimensat(AT_FDCWD, path.data(), times.data(), 0) == 0 ? TRUE : refuse(error_from_errno(errno));
}

/// Where the handle's file is now.
std::string final_path(file_object const& file) {
  std::array<char, 40> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file.fd());
  std::string target(PATH_MAX, '\0');
  auto const length = ::readlink(link.data(), target.data(), target.size());
  if (length < 0) throw_code(error_from_errno(errno));
  target.resize(static_cast<std::size_t>(length));
  return target;
}

template <class Char>
DWORD final_path(HANDLE handle, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        auto const file = handle_guard(handle).pin_as<file_object>();
        return file ? give(final_path(*file), buffer, size) : 0;
      },
      0U);
}

template <class Char>
DWORD full_name(Char const* name, DWORD size, Char* buffer, Char** part) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (part != nullptr) *part = nullptr;
        if (name == nullptr || name[0] == 0) throw_code(ERROR_INVALID_NAME);
        auto const path = full_path(native_path(name));
        DWORD const length = give(path, buffer, size);
        if (part != nullptr && buffer != nullptr && length < size && path.back() != '/') {
          Char* last = buffer;
          for (Char* at = buffer; *at != 0; ++at)
            if (*at == '/') last = at + 1;
          *part = last;
        }
        return length;
      },
      0U);
}

/// Long and short names: there is only one kind, and the file must be there.
template <class Char>
DWORD same_name(Char const* name, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        auto const path = native_path(name);
        struct ::stat status {};
        if (::stat(path.c_str(), &status) != 0) throw_code(path_error(errno, path));
        return give(path, buffer, size);
      },
      0U);
}

/// What the file takes on its device, holes left out.
template <class Char>
DWORD size_on_device(Char const* name, DWORD* high) {
  return guarded(
      [&]() -> DWORD {
        auto const path = native_path(name);
        struct ::stat facts {};
        if (::stat(path.c_str(), &facts) != 0) throw_code(path_error(errno, path));
        constexpr std::uint64_t block = 512;  // st_blocks counts these, whatever the device has
        constexpr unsigned half = 32;
        auto const taken = static_cast<std::uint64_t>(facts.st_blocks) * block;
        auto const size = std::min(taken, static_cast<std::uint64_t>(facts.st_size));
        if (high != nullptr) *high = static_cast<DWORD>(size >> half);
        auto const low = static_cast<DWORD>(size);
        if (low == INVALID_FILE_SIZE) set_error(ERROR_SUCCESS);
        return low;
      },
      INVALID_FILE_SIZE);
}

}  // namespace

DWORD GetCompressedFileSizeA(LPCSTR lpFileName, LPDWORD lpFileSizeHigh) {
  return size_on_device(lpFileName, lpFileSizeHigh);
}
DWORD GetCompressedFileSizeW(LPCWSTR lpFileName, LPDWORD lpFileSizeHigh) {
  return size_on_device(lpFileName, lpFileSizeHigh);
}

DWORD GetFileAttributesA(LPCSTR lpFileName) {
  return attributes(lpFileName);
}
DWORD GetFileAttributesW(LPCWSTR lpFileName) {
  return attributes(lpFileName);
}
BOOL SetFileAttributesA(LPCSTR lpFileName, DWORD dwFileAttributes) {
  return change_attributes(lpFileName, dwFileAttributes);
}
BOOL SetFileAttributesW(LPCWSTR lpFileName, DWORD dwFileAttributes) {
  return change_attributes(lpFileName, dwFileAttributes);
}
BOOL GetFileAttributesExA(LPCSTR lpFileName, GET_FILEEX_INFO_LEVELS fInfoLevelId, LPVOID lpFileInformation) {
  return attributes_ex(lpFileName, fInfoLevelId, lpFileInformation);
}
BOOL GetFileAttributesExW(LPCWSTR lpFileName, GET_FILEEX_INFO_LEVELS fInfoLevelId, LPVOID lpFileInformation) {
  return attributes_ex(lpFileName, fInfoLevelId, lpFileInformation);
}

BOOL GetFileInformationByHandle(HANDLE hFile, LPBY_HANDLE_FILE_INFORMATION lpFileInformation) {
  return guarded(
      [&] {
        auto const file = handle_guard(hFile).pin_as<file_object>();
        if (!file) return FALSE;
        if (lpFileInformation == nullptr) return refuse(ERROR_NOACCESS);
        auto const known = facts_of(*file);
        auto& out = *lpFileInformation;
        out.dwFileAttributes = known.attributes;
        out.ftCreationTime = filetime_from(known.created);
        out.ftLastAccessTime = filetime_from(ticks_from(known.status.st_atim));
        out.ftLastWriteTime = filetime_from(ticks_from(known.status.st_mtim));
        out.dwVolumeSerialNumber = static_cast<DWORD>(known.status.st_dev);
        out.nFileSizeHigh = high(size_of(known));
        out.nFileSizeLow = low(size_of(known));
        out.nNumberOfLinks = static_cast<DWORD>(known.status.st_nlink);
        out.nFileIndexHigh = high(known.status.st_ino);
        out.nFileIndexLow = low(known.status.st_ino);
        return TRUE;
      },
      FALSE);
}

BOOL GetFileInformationByHandleEx(HANDLE hFile, FILE_INFO_BY_HANDLE_CLASS FileInformationClass,
                                  LPVOID lpFileInformation, DWORD dwBufferSize) {
  return guarded(
      [&] {
        auto const file = handle_guard(hFile).pin_as<file_object>();
        if (!file) return FALSE;
        auto const known = facts_of(*file);
        switch (FileInformationClass) {
          case FileBasicInfo:
            return basic_info(known, lpFileInformation, dwBufferSize);
          case FileStandardInfo:
            return standard_info(*file, known, lpFileInformation, dwBufferSize);
          case FileNameInfo:
            return name_info(*file, lpFileInformation, dwBufferSize);
          case FileIdInfo:
            return id_info(known, lpFileInformation, dwBufferSize);
          case FileAttributeTagInfo: {
            auto* const info = room<FILE_ATTRIBUTE_TAG_INFO>(lpFileInformation, dwBufferSize);
            if (info == nullptr) return too_short();
            *info = {known.attributes, 0};
            return TRUE;
          }
          case FileAlignmentInfo: {
            auto* const info = room<FILE_ALIGNMENT_INFO>(lpFileInformation, dwBufferSize);
            if (info == nullptr) return too_short();
            info->AlignmentRequirement = 0;
            return TRUE;
          }
          case FileIdBothDirectoryInfo:
          case FileIdBothDirectoryRestartInfo:
            return folder_info<FILE_ID_BOTH_DIR_INFO>(*file, lpFileInformation, dwBufferSize,
                                                      FileInformationClass == FileIdBothDirectoryRestartInfo);
          case FileFullDirectoryInfo:
          case FileFullDirectoryRestartInfo:
            return folder_info<FILE_FULL_DIR_INFO>(*file, lpFileInformation, dwBufferSize,
                                                   FileInformationClass == FileFullDirectoryRestartInfo);
          default:
            return refuse(ERROR_INVALID_PARAMETER);
        }
      },
      FALSE);
}

BOOL SetFileInformationByHandle(HANDLE hFile, FILE_INFO_BY_HANDLE_CLASS FileInformationClass,
                                LPVOID lpFileInformation, DWORD dwBufferSize) {
  return guarded(
      [&] {
        handle_guard use(hFile);
        ACCESS_MASK const granted = use.access();
        auto const file = use.pin_as<file_object>();
        use.give_back();
        if (!file) return FALSE;
        if (file->device()) return refuse(ERROR_INVALID_FUNCTION);
        switch (FileInformationClass) {
          case FileDispositionInfo:
          case FileDispositionInfoEx: {
            if (lpFileInformation == nullptr || dwBufferSize == 0) return too_short();
            if ((granted & DELETE) == 0) return refuse(ERROR_ACCESS_DENIED);
            file->delete_at_close((*static_cast<BYTE const*>(lpFileInformation) & 1U) != 0);
            return TRUE;
          }
          case FileEndOfFileInfo: {
            auto const* const info = room<FILE_END_OF_FILE_INFO>(lpFileInformation, dwBufferSize);
            if (info == nullptr) return too_short();
            if ((granted & FILE_WRITE_DATA) == 0) return refuse(ERROR_ACCESS_DENIED);
            DWORD const code = change_file_size(*file, static_cast<std::uint64_t>(info->EndOfFile.QuadPart));
            return code == ERROR_SUCCESS ? TRUE : refuse(code);
          }
          case FileAllocationInfo:
            return dwBufferSize >= sizeof(FILE_ALLOCATION_INFO) ? TRUE : too_short();
          case FileBasicInfo: {
            auto const* const info = room<FILE_BASIC_INFO>(lpFileInformation, dwBufferSize);
            if (info == nullptr) return too_short();
            if ((granted & FILE_WRITE_ATTRIBUTES) == 0) return refuse(ERROR_ACCESS_DENIED);
            FILETIME const accessed = filetime_from(info->LastAccessTime.QuadPart);
            FILETIME const written = filetime_from(info->LastWriteTime.QuadPart);
            if (info->FileAttributes != 0 && !file->path().empty()) {
              if (int const failure = set_attributes(file->path(), info->FileAttributes))
                return refuse(error_from_errno(failure));
            }
            return set_times(*file, &accessed, &written);
          }
          case FileRenameInfo: {
            auto const* const info = room<FILE_RENAME_INFO>(lpFileInformation, dwBufferSize);
            if (info == nullptr) return too_short();
            if ((granted & DELETE) == 0) return refuse(ERROR_ACCESS_DENIED);
            if (info->FileNameLength > dwBufferSize - offsetof(FILE_RENAME_INFO, FileName)) return too_short();
            auto const target = native_path(
                to_narrow({static_cast<WCHAR const*>(info->FileName), info->FileNameLength / sizeof(WCHAR)}));
            DWORD const code = rename_open_file(*file, target, info->ReplaceIfExists != 0);
            return code == ERROR_SUCCESS ? TRUE : refuse(code);
          }
          default:
            return refuse(ERROR_INVALID_PARAMETER);
        }
      },
      FALSE);
}

DWORD GetFileType(HANDLE hFile) {
  if (is_pipe_end(hFile)) return FILE_TYPE_PIPE;
  auto const file = handle_guard(hFile).pin_as<file_object>();
  if (!file) return FILE_TYPE_UNKNOWN;
  struct ::stat status {};
  if (::fstat(file->fd(), &status) != 0) return fail_with(error_from_errno(errno), DWORD{FILE_TYPE_UNKNOWN});
  if (S_ISCHR(status.st_mode)) return FILE_TYPE_CHAR;
  if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) return FILE_TYPE_PIPE;
  return FILE_TYPE_DISK;
}

BOOL GetFileTime(HANDLE hFile, LPFILETIME lpCreationTime, LPFILETIME lpLastAccessTime, LPFILETIME lpLastWriteTime) {
  return guarded(
      [&] {
        auto const file = handle_guard(hFile).pin_as<file_object>();
        if (!file) return FALSE;
        auto const known = facts_of(*file);
        if (lpCreationTime != nullptr) *lpCreationTime = filetime_from(known.created);
        if (lpLastAccessTime != nullptr) *lpLastAccessTime = filetime_from(ticks_from(known.status.st_atim));
        if (lpLastWriteTime != nullptr) *lpLastWriteTime = filetime_from(ticks_from(known.status.st_mtim));
        return TRUE;
      },
      FALSE);
}

BOOL SetFileTime(HANDLE hFile, FILETIME const* /*lpCreationTime*/, FILETIME const* lpLastAccessTime,
                 FILETIME const* lpLastWriteTime) {
  return guarded(
      [&] {
        auto const file = handle_guard(hFile).pin_as<file_object>(FILE_WRITE_ATTRIBUTES);
        return file ? set_times(*file, lpLastAccessTime, lpLastWriteTime) : FALSE;
      },
      FALSE);
}

DWORD GetFinalPathNameByHandleA(HANDLE hFile, LPSTR lpszFilePath, DWORD cchFilePath, DWORD /*dwFlags*/) {
  return final_path(hFile, lpszFilePath, cchFilePath);
}
DWORD GetFinalPathNameByHandleW(HANDLE hFile, LPWSTR lpszFilePath, DWORD cchFilePath, DWORD /*dwFlags*/) {
  return final_path(hFile, lpszFilePath, cchFilePath);
}
DWORD GetFullPathNameA(LPCSTR lpFileName, DWORD nBufferLength, LPSTR lpBuffer, LPSTR* lpFilePart) {
  return full_name(lpFileName, nBufferLength, lpBuffer, lpFilePart);
}
DWORD GetFullPathNameW(LPCWSTR lpFileName, DWORD nBufferLength, LPWSTR lpBuffer, LPWSTR* lpFilePart) {
  return full_name(lpFileName, nBufferLength, lpBuffer, lpFilePart);
}
DWORD GetLongPathNameA(LPCSTR lpszShortPath, LPSTR lpszLongPath, DWORD cchBuffer) {
  return same_name(lpszShortPath, lpszLongPath, cchBuffer);
}
DWORD GetLongPathNameW(LPCWSTR lpszShortPath, LPWSTR lpszLongPath, DWORD cchBuffer) {
  return same_name(lpszShortPath, lpszLongPath, cchBuffer);
}
DWORD GetShortPathNameA(LPCSTR lpszLongPath, LPSTR lpszShortPath, DWORD cchBuffer) {
  return same_name(lpszLongPath, lpszShortPath, cchBuffer);
}
DWORD GetShortPathNameW(LPCWSTR lpszLongPath, LPWSTR lpszShortPath, DWORD cchBuffer) {
  return same_name(lpszLongPath, lpszShortPath, cchBuffer);
}
