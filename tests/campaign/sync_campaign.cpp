// SPDX-License-Identifier: Apache-2.0
// Proves the synchronisation layer under fire: processes lock, wait and signal while one after the other of them is
// killed with SIGKILL at a random moment and replaced. After every kill all of them are brought to a stop and looked
// at: whoever sleeps must have a reason to, what is owned must have a living owner, and the books must agree.
//
//     build/release/tests/campaign/sync_campaign --mode mutex --kills 10000
//     build/release/tests/campaign/sync_campaign --mode signals --kills 10000
//     build/release/tests/campaign/sync_campaign --mode wait-all --kills 10000
//
// --break uses objects as they are usually written, which must be found out.
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "support/scoped_root.hpp"
#include "support/tally.hpp"
#include "sync_scenarios.hpp"

namespace {

using sync_campaign::plan;

constexpr char const* usage =
    "usage: sync_campaign --mode mutex|signals|wait-all [--kills N] [--workers W] [--seed S] [--seconds LIMIT] "
    "[--break]\n";

template <class Number>
bool read_number(std::string_view text, Number& out) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size();
}

bool read_option(std::string_view option, std::string_view value, plan& out) {
  if (option == "--mode") {
    out.mode = value;
    return value == "mutex" || value == "signals" || value == "wait-all";
  }
  if (option == "--kills") return read_number(value, out.kills);
  if (option == "--workers")
    return read_number(value, out.workers) && out.workers > 1 && out.workers <= sync_campaign::most_workers;
  if (option == "--seed") return read_number(value, out.seed);
  if (option == "--seconds") {
    long limit = 0;
    bool const ok = read_number(value, limit);
    out.limit = std::chrono::seconds(limit);
    return ok;
  }
  return false;
}

std::optional<plan> read_arguments(std::span<char*> arguments) {
  plan out;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    std::string_view const option = arguments[i];
    if (option == "--break") {
      out.broken = true;
    } else if (i + 1 == arguments.size() || !read_option(option, arguments[++i], out)) {
      return {};
    }
  }
  if (out.mode.empty()) return {};
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  auto const what = read_arguments({argv, static_cast<std::size_t>(argc)});
  if (!what) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    coview_test::scoped_root const root;
    auto const play = what->mode == "mutex"     ? sync_campaign::mutex_play(*what)
                      : what->mode == "signals" ? sync_campaign::signals_play(*what)
                                                : sync_campaign::wait_all_play(*what);
    auto const seen = sync_campaign::run(*what, *play);
    std::printf(
        "%s, seed %llu: %zu kills in %.1f s, %zu freezes (%.0f ms at most), %zu waiters looked at, %llu "
        "operations\n",
        what->mode.c_str(), static_cast<unsigned long long>(what->seed), seen.kills, seen.seconds, seen.freezes,
        seen.longest * 1000, seen.waiters_seen, static_cast<unsigned long long>(seen.operations));
    std::printf("%s; %zu violations\n", play->summary().c_str(), seen.violations.size());
    for (auto const& text : seen.violations) std::printf("violation: %s\n", text.c_str());
    coview_test::print(
        {.kills = seen.kills, .checks = seen.freezes + seen.waiters_seen, .findings = seen.violations.size()});
    return seen.violations.empty() ? 0 : 1;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "sync_campaign: %s\n", e.what());
    return 2;
  }
}
