// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coview/bridge.hpp>

namespace coview::tool {

/// One option of `coview bridge` that has a value: on the command line with "--" in front, in a file without.
struct bridge_option {
  std::string_view name;
  std::string_view type;  ///< as help shows it
  std::string_view help;
};
/// Those that name a channel, those that say more of the channel before them, and those that are about all.
[[nodiscard]] std::vector<bridge_option> const& bridge_channel_options();
[[nodiscard]] std::vector<bridge_option> const& bridge_other_options();

/// What a bridge is told, option by option: those of a channel follow it; in front of the first one they are for all.
class bridge_config {
 public:
  /// Throws std::invalid_argument with a sentence that says what is wrong.
  void apply(std::string_view option, std::string const& value);
  /// Lines of an option and its value each; '#' begins a comment where a line does. `from` is for what is said of
  /// them. Throws `failure`.
  void read(std::string_view text, std::string const& from);
  /// A file. Throws `failure`.
  void read_file(std::string const& path);

  [[nodiscard]] bridge_options const& options() const noexcept { return options_; }
  /// As `read` reads it. Throws `failure` where a value has a line's end in it.
  [[nodiscard]] std::string text() const;

 private:
  bool apply_channel(std::string_view option, std::string const& value);
  bool apply_to_channel(bridge_channel& which, std::string_view option, std::string const& value) const;
  bool apply_text(std::string_view option, std::string const& value);
  bool apply_number(std::string_view option, std::string const& value);

  bridge_options options_;
  bridge_channel defaults_;
  std::vector<std::pair<std::string, std::string>> given_;
};

/// "out", "in", "both".
[[nodiscard]] std::string_view text_of(direction way) noexcept;

}  // namespace coview::tool
