# SPDX-License-Identifier: Apache-2.0
# coview_warnings(target): what every target of ours is compiled with; warnings are errors.
function(coview_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
endfunction()
