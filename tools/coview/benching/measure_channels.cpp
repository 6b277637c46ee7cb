// SPDX-License-Identifier: Apache-2.0
// What messages take: one way, how many get through, at a rate that is given, and to many subscribers.
#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <coview/channel_status.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "benching/measurements.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t small_message = 64;

/// A way from one process to others; each opens its end for itself.
struct way {
  enum class kind : unsigned char { queue, lossy_topic, blocking_topic };
  kind made_as;
  std::string name;
  std::size_t largest = small_message;
  std::uint32_t participants = 0;

  [[nodiscard]] queue open_queue() const { return queue::open_or_create(name, {.capacity = capacity()}); }
  [[nodiscard]] topic open_topic() const {
    return topic::open_or_create(name, {.capacity = capacity(),
                                        .subscribers_may_block = made_as == kind::blocking_topic,
                                        .participants = participants});
  }

 private:
  [[nodiscard]] std::uint64_t capacity() const { return std::max<std::uint64_t>(16 * largest, 1U << 18U); }
};

class sending_end {
 public:
  explicit sending_end(way const& to) {
    if (to.made_as == way::kind::queue) {
      queue_ = to.open_queue();
    } else {
      publisher_ = to.open_topic().publisher();
    }
  }
  bool send(std::span<std::byte const> bytes) {
    return queue_ ? queue_->send(bytes, patience) : publisher_.publish(bytes, patience);
  }
  /// Filled where it lies: of all its bytes the first is written.
  bool send_in_place(std::size_t size) {
    return queue_ ? fill(queue_->loan(size, patience), size) : fill(publisher_.loan(size, patience), size);
  }

 private:
  template <class Slot>
  static bool fill(Slot slot, std::size_t size) {
    if (!slot) return false;
    *slot->data() = std::byte{1};
    return slot->publish(size, patience);
  }

  std::optional<queue> queue_;
  publisher publisher_;
};

class receiving_end {
 public:
  explicit receiving_end(way const& from) {
    if (from.made_as == way::kind::queue) {
      queue_ = from.open_queue();
    } else {
      auto const how = from.made_as == way::kind::blocking_topic ? slow::blocks : slow::lags;
      subscription_ = from.open_topic().subscribe({.from = from::oldest, .slow = how});
    }
  }
  /// Calls with the bytes, and how many messages were lost before them; false where none came.
  template <class Use>
  bool receive(Use const& use) {
    if (queue_) {
      auto const message = queue_->receive(patience);
      if (message) use(message->bytes(), std::uint64_t{0});
      return message.has_value();
    }
    auto const message = subscription_.receive(patience);
    if (message) use(message->bytes(), message->lost());
    return message.has_value();
  }
  bool receive() {
    return receive([](auto const&, std::uint64_t) {});
  }

 private:
  std::optional<queue> queue_;
  subscription subscription_;
};

void await_participants(way const& which, std::size_t count) {
  auto const give_up = clock::now() + patience;
  while (status_of_channel(which.name).participants.size() < count) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (clock::now() > give_up) peer_is_gone();
  }
}

double nanoseconds_since(clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(clock::now() - begin).count();
}

/// Half of the way there and back.
distribution one_way(way::kind kind, std::size_t size, std::chrono::nanoseconds time, processors const& on) {
  stop_if_interrupted();
  way const there{kind, "there", size};
  way const back{kind, "back", size};
  // Both ends of both ways are open before the first message: a subscriber sees none from before.
  peer const other([&] {
    stay_on(on, 1);
    receiving_end from(there);
    sending_end to(back);
    to.send_in_place(size);
    while (from.receive() && to.send_in_place(size)) {
    }
  });
  sending_end to(there);
  receiving_end from(back);
  if (!from.receive()) peer_is_gone();
  auto const there_and_back = [&] {
    auto const begin = clock::now();
    if (!to.send_in_place(size) || !from.receive()) peer_is_gone();
    return nanoseconds_since(begin);
  };
  constexpr int unmeasured = 1000;
  for (int i = 0; i < unmeasured; ++i) there_and_back();
  std::vector<double> times;
  auto const end = clock::now() + time;
  do times.push_back(there_and_back() / 2);
  while (clock::now() < end);
  return distribution_of(std::move(times));
}

/// As fast as they get across.
point through(way::kind kind, std::size_t size, std::chrono::nanoseconds time, processors const& on) {
  stop_if_interrupted();
  way const between{kind, "between", size};
  peer const other([&] {
    stay_on(on, 1);
    sending_end to(between);
    std::vector<std::byte> const message(size);
    while (to.send(message)) {
    }
  });
  receiving_end from(between);
  if (!from.receive()) peer_is_gone();
  std::uint64_t count = 0;
  auto const begin = clock::now();
  do {
    constexpr int batch = 16;
    for (int i = 0; i < batch; ++i) {
      if (!from.receive()) peer_is_gone();
    }
    count += batch;
  } while (clock::now() < begin + time);
  point at;
  at.x = static_cast<double>(size);
  at.per_second = static_cast<double>(count) / nanoseconds_since(begin) * 1e9;
  return at;
}

