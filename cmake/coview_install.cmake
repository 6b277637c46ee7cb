# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, so that others use the library with find_package(coview) or pkg-config, and the
# program with its manual page, its completions and its systemd unit.
include(CMakePackageConfigHelpers)

# The library, its headers, and what CMake needs to find them.
install(TARGETS coview coview_win32 EXPORT coview_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/coview DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
  PATTERN "*.h" PATTERN "*.H" PATTERN "*.hpp")
install(FILES ${PROJECT_BINARY_DIR}/include/coview/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/coview)

set(coview_cmake_directory ${CMAKE_INSTALL_LIBDIR}/cmake/coview)
install(EXPORT coview_targets NAMESPACE coview:: DESTINATION ${coview_cmake_directory})
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
configure_file(packaging/coview.pc.in ${PROJECT_BINARY_DIR}/coview.pc @ONLY)
configure_file(packaging/coview-win32.pc.in ${PROJECT_BINARY_DIR}/coview-win32.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/coview.pc ${PROJECT_BINARY_DIR}/coview-win32.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(COVIEW_TOOLS)
  install(TARGETS coview_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES packaging/coview.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES packaging/coview-reaper.service DESTINATION lib/systemd/user)
  install(FILES packaging/completions/coview.bash RENAME coview
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES packaging/completions/coview.zsh RENAME _coview DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES packaging/completions/coview.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
