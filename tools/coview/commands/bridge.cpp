// SPDX-License-Identifier: Apache-2.0
// coview bridge: channels on other machines. The arguments are read here, and what the ledgers say is shown here;
// what carries is a program of its own, coview-bridge, which this one becomes: it alone needs libnats.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "bridge/secrets.hpp"
#include "bridge/subject.hpp"
#include "bridging/bridge_config.hpp"
#include "bridging/bridge_program.hpp"
#include "command.hpp"
#include "os/fd.hpp"
#include "shared/bridge_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct bridge_arguments {
  std::string action;
  std::optional<std::string> config;
  bool dry_run = false;
  bool json = false;
  std::map<std::string, std::vector<std::string>> values;  // by "--option"
  std::vector<std::string> order;
};

bridge_config config_of(bridge_arguments const& given) {
  bridge_config config;
  if (given.config) config.read_file(*given.config);
  std::map<std::string, std::size_t> used;
  for (auto const& option : given.order) {
    auto const found = given.values.find(option);
    if (found == given.values.end()) continue;
    auto const& value = found->second.at(used[option]++);
    try {
      config.apply(std::string_view(option).substr(2), value);
    } catch (std::invalid_argument const& e) {
      throw failure(exit_usage, fmt::format("{}: {}", option, escape(e.what())),
                    "'coview bridge --help' explains it");
    }
  }
  return config;
}

int show_plan(console& out, bridge_options const& options, bool json) {
  auto list = nlohmann::ordered_json::array();
  table rows({table::align::left, table::align::left, table::align::left, table::align::left}, 1);
  rows.add({"KIND", "NAME", "WAY", "SUBJECT"});
  for (auto const& each : options.channels) {
    auto const subject = subject_for(options.prefix, each.what, each.outside.empty() ? each.name : each.outside);
    list.push_back(
        {{"kind", word_for(each.what)}, {"name", each.name}, {"direction", text_of(each.way)}, {"subject", subject}});
    rows.add({std::string(word_for(each.what)), escape(each.name), std::string(text_of(each.way)), subject});
  }
  if (json) {
    out.write_json({{"schema", "coview.bridge-plan/1"},
                    {"nats", without_secrets(options.servers)},
                    {"channels", std::move(list)}});
  } else {
    rows.print(out);
  }
  return exit_ok;
}

int show_status(console& out, bool json) {
  auto const all = bridges();
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (auto const& each : all) list.push_back(bridge_json(each));
    out.write_json({{"schema", "coview.bridge/1"}, {"channels", std::move(list)}});
    return exit_ok;
  }
  if (all.empty()) {
    out.say("no channel of this user was ever carried to other machines, or all were forgotten");
    return exit_ok;
  }
  using enum table::align;
  table rows({left, left, left, left, right, right, right, right, right}, 1);
  rows.add({"KIND", "NAME", "WAY", "STATE", "SENT", "LOST", "RECEIVED", "LOST", "LAG"});
  for (auto const& each : all) {
    rows.add({std::string(word_for(each.what)), escape(each.name), std::string(text_of(each.way)),
              std::string(state_of(each)), std::to_string(each.sent), std::to_string(each.lost_out),
              std::to_string(each.received), std::to_string(each.lost_in), std::to_string(each.lag)});
  }
  rows.print(out);
  for (auto const& each : all) {
    if (each.spooled != 0) {
      out.print("{} '{}': {} in the spool, which take {}\n", word_for(each.what), escape(each.name), each.spooled,
                human_size(each.spooled_bytes));
    }
    if (!each.problem.empty())
      out.print("{} '{}': {}\n", word_for(each.what), escape(each.name), escape(each.problem));
  }
  return exit_ok;
}

int forget(console& out, bool json) {
  auto const count = forget_bridges();
  if (json) {
    out.write_json({{"schema", "coview.bridge-forget/1"}, {"forgotten", count}});
  } else {
    out.print("forgot {} that no bridge carries\n", count);
  }
  return exit_ok;
}

