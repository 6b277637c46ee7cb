// SPDX-License-Identifier: Apache-2.0
// Drives and volumes: which letters there are (COVIEW_DRIVE_X), how much room, what kind.
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>

#include <coview/win32/winbase.h>

#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

constexpr DWORD sector = 512;
constexpr char const* no_volume_name = "";

/// NULL is the current directory.
template <class Char>
std::string root_of(Char const* name) {
  return name == nullptr ? std::string(".") : native_path(name);
}

struct ::statvfs room_of(std::string const& path) {
  struct ::statvfs room {};
  if (::statvfs(path.c_str(), &room) != 0)
    throw_code(errno == ENOENT ? ERROR_PATH_NOT_FOUND : error_from_errno(errno));
  return room;
}

DWORD capped(std::uint64_t value) {
  return static_cast<DWORD>(std::min<std::uint64_t>(value, std::numeric_limits<DWORD>::max()));
}

template <class Char>
BOOL free_space(Char const* name, LPDWORD per_cluster, LPDWORD per_sector, LPDWORD free_clusters,
                LPDWORD clusters) noexcept {
  return guarded(
      [&] {
        auto const room = room_of(root_of(name));
        if (per_cluster != nullptr) *per_cluster = static_cast<DWORD>(room.f_frsize / sector);
        if (per_sector != nullptr) *per_sector = sector;
        if (free_clusters != nullptr) *free_clusters = capped(room.f_bavail);
        if (clusters != nullptr) *clusters = capped(room.f_blocks);
        return TRUE;
      },
      FALSE);
}

template <class Char>
BOOL free_bytes(Char const* name, PULARGE_INTEGER available, PULARGE_INTEGER all, PULARGE_INTEGER left) noexcept {
  return guarded(
      [&] {
        auto const room = room_of(root_of(name));
        if (available != nullptr) available->QuadPart = std::uint64_t{room.f_bavail} * room.f_frsize;
        if (all != nullptr) all->QuadPart = std::uint64_t{room.f_blocks} * room.f_frsize;
        if (left != nullptr) left->QuadPart = std::uint64_t{room.f_bfree} * room.f_frsize;
        return TRUE;
      },
      FALSE);
}

struct file_system {
  long magic;
  char const* name;
  UINT drive;
};

file_system kind_of(std::string const& path) {
  static constexpr auto known = std::to_array<file_system>({
      {0xEF53, "ext4", DRIVE_FIXED},
      {0x58465342, "xfs", DRIVE_FIXED},
      {0x9123683E, "btrfs", DRIVE_FIXED},
      {0x01021994, "tmpfs", DRIVE_RAMDISK},
      {0x794C7630, "overlay", DRIVE_FIXED},
      {0x6969, "nfs", DRIVE_REMOTE},
      {0x517B, "smb", DRIVE_REMOTE},
      {0xFF534D42, "cifs", DRIVE_REMOTE},
      {0x9660, "iso9660", DRIVE_CDROM},
      {0x2FC12FC1, "zfs", DRIVE_FIXED},
      {0xF2F52010, "f2fs", DRIVE_FIXED},
      {0x4D44, "vfat", DRIVE_REMOVABLE},
  });
  struct ::statfs found {};
  if (::statfs(path.c_str(), &found) != 0) throw_code(path_error(errno, path));
  auto const at = std::find_if(known.begin(), known.end(), [&found](file_system const& one) {
    return one.magic == static_cast<long>(found.f_type);
  });
  return at == known.end() ? file_system{0, "linux", DRIVE_FIXED} : *at;
}

template <class Char>
UINT drive_type(Char const* name) noexcept {
  UINT const before = last_error;
  UINT const type = guarded([&]() -> UINT { return kind_of(root_of(name)).drive; }, DRIVE_NO_ROOT_DIR);
  set_error(before);
  return type;
}

