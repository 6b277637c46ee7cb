// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include <coview/object.hpp>
#include <coview/sync_status.hpp>

/// The state of mutexes, events and semaphores in words and as JSON, the same way in every command that shows it.
namespace coview::tool {

/// Empty for objects of other kinds, and where it cannot be told: the object is gone meanwhile, or may not be read.
[[nodiscard]] std::optional<sync_status> sync_of(object_info const& object);

/// For a column: "owned by 4711", "its word names thread 4711", "abandoned", "free", "set", "not set", "3 of 8".
[[nodiscard]] std::string sync_text(sync_status const& status);

/// A semaphore's permits: "3 of 8"; "3 (no limit)" where the maximum is the greatest that there is, the default.
[[nodiscard]] std::string permits_text(std::uint32_t count, std::uint32_t maximum);

/// The process that owns a mutex, where it is one that has it; whoever may write to it can write any number there.
[[nodiscard]] std::optional<pid_t> sure_owner(sync_status const& status);

/// Who owns a mutex that is owned, for messages: "process 4711 (make -j8)"; else what its word says.
[[nodiscard]] std::string owner_text(sync_status const& status);

/// The "sync" member of documents; null where there is nothing to say.
[[nodiscard]] nlohmann::ordered_json sync_json(std::optional<sync_status> const& status);

}  // namespace coview::tool
