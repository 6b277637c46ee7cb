// SPDX-License-Identifier: Apache-2.0
#include "bridging/bridge_program.hpp"

#include <filesystem>
#include <system_error>

namespace coview::tool {

std::vector<std::string> bridge_programs() {
  std::error_code error;
  auto const self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  auto const here = self.parent_path();
  return {(here / "coview-bridge").string(),
          (here / COVIEW_LIBEXEC_FROM_BIN / "coview-bridge").lexically_normal().string()};
}

}  // namespace coview::tool
