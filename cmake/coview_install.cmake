# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, so that others use the library with find_package(coview) or pkg-config, and the
# program with its manual pages, its completions and its systemd unit.
include(CMakePackageConfigHelpers)

# The library, its headers, and what CMake needs to find them.
set(coview_libraries coview)
set(coview_no_headers)
if(COVIEW_WIN32)
  list(APPEND coview_libraries coview_win32)
else()
  set(coview_no_headers PATTERN win32 EXCLUDE)
endif()
# The library of bridges, its header and its program are a component of their own: they need libnats, and are packaged
# apart.
list(APPEND coview_no_headers PATTERN bridge.hpp EXCLUDE)
# A parent's target that links coview can be exported by the parent, whether or not coview is installed with it: the
# export set is always declared. Without COVIEW_INSTALL nothing of it reaches the parent's `install`.
set(coview_if_asked)
if(NOT COVIEW_INSTALL)
  set(coview_if_asked EXCLUDE_FROM_ALL)
endif()
set(coview_cmake_directory ${CMAKE_INSTALL_LIBDIR}/cmake/coview)
install(TARGETS ${coview_libraries} EXPORT coview_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ${coview_if_asked}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} ${coview_if_asked})
install(EXPORT coview_targets NAMESPACE coview:: DESTINATION ${coview_cmake_directory} ${coview_if_asked})
if(TARGET coview_bridge)
  install(TARGETS coview_bridge EXPORT coview_bridge_targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT bridge ${coview_if_asked}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT bridge ${coview_if_asked})
  install(EXPORT coview_bridge_targets NAMESPACE coview:: DESTINATION ${coview_cmake_directory} COMPONENT bridge
    ${coview_if_asked})
endif()
if(NOT COVIEW_INSTALL)
  return()
endif()

# For pkg-config --static and -static. The same objects as in the shared libraries, under the same name: what the
# CMake package leads to stays the shared ones.
function(coview_install_archive target name)
  install(FILES $<TARGET_FILE:${target}> RENAME lib${name}.a DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN})
endfunction()
if(COVIEW_STATIC_LIBRARIES AND BUILD_SHARED_LIBS)
  coview_install_archive(coview_internal coview)
  if(COVIEW_WIN32)
    coview_install_archive(coview_win32_internal coview_win32)
  endif()
  if(TARGET coview_bridge)
    coview_install_archive(coview_bridge_internal coview_bridge COMPONENT bridge)
  endif()
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/coview DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
  PATTERN "*.h" PATTERN "*.H" PATTERN "*.hpp" ${coview_no_headers})
install(FILES ${PROJECT_SOURCE_DIR}/include/coview.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/include/coview/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/coview)

configure_package_config_file(cmake/coview-config.cmake.in ${PROJECT_BINARY_DIR}/coview-config.cmake
  INSTALL_DESTINATION ${coview_cmake_directory} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/coview-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/coview-config.cmake ${PROJECT_BINARY_DIR}/coview-config-version.cmake
  DESTINATION ${coview_cmake_directory})

# pkg-config finds its way from where the .pc file lies, so that an installed tree can be moved (or staged by a packager).
file(RELATIVE_PATH coview_pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(coview_pc_prefix ${CMAKE_INSTALL_PREFIX})
  set(coview_pc_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
  set(coview_pc_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  set(coview_pc_prefix "\${pcfiledir}/${coview_pc_to_prefix}")
  string(REGEX REPLACE "/$" "" coview_pc_prefix "${coview_pc_prefix}")
  set(coview_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(coview_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
# What a program in C that is linked with static libraries needs besides: the C++ library that this compiler takes.
set(coview_pc_cxx ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER coview_pc_cxx INCLUDE REGEX "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi|m)$")
list(REMOVE_DUPLICATES coview_pc_cxx)
list(TRANSFORM coview_pc_cxx PREPEND -l)
list(JOIN coview_pc_cxx " " coview_pc_cxx)
configure_file(packaging/coview.pc.in ${PROJECT_BINARY_DIR}/coview.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/coview.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(COVIEW_WIN32)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/include/coview/win32 DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/coview)
  configure_file(packaging/coview-win32.pc.in ${PROJECT_BINARY_DIR}/coview-win32.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/coview-win32.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
if(TARGET coview_bridge)
  install(FILES ${PROJECT_SOURCE_DIR}/include/coview/bridge.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/coview COMPONENT bridge)
  configure_file(packaging/coview-bridge.pc.in ${PROJECT_BINARY_DIR}/coview-bridge.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/coview-bridge.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT bridge)
endif()

set(coview_concepts coview coview-channels coview-sync)
if(COVIEW_WIN32)
  list(APPEND coview_concepts coview-win32)
endif()
list(TRANSFORM coview_concepts REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/packaging/man/\\1.7")
install(FILES ${coview_concepts} DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)

# systemd wants the program's whole path, which is known where it is installed, and not before.
function(coview_install_unit name)
  install(CODE "set(unit ${PROJECT_SOURCE_DIR}/packaging/${name}.service.in)\nset(bindir \"${CMAKE_INSTALL_BINDIR}\")" ${ARGN})
  install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/coview_install_unit.cmake ${ARGN})
endfunction()
if(TARGET coview_bridge_program)
  install(TARGETS coview_bridge_program RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/coview COMPONENT bridge)
  coview_install_unit(coview-bridge COMPONENT bridge)
endif()
if(COVIEW_TOOLS)
  install(TARGETS coview_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/man/coview.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  if(TARGET coview_manual)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/man/man1/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
  endif()
  coview_install_unit(coview-reaper)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/completions/coview.bash RENAME coview
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/completions/coview.zsh RENAME _coview DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/completions/coview.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
