// SPDX-License-Identifier: Apache-2.0
// What messages cost, beside bare rings and what else there is, all in one run. docs/performance.md says what each
// group is, and shows the tables of a real run.
#include <cstdio>
#include <string>
#include <utility>

#include "channel_contenders.hpp"
#include "session.hpp"

namespace {

using bench::group;

constexpr double a_microsecond = 1000;
constexpr std::uint32_t count = 200'000;
constexpr std::uint32_t few = 1;

/// A nanosecond a message.
group messages(std::string title, std::uint32_t how_many) {
  return {.title = std::move(title), .unit = "ns", .per_unit = double(how_many), .operations = few, .contenders = {}};
}

void measure_one_way(bench::session& s, bench::root_directory const& root) {
  constexpr double limit = 1.1;
  constexpr std::uint32_t operations = 10;
  group g{.title = "64 bytes, one way",
          .unit = "ns",
          .per_unit = 2.0 * bench::one_way_turns,
          .operations = operations,
          .contenders = {}};
  bench::add_bare_one_way(g);
  bench::add_our_one_way(g, root);
#ifdef COVIEW_BENCH_BOOST
  bench::add_boost_one_way(g);
#endif
  bench::add_system_one_way(g);
#ifdef COVIEW_BENCH_ZMQ
  bench::add_zmq_one_way(g, root);
#endif
#ifdef COVIEW_BENCH_NNG
  bench::add_nng_one_way(g, root);
#endif
  s.run(g);
  s.expect("coview::queue", limit);
  s.expect("coview::topic", limit);
}

void measure_streams(bench::session& s, bench::root_directory const& root) {
  constexpr double topic_limit = 1 / 0.9;
  constexpr double queue_limit = 1 / 0.7;
  auto g = messages("64 bytes, one sender and one receiver without pause", count);
  bench::add_bare_stream(g, count);
  bench::add_our_stream(g, root, count);
#ifdef COVIEW_BENCH_BOOST
  bench::add_boost_stream(g, count);
#endif
  bench::add_system_stream(g, count);
#ifdef COVIEW_BENCH_ZMQ
  bench::add_zmq_stream(g, root, count);
#endif
#ifdef COVIEW_BENCH_NNG
  bench::add_nng_stream(g, root, count);
#endif
  s.run(g);
  for (std::string const bare : {"bare ring, slots", "bare ring, index"}) {
    s.expect_against("a queue's stream, to " + bare, "coview::queue", bare, queue_limit);
    s.expect_against("a topic's stream, to " + bare, "coview::topic, blocks", bare, topic_limit);
  }

  constexpr std::size_t batch = 64;
  auto batches = messages("64 bytes, in batches of 64", count);
  bench::add_bare_batches(batches, count, batch);
  bench::add_our_batches(batches, root, count, batch);
  s.run(batches);
}

void measure_crowds(bench::session& s, bench::root_directory const& root) {
  constexpr double limit = 2;
  auto g = messages("64 bytes, several senders and receivers on two processors", count);
  bench::add_our_crowd(g, root, 1, count);
  bench::add_our_crowd(g, root, 2, count);
  bench::add_our_crowd(g, root, 4, count);
  s.run(g);
  s.expect("coview::queue, 4 to 4", limit);

  auto subscribers = messages("64 bytes, published to several subscribers", count);
  for (std::uint32_t const each : {0U, 1U, 2U, 4U, 8U})
    bench::add_our_subscribers(subscribers, root, each, count, bench::subscribers_are::running);
  bench::add_our_subscribers(subscribers, root, 1, count, bench::subscribers_are::stopped);
  s.run(subscribers);
}

void measure_large(bench::session& s, bench::root_directory const& root) {
  constexpr std::uint32_t operations = 10;
  constexpr double in_place_limit = 1.1;
  constexpr double copy_limit = 1 / 0.9;
  constexpr std::size_t mebibyte = std::size_t{1} << 20U;
  group g{.title = "large messages in place, one way",
          .unit = "ns",
          .per_unit = 2.0 * bench::one_way_turns,
          .operations = operations,
          .contenders = {}};
  for (std::size_t const size : {std::size_t{4096}, std::size_t{65536}, mebibyte})
    bench::add_our_in_place(g, root, size);
  s.run(g);
  for (std::string const ours : {"coview::queue", "coview::topic"}) {
    s.expect_against(ours + ": 1 MiB in place, to 4 KiB", ours + ", 1024 KiB in place", ours + ", 4 KiB in place",
                     in_place_limit);
  }

  group copies{
      .title = "1 MiB copied into it", .unit = "us", .per_unit = a_microsecond, .operations = 40, .contenders = {}};
  bench::add_memcpy(copies, mebibyte);
  bench::add_our_copies(copies, root, mebibyte);
  s.run(copies);
  s.expect("coview::queue, send", copy_limit);
  s.expect("coview::topic, publish", copy_limit);
}

int measure(bench::options const& wanted) {
  bench::session s(wanted);
  bench::root_directory const root("channel");
  bench::pin(bench::cpus().mine);
  if (bench::cpus().other < 0) {
    std::fputs("bench: one CPU only, and channels are between two\n", stderr);
    return s.report();
  }
  measure_one_way(s, root);
  measure_streams(s, root);
  measure_crowds(s, root);
  measure_large(s, root);
  constexpr double wake_limit = 1.1;
  if (s.wants("from send to the sleeping receiver running")) {
    s.add(bench::channel_wake_latency(root, s.rounds()));
    s.expect("coview::queue", wake_limit);
    s.expect("coview::topic", wake_limit);
  }
  return s.report();
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::uint32_t rounds = 15;  // some contenders take a second for each
  return bench::run_session(argc, argv, &measure, rounds);
}
