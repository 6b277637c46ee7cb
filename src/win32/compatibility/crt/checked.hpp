// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include <coview/win32/msvcrt_string.h>

#include "win32/compatibility/crt/invalid.hpp"

namespace coview::win32 {

/// Puts `length` characters and an end at `to + at`. The rule of all _s functions: what does not fit leaves nothing,
/// unless the caller asked for as much as fits.
template <class Char>
errno_t place(Char* to, std::size_t size, std::size_t at, Char const* from, std::size_t length, bool cut) {
  if (length < size - at) {
    std::copy_n(from, length, to + at);
    to[at + length] = 0;
    return 0;
  }
  if (cut) {
    std::copy_n(from, size - at - 1, to + at);
    to[size - 1] = 0;
    return STRUNCATE;
  }
  to[0] = 0;
  return invalid_parameter(ERANGE);
}

}  // namespace coview::win32
