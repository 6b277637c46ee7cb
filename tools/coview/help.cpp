// SPDX-License-Identifier: Apache-2.0
// Help texts: what it is, examples, usage, options, and the rest, in this order, because people copy examples.
#include "help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

#include "shared/text.hpp"

namespace coview::tool {

namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t right = 80;

/// Lines of two columns, the second one wrapped.
std::string two_columns(std::vector<std::pair<std::string, std::string>> const& rows) {
  std::size_t left = 0;
  for (auto const& [first, second] : rows) left = std::max(left, first.size());
  std::string text;
  for (auto const& [first, second] : rows) {
    text += fmt::format("{:{}}{:<{}}  {}\n", "", indent, first, left, wrap(second, right, indent + left + 2));
  }
  return text;
}

/// Paragraphs, told apart by an empty line.
std::string paragraphs(std::string_view details) {
  constexpr std::string_view gap = "\n\n";
  std::string text;
  for (;;) {
    auto const end = details.find(gap);
    text += fmt::format("{:{}}{}\n", "", indent, wrap(details.substr(0, end), right, indent));
    if (end == std::string_view::npos) return text;
    text += "\n";
    details.remove_prefix(end + gap.size());
  }
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

std::string example_lines(console const& out, std::string_view lines) {
  auto const rows = examples_in(lines);
  std::size_t widest = 0;
  for (auto const& [line, comment] : rows) {
    if (!comment.empty()) widest = std::max(widest, line.size());
  }
  std::string text;
  for (auto const& [line, comment] : rows) {
    text += fmt::format("{:{}}{}", "", indent, line);
    if (!comment.empty()) {
      text += fmt::format("{:{}}{}", "", widest - line.size() + 2, out.in(style::dim, fmt::format("# {}", comment)));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::vector<example> examples_in(std::string_view lines) {
  std::vector<example> all;
  while (!lines.empty()) {
    auto const line = lines.substr(0, lines.find('\n'));
    auto const gap = std::min(line.find("  "), line.size());
    auto const comment = std::min(line.find_first_not_of(' ', gap), line.size());
    all.push_back({line.substr(0, gap), line.substr(comment)});
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
  return all;
}

std::string option_names(CLI::Option const& option) {
  std::string names;
  for (auto const& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (auto const& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  auto const described = option.get_type_name();
  auto const type = described.substr(0, described.find(':'));  // without the values that a check adds
  if (type.empty()) return names;
  // A flag may have a value, behind an equals sign only.
  names += option.get_items_expected_max() > 0 ? " " + type : "[=" + type + "]";
  return names;
}

std::string usage_line(command const& which, CLI::App const& app) {
  std::string line = fmt::format("coview {}", which.name);
  for (auto const* option : app.get_options([](CLI::Option const* o) { return o->get_positional(); })) {
    auto const name = option->get_name(true);
    auto const several = option->get_items_expected_max() > 1 ? "..." : "";
    line += option->get_required() ? " " + name + several : " [" + name + several + "]";
  }
  line += " [OPTIONS]";
  if (which.needs_command) {
    line += " -- COMMAND [ARGUMENTS]";
  } else if (which.takes_command) {
    line += " [-- COMMAND [ARGUMENTS]]";
  }
  return line;
}

std::string program_help(console const& out) {
  std::vector<std::pair<std::string, std::string>> list;
  for (auto const& each : commands()) {
    if (each.in_list == shown::in_help) list.emplace_back(each.name, each.summary);
  }
  auto const heading = [&](std::string_view text) { return out.in(style::bold, text) + "\n"; };
  return "coview: memory with a name, shared between processes and gone with its last holder\n\n" +
         heading("Examples") +
         example_lines(out,
                       "coview demo  see it work\n"
                       "coview create Frames --size 4M -- ./server  hold 4 MiB while ./server runs\n"
                       "coview ls  what exists\n"
                       "coview watch Frames  its bytes as they change\n"
                       "coview lock build -- make  one at a time, whoever is killed\n") +
         "\n" + heading("Usage") + indented("coview COMMAND [ARGUMENTS]") + "\n" + heading("Commands") +
         two_columns(list) + "\n" +
         indented(
             "coview COMMAND --help explains a command; coview --version prints the version.\n"
             "Names are this user's own, unless they begin with 'Global\\'.\n"
             "Exit status: 0 done, 1 failed or not so, 2 usage, 3 not found, 4 permission,\n"
             "5 busy or time is up, 6 incompatible or damaged, 7 no space.");
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
  if (!which.examples.empty()) text += heading("Examples") + example_lines(out, which.examples);
  text += heading("Usage") + indented(usage_line(which, app));
  if (!positionals.empty()) text += heading("Arguments") + two_columns(positionals);
  text += heading("Options") + two_columns(options);
  if (!which.details.empty()) text += heading("More") + paragraphs(which.details);
  return text;
}

}  // namespace coview::tool
