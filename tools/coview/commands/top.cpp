// SPDX-License-Identifier: Apache-2.0
// coview top: what exists, again and again.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "command.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"
#include "top/columns.hpp"
#include "top/live.hpp"
#include "top/look.hpp"

namespace coview::tool {

namespace {

struct top_arguments {
  live_options live{{}, {}, std::chrono::seconds(1)};
  std::string sort;
  bool once = false;
  bool json = false;
};

/// A rate takes two looks, which are made only where there is something that has one.
top_look look_once(live_options const& given) {
  top_looks looks(given.pattern);
  auto first = looks.next();
  bool const channels = std::any_of(first.rows.begin(), first.rows.end(),
                                    [](top_row const& row) { return row.known.channel.has_value(); });
  if (!channels || given.interval.count() == 0) return first;
  std::this_thread::sleep_for(given.interval);
  return looks.next();
}

nlohmann::ordered_json row_json(top_row const& row) {
  auto all = object_json(row.known);
  all["rate"] = row.rate ? nlohmann::ordered_json(*row.rate) : nlohmann::ordered_json();
  auto const of_channel = [&](std::uint64_t number) {
    return row.known.channel ? nlohmann::ordered_json(number) : nlohmann::ordered_json();
  };
  all["lag"] = of_channel(row.lag);
  all["lost"] = of_channel(row.lost);
  all["lost_lately"] = row.rate ? of_channel(row.lost_lately) : nlohmann::ordered_json();
  return all;
}

int top(console& out, top_arguments const& given) {
  if (!given.once && !given.json) return live_top(out, given.live);
  auto look = look_once(given.live);
  sort_rows(look.rows, given.live.order);
  if (given.json) {
    auto all = nlohmann::ordered_json::array();
    for (auto const& row : look.rows) all.push_back(row_json(row));
    out.write_json({{"schema", "coview.top/1"},
                    {"seconds", look.seconds ? nlohmann::ordered_json(*look.seconds) : nlohmann::ordered_json()},
                    {"objects", std::move(all)}});
  } else if (out.on_terminal()) {
    for (auto const& line : fitting_lines(look.rows, 0, look.rows.size(), out.width(), given.live.order)) {
      out.print("{}\n", line);
    }
  } else {
    whole_table(look.rows).print(out);
  }
  return exit_ok;
}

action prepare_top(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<top_arguments>();
  takes.option("PATTERN", given->live.pattern, "Only names that match, with *, ? and [a-z] as in a shell")
      .type_name("");
  takes.flag("--once", given->once, "Print one table, and end");
  add_duration(takes, "-i,--interval", given->live.interval,
               "Time between two looks (default 1s); with --once, what a rate is taken over, and 0 for no rates");
  takes.option("-s,--sort", given->sort, "Sort by this column (default: name); numbers the largest first")
      .type_name("COLUMN")
      .one_of(top_key_names());
  takes.flag("-r,--reverse", given->live.order.reversed, "The other way round");
  add_json(takes, given->json);
  return [given](console& out) {
    if (!given->sort.empty()) given->live.order.key = top_key_of(given->sort);
    constexpr std::chrono::milliseconds shortest(10);
    if (!given->once && !given->json && given->live.interval < shortest) {
      throw failure(exit_usage, "there must be time between two looks", "--interval 10ms is the least");
    }
    return top(out, *given);
  };
}

}  // namespace

constinit command const top_command = {
    .name = "top",
    .summary = "Watch what exists: memory, locks, rates and lags",
    .examples =
        "coview top\n"
        "coview top 'cam*' --sort rate\n"
        "coview top --once --interval 5s  a table, rates over five seconds\n"
        "coview top --json | jq '.objects[] | select(.lag > 100) | .name'",
    .details =
        "A live view on a terminal: every object with its kind, memory and handles; NOW tells of a lock who owns it "
        "and "
        "whether somebody waits, of an event or semaphore its state, of a topic who holds the publishers back; of "
        "queues "
        "and topics, messages a second, how many are there, how far the slowest subscriber is behind (LAG) and what "
        "was lost. Columns for which there is no room, or nothing to tell, are left out. What needs a look is "
        "red.\n\n"
        "Enter shows everything about the selected object, as 'coview stat' and 'coview who' do; / filters by name, "
        "s and r sort, ? lists the keys, q quits.\n\n"
        "It only looks: nothing is held between two looks, and no more than a fifth of a processor is taken. --once "
        "prints all columns where standard output is no terminal, with '-' for what there is not. --json implies "
        "--once.",
    .prepare = prepare_top};

}  // namespace coview::tool
