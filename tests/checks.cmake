# SPDX-License-Identifier: Apache-2.0
# What looks at the sources, the models and the installed tree, as tests with labels: ctest -L format. Status 77: a tool
# is missing, and the test says which.
function(coview_check label name)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 600)
endfunction()

foreach(rule format layers licence docs)
  coview_check(${rule} lint.${rule} tools/lint ${rule})
endforeach()

coview_check(format lint.columns tools/lint columns)
coview_check(format lint.columns.finds_one tools/lint columns --planted)

coview_check(layers lint.includes tools/lint includes)
coview_check(layers lint.includes.finds_one tools/lint includes --planted)

coview_check(docs lint.versions tools/lint versions)
coview_check(docs lint.versions.finds_another tools/lint versions --planted)

coview_check(docs lint.translations tools/lint translations)
coview_check(docs lint.translations.finds_differences tools/lint translations --planted)

# The documents as a site.
coview_check(docs site tools/site check)
coview_check(docs site.finds_what_is_wrong tools/site check --planted)

coview_check(layers lint.variables tools/lint variables)
coview_check(layers lint.variables.finds_one tools/lint variables --planted)

# A model that passed is not searched again until it changes.
file(GLOB models CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/docs/models ${PROJECT_SOURCE_DIR}/docs/models/*.pml)
foreach(model ${models})
  cmake_path(GET model STEM name)
  coview_check(models models.${name} docs/models/check --passed ${PROJECT_BINARY_DIR}/models ${model})
  set_tests_properties(models.${name} PROPERTIES COST 90)
endforeach()

if(COVIEW_TOOLS AND COVIEW_INSTALL AND COVIEW_WIN32)
  coview_check(packaging packaging tests/packaging/check ${PROJECT_BINARY_DIR})
endif()
if(TARGET coview_manual)
  coview_check(packaging packaging.manual_pages tests/packaging/manual_pages ${PROJECT_BINARY_DIR})
  coview_check(packaging packaging.manual_pages.finds_one tests/packaging/manual_pages ${PROJECT_BINARY_DIR} --planted)
endif()
# What the libraries are made of, once they are built.
if(COVIEW_WIN32 AND BUILD_SHARED_LIBS)
  coview_check(packaging packaging.one_core tests/packaging/one_core ${PROJECT_BINARY_DIR})
  coview_check(packaging packaging.one_core.finds_two tests/packaging/one_core ${PROJECT_BINARY_DIR} --planted)
endif()
coview_check(packaging packaging.no_guarded_statics tests/packaging/no_guarded_statics ${PROJECT_BINARY_DIR})
coview_check(packaging packaging.no_guarded_statics.finds_one tests/packaging/no_guarded_statics ${PROJECT_BINARY_DIR}
             --planted)
coview_check(packaging packaging.c_abi tests/packaging/c_abi)
coview_check(packaging packaging.c_abi.finds_changes tests/packaging/c_abi --planted)

# What takes minutes: ctest -C slow.
function(coview_slow_check label name)
  add_test(NAME ${name} COMMAND ${ARGN} CONFIGURATIONS slow WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 1200)
endfunction()
foreach(how add_subdirectory FetchContent)
  coview_slow_check(packaging packaging.inside.${how} tests/packaging/inside ${how})
endforeach()
coview_slow_check(packaging packaging.static_program tests/packaging/static_program)
coview_slow_check(packaging packaging.debian tests/packaging/debian)
coview_slow_check(packaging packaging.python_deb tests/packaging/python_deb)
if(COVIEW_WIN32)
  coview_slow_check(windows windows.programs tests/win32/programs/against_wine)
endif()
