// SPDX-License-Identifier: Apache-2.0
// coview bench: what messages cost on this machine.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/text.hpp"
#include "sync/spin.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

struct bench_arguments {
  std::string what;
  std::chrono::nanoseconds time = std::chrono::milliseconds(500);  // each measurement
  bool json = false;
};

constexpr std::size_t small = 64;
constexpr std::size_t large = std::size_t{1} << 20U;
constexpr std::chrono::seconds patience(10);

/// Those to run on: two that this process may use, or none where there is one only.
using processors = std::optional<std::array<int, 2>>;

processors two_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return {};
  std::array<int, 2> found{};
  std::size_t count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && count < found.size(); ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) found[count++] = cpu;
  }
  if (count < found.size()) return {};
  return found;
}

void stay_on(processors const& on, std::size_t which) {
  if (!on) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>((*on)[which]), &only);
  ::sched_setaffinity(0, sizeof only, &only);
}

/// A forked process that runs `body`; ended with this object. Nothing of a channel may be open when it begins.
class peer {
 public:
  template <class Body>
  explicit peer(Body const& body) : pid_(::fork()) {
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "cannot start the other process");
    if (pid_ != 0) return;
    int status = exit_ok;
    try {
      body();
    } catch (std::exception const&) {
      status = exit_failed;  // the parent's own wait ends, and says so
    }
    ::_exit(status);
  }
  peer(peer const&) = delete;
  peer& operator=(peer const&) = delete;
  ~peer() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

 private:
  pid_t pid_;
};

[[noreturn]] void peer_is_gone() {
  throw failure(exit_failed, "the other process does not answer");
}

std::string own_name(std::string_view which) {
  return fmt::format("coview.bench.{}.{}", ::getpid(), which);
}

/// Half of the way there and back, in nanoseconds.
struct latency {
  double median = 0;
  double p99 = 0;
};

latency latency_of(std::vector<double>& times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  constexpr double most = 0.99;
  return {times[times.size() / 2], times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * most)]};
}

/// A message to the other process and one back, again and again. In place: `bytes` are loaned, and
/// the first is touched.
latency there_and_back(processors const& on, std::size_t bytes, std::chrono::nanoseconds time) {
  auto const there_name = own_name("there");
  auto const back_name = own_name("back");
  queue_options const options = {.capacity = std::max<std::uint64_t>(16 * bytes, 1U << 16U)};
  auto const step = [bytes](queue const& to, std::byte value) {
    auto slot = to.loan(bytes, patience);
    if (!slot) return false;
    *slot->data() = value;
    return slot->publish(bytes, patience);
  };
  peer const other([&] {
    stay_on(on, 1);
    auto const there = queue::open_or_create(there_name, options);
    auto const back = queue::open_or_create(back_name, options);
    while (auto const message = there.receive(patience)) {
      if (!step(back, message->bytes().front())) return;
    }
  });
  auto const there = queue::open_or_create(there_name, options);
  auto const back = queue::open_or_create(back_name, options);
  std::vector<double> times;
  constexpr std::size_t most = 1'000'000;
  times.reserve(most);
  constexpr int unmeasured = 1000;
  auto const end = clock::now() + time;
  for (int i = 0; times.size() < most; ++i) {
    auto const begin = clock::now();
    if (begin > end) break;
    if (!step(there, std::byte{1}) || !back.receive(patience)) peer_is_gone();
    auto const nanoseconds = std::chrono::duration<double, std::nano>(clock::now() - begin).count();
    if (i >= unmeasured) times.push_back(nanoseconds / 2);
  }
  return latency_of(times);
}

/// Messages a second from another process: `send` there, `receive` here; each is told until when to wait.
template <class Send, class Receive>
double rate(processors const& on, std::chrono::nanoseconds time, Send const& send_all, Receive const& receive_one) {
  peer const other([&] {
    stay_on(on, 1);
    send_all();
  });
  if (!receive_one()) peer_is_gone();
  std::uint64_t count = 0;
  auto const begin = clock::now();
  auto now = begin;
  while (now < begin + time) {
    constexpr int batch = 256;
    for (int i = 0; i < batch; ++i) {
      if (!receive_one()) peer_is_gone();
    }
    count += batch;
    now = clock::now();
  }
  return static_cast<double>(count) / std::chrono::duration<double>(now - begin).count();
}

