// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What `coview doctor` looks at on this machine.
namespace coview::tool {

enum class finding : unsigned char { ok, warning, problem };

struct check {
  std::string name;
  finding status = finding::ok;
  std::string value;    ///< what was found
  std::string meaning;  ///< what follows from it
  std::string remedy;   ///< what to do about it; empty where nothing need be done
};

/// Everything, in the order in which it is shown.
[[nodiscard]] std::vector<check> run_checks();

// The parts, by where they look.

[[nodiscard]] check check_kernel();
[[nodiscard]] check check_system_calls();         ///< what a sandbox refuses
[[nodiscard]] check check_round_trip();           ///< creates, opens and closes an object
[[nodiscard]] check check_mutex();                ///< creates, acquires and releases one
[[nodiscard]] std::vector<check> check_places();  ///< the root, its space, this user's directory, what the dead left
[[nodiscard]] check check_remove_ipc();           ///< logind
[[nodiscard]] std::vector<check> check_limits();  ///< of this process and of the system
[[nodiscard]] check check_huge_pages();
[[nodiscard]] std::vector<check> check_proc();

/// A mount, as /proc/self/mountinfo describes it.
struct mount {
  std::string point;
  std::string type;
  std::string options;  ///< of the mount and of its file system, separated by commas
  /// What follows "name=" in the options, "" for a mere "name", empty where it is not among them.
  [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
};
/// The mount that a path lies in; empty fields where /proc does not tell.
[[nodiscard]] mount mount_of(std::string const& path);

/// A small file's first line; empty where it cannot be read.
[[nodiscard]] std::string first_line(std::string const& path);

}  // namespace coview::tool
