// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <coview/win32/minwindef.h>

namespace coview::win32 {

/// One sentence about a code that GetLastError can give; empty for codes that this library does not know.
std::string_view error_text(DWORD code) noexcept;

}  // namespace coview::win32
