// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/known_object.hpp"

namespace coview::tool {

/// Everything about one object, as pairs of what and text, in the order in which they are shown; "problem" is first,
/// where there is one.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> object_lines(known_object const& known);

}  // namespace coview::tool
