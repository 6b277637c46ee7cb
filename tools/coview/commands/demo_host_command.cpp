// SPDX-License-Identifier: Apache-2.0
// coview demo-host: a program on one of the hosts of `coview demo --hosts`. What it does with channels and mappings
// is done through the public interface, as any program would: it knows nothing of other hosts.
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <coview/bridge.hpp>
#include <coview/mapping.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "demo/demo_hosts.hpp"
#include "demo/demo_peer.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t board_size = 4096;
constexpr std::uint64_t channel_size = 1U << 20U;
constexpr seconds longest_wait(10);

struct picture {
  std::uint64_t number;
  std::int64_t published;
};

std::int64_t now_in_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch()).count();
}

class host_actor {
 public:
  std::string act(std::string const& sentence) {
    auto const blank = sentence.find(' ');
    auto const verb = sentence.substr(0, blank);
    auto const rest = blank == std::string::npos ? std::string() : sentence.substr(blank + 1);
    if (verb == "create") return create();
    if (verb == "subscribe") return subscribe();
    if (verb == "has") return mapping::try_open(hosts_board) ? "yes" : "no";
    if (verb == "carried") return carried_now();
    if (verb == "publish") return publish(std::stoull(rest));
    if (verb == "hear") return hear(std::stoull(rest));
    if (verb == "send") return send(std::stoull(rest));
    if (verb == "work") return work();
    if (verb == "rest") return "rested";
    if (verb == "write") return write(rest);
    if (verb == "read") return read(rest);
    throw failure(exit_usage, "a sentence that it does not know: " + sentence);
  }

 private:
  std::string create() {
    topic_ = topic::create(hosts_topic, {.capacity = channel_size});
    queue_ = queue::create(hosts_queue, {.capacity = channel_size});
    board_ = mapping::create(hosts_board, board_size);
    return {};
  }

  std::string subscribe() {
    topic_ = topic::open_or_create(hosts_topic, {.capacity = channel_size});
    heard_ = topic_.subscribe({.from = from::oldest});
    return {};
  }

  static std::string carried_now() {
    auto const all = bridges();
    return std::to_string(std::count_if(all.begin(), all.end(), [](auto const& each) { return each.connected; }));
  }

  std::string publish(std::uint64_t count) {
    auto const to = topic_.publisher();
    constexpr std::chrono::microseconds between(500);
    for (std::uint64_t i = 0; i < count; ++i) {
      picture const one{i, now_in_nanoseconds()};
      to.publish(std::as_bytes(std::span(&one, 1)));
      std::this_thread::sleep_for(between);
    }
    return {};
  }

  /// How many came, how many of them in order, and the median time that they took.
  std::string hear(std::uint64_t count) {
    std::vector<std::int64_t> times;
    std::uint64_t in_order = 0;
    while (times.size() < count) {
      auto const message = heard_.receive(longest_wait);
      if (!message || message->bytes().size() != sizeof(picture)) break;
      picture one{};
      std::memcpy(&one, message->bytes().data(), sizeof one);
      if (one.number == times.size()) ++in_order;
      times.push_back(now_in_nanoseconds() - one.published);
    }
    auto const middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return fmt::format("{} {} {}", times.size(), in_order, times.empty() ? 0 : *middle);
  }

  std::string send(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) queue_.send(std::to_string(i));
    return {};
  }

  /// Says of each job that it is done, until it is told something else, or killed.
  std::string work() {
    queue_ = queue::open_or_create(hosts_queue, {.capacity = channel_size});
    constexpr milliseconds a_job_takes(4);
    constexpr milliseconds look_again(20);
    for (char next = 0; recv(demo_socket, &next, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;) {
      auto const job = queue_.receive(look_again);
      if (!job) continue;
      std::this_thread::sleep_for(a_job_takes);
      if (!answer_demo({reinterpret_cast<char const*>(job->bytes().data()), job->bytes().size()})) break;
    }
    return "rests";
  }

  std::string write(std::string const& text) {
    auto const at = board_.map();
    std::memcpy(at.data(), text.c_str(), std::min<std::size_t>(text.size() + 1, board_size));
    return {};
  }

  /// What stands there, as soon as it is what is expected.
  static std::string read(std::string const& expected) {
    std::string text;
    for (auto const until = clock::now() + longest_wait; clock::now() < until && text != expected;) {
      if (auto const board = mapping::try_open(hosts_board, access::read_only)) {
        auto const at = board->map(access::read_only);
        text.assign(reinterpret_cast<char const*>(at.data()),
                    strnlen(reinterpret_cast<char const*>(at.data()), at.size()));
      }
      if (text != expected) std::this_thread::sleep_for(milliseconds(2));
    }
    return text;
  }

  topic topic_;
  subscription heard_;
  queue queue_;
  mapping board_;
};

action prepare_demo_host(argument_list& takes, std::vector<std::string> const&) {
  auto parent = std::make_shared<pid_t>(0);
  takes.option("PARENT", *parent, "Process ID of the demo").type_name("").required();
  return [parent](console&) {
    host_actor self;
    return play(*parent, [&](std::string const& sentence) { return self.act(sentence); });
  };
}

}  // namespace

constinit command const demo_host_command = {.name = "demo-host",
                                             .summary = "A program on a host of 'coview demo --hosts'",
                                             .examples = {},
                                             .details = {},
                                             .prepare = prepare_demo_host,
                                             .in_list = shown::hidden};

}  // namespace coview::tool