template <class Char>
BOOL volume(Char const* root, Char* label, DWORD label_size, LPDWORD serial, LPDWORD longest, LPDWORD flags,
            Char* system_name, DWORD system_size) noexcept {
  return guarded(
      [&] {
        auto const path = root_of(root);
        struct ::stat status {};
        if (::stat(path.c_str(), &status) != 0) throw_code(path_error(errno, path));
        constexpr DWORD longest_name = 255;
        if (label != nullptr && label_size > 0) give(no_volume_name, label, label_size);
        if (serial != nullptr) *serial = static_cast<DWORD>(status.st_dev);
        if (longest != nullptr) *longest = longest_name;
        if (flags != nullptr) {
          *flags = FILE_CASE_SENSITIVE_SEARCH | FILE_CASE_PRESERVED_NAMES | FILE_UNICODE_ON_DISK |
                   FILE_SUPPORTS_SPARSE_FILES;
        }
        if (system_name != nullptr && give(kind_of(path).name, system_name, system_size) >= system_size)
          return refuse(ERROR_MORE_DATA);
        return TRUE;
      },
      FALSE);
}

/// "E:\" and a NUL for each drive, and one more NUL.
template <class Char>
DWORD drive_strings(DWORD size, Char* buffer) noexcept {
  return guarded(
      [&]() -> DWORD {
        std::string made;
        for (char letter = 'A'; letter <= 'Z'; ++letter)
          if (!drive_directory(letter).empty()) made.append(1, letter).append(":\\").append(1, '\0');
        if (buffer == nullptr || size < made.size() + 1) return static_cast<DWORD>(made.size() + 1);
        std::copy(made.begin(), made.end(), buffer);
        buffer[made.size()] = 0;
        return static_cast<DWORD>(made.size());
      },
      0U);
}

/// What a drive's letter stands for: here, its directory.
template <class Char>
DWORD device_of(Char const* name, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (name == nullptr || name[0] == 0 || name[1] != ':' || name[2] != 0) throw_code(ERROR_FILE_NOT_FOUND);
        auto directory = drive_directory(static_cast<char>(name[0]));
        if (directory.empty()) throw_code(ERROR_FILE_NOT_FOUND);
        if (size < 2 || give(directory, buffer, size - 1) >= size - 1) throw_code(ERROR_INSUFFICIENT_BUFFER);
        std::size_t length = 0;
        while (buffer[length] != 0) ++length;
        buffer[length + 1] = 0;
        return static_cast<DWORD>(length + 2);
      },
      0U);
}

/// The directory where the file's filesystem begins.
template <class Char>
BOOL volume_path(Char const* name, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&] {
        std::string path = full_path(native_path(name));
        struct ::stat here {};
        while (path.size() > 1 && ::stat(path.c_str(), &here) != 0)
          path.resize(std::max<std::size_t>(path.rfind('/'), 1));
        if (::stat(path.c_str(), &here) != 0) throw_code(path_error(errno, path));
        while (path.size() > 1) {
          auto const parent = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
          struct ::stat above {};
          if (::stat(parent.c_str(), &above) != 0 || above.st_dev != here.st_dev) break;
          path = parent;
        }
        if (path.back() != '/') path += '/';
        return give(path, buffer, size) < size ? TRUE : refuse(ERROR_FILENAME_EXCED_RANGE);
      },
      FALSE);
}

}  // namespace