/// The options as something to read. Secrets stand there, and not on a command line that everybody sees.
os::unique_fd as_input(std::string const& text) {
  os::unique_fd memory(memfd_create("coview-bridge-options", MFD_CLOEXEC));
  bool const written = memory &&
                       ::write(memory.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::lseek(memory.get(), 0, SEEK_SET) == 0;
  if (!written) throw failure(exit_failed, fmt::format("cannot hand over the options: {}", std::strerror(errno)));
  return memory;
}

[[noreturn]] void become(console& out, std::string const& text) {
  auto const memory = as_input(text);
  out.flush();
  if (::dup2(memory.get(), STDIN_FILENO) == -1) throw failure(exit_failed, "cannot hand over the options");
  for (auto const& path : bridge_programs()) {
    std::array<char const*, 2> const arguments = {"coview-bridge", nullptr};
    ::execv(path.c_str(), const_cast<char* const*>(arguments.data()));
    if (errno != ENOENT)
      throw failure(exit_failed, fmt::format("cannot run '{}': {}", escape(path), std::strerror(errno)));
  }
  throw failure(exit_failed, "coview-bridge is not installed, the program that carries channels",
                "install the package coview-bridge; who builds coview needs libnats (libnats-dev on Debian)");
}

int bridge_channels(console& out, bridge_arguments const& given) {
  if (given.action == "status") return show_status(out, given.json);
  if (given.action == "forget") return forget(out, given.json);
  auto const config = config_of(given);
  try {
    bridge::check(config.options());
  } catch (error const& e) {
    throw failure(exit_usage, escape(e.what()), "'coview bridge --help' explains it");
  }
  auto const text = config.text();
  if (given.dry_run) return show_plan(out, config.options(), given.json);
  become(out, text);
}

action prepare_bridge(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<bridge_arguments>();
  takes.option("ACTION", given->action, "status: what is carried, and how; forget: what no longer is")
      .type_name("")
      .one_of({"status", "forget"});
  auto const declare = [&](std::vector<bridge_option> const& options) {
    for (auto const& each : options) {
      auto const name = "--" + std::string(each.name);
      takes.option(name, given->values[name], std::string(each.help)).type_name(std::string(each.type)).one_each();
    }
  };
  declare(bridge_channel_options());
  declare(bridge_other_options());
  takes.option("--config", given->config, "Options from a file, before those given here").type_name("FILE");
  takes.flag("--dry-run", given->dry_run, "Say what would be carried, and under which subjects; carry nothing");
  add_json(takes, given->json);
  return [given, takes](console& out) {
    given->order = takes.in_order();
    return bridge_channels(out, *given);
  };
}

}  // namespace

constinit command const bridge_command = {
    .name = "bridge",
    .summary = "Carry channels to other machines and from there, over NATS",
    .examples =
        "coview bridge --topic cam/front --direction out  here, where the camera is\n"
        "coview bridge --nats nats://HOST:4222 --topic cam/front --direction in  there\n"
        "coview bridge --nats nats://HOST:4222 --queue jobs --direction in --topic log\n"
        "coview bridge --queue jobs --direction out --spool-dir /var/spool/jobs --spool 1G  jobs outlive a reboot\n"
        "coview bridge --config bridge.conf --dry-run\n"
        "coview bridge status --json | jq '.channels[].lost_in'",
    .details =
        "Carries until Ctrl-C, and says on standard error what is wrong. It needs a nats-server that every machine\n"
        "reaches: 'apt install nats-server' and 'nats-server -js' is one; -js is for queues, logs, --latest and "
        "--map.\n"
        "Without --nats it is the one on this machine.\n\n"
        "--direction, --as, --capacity, --mutex, --seqlock and --every are about the channel before them; in front "
        "of "
        "the\nfirst channel they are for all. Each channel has one bridge on a machine, and may be carried by any "
        "number of\nmachines.\n\n"
        "A file for --config has one option a line, without the dashes: 'topic cam/front', 'direction out'. What "
        "stands\non a command line everybody on the machine can see: a token or password belongs into a file.\n\n"
        "With --spool-dir, which must exist, the messages of queues that go out are moved to files in it while no "
        "server\n"
        "answers, and are sent first when one does, also after a reboot. Senders wait when file and queue are "
        "full.\n\n"
        "What is promised, and what happens on bad days: docs/beyond-one-machine.md.",
    .prepare = prepare_bridge};

}  // namespace coview::tool
