// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "harness.hpp"
#include "place.hpp"
#include "sync_bare.hpp"
#include "sync_pair.hpp"

/// What is done with a lock (anything with `lock` and `unlock`) or with a signal (anything with `set` and `wait` that
/// resets itself), alone or between two processes. One template for each, so that everybody runs the same loop. The
/// objects are made in the contender's own process, before its partner is forked.
namespace bench {

/// How often an operation does what it measures: the clock takes as long as a lock.
inline constexpr std::uint32_t batch = 1000;
inline constexpr std::uint32_t pair_batch = 20;

template <class T>
using maker = std::function<std::shared_ptr<T>(std::string const& name)>;

template <class T>
std::shared_ptr<T> plain(std::string const& /*name*/) {
  return in_shared_memory<T>();
}

template <class Mutex>
contender lock_unlock(std::string name, maker<Mutex> make) {
  return {std::move(name), [make = std::move(make)] {
            return [lock = make("lock")] {
              for (std::uint32_t i = 0; i < batch; ++i) {
                lock->lock();
                lock->unlock();
              }
            };
          }};
}

template <class Signal>
contender set_wait(std::string name, maker<Signal> make) {
  return {std::move(name), [make = std::move(make)] {
            return [signal = make("signal")] {
              for (std::uint32_t i = 0; i < batch; ++i) {
                signal->set();
                signal->wait();
              }
            };
          }};
}

/// A set that changes something, with nobody waiting.
template <class Signal>
contender set_clear(std::string name, maker<Signal> make) {
  return {std::move(name), [make = std::move(make)] {
            return [signal = make("signal")] {
              for (std::uint32_t i = 0; i < batch; ++i) {
                signal->set();
                signal->clear();
              }
            };
          }};
}

/// Two signals: one there, one back. The unit is a round trip.
template <class Signal>
contender ping_pong(std::string name, spinning how, maker<Signal> make) {
  return {std::move(name), [how, make = std::move(make)] {
            choose(how);
            auto there = make("there");
            auto back = make("back");
            auto answering = std::make_shared<partner>([=] {
              for (;;) {
                there->wait();
                back->set();
              }
            });
            return [=] {
              keep(answering);
              for (std::uint32_t i = 0; i < pair_batch; ++i) {
                there->set();
                back->wait();
              }
            };
          }};
}

/// Three locks, of which each of the two processes holds one or two and waits for another that the other one holds:
/// so every unlock hands a lock to a waiter, and every lock has to wait.
/// Each holds on for a moment, 0.1 to 0.5 us, as who has a lock does. The same moments for everybody, but no two
/// alike: with none, or always the same, two spinning processes fall into step, and which step it is decides half of
/// the result.
template <class Mutex>
class relay {
 public:
  relay(std::array<std::shared_ptr<Mutex>, 3> locks, std::size_t older, std::size_t newer)
      : locks_(std::move(locks)), older_(older), newer_(newer) {}

  /// Hands one over and waits for the next.
  void pass() {
    auto const third = 3 - older_ - newer_;
    constexpr std::uint32_t shortest = 4;
    constexpr std::uint32_t different = 16;
    random_ = random_ * 1664525U + 1013904223U;  // a linear congruential generator
    for (std::uint32_t i = 0; i < shortest + (random_ >> 16U) % different; ++i) bare::relax();
    locks_.at(older_)->unlock();
    locks_.at(third)->lock();
    older_ = std::exchange(newer_, third);
  }
  void lock_both() {
    locks_.at(older_)->lock();
    locks_.at(newer_)->lock();
  }

