# SPDX-License-Identifier: Apache-2.0
# coview_warnings(target): what every target of ours is compiled with. Warnings are errors in the presets for
# developers (CMAKE_COMPILE_WARNING_AS_ERROR), never for those who only build.
function(coview_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  # gcc 12 sees an overlapping copy in every `"literal" + std::string` (GCC bug 105651, mended in 13).
  target_compile_options(${target} PRIVATE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
endfunction()
