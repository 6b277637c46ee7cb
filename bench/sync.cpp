// SPDX-License-Identifier: Apache-2.0
// What locks, events, semaphores and waits for several cost, beside what else there is, all in one run.
// docs/performance.md says what each group is, and shows the tables of a real run.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "sync_contenders.hpp"

namespace {

using bench::spinning;

constexpr double a_nanosecond = bench::batch;  // an operation of `batch` takes that many for one
constexpr double a_microsecond = 1000.0 * bench::pair_batch;
constexpr std::uint32_t few = 40;

struct options {
  std::uint32_t rounds = 41;
  bool json = false;
  bool check = false;
  std::string only;
};

struct promise {
  std::string what;
  std::string limit;
  std::string found;
  bool kept;
};

std::string number(double value, char const* unit) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f%s", value, unit);
  return text.data();
}

class session {
 public:
  explicit session(options wanted) : options_(std::move(wanted)) {}

  [[nodiscard]] bool wants(std::string const& title) const { return title.find(options_.only) != std::string::npos; }

  void run(bench::group const& g) {
    last_ran_ = wants(g.title);
    if (!last_ran_) return;
    std::fprintf(stderr, "bench: %s …\n", g.title.c_str());
    done_.push_back(bench::run(g, options_.rounds));
  }
  void add(bench::measured what) {
    last_ran_ = true;
    done_.push_back(std::move(what));
  }
  [[nodiscard]] std::uint32_t rounds() const { return options_.rounds; }

  /// Of the group that ran last, against its first contender.
  void expect(std::string const& who, double limit) {
    if (!last_ran_) return;
    auto const* const mine = done_.back().find(who);
    if (mine == nullptr) return;
    promises_.push_back(
        {done_.back().title + ": " + who, number(limit, "x"), number(mine->ratio, "x"), mine->ratio <= limit});
  }
  void expect_nanoseconds(std::string const& who, double limit) {
    if (!last_ran_) return;
    auto const* const mine = done_.back().find(who);
    if (mine == nullptr) return;
    promises_.push_back(
        {done_.back().title + ": " + who, number(limit, " ns"), number(mine->median, " ns"), mine->median <= limit});
  }
  void expect_silence(bench::silent const& one) {
    promises_.push_back({"no system call: " + one.what, "0", one.kept ? "0" : "more", one.kept});
  }

  [[nodiscard]] int report() const {
    auto const facts = bench::machine();
    if (options_.json) {
      bench::print_json(facts, done_, options_.rounds);
    } else {
      bench::print_text(facts, done_, options_.rounds);
    }
    bool all_kept = true;
    std::FILE* const out = options_.json ? stderr : stdout;
    std::fprintf(out, "\n");
    for (auto const& p : promises_) {
      std::fprintf(out, "%-80s at most %9s, is %9s  %s\n", p.what.c_str(), p.limit.c_str(), p.found.c_str(),
                   p.kept ? "kept" : "MISSED");
      all_kept = all_kept && p.kept;
    }
    return options_.check && !all_kept ? EXIT_FAILURE : EXIT_SUCCESS;
  }

 private:
  options options_;
  bool last_ran_ = false;
  std::vector<bench::measured> done_;
  std::vector<promise> promises_;
};

bench::group alone(std::string title) {
  return {.title = std::move(title), .unit = "ns", .per_unit = a_nanosecond, .operations = few, .contenders = {}};
}

bench::group pair(std::string title) {
  return {.title = std::move(title), .unit = "us", .per_unit = a_microsecond, .operations = few, .contenders = {}};
}

void measure_alone(session& s, bench::root_directory const& root) {
  constexpr double lock_limit = 1.5;
  constexpr double scan_limit = 100;

  auto locks = alone("lock and unlock, nobody else");
  bench::add_other_locks(locks);
  bench::add_our_locks(locks, root);
#ifdef COVIEW_BENCH_BOOST
  bench::add_boost_locks(locks);
#endif
  s.run(locks);
  s.expect("coview::mutex", lock_limit);
  s.expect("coview::robust_mutex", lock_limit);

  auto signals = alone("set and wait, release and acquire, nobody else");
  bench::add_other_signals(signals);
  bench::add_our_signals(signals, root);
#ifdef COVIEW_BENCH_BOOST
  bench::add_boost_signals(signals);
#endif
  s.run(signals);

  auto clears = alone("set and clear, nobody waits");
  bench::add_other_clears(clears);
  bench::add_our_clears(clears, root);
  s.run(clears);

  auto scans = alone("wait for any of 8, the last is there");
  bench::add_other_scans(scans);
  bench::add_our_scans(scans, root);
  s.run(scans);
  s.expect_nanoseconds("coview::wait_any, set before", scan_limit);
}

