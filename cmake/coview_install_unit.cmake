# SPDX-License-Identifier: Apache-2.0
# Run by `cmake --install`, with `unit`, the file to make a systemd unit of, and `bindir`, where programs are below the
# prefix. systemd looks for the units of users in PREFIX/lib/systemd/user of the system's own prefixes, and in a home
# folder in ~/.local/share/systemd/user.
set(units lib/systemd/user)
if(CMAKE_INSTALL_PREFIX STREQUAL "$ENV{HOME}/.local")
  set(units share/systemd/user)
endif()
cmake_path(ABSOLUTE_PATH bindir BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX})
cmake_path(GET unit STEM LAST_ONLY file)
set(installed ${CMAKE_INSTALL_PREFIX}/${units}/${file})
configure_file(${unit} $ENV{DESTDIR}${installed} @ONLY)
list(APPEND CMAKE_INSTALL_MANIFEST_FILES ${installed})
message(STATUS "Installing: $ENV{DESTDIR}${installed}")
