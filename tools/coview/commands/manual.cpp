// SPDX-License-Identifier: Apache-2.0
// coview manual: a manual page for each command, made of what its help says, so that the two are one. The build calls
// it; coview(1) and the pages about concepts are written by hand (packaging/man).
#include <CLI/CLI.hpp>
#include <cctype>
#include <fmt/format.h>
#include <fstream>
#include <memory>

#include <coview/version.hpp>

#include "command.hpp"
#include "help.hpp"

namespace coview::tool {

namespace {

/// Text that roff shows as it is. Dashes are those of the command line, which can be copied from a page.
std::string plain(std::string_view text) {
  std::string out;
  for (char const c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '\n':
        out += ' ';
        break;
      default:
        out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

/// Words in capitals stand for something, and are slanted; names of options, and the command's own, are bold.
std::string marked(std::string_view text, std::string_view bold = {}) {
  auto const in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; };
  std::string out;
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size() && in_word(text[length]) == in_word(text[0])) ++length;
    auto const word = text.substr(0, length);
    bool const stands_for =
        word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos && word.size() > 1;
    bool const literal = (word.starts_with('-') && word != "--") || word == "coview" || word == bold;
    auto const text_of_word = plain(word);
    out += stands_for ? "\\fI" + text_of_word + "\\fR" : literal ? "\\fB" + text_of_word + "\\fR" : text_of_word;
    text.remove_prefix(length);
  }
  return out;
}

std::string roff_paragraphs(std::string_view details) {
  constexpr std::string_view gap = "\n\n";
  std::string out;
  while (!details.empty()) {
    auto const end = std::min(details.find(gap), details.size());
    out += fmt::format("{}{}\n", out.empty() ? "" : ".PP\n", plain(details.substr(0, end)));
    details.remove_prefix(std::min(end + gap.size(), details.size()));
  }
  return out;
}

std::string roff_options(CLI::App const& app) {
  std::string out;
  for (auto const* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    auto const name = option->get_positional() ? option->get_name(true) : option_names(*option);
    out += fmt::format(".TP\n{}\n{}\n", marked(name), plain(option->get_description()));
  }
  return out;
}

std::string roff_examples(command const& which) {
  std::string out;
  for (auto const& [line, comment] : examples_in(which.examples)) {
    out += plain(line) + (comment.empty() ? "\n" : fmt::format("  # {}\n", plain(comment)));
  }
  return out;
}

std::string page(command const& which, std::string const& date) {
  CLI::App app;
  app.set_help_flag("-h,--help", "Show this");
  argument_list takes(app);
  [[maybe_unused]] auto const unused = which.prepare(takes, {});
  std::string capitals(which.name);
  for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string out = fmt::format(
      ".\\\" SPDX-License-Identifier: Apache-2.0\n.\\\" Written by \"coview manual\" from its help.\n"
      ".TH COVIEW\\-{} 1 {} \"coview {}\" \"User Commands\"\n.SH NAME\ncoview\\-{} \\- {}\n",
      capitals, date, COVIEW_VERSION, plain(which.name), plain(which.summary));
  out += fmt::format(".SH SYNOPSIS\n{}\n", marked(usage_line(which, app), which.name));
  out += fmt::format(".SH DESCRIPTION\n{}", roff_paragraphs(which.details));
  out += fmt::format(".SH OPTIONS\n{}", roff_options(app));
  out += ".SH EXIT STATUS\nWhere nothing else is said above, as in\n.BR coview (1).\n";
  if (!which.examples.empty()) out += fmt::format(".SH EXAMPLES\n.EX\n{}.EE\n", roff_examples(which));
  out += ".SH SEE ALSO\n.BR coview (1),\n.BR coview (7),\n.BR coview\\-channels (7),\n.BR coview\\-sync (7)\n";
  return out;
}

struct manual_arguments {
  std::string directory;
  std::string date;
};

int manual(manual_arguments const& given) {
  for (auto const& each : commands()) {
    if (each.in_list == shown::hidden) continue;
    auto const path = fmt::format("{}/coview-{}.1", given.directory, each.name);
    std::ofstream file(path);
    file << page(each, given.date);
    file.close();
    if (!file) throw failure(exit_failed, fmt::format("cannot write '{}'", path), "the directory has to be there");
  }
  return exit_ok;
}

action prepare_manual(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<manual_arguments>();
  takes.option("DIRECTORY", given->directory, "Where the pages go").type_name("").required();
  takes.option("DATE", given->date, "What date they bear: 2026-11-30").type_name("").required();
  return [given](console&) { return manual(*given); };
}

}  // namespace

constinit command const manual_command = {.name = "manual",
                                          .summary = "Write a manual page for each command",
                                          .examples = {},
                                          .details = {},
                                          .prepare = prepare_manual,
                                          .in_list = shown::hidden};

}  // namespace coview::tool
