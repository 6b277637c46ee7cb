// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include <coview/win32/minwindef.h>

/// Devices are not files: they are opened, read and written, and nothing else. What deletes, renames, replaces,
/// truncates or changes attributes and times asks here first, so that no call of a program, not even of root's, takes
/// away the machine's /dev/null or a FIFO that others meet at. "Device" stands for everything that is neither a
/// regular file nor a directory: character and block devices, FIFOs, sockets; a symbolic link is what it leads to.
namespace coview::win32 {

/// Where the last part of a path as programs write it names one of Windows' devices (NUL, CON, CONIN$,
/// CONOUT$; in any case of letters, with an extension, a colon or blanks behind): the file of Linux that
/// stands for it, else empty.
std::string reserved_device(std::string_view path);
/// Whether a Linux path is one that reserved_device gives. Such a path is never created, whether or not it is there.
bool is_reserved(std::string_view native) noexcept;

constexpr bool is_device(mode_t mode) noexcept {
  return !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode);
}
/// Whether the path leads to a device, links followed. A path that leads nowhere does not, unless it is reserved.
bool leads_to_device(std::string const& native) noexcept;
/// ERROR_ACCESS_DENIED where the path leads to a device, else 0: for what changes a file rather than its bytes.
DWORD changeable(std::string const& native) noexcept;

}  // namespace coview::win32
