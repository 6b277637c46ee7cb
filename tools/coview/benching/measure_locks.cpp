// SPDX-License-Identifier: Apache-2.0
// What locks and events take, and how it grows with those who wait.
#include <atomic>
#include <fmt/format.h>
#include <memory>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "benching/measurements.hpp"
#include "sync/spin.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

/// Nobody else wants it. A single one takes less than a look at the clock.
distribution alone(std::chrono::nanoseconds time) {
  stop_if_interrupted();
  auto const lock = mutex::create("alone");
  constexpr int batch = 100;
  std::vector<double> times;
  auto const end = clock::now() + time;
  do {
    auto const begin = clock::now();
    for (int i = 0; i < batch; ++i) {
      lock.acquire();
      lock.release();
    }
    times.push_back(std::chrono::duration<double, std::nano>(clock::now() - begin).count() / batch);
  } while (clock::now() < end);
  return distribution_of(std::move(times));
}

/// Half of the way there and back over two events.
distribution handed_over(std::chrono::nanoseconds time, processors const& on, bool spinning) {
  stop_if_interrupted();
  if (!spinning) allow_spinning(false);
  auto const there = event::create("there", reset::automatic);
  auto const back = event::create("back", reset::automatic);
  peer const other([&] {
    stay_on(on, 1);
    while (there.wait(patience)) back.set();
  });
  std::vector<double> times;
  auto const end = clock::now() + time;
  do {
    auto const begin = clock::now();
    there.set();
    if (!back.wait(patience)) peer_is_gone();
    times.push_back(std::chrono::duration<double, std::nano>(clock::now() - begin).count() / 2);
  } while (clock::now() < end);
  if (!spinning && on) allow_spinning(true);
  return distribution_of(std::move(times));
}

/// What the waiters tell.
struct woken_board {
  std::atomic<std::uint32_t> ready;  // who are about to sleep, or sleep
  std::atomic<std::uint32_t> woken;
  std::atomic<std::int64_t> last_at;
};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch()).count();
}

/// One event for each turn by turns, so that it can be reset while nobody waits for it.
class waiting_crowd {
 public:
  waiting_crowd(std::uint32_t count, processors const& on)
      : count_(count),
        board_(mapping::create("board", sizeof(woken_board)).map()),
        events_{event::create("even", reset::manual), event::create("odd", reset::manual)} {
    allow_spinning(false);
    for (std::uint32_t i = 0; i < count; ++i) {
      all_.push_back(std::make_unique<peer>([&] {
        stay_on(on, 1);
        for (std::uint32_t turn = 0;; ++turn) {
          board().ready.fetch_add(1);
          if (!events_[turn % 2].wait(patience)) return;
          if (board().woken.fetch_add(1) + 1 == count_) board().last_at.store(now_ns());
        }
      }));
    }
    if (on) allow_spinning(true);
  }

  /// From right before the set to the last of them running.
  double wake(std::uint32_t turn) {
    auto const give_up = clock::now() + patience;
    auto const await = [&](std::atomic<std::uint32_t> const& counter, std::uint32_t wanted) {
      while (counter.load() < wanted) {
        ::sched_yield();
        if (clock::now() > give_up) peer_is_gone();
      }
    };
    await(board().ready, (turn + 1) * count_);
    // They said so before they slept: time for that.
    auto const asleep = clock::now() + std::chrono::microseconds(50 + 10 * count_);
    while (clock::now() < asleep) ::sched_yield();
    events_[(turn + 1) % 2].clear();
    board().woken.store(0);
    board().last_at.store(0);
    auto const begin = now_ns();
    events_[turn % 2].set();
    await(board().woken, count_);
    while (board().last_at.load() == 0) ::sched_yield();
    return static_cast<double>(board().last_at.load() - begin);
  }

 private:
  [[nodiscard]] woken_board& board() { return board_.as<woken_board>(); }

  std::uint32_t count_;
  view board_;
  std::array<event, 2> events_;
  std::vector<std::unique_ptr<peer>> all_;
};

}  // namespace

figure measure_locks(bench_plan const& plan, processors const& on) {
  figure all{"locks",
             "How long does a lock take, and how long until another process runs?",
             "mutex alone: acquired and released by one process, times of 100 divided by 100. event, spinning and "
             "event, asleep: half of the way to another process and back, each setting an event for the other; a "
             "waiter spins first, as is usual, or sleeps at once.",
             form::spread,
             {},
             {}};
  all.all.push_back({"mutex alone", {{0, alone(plan.time), {}, {}}}});
  if (on) all.all.push_back({"event, spinning", {{0, handed_over(plan.time, on, true), {}, {}}}});
  all.all.push_back({"event, asleep", {{0, handed_over(plan.time, on, false), {}, {}}}});
  return all;
}

figure measure_waiters(bench_plan const& plan, processors const& on) {
  figure all{
      "waiters",
      "How long until the last of many waiters runs?",
      "So many processes, all on the second processor, sleep on one event that stays set; from right before it "
      "is set to the last of them running. The processor runs one after the other, so this grows with them.",
      form::growth,
      "waiters",
      {{"the last one runs", {}}}};
  constexpr std::uint32_t most = 64;
  for (std::uint32_t count = 1; count <= most; count *= 2) {
    stop_if_interrupted();
    waiting_crowd crowd(count, on);
    std::vector<double> times;
    auto const end = clock::now() + plan.time;
    for (std::uint32_t turn = 0; turn < 3 || clock::now() < end; ++turn) times.push_back(crowd.wake(turn));
    all.all[0].points.push_back({static_cast<double>(count), distribution_of(std::move(times)), {}, {}});
  }
  return all;
}

}  // namespace coview::tool
