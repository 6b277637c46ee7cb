// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// What a command takes. Reading it is CLI11's, behind these declarations: its headers take three times as long to
/// compile as a whole command.
namespace coview::tool {

/// One argument as it was declared, to say more about it; each says it and gives the argument back.
class argument {
 public:
  explicit argument(CLI::Option& option) noexcept : option_(&option) {}

  /// What its value is called in help: FILE, KIND …; completion goes by it.
  argument& type_name(std::string const& name);
  argument& required();
  /// Each time it stands on the command line it takes one value, and not all that follow.
  argument& one_each();
  /// Any of these; everything else is a usage error that lists them.
  argument& one_of(std::vector<std::string> const& values);
  argument& between(std::uint32_t least, std::uint32_t most);
  /// Not together with that one.
  argument& excludes(argument const& other);

 private:
  CLI::Option* option_;
};

/// Declares arguments, with the names, where their value goes, and a line of help. Names as CLI11 has them:
/// "-s,--size", "NAME" for a positional one, "--verify{read-back}" for a flag that may have a value. The values must
/// stay where they are until the command has run.
class argument_list {
 public:
  explicit argument_list(CLI::App& parser) noexcept : parser_(&parser) {}

  argument flag(std::string const& names, bool& value, std::string const& help);
  argument flag(std::string const& names, std::string& value, std::string const& help);
  argument option(std::string const& names, std::string& value, std::string const& help);
  argument option(std::string const& names, std::optional<std::string>& value, std::string const& help);
  argument option(std::string const& names, std::vector<std::string>& values, std::string const& help);
  argument option(std::string const& names, std::uint32_t& value, std::string const& help);
  argument option(std::string const& names, std::uint64_t& value, std::string const& help);
  argument option(std::string const& names, pid_t& value, std::string const& help);
  /// One whose text `read` reads; the std::invalid_argument that it throws becomes a usage error that names the
  /// option.
  argument parsed(std::string const& names, std::string const& type, std::string const& help,
                  std::function<void(std::string const&)> const& read);

  /// One that was declared, by any of its names.
  [[nodiscard]] argument declared(std::string const& name) const;
  /// The options as they stand on the command line, one after the other, each by the name it was declared with first.
  [[nodiscard]] std::vector<std::string> in_order() const;
  /// Whether it stands on the command line.
  [[nodiscard]] bool has(std::string const& name) const;

 private:
  CLI::App* parser_;
};

}  // namespace coview::tool
