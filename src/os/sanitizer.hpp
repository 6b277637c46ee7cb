// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__SANITIZE_THREAD__)
#define COVIEW_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COVIEW_THREAD_SANITIZER
#endif
#endif

#ifdef COVIEW_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

/// What the thread sanitizer cannot see: where the kernel orders what two threads do. When a thread has ended, the kernel
/// stores into its words, and whoever sees that store may reuse its memory. Nothing in any other build.
namespace coview::os {

/// What this thread wrote so far is ordered before whatever follows `tell_sanitizer_acquired` of the same address.
inline void tell_sanitizer_released([[maybe_unused]] void* address) noexcept {
#ifdef COVIEW_THREAD_SANITIZER
  __tsan_release(address);
#endif
}
inline void tell_sanitizer_acquired([[maybe_unused]] void* address) noexcept {
#ifdef COVIEW_THREAD_SANITIZER
  __tsan_acquire(address);
#endif
}

}  // namespace coview::os