void measure_pairs(session& s, bench::root_directory const& root) {
  constexpr double pair_limit = 1.15;
  for (auto const how : {spinning::off, spinning::adaptive}) {
    std::string const note = how == spinning::off ? ", sleeping" : ", spinning first";
    auto pongs = pair("event ping-pong on two cores" + note);
    bench::add_bare_ping_pongs(pongs, how);
    bench::add_our_ping_pongs(pongs, root, how);
    if (how == spinning::off) bench::add_other_ping_pongs(pongs);
    s.run(pongs);
    // The promise is about sleeping; what spins is compared with what spins, for what it is.
    if (how == spinning::off) s.expect("coview::event", pair_limit);

    auto hands = pair("lock handed over and back on two cores" + note);
    bench::add_bare_hand_offs(hands, how);
    bench::add_our_hand_offs(hands, root, how);
    if (how == spinning::off) bench::add_other_hand_offs(hands);
    s.run(hands);
    if (how == spinning::adaptive) continue;
    s.expect("coview::mutex", pair_limit);
    s.expect("coview::robust_mutex", pair_limit);
  }

  constexpr std::uint32_t total = 5000;
  constexpr std::uint32_t some_work = 200;
  constexpr std::uint32_t seldom = 5;
  for (std::uint32_t const work : {0U, some_work}) {
    bench::group g{.title = work == 0 ? "two processes count under one lock, without pause"
                                      : "two processes count under one lock, with some work in between",
                   .unit = "ns",
                   .per_unit = total,
                   .operations = seldom,
                   .contenders = {}};
    bench::add_bare_contenders(g, spinning::off, total, work);
    bench::add_bare_contenders(g, spinning::adaptive, total, work);
    bench::add_our_contenders(g, root, spinning::off, total, work);
    bench::add_our_contenders(g, root, spinning::adaptive, total, work);
    bench::add_other_contenders(g, total, work);
#ifdef COVIEW_BENCH_BOOST
    bench::add_boost_contenders(g, total, work);
#endif
    s.run(g);
  }
}

void measure_sleepers(session& s, bench::root_directory const& root) {
  constexpr double limit_8 = 1.5;
  constexpr double limit_64 = 2.0;
  auto crowds = pair("ping-pong, each sleeping for any of several");
  bench::add_our_ping_pongs(crowds, root, spinning::off);
  crowds.contenders.resize(1);  // the event; a semaphore takes as long
  bench::add_our_crowds(crowds, root);
  s.run(crowds);
  if (!s.wants("from set to the sleeper running")) return;
  std::fprintf(stderr, "bench: from set to the sleeper running …\n");
  s.add(bench::wake_latency(root, s.rounds()));
  s.expect("coview::wait_any of 8", limit_8);
  s.expect("coview::wait_any of 64", limit_64);
}

int measure(options const& wanted) {
  session s(wanted);
  bench::root_directory const root("sync");
  bench::pin(bench::cpus().mine);
  measure_alone(s, root);
  if (s.wants("no system call")) {
    for (auto const& one : bench::without_system_calls(root)) s.expect_silence(one);
  }
  if (bench::cpus().other >= 0) {
    measure_pairs(s, root);
    measure_sleepers(s, root);
  } else {
    std::fputs("bench: one CPU only, so nothing is measured between two\n", stderr);
  }
  return s.report();
}

int usage() {
  std::fputs(
      "usage: bench_sync [--rounds N] [--only TEXT] [--json] [--check]\n"
      "  --rounds N   how often each contender has its turn (41)\n"
      "  --only TEXT  the groups whose title has TEXT in it\n"
      "  --json       machine-readable\n"
      "  --check      fail where a promise is missed\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  options wanted;
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    bool const more = i + 1 < argc;
    if (argument == "--json") {
      wanted.json = true;
    } else if (argument == "--check") {
      wanted.check = true;
    } else if (argument == "--rounds" && more) {
      wanted.rounds = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--only" && more) {
      wanted.only = argv[++i];
    } else {
      return usage();
    }
  }
  if (wanted.rounds == 0) return usage();
  try {
    return measure(wanted);
  } catch (std::exception const& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return EXIT_FAILURE;
  }
}
