// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace coview::inline bridging {

/// Addresses of servers, or a sentence with some in it, as it may be shown: with "***" for what stands before an '@',
/// which is a token, or a name and its password.
[[nodiscard]] std::string without_secrets(std::string_view text);

}  // namespace coview::inline bridging
