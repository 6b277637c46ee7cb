// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <exception>

#include "win32/core/handles/last_error.hpp"

/// The C runtime lets no exception out: its functions answer -1 and set errno.
namespace coview::win32 {

/// The answer of `body`, or -1: with ENOMEM where memory ran out, with EINVAL where a call of Win32's below failed.
template <class Body>
auto contained(Body body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (std::exception const&) {
    errno = ENOMEM;
  } catch (win32_failure const&) {
    errno = EINVAL;
  }
  return static_cast<decltype(body())>(-1);
}

}  // namespace coview::win32
