// SPDX-License-Identifier: Apache-2.0
#include "shared/arguments.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace coview::tool {

argument& argument::type_name(std::string const& name) {
  option_->type_name(name);
  return *this;
}

argument& argument::required() {
  option_->required();
  return *this;
}

argument& argument::one_each() {
  option_->allow_extra_args(false);
  return *this;
}

argument& argument::one_of(std::vector<std::string> const& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

argument& argument::between(std::uint32_t least, std::uint32_t most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

argument& argument::excludes(argument const& other) {
  option_->excludes(other.option_);
  return *this;
}

argument argument_list::flag(std::string const& names, bool& value, std::string const& help) {
  return argument(*parser_->add_flag(names, value, help));
}

argument argument_list::flag(std::string const& names, std::string& value, std::string const& help) {
  return argument(*parser_->add_flag(names, value, help));
}

argument argument_list::option(std::string const& names, std::string& value, std::string const& help) {
  return argument(*parser_->add_option(names, value, help));
}

argument argument_list::option(std::string const& names, std::optional<std::string>& value, std::string const& help) {
  return argument(*parser_->add_option(names, value, help));
}

argument argument_list::option(std::string const& names, std::vector<std::string>& values, std::string const& help) {
  return argument(*parser_->add_option(names, values, help));
}

argument argument_list::option(std::string const& names, std::uint32_t& value, std::string const& help) {
  return argument(*parser_->add_option(names, value, help));
}

argument argument_list::option(std::string const& names, std::uint64_t& value, std::string const& help) {
  return argument(*parser_->add_option(names, value, help));
}

argument argument_list::option(std::string const& names, pid_t& value, std::string const& help) {
  return argument(*parser_->add_option(names, value, help));
}

argument argument_list::parsed(std::string const& names, std::string const& type, std::string const& help,
                               std::function<void(std::string const&)> const& read) {
  auto* const option = parser_->add_option_function<std::string>(
      names,
      [names, read](std::string const& text) {
        try {
          read(text);
        } catch (std::invalid_argument const& e) {
          throw CLI::ValidationError(names, e.what());
        }
      },
      help);
  return argument(*option->type_name(type));
}

std::vector<std::string> argument_list::in_order() const {
  std::vector<std::string> names;
  for (auto const* const each : parser_->parse_order()) names.push_back(each->get_name());
  return names;
}

argument argument_list::declared(std::string const& name) const {
  return argument(*parser_->get_option(name));
}

bool argument_list::has(std::string const& name) const {
  return parser_->count(name) != 0;
}

}  // namespace coview::tool
