// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__SANITIZE_THREAD__)
#define COVIEW_THREAD_SANITIZER
#elif defined(__SANITIZE_ADDRESS__)
#define COVIEW_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COVIEW_THREAD_SANITIZER
#elif __has_feature(address_sanitizer)
#define COVIEW_ADDRESS_SANITIZER
#endif
#endif

#ifdef COVIEW_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif
#ifdef COVIEW_ADDRESS_SANITIZER
#include <cstddef>
#include <sanitizer/asan_interface.h>
#endif

/// What the sanitizers cannot see. The thread sanitizer: where the kernel orders what two threads do. When a
/// thread has ended, the kernel stores into its words, and whoever sees that store may reuse its memory.
/// Nothing in any other build.
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

/// In what runs while a cancelled thread's stack is taken down: the address sanitizer is not told of that, and takes
/// the frames that are gone for ones that must not be written to.
inline void tell_sanitizer_frames_went() noexcept {
#ifdef COVIEW_ADDRESS_SANITIZER
  constexpr std::size_t deep_enough = 65536;
  __asan_unpoison_memory_region(static_cast<char*>(__builtin_frame_address(0)) - deep_enough, deep_enough);
#endif
}

}  // namespace coview::os
