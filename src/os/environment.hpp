// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "os/visibility.hpp"

/// Environment variables, as far as this process may obey them. Every variable that decides what coview does is read
/// here and nowhere else.
namespace coview::os {

/// The process has rights that whoever started it, and chose its environment, need not have: it runs a set-user-ID or
/// set-group-ID program or one with file capabilities (AT_SECURE), or its real, effective and saved IDs differ.
COVIEW_PRIVATE bool privileged() noexcept;

/// A variable's value; nullptr where it is not set, is empty, or the process is `privileged`. As getenv(3), the text
/// is valid until the environment changes; safe beside other threads that only read it.
COVIEW_PRIVATE char const* environment(char const* name) noexcept;

/// What stands there, whoever set it: to be compared with what `environment` gave before, and to obey nothing.
char const* environment_as_it_stands(char const* name) noexcept;

}  // namespace coview::os
