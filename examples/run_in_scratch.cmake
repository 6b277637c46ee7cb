# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM in an empty directory with a COVIEW_ROOT of its own, and fails where it fails or leaves an object behind.
execute_process(COMMAND mktemp -d /dev/shm/coview-example-XXXXXX OUTPUT_VARIABLE scratch OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
file(MAKE_DIRECTORY ${scratch}/work)
execute_process(COMMAND ${CMAKE_COMMAND} -E env COVIEW_ROOT=${scratch} ${PROGRAM} WORKING_DIRECTORY ${scratch}/work
                RESULT_VARIABLE status)
file(GLOB_RECURSE left LIST_DIRECTORIES false ${scratch}/coview-*)
file(REMOVE_RECURSE ${scratch})
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
if(left)
  message(FATAL_ERROR "left behind: ${left}")
endif()
