# SPDX-License-Identifier: Apache-2.0
# Says in a sentence where coview cannot be built, instead of in pages of compiler errors. What can be seen by a
# compiler alone is refused by <coview/export.hpp> as well, for those who use another build system.
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  message(FATAL_ERROR "coview runs on Linux only: it is made of Linux' flock, futex and /proc; "
    "this build is for ${CMAKE_SYSTEM_NAME}.")
endif()
if(NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  message(FATAL_ERROR "coview needs a 64-bit system: the layout of its objects and its 64-bit atomics do; "
    "this compiler makes 32-bit programs.")
endif()
set(oldest_GNU 12)
set(oldest_Clang 14)
if(DEFINED oldest_${CMAKE_CXX_COMPILER_ID})
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS oldest_${CMAKE_CXX_COMPILER_ID})
    message(FATAL_ERROR "coview needs gcc 12 or clang 14 at least; "
      "${CMAKE_CXX_COMPILER} is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.")
  endif()
else()
  message(WARNING "coview is built and tested with gcc and clang; ${CMAKE_CXX_COMPILER_ID} may do, and may not.")
endif()

include(CheckCXXSourceCompiles)
check_cxx_source_compiles("
  #include <cstddef>
  #ifndef __GLIBC__
  #error another C library
  #endif
  int main() {}" COVIEW_HAS_GLIBC)
if(NOT COVIEW_HAS_GLIBC)
  message(FATAL_ERROR "coview needs the GNU C library: its mutexes stand on how glibc keeps the list of a thread's "
    "robust locks; this compiler uses another C library (musl, perhaps).")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")  # which may come with a C++ library of its own
  set(CMAKE_REQUIRED_FLAGS -std=c++20)
  check_cxx_source_compiles("
    #include <stop_token>
    #include <thread>
    int main() { std::jthread([](std::stop_token) {}); }" COVIEW_HAS_JTHREAD)
  unset(CMAKE_REQUIRED_FLAGS)
  if(NOT COVIEW_HAS_JTHREAD)
    message(FATAL_ERROR "coview needs std::jthread and std::stop_token: this C++ library has none (libc++ before 20). "
      "Use libstdc++ 12 or newer: leave out -stdlib=libc++.")
  endif()
endif()
