// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <coview/bridge.hpp>
#include <coview/channel_status.hpp>
#include <coview/object.hpp>
#include <coview/sync_status.hpp>

/// What is known of objects: the one place where the commands that show them find it out.
namespace coview::tool {

/// An object, and what is in it where that can be told.
struct known_object {
  object_info object;
  std::optional<sync_status> sync;        ///< of a mutex, event, semaphore or timer
  std::optional<channel_status> channel;  ///< of a queue or topic
  std::vector<bridge_status> bridged;     ///< how bridges carry it: a topic may be carried as several kinds
};

[[nodiscard]] known_object look_into(object_info object);

/// Everything that exists and has a name like this, in the order of names. An empty pattern is like every name.
[[nodiscard]] std::vector<known_object> look_at_all(std::string const& pattern);

/// Whether a name is like a shell's pattern. The pattern's backslash is that of 'Global\', not an escape.
[[nodiscard]] bool matches(std::string const& pattern, std::string const& name);

}  // namespace coview::tool
