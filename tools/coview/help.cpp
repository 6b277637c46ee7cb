// SPDX-License-Identifier: Apache-2.0
// Help texts: what it is, examples, usage, options, and the rest, in this order, because people copy examples.
#include "help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

namespace coview::tool {

namespace {

constexpr std::size_t indent = 2;

/// Lines of two columns; the second is wrapped at 80 characters where the first leaves room.
std::string two_columns(std::vector<std::pair<std::string, std::string>> const& rows) {
  std::size_t left = 0;
  for (auto const& [first, second] : rows) left = std::max(left, first.size());
  std::string text;
  for (auto const& [first, second] : rows) {
    std::string line = fmt::format("{:{}}{:<{}}  ", "", indent, first, left);
    auto const margin = line.size();
    std::size_t column = margin;
    std::size_t begin = 0;
    while (begin < second.size()) {
      auto const end = std::min(second.find(' ', begin), second.size());
      auto const word = second.substr(begin, end - begin);
      if (column > margin && column + 1 + word.size() > 80) {
        line += "\n" + std::string(margin, ' ');
        column = margin;
      } else if (column > margin) {
        line += ' ';
        ++column;
      }
      line += word;
      column += word.size();
      begin = end + 1;
    }
    text += line + "\n";
  }
  return text;
}

std::string indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    auto const end = std::min(lines.find('\n'), lines.size());
    text += fmt::format("{:{}}{}\n", "", indent, lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

std::string option_names(CLI::Option const& option) {
  std::string names;
  for (auto const& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (auto const& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  auto const type = option.get_type_name();
  if (option.get_items_expected_max() > 0 && !type.empty()) names += " " + type;
  return names;
}

std::string usage_line(command const& which, CLI::App const& app) {
  std::string line = fmt::format("coview {}", which.name);
  for (auto const* option : app.get_options([](CLI::Option const* o) { return o->get_positional(); })) {
    auto const name = option->get_name(true);
    line += option->get_required() ? " " + name : " [" + name + "]";
  }
  line += " [OPTIONS]";
  if (which.takes_command) line += " [-- COMMAND [ARGUMENTS]]";
  return line;
}

}  // namespace

std::string program_help(console const& out) {
  std::vector<std::pair<std::string, std::string>> list;
  for (auto const& each : commands()) {
    if (each.in_list == shown::in_help) list.emplace_back(each.name, each.summary);
  }
  auto const heading = [&](std::string_view text) { return out.in(style::bold, text) + "\n"; };
  return "coview: memory with a name, shared between processes and gone with its last holder\n\n" +
         heading("Examples") +
         indented(
             "coview demo                                 see it work\n"
             "coview create Frames --size 4M -- ./server  hold 4 MiB while ./server runs\n"
             "coview ls                                   what exists\n"
             "coview watch Frames                         its bytes as they change\n") +
         "\n" + heading("Usage") + indented("coview COMMAND [ARGUMENTS]") + "\n" + heading("Commands") +
         two_columns(list) + "\n" +
         indented(
             "coview COMMAND --help explains a command, coview --version says which version this is.\n"
             "Names are this user's own, unless they begin with 'Global\\'.\n"
             "Exit status: 0 done, 1 failed or not so, 2 usage, 3 not found, 4 permission, 5 busy or time is up,\n"
             "6 incompatible or damaged, 7 no space.");
}

std::string command_help(console const& out, command const& which, CLI::App const& app) {
  std::vector<std::pair<std::string, std::string>> positionals;
  std::vector<std::pair<std::string, std::string>> options;
  for (auto const* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    if (option->get_positional()) {
      positionals.emplace_back(option->get_name(true), option->get_description());
    } else {
      options.emplace_back(option_names(*option), option->get_description());
    }
  }
  auto const heading = [&](std::string_view text) { return "\n" + out.in(style::bold, text) + "\n"; };
  std::string text = fmt::format("{}\n", which.summary);
  if (!which.examples.empty()) text += heading("Examples") + indented(which.examples);
  text += heading("Usage") + indented(usage_line(which, app));
  if (!positionals.empty()) text += heading("Arguments") + two_columns(positionals);
  text += heading("Options") + two_columns(options);
  if (!which.details.empty()) text += heading("More") + indented(which.details);
  return text;
}

}  // namespace coview::tool
