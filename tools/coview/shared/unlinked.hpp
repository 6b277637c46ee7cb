// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

namespace coview::tool {

/// Processes, as far as /proc lets this user look, that hold an object of this name whose file was deleted under
/// them: nobody finds the object any more, but they still share its memory.
[[nodiscard]] std::vector<pid_t> holders_of_unlinked(std::string_view name);

}  // namespace coview::tool
