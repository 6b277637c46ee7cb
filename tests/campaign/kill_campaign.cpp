// SPDX-License-Identifier: Apache-2.0
// Proves the lifetime rule under fire: processes create, open, check, fork and close over a few names, and are killed
// with SIGKILL at random moments. An oracle (oracle.hpp) judges from what they wrote down that no stale name was ever
// observed and no live object was ever removed; between periods everything must be free, and empty after `reclaim`.
//
// The long form, as seen from the top of the source tree, and as root with two users who share global names:
//
//     build/release/tests/campaign/kill_campaign --kills 10000
//     sudo build/release/tests/campaign/kill_campaign --kills 10000 --uids 1000,2000
//
// Ten thousand kills take about a minute on two processors. The kills fall at other moments in every run; the seed
// repeats only what the processes do in between.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "campaign.hpp"
#include "support/scoped_root.hpp"
#include "support/tally.hpp"

namespace {

using campaign::plan;
using campaign::sabotage;

constexpr char const* usage =
    "usage: kill_campaign [--kills N] [--workers W] [--names M] [--seed S] [--seconds LIMIT] [--period KILLS]\n"
    "                     [--uids UID,UID] [--break revive|unlink] [--json]\n";

template <class Number>
bool read_number(std::string_view text, Number& out) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size();
}

bool read_users(std::string_view text, std::vector<uid_t>& out) {
  while (!text.empty()) {
    std::size_t const comma = std::min(text.find(','), text.size());
    if (!read_number(text.substr(0, comma), out.emplace_back())) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !out.empty();
}

bool read_option(std::string_view option, std::string_view value, plan& out) {
  if (option == "--kills") return read_number(value, out.kills);
  if (option == "--workers") return read_number(value, out.workers) && out.workers > 0 && out.workers <= 32;
  if (option == "--names") return read_number(value, out.names) && out.names > 0 && out.names <= 1000;
  if (option == "--seed") return read_number(value, out.seed);
  if (option == "--period") return read_number(value, out.period) && out.period > 0;
  if (option == "--uids") return read_users(value, out.users);
  if (option == "--seconds") {
    long seconds = 0;
    bool const ok = read_number(value, seconds);
    out.limit = std::chrono::seconds(seconds);
    return ok;
  }
  if (option == "--break") {
    out.fault = value == "revive" ? sabotage::revive : value == "unlink" ? sabotage::unlink : sabotage::none;
    return out.fault != sabotage::none;
  }
  return false;
}

std::optional<plan> read_arguments(std::span<char*> arguments, bool& json) {
  plan out;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    std::string_view const option = arguments[i];
    if (option == "--json") {
      json = true;
    } else if (i + 1 == arguments.size() || !read_option(option, arguments[++i], out)) {
      return {};
    }
  }
  return out;
}

void print_json(plan const& what, campaign::outcome const& o) {
  campaign::findings const& f = o.found;
  std::printf(
      "{\"seed\":%llu,\"kills\":%zu,\"in_the_middle_of_a_call\":%zu,\"freezes\":%zu,\"periods\":%zu,\"processes\":%"
      "zu,"
      "\"objects\":%zu,\"creates\":%zu,\"opens\":%zu,\"inherits\":%zu,\"closes\":%zu,\"not_found\":%zu,\"taken\":%zu,"
      "\"denied\":%zu,\"busy\":%zu,\"lists\":%zu,\"holder_queries\":%zu,\"doubtful\":%zu,\"violations\":%zu,"
      "\"seconds\":%.1f}\n",
      static_cast<unsigned long long>(what.seed), o.kills, f.cut_short, o.freezes, o.periods, o.processes, f.objects,
      f.creates, f.opens, f.inherits, f.closes, f.absents, f.taken, f.denials, f.busies, f.lists, f.holder_queries,
      f.doubtful, f.violations, o.seconds);
}

void print(plan const& what, campaign::outcome const& o) {
  campaign::findings const& f = o.found;
  std::printf(
      "seed %llu: %zu kills (%zu in the middle of a call, %zu processes stopped for a while) in %.1f s, %zu "
      "periods\n",
      static_cast<unsigned long long>(what.seed), o.kills, f.cut_short, o.freezes, o.seconds, o.periods);
  std::printf("%zu processes: %zu objects, %zu creates, %zu opens, %zu inherited, %zu closes\n", o.processes,
              f.objects, f.creates, f.opens, f.inherits, f.closes);
  std::printf("answers: %zu not found, %zu taken, %zu denied, %zu busy; %zu lists, %zu questions for holders\n",
              f.absents, f.taken, f.denials, f.busies, f.lists, f.holder_queries);
  std::printf("%zu handles explained only by a call that was killed; %zu violations\n", f.doubtful, f.violations);
  coview_test::print({.kills = o.kills,
                      .checks = f.creates + f.opens + f.inherits + f.closes + f.absents + f.taken + f.denials +
                                f.busies + f.lists + f.holder_queries,
                      .findings = f.violations});
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  auto const what = read_arguments({argv, static_cast<std::size_t>(argc)}, json);
  if (!what) {
    std::fputs(usage, stderr);
    return 2;
  }
  if (!what->users.empty() && ::geteuid() != 0) {
    std::fputs("kill_campaign: --uids needs root\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a reader that leaves early must not keep the directory from being removed
  try {
    coview_test::scoped_root const root(what->users.empty() ? S_IRWXU : S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO);
    auto const outcome = campaign::run(*what, root.path());
    json ? print_json(*what, outcome) : print(*what, outcome);
    for (std::string const& text : outcome.found.texts) std::fprintf(stderr, "violation: %s\n", text.c_str());
    return outcome.found.violations == 0 ? 0 : 1;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "kill_campaign: %s\n", e.what());
    return 2;
  }
}
