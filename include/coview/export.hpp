// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __cplusplus < 202002L
#error \
    "coview needs C++20: compile with -std=c++20 or newer (CMake: target_compile_features(NAME PRIVATE cxx_std_20))"
#endif

/// Marks what the shared library exports; everything else is hidden.
#define COVIEW_EXPORT __attribute__((visibility("default")))

// Where coview cannot work, one sentence says so.
#if !defined(__linux__)
#error "coview runs on Linux only: it is made of Linux' flock, futex and /proc"
#elif !__has_include(<gnu/libc-version.h>)
#error "coview needs the GNU C library: its mutexes stand on how glibc keeps the list of a thread's robust locks"
#elif __SIZEOF_POINTER__ != 8
#error "coview needs a 64-bit system: the layout of its objects and its 64-bit atomics do"
#endif
