// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdarg>
#include <string>

/// The printf family as Microsoft's C runtime understands it, which is not as Linux does: `l` means 32 bits, `I64`
/// and `Iu` are sizes, `%s` in a wide format is a wide string and `%S` the other width, `%p` prints sixteen capital
/// digits. Programs print DWORD with %lu and HANDLE with %p, so that only this reading gives them the output they
/// had.
///
/// Stateless and thread-safe. Characters are converted between UTF-8 and wchar_t where the widths differ.
namespace coview::win32 {

/// Formats; the text is complete, however long. A null string prints as "(null)".
void format_into(std::string& out, char const* format, va_list arguments);
void format_into(std::wstring& out, wchar_t const* format, va_list arguments);

}  // namespace coview::win32
