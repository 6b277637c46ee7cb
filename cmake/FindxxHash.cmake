# SPDX-License-Identifier: Apache-2.0
# xxHash's header, which is compiled in: nothing of it is needed at run time. Gives the target xxHash::header.
find_path(xxHash_INCLUDE_DIR xxhash.h)
mark_as_advanced(xxHash_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(xxHash REQUIRED_VARS xxHash_INCLUDE_DIR)
if(xxHash_FOUND AND NOT TARGET xxHash::header)
  # From a folder of its own: a system's other headers would come along from where it lies, to a cross-compiler as well.
  file(COPY ${xxHash_INCLUDE_DIR}/xxhash.h DESTINATION ${CMAKE_CURRENT_BINARY_DIR}/xxhash)
  add_library(xxHash::header INTERFACE IMPORTED)
  set_target_properties(xxHash::header PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR}/xxhash)
endif()
