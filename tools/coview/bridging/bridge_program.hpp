// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace coview::tool {

/// Where coview-bridge may be: beside this program, as after a build, or where it is installed, as seen from there.
[[nodiscard]] std::vector<std::string> bridge_programs();

}  // namespace coview::tool
