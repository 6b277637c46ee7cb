// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

namespace coview::win32 {

/// A parameter that Microsoft's C library refuses: errno, the program's handler where it set one, and the code back.
/// Without a handler the call just fails; Microsoft's library would end the program.
int invalid_parameter(int error) noexcept;

}  // namespace coview::win32
