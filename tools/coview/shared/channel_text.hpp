// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coview/channel_status.hpp>

#include "shared/console.hpp"

/// The state of queues and topics, the same way in every command that shows it.
namespace coview::tool {

/// Empty for other kinds, and where nothing can be found out.
[[nodiscard]] std::optional<channel_status> channel_of(object_info const& object);

/// One cell: "3 of 1024, 2 participants".
[[nodiscard]] std::string channel_text(channel_status const& status);

/// "pose, version 3, 48 bytes each"; "bytes".
[[nodiscard]] std::string type_text(channel_status const& status);

/// Pairs of what and text, in the order in which `coview stat` shows them. `age`: since when it exists, in seconds; 0
/// where that is not known.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> channel_lines(channel_status const& status,
                                                                                  double age);

[[nodiscard]] table participants_table(channel_status const& status);
/// A table of those who take part; nothing where there are none.
void print_participants(console& out, channel_status const& status, std::string_view indent = {});

/// null where nothing is known.
[[nodiscard]] nlohmann::ordered_json channel_json(std::optional<channel_status> const& status);

}  // namespace coview::tool