 private:
  std::array<std::shared_ptr<Mutex>, 3> locks_;
  std::size_t older_;
  std::size_t newer_;
  std::uint32_t random_ = 1;
};

/// The unit is two hand-offs: a round trip.
template <class Mutex>
contender hand_off(std::string name, spinning how, maker<Mutex> make) {
  return {std::move(name), [how, make = std::move(make)] {
            choose(how);
            std::array<std::shared_ptr<Mutex>, 3> const locks{make("first"), make("second"), make("third")};
            auto started = in_shared_memory<std::atomic<bool>>(false);
            auto mine = std::make_shared<relay<Mutex>>(locks, 0, 2);
            auto passing = std::make_shared<partner>([=] {
              relay<Mutex> theirs(locks, 1, 0);
              while (!started->load()) bare::relax();
              locks[1]->lock();
              started->store(false);
              locks[0]->lock();
              for (;;) theirs.pass();
            });
            mine->lock_both();
            started->store(true);
            while (started->load()) bare::relax();
            return [=] {
              keep(passing);
              for (std::uint32_t i = 0; i < pair_batch; ++i) mine->pass();
            };
          }};
}

/// Two processes count to `total` under one lock, as fast as they can, with some work of their own in between.
/// The unit is one count.
template <class Mutex>
contender contend(std::string name, spinning how, std::uint32_t total, std::uint32_t work, maker<Mutex> make) {
  struct arena {
    bare::futex_event<0> go;
    std::atomic<bool> there{false};
    std::atomic<bool> done{false};
    alignas(64) std::uint32_t count = 0;
  };
  return {std::move(name), [=, make = std::move(make)] {
            choose(how);
            auto lock = make("contended");
            auto shared = in_shared_memory<arena>();
            auto const run = [=] {
              for (bool more = true; more;) {
                lock->lock();
                more = shared->count < total;
                if (more) ++shared->count;
                lock->unlock();
                for (std::uint32_t i = 0; i < work; ++i) keep(i);
              }
            };
            auto other = std::make_shared<partner>([=] {
              for (;;) {
                shared->go.wait();
                shared->there.store(true);
                run();
                shared->done.store(true);
              }
            });
            return [=] {
              keep(other);
              shared->count = 0;
              shared->there.store(false);
              shared->done.store(false);
              shared->go.set();
              while (!shared->there.load()) bare::relax();
              run();
              while (!shared->done.load()) bare::relax();
            };
          }};
}

// sync_others.cpp: what there is without coview and Boost.
void add_other_locks(group& g);
void add_other_signals(group& g);
void add_other_clears(group& g);
void add_other_scans(group& g);
void add_bare_ping_pongs(group& g, spinning how);
void add_other_ping_pongs(group& g);
void add_bare_hand_offs(group& g, spinning how);
void add_other_hand_offs(group& g);
void add_bare_contenders(group& g, spinning how, std::uint32_t total, std::uint32_t work);
void add_other_contenders(group& g, std::uint32_t total, std::uint32_t work);

// sync_ours.cpp
void add_our_locks(group& g, root_directory const& root);
void add_our_signals(group& g, root_directory const& root);
void add_our_clears(group& g, root_directory const& root);
void add_our_scans(group& g, root_directory const& root);
void add_our_ping_pongs(group& g, root_directory const& root, spinning how);
void add_our_hand_offs(group& g, root_directory const& root, spinning how);
void add_our_contenders(group& g, root_directory const& root, spinning how, std::uint32_t total, std::uint32_t work);
/// Ping-pong in which the one side sleeps on several objects.
void add_our_crowds(group& g, root_directory const& root);

#ifdef COVIEW_BENCH_BOOST
// sync_boost.cpp
void add_boost_locks(group& g);
void add_boost_signals(group& g);
void add_boost_contenders(group& g, std::uint32_t total, std::uint32_t work);
#endif

/// From a set to the moment at which a waiter runs again, for one object and for several (sync_latency.cpp).
measured wake_latency(root_directory const& root, std::uint32_t rounds);

/// Whether each of our operations that has nobody to wait for makes no system call (sync_calls.cpp).
struct silent {
  std::string what;
  bool kept;
};
std::vector<silent> without_system_calls(root_directory const& root);

}  // namespace bench
