// SPDX-License-Identifier: Apache-2.0
// What locks, events, semaphores and waits for several cost, beside what else there is, all in one run.
// docs/performance.md says what each group is, and shows the tables of a real run.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "session.hpp"
#include "sync_contenders.hpp"

namespace {

using bench::spinning;

constexpr double a_nanosecond = bench::batch;  // an operation of `batch` takes that many for one
constexpr double a_microsecond = 1000.0 * bench::pair_batch;
constexpr std::uint32_t few = 40;

bench::group alone(std::string title) {
  return {.title = std::move(title), .unit = "ns", .per_unit = a_nanosecond, .operations = few, .contenders = {}};
}

bench::group pair(std::string title) {
  return {.title = std::move(title), .unit = "us", .per_unit = a_microsecond, .operations = few, .contenders = {}};
}

void measure_alone(bench::session& s, bench::root_directory const& root) {
  constexpr double lock_limit = 1.3;
  constexpr double scan_limit = 60;

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
  s.expect_at_most("coview::wait_any, set before", scan_limit);
}

void measure_pairs(bench::session& s, bench::root_directory const& root) {
  constexpr double pair_limit = 1.15;
  constexpr double spinning_pair_limit = 1.3;
  constexpr double fight_limit = 1.75;
  for (auto const how : {spinning::off, spinning::adaptive}) {
    std::string const note = how == spinning::off ? ", sleeping" : ", spinning first";
    auto pongs = pair("event ping-pong on two cores" + note);
    bench::add_bare_ping_pongs(pongs, how);
    bench::add_our_ping_pongs(pongs, root, how);
    if (how == spinning::off) bench::add_other_ping_pongs(pongs);
    s.run(pongs);
    s.expect("coview::event", how == spinning::off ? pair_limit : spinning_pair_limit);

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
    if (work != 0) continue;
    for (std::string const ours : {"coview::mutex, spinning first", "coview::robust_mutex, spinning first"}) {
      s.expect_against(g.title + ": " + ours + " to robust pthread", ours, "pthread, shared, robust", fight_limit);
    }
  }
}

void measure_waiters(bench::session& s, bench::root_directory const& root) {
  constexpr double limit_8 = 1.5;
  constexpr double limit_64 = 2.0;
  auto crowds = pair("ping-pong, each sleeping for any of several");
  bench::add_our_ping_pongs(crowds, root, spinning::off);
  crowds.contenders.resize(1);  // the event; a semaphore takes as long
  bench::add_our_crowds(crowds, root);
  s.run(crowds);
  if (!s.wants("from set to the waiter running")) return;
  std::fprintf(stderr, "bench: from set to the waiter running …\n");
  s.add(bench::wake_latency(root, s.rounds()));
  s.expect("coview::wait_any of 8", limit_8);
  s.expect("coview::wait_any of 64", limit_64);
}

int measure(bench::options const& wanted) {
  bench::session s(wanted);
  bench::root_directory const root("sync");
  bench::pin(bench::cpus().mine);
  measure_alone(s, root);
  if (s.wants("no system call")) {
    for (auto const& one : bench::without_system_calls(root)) s.expect_that("no system call: " + one.what, one.kept);
  }
  if (bench::cpus().other >= 0) {
    measure_pairs(s, root);
    measure_waiters(s, root);
  } else {
    std::fputs("bench: one CPU only, so nothing is measured between two\n", stderr);
  }
  return s.report();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_session(argc, argv, &measure);
}
