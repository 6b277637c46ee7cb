// SPDX-License-Identifier: Apache-2.0
#pragma once

// For headers whose functions pass a std::vector to or from the library: with _GLIBCXX_DEBUG its layout is another
// one, and what the library returns would be taken for what it is not. The other headers (mapping, mutex, event,
// semaphore, timer, wait, queue, topic) pass nothing whose layout changes, and work in that mode. Where coview itself
// was built so (COVIEW_BUILT_WITH_GLIBCXX_DEBUG, which its CMake targets say by themselves), all of them do.
#if defined(_GLIBCXX_DEBUG) && !defined(COVIEW_BUILT_WITH_GLIBCXX_DEBUG)
#error \
    "this header passes std::vector, whose layout _GLIBCXX_DEBUG changes: " \
    "use -D_GLIBCXX_ASSERTIONS, or build coview itself with -D_GLIBCXX_DEBUG"
#endif