/// What is sent at a time that was fixed before: the time since then is what it took, also where the sender itself
/// was late because the way was full.
point at_rate(way::kind kind, double per_second, std::chrono::nanoseconds time, processors const& on) {
  stop_if_interrupted();
  way const between{kind, "between"};
  using stamp = std::int64_t;
  constexpr stamp over = -1;
  auto const stamp_of = [](clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
  };
  peer const other([&] {
    stay_on(on, 1);
    sending_end to(between);
    await_participants(between, 2);
    std::array<std::byte, small_message> message{};
    auto const put = [&](stamp value) {
      std::memcpy(message.data(), &value, sizeof value);
      return to.send(message);
    };
    auto const begin = clock::now();
    auto const count = static_cast<std::uint64_t>(per_second * std::chrono::duration<double>(time).count());
    // A rate that cannot be kept is seen in half as much time again; the rest of it would take for ever.
    for (std::uint64_t i = 0; i < count && clock::now() < begin + time * 3 / 2; ++i) {
      auto const due =
          begin + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(i) / per_second * 1e9));
      while (clock::now() < due) {
      }
      if (!put(stamp_of(due))) return;
    }
    put(over);
    // What it has sent stays until it was received.
    std::this_thread::sleep_for(patience);
  });
  receiving_end from(between);
  std::vector<double> times;
  std::uint64_t lost = 0;
  std::optional<clock::time_point> first;
  for (stamp sent = 0; sent != over;) {
    bool const came = from.receive([&](auto const& bytes, std::uint64_t lost_before) {
      std::memcpy(&sent, bytes.data(), sizeof sent);
      lost += lost_before;
    });
    if (!came) peer_is_gone();
    auto const now = clock::now();
    if (!first) first = now;
    if (sent != over) times.push_back(static_cast<double>(stamp_of(now) - sent));
  }
  point at;
  at.x = per_second;
  at.per_second = static_cast<double>(times.size()) / nanoseconds_since(*first) * 1e9;
  if (kind == way::kind::lossy_topic) at.lost = lost;
  at.time = distribution_of(std::move(times));
  return at;
}

/// What a message takes its publisher, while so many others read it as fast as they can.
point to_subscribers(std::uint32_t count, std::chrono::nanoseconds time, processors const& on) {
  stop_if_interrupted();
  way const all{way::kind::lossy_topic, "all", small_message, count + 1};
  std::vector<std::unique_ptr<peer>> subscribers;
  for (std::uint32_t i = 0; i < count; ++i) {
    subscribers.push_back(std::make_unique<peer>([&] {
      stay_on(on, 1);
      receiving_end from(all);
      while (from.receive()) {
      }
    }));
  }
  sending_end to(all);
  await_participants(all, count + 1);
  std::array<std::byte, small_message> const message{};
  constexpr int batch = 64;
  std::vector<double> times;
  std::uint64_t sent = 0;
  auto const begin = clock::now();
  do {
    auto const batch_begin = clock::now();
    for (int i = 0; i < batch; ++i) {
      if (!to.send(message)) peer_is_gone();
    }
    times.push_back(nanoseconds_since(batch_begin) / batch);
    sent += batch;
  } while (clock::now() < begin + time);
  point at;
  at.x = count;
  at.per_second = static_cast<double>(sent) / nanoseconds_since(begin) * 1e9;
  at.lost = status_of_channel(all.name).lost;
  at.time = distribution_of(std::move(times));
  return at;
}

}  // namespace

figure measure_one_way(bench_plan const& plan, processors const& on) {
  figure all{
      "one-way",
      "How long does a message take to another process?",
      "Half of the way there and back; the next message goes when the answer is there. Filled in place, so that "
      "its size makes no difference but where it is touched. Whoever waits spins first.",
      form::spread,
      {},
      {}};
  constexpr std::size_t large = std::size_t{1} << 20U;
  auto const add = [&](char const* name, way::kind kind, std::size_t size) {
    all.all.push_back({name, {{0, one_way(kind, size, plan.time, on), {}, {}}}});
  };
  add("queue, 64 bytes", way::kind::queue, small_message);
  add("topic, 64 bytes", way::kind::lossy_topic, small_message);
  add("queue, 1 MiB in place", way::kind::queue, large);
  return all;
}

figure measure_throughput(bench_plan const& plan, processors const& on) {
  figure all{
      "throughput",
      "How much gets through?",
      "One process sends as fast as it can, another receives; each message is copied in once and read where it "
      "lies. Nothing is lost: the topic's subscriber blocks its publisher.",
      form::throughput,
      "size of a message",
      {{"queue", {}}, {"topic", {}}}};
  constexpr std::size_t largest = std::size_t{1} << 20U;
  for (std::size_t size = 16; size <= largest; size *= 8) {
    all.all[0].points.push_back(through(way::kind::queue, size, plan.time, on));
    all.all[1].points.push_back(through(way::kind::blocking_topic, size, plan.time, on));
  }
  return all;
}

figure measure_offered(bench_plan const& plan, processors const& on) {
  figure all{"offered",
             "How long does a message take at a given rate?",
             "Each of 64 bytes has a time at which it is to be sent, and what it took is counted from then to its "
             "being received, also where the sender was late: nothing is left out because something else was slow "
             "(no coordinated omission). A rate that cannot be kept shows as times that go up steeply; the topic's "
             "subscriber lags, and what it lost is told.",
             form::growth,
             "messages offered a second",
             {{"queue", {}}, {"topic", {}}}};
  for (double const rate : {1e3, 1e4, 1e5, 1e6, 3e6}) {
    all.all[0].points.push_back(at_rate(way::kind::queue, rate, plan.time, on));
    all.all[1].points.push_back(at_rate(way::kind::lossy_topic, rate, plan.time, on));
  }
  return all;
}

figure measure_subscribers(bench_plan const& plan, processors const& on) {
  figure all{"subscribers",
             "Does a publisher wait for its subscribers?",
             "What publishing 64 bytes takes, times of 64 divided by 64, while so many processes, all on the second "
             "processor, read them. They lag, and lose what they are too slow for: the sum over all of them is told.",
             form::growth,
             "subscribers",
             {{"publish", {}}}};
  constexpr std::uint32_t most = 64;
  for (std::uint32_t count = 1; count <= most; count *= 2) {
    all.all[0].points.push_back(to_subscribers(count, plan.time, on));
  }
  return all;
}

}  // namespace coview::tool
