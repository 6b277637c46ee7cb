// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace coview::tool {

/// One thing about this machine, in words.
struct fact {
  std::string name;
  std::string value;
};

/// What a figure cannot be read without: processor, cores, those that this process may use, kernel, frequency
/// governor, whether the machine is a virtual one, compiler. For `coview bench` and for bench/, so it needs nothing
/// but the standard library.
[[nodiscard]] std::vector<fact> machine();

}  // namespace coview::tool
