// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace coview::win32 {

/// This process's arguments in one line, quoted as Windows quotes them: what GetCommandLine gives.
std::string const& command_line();

}  // namespace coview::win32
