// SPDX-License-Identifier: Apache-2.0
#pragma once

// For headers whose functions pass a std::vector to or from the library: with _GLIBCXX_DEBUG its layout is another one,
// and what the library returns would be taken for what it is not. mapping.hpp, mutex.hpp, event.hpp, semaphore.hpp and
// wait.hpp pass nothing whose layout changes, and work in that mode.
#if defined(_GLIBCXX_DEBUG) && !defined(COVIEW_GLIBCXX_DEBUG)
#error \
    "coview/object.hpp and coview/copy*.hpp pass std::vector, whose layout _GLIBCXX_DEBUG changes: use -D_GLIBCXX_ASSERTIONS, or build coview itself with -D_GLIBCXX_DEBUG -DCOVIEW_GLIBCXX_DEBUG and define both here too"
#endif
