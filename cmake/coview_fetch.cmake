# SPDX-License-Identifier: Apache-2.0
# coview_fetch(NAME PACKAGE REPOSITORY TAG [argument of FetchContent_Declare…]): what another project makes. The
# installed one, where there is one; else its sources, from where they are published. Where neither is to be had, one
# sentence says which of Debian's packages brings it. A macro: its variables and targets are the caller's.
include(FetchContent)
macro(coview_fetch name package repository tag)
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} ${ARGN} FIND_PACKAGE_ARGS)
  string(TOUPPER ${name} coview_upper)
  string(TOLOWER ${name} coview_lower)
  FetchContent_GetProperties(${name})  # a parent may have it already
  if(NOT FETCHCONTENT_SOURCE_DIR_${coview_upper} AND NOT ${coview_lower}_POPULATED)
    find_package(${name} QUIET)
    if(NOT ${name}_FOUND)
      find_package(Git QUIET)
      set(coview_reached 1)
      if(GIT_FOUND)
        execute_process(COMMAND ${CMAKE_COMMAND} -E env GIT_TERMINAL_PROMPT=0 ${GIT_EXECUTABLE} ls-remote ${repository} ${tag}
          RESULT_VARIABLE coview_reached OUTPUT_QUIET ERROR_QUIET TIMEOUT 30)
      endif()
      if(NOT coview_reached EQUAL 0)
        message(FATAL_ERROR "coview needs ${name}, which is not installed, and ${repository} cannot be reached from "
          "here: install it (on Debian and what is like it: apt-get install ${package}).")
      endif()
    endif()
  endif()
  FetchContent_MakeAvailable(${name})
endmacro()
