// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string_view>

#include <coview/object.hpp>

#include "shared/console.hpp"
#include "shared/known_object.hpp"

/// Objects and holders as tables and as JSON, the same way in every command that shows them.
namespace coview::tool {

[[nodiscard]] std::string_view kind_text(object_kind kind);
/// The same, and "pipe" of a named pipe.
[[nodiscard]] std::string_view kind_text(object_info const& object);
/// The kinds that `coview create` makes, as --kind takes them.
[[nodiscard]] std::span<std::string_view const> creatable_kinds();
[[nodiscard]] std::string_view scope_text(name_scope scope);
[[nodiscard]] std::string_view state_text(object_state state);
/// Of another one, what its header says is not known.
[[nodiscard]] bool is_readable(object_info const& object);

/// What `coview ls --json` says of an object.
[[nodiscard]] nlohmann::ordered_json object_json(known_object const& known);

enum class columns : unsigned char { usual, all };
void print_objects(console& out, std::span<known_object const> objects, columns which, std::string_view indent = {});
[[nodiscard]] table holders_table(std::span<holder const> holders, std::optional<pid_t> owner = {});
/// With an `owner`, a column tells which of the processes owns the mutex.
void print_holders(console& out, std::span<holder const> holders, std::string_view indent = {},
                   std::optional<pid_t> owner = {});

/// "process 12 (server) and 2 more", for messages; "somebody" where nothing is known.
[[nodiscard]] std::string name_holders(std::string_view object);

}  // namespace coview::tool
