# SPDX-License-Identifier: Apache-2.0
# Runs writer and reader together in a scratch directory of their own, and compares what they print, line by line and in
# any order. WRITER, READER: the programs; PREFIX: what they are run with (wine), empty for none.
string(RANDOM LENGTH 12 suffix)
set(root /dev/shm/coview-example-${suffix})
file(MAKE_DIRECTORY ${root})
set(ENV{COVIEW_ROOT} ${root})
set(ENV{WINEDEBUG} -all)
execute_process(COMMAND sh -c "${PREFIX} '${WRITER}' & ${PREFIX} '${READER}'; result=$?; wait $! && exit $result"
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 100)
file(REMOVE_RECURSE ${root})
string(REPLACE "\r" "" output "${output}")
foreach(line
    "writer: wrote 'hello from the writer'"
    "reader: read 'hello from the writer'"
    "reader: wrote 'and hello from the reader'"
    "writer: read 'and hello from the reader'"
    "writer: a second UnmapViewOfFile fails with error 487")
  if(NOT output MATCHES "${line}")
    message(FATAL_ERROR "missing: ${line}\n${output}")
  endif()
endforeach()
if(NOT result STREQUAL "0")
  message(FATAL_ERROR "ended with ${result}\n${output}")
endif()
