// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "object/name.hpp"

/// `\\.\pipe\name`, and the object that it leads to: "pipe\name" in the local scope, or of `\\.\pipe\Global\name` in
/// the global one. Letters have no case (those of ASCII); what follows `pipe\` may hold more backslashes.
namespace coview::win32 {

/// Empty where the path is none of a pipe. Throws ERROR_INVALID_NAME where nothing follows `pipe\`, or too much
/// (ERROR_FILENAME_EXCED_RANGE).
std::optional<object_name> pipe_name(std::string_view path);

}  // namespace coview::win32