double queue_rate(processors const& on, std::chrono::nanoseconds time) {
  auto const name = own_name("queue");
  queue_options const options = {.capacity = 1U << 18U};
  std::optional<queue> here;
  return rate(
      on, time,
      [&] {
        auto const to = queue::open_or_create(name, options);
        std::array<std::byte, small> const message{};
        while (to.send(message, patience)) {
        }
      },
      [&] {
        if (!here) here = queue::open_or_create(name, options);
        return here->receive(patience).has_value();
      });
}

double topic_rate(processors const& on, std::chrono::nanoseconds time) {
  auto const name = own_name("topic");
  topic_options const options = {.capacity = 1U << 18U, .subscribers_may_block = true};
  std::optional<subscription> here;
  return rate(
      on, time,
      [&] {
        auto const to = topic::open_or_create(name, options).publisher();
        std::array<std::byte, small> const message{};
        while (to.publish(message, patience)) {
        }
      },
      [&] {
        if (!here) {
          here = topic::open_or_create(name, options).subscribe({.from = from::oldest, .slow = slow::blocks});
        }
        return here->receive(patience).has_value();
      });
}

int bench(console& out, bench_arguments const& given) {
  auto const on = two_processors();
  bool const two = on.has_value();
  if (!two)
    out.say("this process may use one processor only: these are the costs of switching between two processes");
  // Each process has a processor of its own, though it may use no other one: whoever waits may spin.
  if (two) allow_spinning(true);
  stay_on(on, 0);
  auto const small_way = there_and_back(on, small, given.time);
  auto const large_way = there_and_back(on, large, given.time);
  auto const through_queue = queue_rate(on, given.time);
  auto const through_topic = topic_rate(on, given.time);
  if (given.json) {
    auto const way = [](latency const& of) {
      return nlohmann::ordered_json{{"median_ns", of.median}, {"p99_ns", of.p99}};
    };
    out.write_json({{"schema", "coview.bench/1"},
                    {"what", "channel"},
                    {"two_processors", two},
                    {"one_way_64", way(small_way)},
                    {"one_way_1M_in_place", way(large_way)},
                    {"queue_64_per_second", through_queue},
                    {"topic_64_per_second", through_topic}});
    return exit_ok;
  }
  auto const line = [&](std::string_view what, std::string_view value) { out.print("{:34} {}\n", what, value); };
  auto const way = [](latency const& of) {
    auto const text = [](double ns) {
      return human_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
    };
    return fmt::format("{}, 99 of 100 within {}", text(of.median), text(of.p99));
  };
  line("64 bytes, one way", way(small_way));
  line("1 MiB in place, one way", way(large_way));
  line("64 bytes, through a queue", fmt::format("{:.2f} million a second", through_queue / 1e6));
  line("64 bytes, through a topic", fmt::format("{:.2f} million a second", through_topic / 1e6));
  return exit_ok;
}

action prepare_bench(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<bench_arguments>();
  takes.option("WHAT", given->what, "What to measure: channel").type_name("").required().one_of({"channel"});
  add_duration(takes, "-t,--time", given->time, "How long each of the four measurements takes (default 500ms)");
  add_json(takes, given->json);
  return [given](console& out) { return bench(out, *given); };
}

}  // namespace

constinit command const bench_command = {
    .name = "bench",
    .summary = "Measure what messages cost on this machine",
    .examples =
        "coview bench channel\n"
        "coview bench channel --time 2s --json",
    .details =
        "Two processes, each on a processor of its own, send each other messages: how long one takes to the other\n"
        "process (half of the way there and back), and how many get across in a second. On a machine that is busy, "
        "this\n"
        "says little.",
    .prepare = prepare_bench};

}  // namespace coview::tool
