// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "place.hpp"
#include "sync_bare.hpp"
#include "sync_pair.hpp"

/// What is done with a link between two processes, the same loops for everybody.
///
/// A *link* is made before its two processes part, and has two types of ends, `sender` and `receiver`, which each of
/// them makes from it for itself: `send(bytes)` and `receive(most, use)`, where `use(bytes)` is called for each of
/// the messages that are there, and which waits for one.
namespace bench {

inline constexpr std::size_t message_size = 64;
/// Messages that a link holds, where it can be told: 256 KiB.
inline constexpr std::size_t link_messages = 4096;

using bytes_view = std::span<std::byte const>;
using message = std::array<std::byte, message_size>;

inline double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

/// Where partners sleep between the operations, so that they take nothing from others' turns.
class starting_line {
 public:
  /// For whoever measures: all of them are awake.
  void start(std::uint32_t partners) noexcept {
    there_.store(0);
    turn_.value.fetch_add(1);
    turn_.wake(static_cast<int>(partners));
    while (there_.load() != partners) ::sched_yield();  // they may need this processor to get here
    go_.store(turn_.value.load());
  }
  /// For a partner: waits for the next turn.
  void await(std::uint32_t& turn) noexcept {
    while (turn_.value.load() == turn) turn_.sleep_while(turn);
    turn = turn_.value.load();
    arrive();
    while (go_.load() != turn) ::sched_yield();
  }
  /// What `await` says: I am there.
  void arrive() noexcept { there_.fetch_add(1); }
  void await_arrivals(std::uint32_t partners) const noexcept {
    while (there_.load() != partners) ::sched_yield();
  }

 private:
  bare::word turn_;
  std::atomic<std::uint32_t> there_{0};
  alignas(128) std::atomic<std::uint32_t> go_{0};
};

template <class Link>
using link_maker = std::function<std::shared_ptr<Link>(std::string const& name)>;

/// The first byte of each message is looked at, and the rest of it is taken for granted.
inline void look_at(bytes_view bytes) {
  if (!bytes.empty()) keep(bytes.front());
}

/// One message there, one back, each as soon as the other has come. Two of them are an operation's time divided by
/// `turns`.
inline constexpr std::uint32_t one_way_turns = 500;
template <class Link>
contender one_way(std::string name, link_maker<Link> make, std::uint32_t turns = one_way_turns) {
  auto const prepare = [=]() -> timed_operation {
    choose(spinning::adaptive);
    auto there = make("there");
    auto back = make("back");
    auto line = in_shared_memory<starting_line>();
    auto answering = std::make_shared<partner>([=] {
      typename Link::receiver from(*there);
      typename Link::sender to(*back);
      message answer{};
      for (std::uint32_t turn = 0;;) {
        line->await(turn);
        for (std::uint32_t i = 0; i < turns; ++i) {
          from.receive(1, look_at);
          to.send(answer);
        }
      }
    });
    auto to = std::make_shared<typename Link::sender>(*there);
    auto from = std::make_shared<typename Link::receiver>(*back);
    return [=] {
      keep(answering);
      keep(there);
      keep(back);
      message const question{};
      line->start(1);
      auto const begin = std::chrono::steady_clock::now();
      for (std::uint32_t i = 0; i < turns; ++i) {
        to->send(question);
        from->receive(1, look_at);
      }
      return since(begin);
    };
  };
  return {std::move(name), {}, prepare};
}

/// One sends without pause, the other one receives: time for `count` messages at the receiver, from its first one on.
template <class Link>
contender stream(std::string name, link_maker<Link> make, std::uint32_t count, std::size_t batch = 1,
                 std::size_t size = message_size) {
  auto const prepare = [=]() -> timed_operation {
    choose(spinning::adaptive);
    auto link = make("stream");
    auto line = in_shared_memory<starting_line>();
    auto sending = std::make_shared<partner>([=] {
      typename Link::sender to(*link);
      std::vector<std::byte> const bytes(size);
      for (std::uint32_t turn = 0;;) {
        line->await(turn);
        if constexpr (requires { to.send_many(bytes_view{}, std::size_t{}); }) {
          for (std::uint32_t i = 0; i < count; i += static_cast<std::uint32_t>(batch)) to.send_many(bytes, batch);
        } else {
          for (std::uint32_t i = 0; i < count; ++i) to.send(bytes);
        }
      }
    });
    auto from = std::make_shared<typename Link::receiver>(*link);
    return [=] {
      keep(sending);
      keep(link);
      std::size_t seen = 0;
      auto const use = [&](bytes_view bytes) {
        look_at(bytes);
        ++seen;
      };
      line->start(1);
      from->receive(1, use);
      auto const begin = std::chrono::steady_clock::now();
      while (seen < count) from->receive(batch, use);
      return since(begin) * count / (count - 1);
    };
  };
  return {std::move(name), {}, prepare};
}

/// For one that does less in an operation, because it is that much slower.
inline contender scaled(contender who, double factor) {
  return {std::move(who.name), {}, [prepare = std::move(who.prepare_timed), factor]() -> timed_operation {
            return [one = prepare(), factor] { return factor * one(); };
          }};
}

// channel_bare.cpp: two rings of ours that know nothing of processes, kills and sleeping, and memcpy.
void add_bare_one_way(group& g);
void add_bare_stream(group& g, std::uint32_t count);
void add_bare_batches(group& g, std::uint32_t count, std::size_t batch);
void add_memcpy(group& g, std::size_t size);
/// The position of a message that lies elsewhere, through a ring.
void add_bare_in_place(group& g, std::size_t size);

// channel_ours.cpp
void add_our_one_way(group& g, root_directory const& root);
void add_our_stream(group& g, root_directory const& root, std::uint32_t count);
void add_our_batches(group& g, root_directory const& root, std::uint32_t count, std::size_t batch);
void add_our_in_place(group& g, root_directory const& root, std::size_t size);
void add_our_copies(group& g, root_directory const& root, std::size_t size);
/// So many senders and receivers on the two processors, by turns.
void add_our_crowd(group& g, root_directory const& root, std::uint32_t each, std::uint32_t count);
/// What a message costs its publisher, with so many subscribers that lag on the other processor.
enum class subscribers_are : std::uint8_t { running, stopped };
void add_our_subscribers(group& g, root_directory const& root, std::uint32_t subscribers, std::uint32_t count,
                         subscribers_are how);

// channel_system.cpp: pipes, sockets, POSIX message queues.
void add_system_one_way(group& g);
void add_system_stream(group& g, std::uint32_t count);

// channel_boost.cpp, channel_zmq.cpp, channel_nng.cpp
void add_boost_one_way(group& g);
void add_boost_stream(group& g, std::uint32_t count);
void add_zmq_one_way(group& g, root_directory const& root);
void add_zmq_stream(group& g, root_directory const& root, std::uint32_t count);
void add_nng_one_way(group& g, root_directory const& root);
void add_nng_stream(group& g, root_directory const& root, std::uint32_t count);

// channel_latency.cpp: from the send to the sleeping receiver running.
measured channel_wake_latency(root_directory const& root, std::uint32_t rounds);

}  // namespace bench