DWORD GetLogicalDrives() {
  DWORD drives = 0;
  for (char letter = 'A'; letter <= 'Z'; ++letter)
    if (!drive_directory(letter).empty()) drives |= DWORD{1} << static_cast<unsigned>(letter - 'A');
  return drives;
}
DWORD GetLogicalDriveStringsA(DWORD nBufferLength, LPSTR lpBuffer) {
  return drive_strings(nBufferLength, lpBuffer);
}
DWORD GetLogicalDriveStringsW(DWORD nBufferLength, LPWSTR lpBuffer) {
  return drive_strings(nBufferLength, lpBuffer);
}
UINT GetDriveTypeA(LPCSTR lpRootPathName) {
  return drive_type(lpRootPathName);
}
UINT GetDriveTypeW(LPCWSTR lpRootPathName) {
  return drive_type(lpRootPathName);
}
DWORD QueryDosDeviceA(LPCSTR lpDeviceName, LPSTR lpTargetPath, DWORD ucchMax) {
  return device_of(lpDeviceName, lpTargetPath, ucchMax);
}
DWORD QueryDosDeviceW(LPCWSTR lpDeviceName, LPWSTR lpTargetPath, DWORD ucchMax) {
  return device_of(lpDeviceName, lpTargetPath, ucchMax);
}
BOOL GetDiskFreeSpaceA(LPCSTR lpRootPathName, LPDWORD lpSectorsPerCluster, LPDWORD lpBytesPerSector,
                       LPDWORD lpNumberOfFreeClusters, LPDWORD lpTotalNumberOfClusters) {
  return free_space(lpRootPathName, lpSectorsPerCluster, lpBytesPerSector, lpNumberOfFreeClusters,
                    lpTotalNumberOfClusters);
}
BOOL GetDiskFreeSpaceW(LPCWSTR lpRootPathName, LPDWORD lpSectorsPerCluster, LPDWORD lpBytesPerSector,
                       LPDWORD lpNumberOfFreeClusters, LPDWORD lpTotalNumberOfClusters) {
  return free_space(lpRootPathName, lpSectorsPerCluster, lpBytesPerSector, lpNumberOfFreeClusters,
                    lpTotalNumberOfClusters);
}
BOOL GetDiskFreeSpaceExA(LPCSTR lpDirectoryName, PULARGE_INTEGER lpFreeBytesAvailableToCaller,
                         PULARGE_INTEGER lpTotalNumberOfBytes, PULARGE_INTEGER lpTotalNumberOfFreeBytes) {
  return free_bytes(lpDirectoryName, lpFreeBytesAvailableToCaller, lpTotalNumberOfBytes, lpTotalNumberOfFreeBytes);
}
BOOL GetDiskFreeSpaceExW(LPCWSTR lpDirectoryName, PULARGE_INTEGER lpFreeBytesAvailableToCaller,
                         PULARGE_INTEGER lpTotalNumberOfBytes, PULARGE_INTEGER lpTotalNumberOfFreeBytes) {
  return free_bytes(lpDirectoryName, lpFreeBytesAvailableToCaller, lpTotalNumberOfBytes, lpTotalNumberOfFreeBytes);
}
BOOL GetVolumeInformationA(LPCSTR lpRootPathName, LPSTR lpVolumeNameBuffer, DWORD nVolumeNameSize,
                           LPDWORD lpVolumeSerialNumber, LPDWORD lpMaximumComponentLength, LPDWORD lpFileSystemFlags,
                           LPSTR lpFileSystemNameBuffer, DWORD nFileSystemNameSize) {
  return volume(lpRootPathName, lpVolumeNameBuffer, nVolumeNameSize, lpVolumeSerialNumber, lpMaximumComponentLength,
                lpFileSystemFlags, lpFileSystemNameBuffer, nFileSystemNameSize);
}
BOOL GetVolumeInformationW(LPCWSTR lpRootPathName, LPWSTR lpVolumeNameBuffer, DWORD nVolumeNameSize,
                           LPDWORD lpVolumeSerialNumber, LPDWORD lpMaximumComponentLength, LPDWORD lpFileSystemFlags,
                           LPWSTR lpFileSystemNameBuffer, DWORD nFileSystemNameSize) {
  return volume(lpRootPathName, lpVolumeNameBuffer, nVolumeNameSize, lpVolumeSerialNumber, lpMaximumComponentLength,
                lpFileSystemFlags, lpFileSystemNameBuffer, nFileSystemNameSize);
}
BOOL GetVolumePathNameA(LPCSTR lpszFileName, LPSTR lpszVolumePathName, DWORD cchBufferLength) {
  return volume_path(lpszFileName, lpszVolumePathName, cchBufferLength);
}
BOOL GetVolumePathNameW(LPCWSTR lpszFileName, LPWSTR lpszVolumePathName, DWORD cchBufferLength) {
  return volume_path(lpszFileName, lpszVolumePathName, cchBufferLength);
}
BOOL AreFileApisANSI() {
  return TRUE;
}
void SetFileApisToANSI() {}
void SetFileApisToOEM() {}
