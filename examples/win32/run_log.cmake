# SPDX-License-Identifier: Apache-2.0
# A log is read whole, and while it is cut.
string(RANDOM LENGTH 12 unique)
set(scratch /dev/shm/coview-example-log-${unique})
file(MAKE_DIRECTORY ${scratch})
string(REPEAT "a line of sixteen\n" 3000 text)
file(WRITE ${scratch}/a.log "${text}")
execute_process(COMMAND ${PROGRAM} a.log WORKING_DIRECTORY ${scratch} OUTPUT_VARIABLE whole RESULT_VARIABLE first)
execute_process(COMMAND ${PROGRAM} a.log "truncate -s 18000 a.log" WORKING_DIRECTORY ${scratch} OUTPUT_VARIABLE cut RESULT_VARIABLE second)
file(REMOVE_RECURSE ${scratch})
# The last page of the file goes on with zeros.
if(NOT first EQUAL 0 OR NOT whole STREQUAL "3000 lines in 54000 bytes\n")
  message(FATAL_ERROR "whole: ${first} ${whole}")
endif()
if(NOT second EQUAL 0 OR NOT cut STREQUAL "1000 lines in 20480 bytes, then the log was cut\n")
  message(FATAL_ERROR "cut: ${second} ${cut}")
endif()
