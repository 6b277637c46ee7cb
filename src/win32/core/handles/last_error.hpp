// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>

#include <coview/error.hpp>
#include <coview/win32/minwinbase.h>
#include <coview/win32/winerror.h>

/// The last error of a thread, and how the layers' errors become Win32 codes. Success leaves it alone unless a rule
/// says otherwise (G-03, G-04).
namespace coview::win32 {

/// The word itself. In the thread's static block, so that reaching it is one instruction.
extern constinit thread_local DWORD last_error __attribute__((tls_model("initial-exec")));

inline void set_error(DWORD code) noexcept {
  last_error = code;
}
/// For `return fail_with(…)`: sets the code and gives the value that says so.
template <class T>
T fail_with(DWORD code, T value) noexcept {
  last_error = code;
  return value;
}
/// The common case: FALSE.
inline BOOL refuse(DWORD code) noexcept {
  last_error = code;
  return FALSE;
}

/// The one table from errno to Win32. Callers for whom a code means something else look at the errno themselves.
DWORD error_from_errno(int errno_value) noexcept;
DWORD error_from(coview::error const& failure) noexcept;

/// What a Win32 call reports by leaving its body: a code.
struct win32_failure {
  DWORD code;
};
[[noreturn]] void throw_code(DWORD code);

/// Runs a call's body. Whatever leaves it as an exception becomes the last error and `failed`: no exception ever
/// leaves this layer, and a destructor on the way restores nothing that would hide the code. Not noexcept: a thread
/// that is cancelled (pthread_cancel) while it waits is unwound through here.
template <class Body, class Failed>
auto guarded(Body&& body, Failed failed) -> decltype(body()) {
  try {
    return body();
  } catch (win32_failure const& failure) {
    last_error = failure.code;
  } catch (coview::error const& failure) {
    last_error = error_from(failure);
  } catch (std::bad_alloc const&) {
    last_error = ERROR_NOT_ENOUGH_MEMORY;
  } catch (std::exception const&) {
    last_error = ERROR_INTERNAL_ERROR;
  }
  return static_cast<decltype(body())>(failed);
}

}  // namespace coview::win32
