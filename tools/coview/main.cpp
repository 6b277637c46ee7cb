// SPDX-License-Identifier: Apache-2.0
// The way in: finds the command, reads its arguments, runs it, and turns whatever went wrong into a text on standard
// error and an exit status.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <optional>
#include <stdexcept>

#include <coview/error.hpp>
#include <coview/version.hpp>

#include "command.hpp"
#include "help.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

using arguments = std::vector<std::string>;

/// A standard stream that the caller closed would otherwise be the next file opened, and that can be an object: talk
/// would then end up in shared memory. The replacement fails on use, as a closed one does.
void occupy_standard_streams() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) == -1) {
      // The lowest free number is `fd` itself. Without /dev/null nothing can be done.
      [[maybe_unused]] int const opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

[[noreturn]] void reject_command(std::string const& text) {
  std::vector<std::string_view> names = {"help", "--help", "--version"};
  for (auto const& each : commands()) {
    if (each.in_list == shown::in_help) names.push_back(each.name);
  }
  auto const near = nearest(text, names);
  auto const* const what = text.starts_with("-") ? "option" : "command";
  throw failure(
      exit_usage, fmt::format("there is no {} '{}'", what, escape(text)),
      near.empty() ? "'coview --help' lists what there is" : fmt::format("did you mean 'coview {}'?", near));
}

/// What CLI11 could not place, said with the nearest thing that would have been right.
[[noreturn]] void reject_argument(command const& which, CLI::App const& app, std::string const& text) {
  if (!text.starts_with("-")) {
    throw failure(exit_usage, fmt::format("'coview {}' does not take '{}' as well", which.name, escape(text)),
                  fmt::format("'coview {} --help' shows what it takes", which.name));
  }
  auto const name = text.substr(0, text.find('='));
  arguments known;
  for (auto const* option : app.get_options()) {
    for (auto const& each : option->get_lnames()) known.push_back("--" + each);
  }
  auto const near = nearest(name, known);
  throw failure(exit_usage, fmt::format("'coview {}' has no option '{}'", which.name, escape(name)),
                near.empty() ? fmt::format("'coview {} --help' lists its options", which.name)
                             : fmt::format("did you mean '{}'?", near));
}

int run_command(console& out, command const& which, arguments given) {
  // Split by hand: for CLI11, what follows "--" is more of the command's own arguments.
  arguments rest;
  if (which.takes_command) {
    auto const mark = std::find(given.begin(), given.end(), "--");
    if (mark != given.end()) {
      rest.assign(mark + 1, given.end());
      given.erase(mark, given.end());
      if (rest.empty()) throw failure(exit_usage, "there is no command after '--'");
    }
  }
  CLI::App app;
  app.set_help_flag("-h,--help", "Show this");
  app.allow_extras();
  argument_list takes(app);
  auto const act = which.prepare(takes, rest);
  try {
    std::reverse(given.begin(), given.end());
    app.parse(std::move(given));
  } catch (CLI::CallForHelp const&) {
    out.write(command_help(out, which, app));
    return exit_ok;
  } catch (CLI::ParseError const& e) {
    // A misspelt option says more than what is missing because of it.
    for (auto const& text : app.remaining()) {
      if (text.starts_with("-") && text != "--") reject_argument(which, app, text);
    }
    throw failure(exit_usage, escape(e.what()), fmt::format("'coview {} --help' explains it", which.name));
  }
  auto extra = app.remaining();
  // It has done its part: what follows it was not taken for options.
  std::erase(extra, "--");
  if (!extra.empty()) reject_argument(which, app, extra.front());
  return act(out);
}

int run(console& out, arguments given) {
  auto const find = [](std::string_view name) {
    auto const all = commands();
    auto const found = std::find_if(all.begin(), all.end(), [&](command const& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
  };
  if (given.empty()) {
    throw failure(exit_usage, "say what to do, such as 'coview demo'", "'coview --help' lists what there is");
  }
  auto first = std::move(given.front());
  given.erase(given.begin());
  if (first == "--version" || first == "-V") {
    out.print("coview {}\n", COVIEW_VERSION);
    return exit_ok;
  }
  bool const help = first == "help" || first == "--help" || first == "-h";
  if (help && (given.empty() || given.front() == "help")) {
    out.write(program_help(out));
    return exit_ok;
  }
  if (help) {
    first = std::move(given.front());
    given = {"--help"};
  }
  auto const* const which = find(first);
  if (which == nullptr) reject_command(first);
  return run_command(out, *which, std::move(given));
}

/// Runs, and writes what there is to tell also where the command then failed, as with --json when time is up.
int run_to_the_end(console& out, arguments given) {
  try {
    int const status = run(out, std::move(given));
    out.flush();
    return status;
  } catch (failure const&) {
    out.flush();
    throw;
  }
}

/// Runs and reports. A reader that went away is told nothing, and the caller sees what a pipeline expects.
int guarded(console& out, arguments given) {
  try {
    return run_to_the_end(out, std::move(given));
  } catch (failure const& e) {
    out.complain(e.what(), e.remedy());
    return e.status();
  } catch (coview::error const& e) {
    out.complain(escape(e.what()));
    return exit_code_of(e.code());
  } catch (output_error const& e) {
    if (e.code() == std::errc::broken_pipe) {
      std::signal(SIGPIPE, SIG_DFL);  // NOLINT(cert-err33-c): the default can always be set
      raise(SIGPIPE);
    }
    out.complain(e.what());
    return exit_code_of(e.code());
  } catch (std::system_error const& e) {
    out.complain(escape(e.what()));
    return exit_code_of(e.code());
  } catch (std::bad_alloc const&) {
    out.complain("not enough memory");
    return exit_no_space;
  } catch (std::exception const& e) {
    out.complain(escape(e.what()));
    return exit_failed;
  }
}

}  // namespace

}  // namespace coview::tool

int main(int argc, char** argv) {
  using namespace coview::tool;
  occupy_standard_streams();
  // A write to a closed pipe shall be an error, so that what a command holds is given back in order.
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): ignoring can always be set
  // Ignored, as some callers hand it down, the end of a child would go unnoticed.
  std::signal(SIGCHLD, SIG_DFL);  // NOLINT(cert-err33-c): the default can always be set
  // How wide a character is depends on it; numbers and messages do not.
  std::setlocale(LC_CTYPE, "C.UTF-8");  // NOLINT(cert-err33-c): without it, only alignment suffers
  console out;
  // Before Linux 5.18, execve(2) could leave out even the program's name.
  return guarded(out, std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}
