# SPDX-License-Identifier: Apache-2.0
# Runs the server and three clients in a scratch directory of their own, and looks at what they print.
# SERVER, CLIENT: the programs; PREFIX: what they are run with (wine), empty for none.
string(RANDOM LENGTH 12 suffix)
set(root /dev/shm/coview-example-${suffix})
file(MAKE_DIRECTORY ${root})
set(ENV{COVIEW_ROOT} ${root})
set(ENV{WINEDEBUG} -all)
string(REPEAT "x" 200 long)
# The clients begin when the server says that it is ready: a pipe of the shell, read line by line.
execute_process(COMMAND sh -c "${PREFIX} '${SERVER}' 3 | while read line; do echo \"$line\"; case $line in *ready*)
    for n in 1 2 3; do ${PREFIX} '${CLIENT}' \"hello from $n\" ${long} & done; wait;; esac; done"
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 100)
file(GLOB_RECURSE left ${root}/*)
file(REMOVE_RECURSE ${root})
string(TOUPPER "${long}" long)
foreach(line "HELLO FROM 1" "HELLO FROM 2" "HELLO FROM 3" "client: ${long}" "server: served 3")
  if(NOT output MATCHES "${line}")
    message(FATAL_ERROR "missing: ${line}\n${output}")
  endif()
endforeach()
if(left)
  message(FATAL_ERROR "left behind: ${left}")
endif()
if(NOT result STREQUAL "0")
  message(FATAL_ERROR "ended with ${result}\n${output}")
endif()
