// SPDX-License-Identifier: Apache-2.0
#include "bridge/secrets.hpp"

#include <algorithm>

namespace coview::inline bridging {

std::string without_secrets(std::string_view text) {
  constexpr std::string_view around = ", '\"()";
  constexpr std::string_view after_scheme = "://";
  std::string shown;
  while (!text.empty()) {
    auto const end = std::min(text.find_first_of(around), text.size());
    auto const address = text.substr(0, end);
    auto const scheme = address.find(after_scheme);
    auto const from = scheme == std::string_view::npos ? 0 : scheme + after_scheme.size();
    auto const at = address.rfind('@');
    bool const has_secret = at != std::string_view::npos && at >= from;
    shown += has_secret ? std::string(address.substr(0, from)) + "***" + std::string(address.substr(at)) : address;
    shown += text.substr(end, 1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shown;
}

}  // namespace coview::inline bridging
