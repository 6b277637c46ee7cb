# SPDX-License-Identifier: Apache-2.0
# For 64-bit ARM, with Debian's cross-compiler; what was built runs under qemu-user. GoogleTest is built from the sources
# that Debian has, and the rest of what is needed are headers.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE BOTH)
if(EXISTS /usr/src/googletest)
  set(FETCHCONTENT_SOURCE_DIR_GTEST /usr/src/googletest CACHE PATH "GoogleTest's sources")
endif()
