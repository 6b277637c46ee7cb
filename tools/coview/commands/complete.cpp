// SPDX-License-Identifier: Apache-2.0
// coview complete: what could stand where the cursor is. The completion scripts call it with the words of the command
// line, the last one perhaps empty, and get one candidate a line, with a tab and a description after it where there
// is one. Two lines are no candidates: ":files" asks for the shell's own completion of files, ":command" for that of
// a command.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include <coview/copy.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "copying/hashes.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"
#include "top/columns.hpp"

namespace coview::tool {

namespace {

using argument_texts = std::vector<std::string>;

constexpr std::array all_methods = {copy_method::automatic, copy_method::reflink,  copy_method::in_kernel,
                                    copy_method::mapped,    copy_method::buffered, copy_method::direct};

int offer_commands(console& out) {
  for (auto const& each : commands()) {
    if (each.in_list == shown::in_help) out.print("{}\t{}\n", each.name, each.summary);
  }
  return exit_ok;
}

/// Whether a command takes objects of this kind.
bool suits(command const& which, object_kind kind) {
  if (which.name == lock_command.name) return kind == object_kind::mutex;
  if (which.name == signal_command.name) return kind == object_kind::event;
  if (which.name == post_command.name) return kind == object_kind::semaphore;
  bool const takes_topic =
      which.name == tap_command.name || which.name == hz_command.name || which.name == evict_command.name;
  if (takes_topic) return kind == object_kind::topic;
  if (which.name == send_command.name || which.name == recv_command.name) {
    return kind == object_kind::queue || kind == object_kind::topic;
  }
  if (which.name == wait_command.name) {
    return kind == object_kind::mutex || kind == object_kind::event || kind == object_kind::semaphore ||
           kind == object_kind::timer;
  }
  return true;
}

/// A name that a line cannot hold, or a terminal cannot show as it is, is left out.
int offer_names(console& out, command const& which) {
  for (auto const& each : list()) {
    if (each.state != object_state::unreadable && suits(which, each.kind) && escape(each.name) == each.name)
      out.print("{}\n", each.name);
  }
  return exit_ok;
}

int offer_options(console& out, CLI::App const& app) {
  for (auto const* option : app.get_options()) {
    for (auto const& name : option->get_lnames()) out.print("--{}\t{}\n", name, option->get_description());
  }
  return exit_ok;
}

/// An option's values, each with `prefix` in front; false where the word is no option that takes one.
bool offer_values(console& out, CLI::App const& app, std::string const& word, std::string_view prefix) {
  if (!word.starts_with("-")) return false;
  auto const* const option = app.get_option_no_throw(word);
  if (option == nullptr || option->get_items_expected_max() == 0) return false;
  auto const offer = [&](auto const& values) {
    for (auto const& value : values) out.print("{}{}\n", prefix, value);
  };
  auto const type = option->get_type_name();
  if (type.starts_with("FILE") && prefix.empty()) out.write(":files\n");
  if (type.starts_with("WHEN")) offer(std::array<std::string_view, 2>{"now", "oldest"});
  if (type.starts_with("KIND")) offer(creatable_kinds());
  if (type.starts_with("METHOD")) {
    std::array<std::string_view, all_methods.size()> names;
    std::transform(all_methods.begin(), all_methods.end(), names.begin(),
                   [](copy_method method) { return to_string(method); });
    offer(names);
  }
  if (type.starts_with("HASH")) offer(hash_names());
  if (type.starts_with("COLUMN")) offer(top_key_names());
  return true;
}

int offer_positional(console& out, command const& which, CLI::App const& app) {
  auto const takes = [&](std::string const& name) { return app.get_option_no_throw(name) != nullptr; };
  if (takes("WHAT")) out.write("object\nlock\nchannel\n");
  if (takes("SHELL")) out.write("bash\nzsh\nfish\n");
  constexpr std::array paths = {"PATH", "FILE", "FIRST"};
  if (std::any_of(paths.begin(), paths.end(), takes)) out.write(":files\n");
  // A name to create is one that does not exist.
  bool const new_name = which.name == create_command.name;
  constexpr std::array existing = {"NAME", "PATTERN", "EVENT", "SEMAPHORE", "TOPIC"};
  return !new_name && std::any_of(existing.begin(), existing.end(), takes) ? offer_names(out, which) : exit_ok;
}

int complete(console& out, argument_texts const& line) {
  if (line.size() < 2) return offer_commands(out);
  auto const& first = line.front();
  if (first == "help") return offer_commands(out);
  auto const all = commands();
  auto const which = std::find_if(all.begin(), all.end(), [&](command const& each) { return each.name == first; });
  if (which == all.end()) return exit_ok;
  if (which->takes_command && std::find(line.begin(), line.end() - 1, "--") != line.end() - 1) {
    out.write(":command\n");
    return exit_ok;
  }
  CLI::App app;
  app.set_help_flag("-h,--help", "Show this");
  argument_list takes(app);
  [[maybe_unused]] auto const unused = which->prepare(takes, {});
  auto const& current = line.back();
  if (offer_values(out, app, line[line.size() - 2], "")) return exit_ok;
  auto const equals = current.find('=');
  if (equals != std::string::npos &&
      offer_values(out, app, current.substr(0, equals), current.substr(0, equals + 1))) {
    return exit_ok;
  }
  if (current.starts_with("-")) return offer_options(out, app);
  return offer_positional(out, *which, app);
}

action prepare_complete(argument_list&, std::vector<std::string> const& rest) {
  return [rest](console& out) { return complete(out, rest); };
}

}  // namespace

constinit command const complete_command = {.name = "complete",
                                            .summary = "Print what could come next, for completion scripts",
                                            .examples = "coview complete -- stat ''",
                                            .details = {},
                                            .prepare = prepare_complete,
                                            .in_list = shown::hidden,
                                            .takes_command = true};

}  // namespace coview::tool
