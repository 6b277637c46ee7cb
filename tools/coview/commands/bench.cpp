// SPDX-License-Identifier: Apache-2.0
// coview bench: what objects, locks and messages cost on this machine.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include <coview/version.hpp>

#include "benching/measurements.hpp"
#include "benching/report.hpp"
#include "command.hpp"
#include "shared/interruption.hpp"
#include "shared/private_root.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"
#include "sync/spin.hpp"

namespace coview::tool {

namespace {

struct bench_arguments {
  std::string what;
  std::string html;
  std::chrono::nanoseconds time = std::chrono::seconds(1);  // each point
  bool quick = false;
  bool json = false;
};

constexpr std::chrono::milliseconds quick_time(100);

struct measurement {
  std::string_view group;
  figure (*measure)(bench_plan const&, processors const&);
};

constexpr std::array all_measurements = {
    measurement{"object", [](bench_plan const& plan, processors const&) { return measure_objects(plan); }},
    measurement{"object", [](bench_plan const& plan, processors const&) { return measure_names(plan); }},
    measurement{"lock", measure_locks},
    measurement{"lock", measure_waiters},
    measurement{"channel", measure_one_way},
    measurement{"channel", measure_throughput},
    measurement{"channel", measure_offered},
    measurement{"channel", measure_subscribers},
};

void write_html(std::string const& path, std::string const& html) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << html;
  file.close();
  if (!file) throw std::system_error(errno, std::generic_category(), fmt::format("cannot write {}", escape(path)));
}

bench_run measure_all(console& out, bench_arguments const& given) {
  bench_run run{machine(), {}, given.time};
  run.facts.insert(run.facts.begin(), {"coview", COVIEW_VERSION});
  auto const on = two_processors();
  if (!on) {
    out.say("this process may use one processor only: these are the costs of switching between two processes");
  }
  // Each process has a processor of its own, though it may use no other one: whoever waits may spin.
  if (on) allow_spinning(true);
  stay_on(on, 0);
  private_root const root;
  constexpr std::uint32_t most_names = 10'000;
  constexpr std::uint32_t most_names_quick = 1000;
  bench_plan const plan{given.time, given.quick ? most_names_quick : most_names};
  for (auto const& [group, measure] : all_measurements) {
    if (!given.what.empty() && given.what != group) continue;
    run.figures.push_back(measure(plan, on));
    if (!given.json) print_figure(out, run.figures.back());
  }
  return run;
}

int bench(console& out, bench_arguments const& given) {
  // Better now than after a minute.
  if (!given.html.empty() && !std::ofstream(given.html, std::ios::app)) {
    throw std::system_error(errno, std::generic_category(), fmt::format("cannot write {}", escape(given.html)));
  }
  try {
    interruption const polite;
    auto const run = measure_all(out, given);
    if (given.json) out.write_json(bench_json(run));
    if (!given.html.empty()) write_html(given.html, bench_html(run));
    return exit_ok;
  } catch (bench_interrupted const& e) {
    out.flush();
    die_of(e.signal_number);
  }
}

action prepare_bench(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<bench_arguments>();
  takes.option("WHAT", given->what, "What to measure: object, lock or channel (default: all)")
      .type_name("")
      .one_of({"object", "lock", "channel"});
  auto const time = std::make_shared<std::optional<std::chrono::nanoseconds>>();
  takes.flag("-q,--quick", given->quick, "A tenth of the time, and fewer names");
  takes.parsed("-t,--time", "TIME", "How long each of 50 points takes (default 1s)",
               [time](std::string const& text) { *time = parse_duration(text); });
  takes.option("--html", given->html, "Write a report with plots as well").type_name("FILE");
  add_json(takes, given->json);
  return [given, time](console& out) {
    given->time = time->value_or(given->quick ? quick_time : given->time);
    return bench(out, *given);
  };
}

}  // namespace

constinit command const bench_command = {
    .name = "bench",
    .summary = "Measure what objects, locks and messages cost on this machine",
    .examples =
        "coview bench  all of it, in about a minute\n"
        "coview bench --quick --html report.html\n"
        "coview bench channel --time 2s --json",
    .details =
        "Two processes, each on a processor of its own, open objects, hand over locks and send each other messages; "
        "then it grows: names, waiters, sizes, rates and subscribers. Each table has the median, what 99 of 100 and "
        "999 of 1000 stayed within, and the longest; and what was lost. The names are in a directory of its own, "
        "which goes with it.\n\n"
        "The report is one file without scripts, for a browser or paper. On a machine that is busy, this says "
        "little.",
    .prepare = prepare_bench};

}  // namespace coview::tool
