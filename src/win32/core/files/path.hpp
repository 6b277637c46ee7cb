// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <coview/win32/minwindef.h>

/// Paths as Windows programs write them, and the Linux paths they lead to.
///
/// A backslash is a slash. `E:\dir\file` and `E:file` both lead into the directory that the environment variable
/// COVIEW_DRIVE_E names; without one there is no such drive. `\\?\` and `\\.\` in front are taken off. NUL, CON,
/// CONIN$ and CONOUT$ are the null device and the terminal (device.hpp). Anything else is left as it is: letters keep
/// their case, and so do blanks and dots at the end. Paths that this library gives out are Linux paths with slashes;
/// only the program's own file name (GetModuleFileName) has backslashes, because sources cut it at the last one.
namespace coview::win32 {

/// Throws ERROR_PATH_NOT_FOUND (empty, no such drive), ERROR_INVALID_NAME (a character that no file's name has on
/// Windows), ERROR_BAD_NETPATH (a server's share).
std::string native_path(std::string_view path);
/// For the strings of A and W functions; nullptr is ERROR_PATH_NOT_FOUND.
std::string native_path(char const* path);
std::string native_path(wchar_t const* path);
/// As a program of the C runtime writes it: unchanged where it cannot be read as one of Windows', empty for nullptr.
std::string lenient_path(char const* path);

/// With `*` and `?` allowed in its last part, as FindFirstFile takes it.
std::string native_pattern(std::string_view path);

/// The directory of a drive; empty where there is none.
std::string drive_directory(char letter);

/// ERROR_FILE_NOT_FOUND, or ERROR_PATH_NOT_FOUND where the directory is missing too.
DWORD missing_error(std::string const& native);
/// The errno of a call that was given a path, with ENOENT told apart as above.
DWORD path_error(int errno_value, std::string const& native);

/// Absolute, without `.`, `..` and double slashes; nothing is looked up.
std::string full_path(std::string const& native);
std::string current_directory();

/// Results of calls that fill a caller's buffer: the length without the end, or the size needed with it where the
/// buffer is too small (of a W call in wide characters).
DWORD give(std::string_view text, char* buffer, DWORD size) noexcept;
DWORD give(std::string_view text, wchar_t* buffer, DWORD size);

}  // namespace coview::win32
