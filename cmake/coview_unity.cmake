# SPDX-License-Identifier: Apache-2.0
# coview_unity(target): the sources of a folder are compiled as one, in a third of the time. So no two files of a folder
# give one name to two things, and a file may seem to include what only its neighbour does: the presets `debug` and
# `clang` compile each by itself, and `tools/lint includes` sees most of that without compiling. A source that has a
# group keeps it; one that skips such builds stays by itself.
function(coview_unity target)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_source_file_property(group ${source} UNITY_GROUP)
    if(NOT group)
      cmake_path(GET source PARENT_PATH folder)
      string(MAKE_C_IDENTIFIER "in_${folder}" group)
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # Names of one file would shadow those of another, and what a file keeps to itself would seem to be in a header.
  target_compile_options(${target} PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
