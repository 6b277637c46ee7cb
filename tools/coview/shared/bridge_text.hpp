// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <coview/bridge.hpp>
#include <coview/object.hpp>

/// What bridges say of the channels that they carry, the same way in every command that shows it.
namespace coview::tool {

/// What `coview bridge status --json` says of a channel.
[[nodiscard]] nlohmann::ordered_json bridge_json(bridge_status const& status);
/// "carried", "no connection" or "not running".
[[nodiscard]] std::string_view state_of(bridge_status const& status);

/// The channels that have a ledger, by the objects that they are. Read once for a list of objects.
class carried_objects {
 public:
  carried_objects();
  /// How an object is carried: a topic may be as several kinds. Empty: it is not.
  [[nodiscard]] std::vector<bridge_status> const& of(object_info const& object) const;

 private:
  std::map<std::string, std::vector<bridge_status>> all_;  // by kind of object and name
};

/// All of an object, as JSON; null where there are none.
[[nodiscard]] nlohmann::ordered_json bridges_json(std::vector<bridge_status> const& all);
/// Short, for a column: "out 1200, lag 3, lost 2".
[[nodiscard]] std::string bridge_text(std::vector<bridge_status> const& all);
/// In full, for `stat`.
[[nodiscard]] std::vector<std::string> bridge_lines(bridge_status const& status);

}  // namespace coview::tool
