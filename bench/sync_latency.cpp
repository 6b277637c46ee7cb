// SPDX-License-Identifier: Apache-2.0
// How long a sleeper takes to run again, and what it adds that it slept on several objects. Timed from right before
// the set, in one process, to right after the wait, in the other, by the clock that both share; begun when the kernel
// says that the other one sleeps.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include <coview/event.hpp>
#include <coview/wait.hpp>

#include "sync_contenders.hpp"

namespace bench {
namespace {

using clock = std::chrono::steady_clock;

/// A process that sleeps, and says when it was woken.
class sleeper {
 public:
  sleeper(std::function<void()> wait, std::function<void()> set)
      : set_(std::move(set)), shared_(in_shared_memory<exchange>()), process_([this, wait = std::move(wait)] {
          for (std::uint32_t turn = 1;; ++turn) {
            shared_->began.store(turn);
            wait();
            shared_->woken_at.store(clock::now().time_since_epoch().count());
            shared_->answered.store(turn);
          }
        }) {
    auto const path = "/proc/" + std::to_string(process_.pid()) + "/stat";
    stat_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (stat_ < 0) throw std::runtime_error("no " + path);
  }
  ~sleeper() { ::close(stat_); }
  sleeper(sleeper const&) = delete;
  sleeper& operator=(sleeper const&) = delete;

  /// In nanoseconds.
  double wake() {
    ++turn_;
    while (shared_->began.load() != turn_) ::usleep(a_moment);
    while (!sleeps()) ::usleep(a_moment);
    ::usleep(a_moment);
    auto const begin = clock::now().time_since_epoch().count();
    set_();
    while (shared_->answered.load() != turn_) bare::relax();
    return static_cast<double>(shared_->woken_at.load() - begin);
  }

 private:
  static constexpr useconds_t a_moment = 20;

  struct exchange {
    std::atomic<std::uint32_t> began{0};
    std::atomic<std::uint32_t> answered{0};
    std::atomic<std::int64_t> woken_at{0};
  };

  /// The state is the letter behind the command's parenthesis.
  [[nodiscard]] bool sleeps() const {
    std::array<char, 128> text{};
    if (::pread(stat_, text.data(), text.size() - 1, 0) <= 0) throw std::runtime_error("the sleeper is gone");
    char const* const end = std::strrchr(text.data(), ')');
    return end != nullptr && end[1] == ' ' && end[2] == 'S';
  }

  std::function<void()> set_;
  std::shared_ptr<exchange> shared_;
  partner process_;
  int stat_ = -1;
  std::uint32_t turn_ = 0;
};

std::unique_ptr<sleeper> bare_one() {
  auto event = in_shared_memory<bare::futex_event<0>>();
  return std::make_unique<sleeper>([=] { event->wait(); }, [=] { event->set(); });
}

constexpr std::size_t most = 64;

/// What the kernel's wait for several costs at least.
std::unique_ptr<sleeper> bare_several(std::size_t count) {
  auto events = in_shared_memory<std::array<bare::futex_event<0>, most>>();
  auto const wait = [=] {
    std::array<::futex_waitv, most> entries{};
    for (;;) {
      bool set = false;
      for (std::size_t i = 0; i < count && !set; ++i) set = !events->at(i).announce(entries.at(i));
      if (!set) ::syscall(SYS_futex_waitv, entries.data(), count, 0, nullptr, 0);
      for (std::size_t i = 0; i < count; ++i) {
        if (events->at(i).take()) return;
      }
    }
  };
  return std::make_unique<sleeper>(wait, [=] { events->at(count - 1).set(); });
}

std::vector<coview::event> new_events(root_directory const& root, std::size_t count, std::string const& name) {
  root.enter();
  std::vector<coview::event> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(coview::event::create(name + std::to_string(i), coview::reset::automatic));
  }
  return made;
}

std::unique_ptr<sleeper> our_one(root_directory const& root) {
  auto events = std::make_shared<std::vector<coview::event>>(new_events(root, 1, "wake-one"));
  return std::make_unique<sleeper>([=] { events->front().wait(); }, [=] { events->front().set(); });
}

std::unique_ptr<sleeper> our_several(root_directory const& root, std::size_t count) {
  auto events =
      std::make_shared<std::vector<coview::event>>(new_events(root, count, "wake-" + std::to_string(count) + "-"));
  std::vector<coview::waitable> const objects(events->begin(), events->end());
  return std::make_unique<sleeper>([=] { keep(coview::wait_any(objects)); }, [=] { events->back().set(); });
}

double at(std::vector<double>& values, double share) {
  auto const rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

constexpr double half = 0.5;

}  // namespace

measured wake_latency(root_directory const& root, std::uint32_t rounds) {
  constexpr std::uint32_t operations = 50;
  constexpr double microsecond = 1000;
  constexpr std::size_t several = 8;
  choose(spinning::off);
  struct entry {
    std::string name;
    std::unique_ptr<sleeper> who;
    std::vector<double> all;
    std::vector<double> medians;
  };
  std::vector<entry> entries;
  auto const add = [&](std::string name, std::unique_ptr<sleeper> who) {
    entries.push_back({std::move(name), std::move(who), {}, {}});
  };
  add("coview::event, wait", our_one(root));
  add("coview::wait_any of 1", our_several(root, 1));
  add("coview::wait_any of 8", our_several(root, several));
  add("coview::wait_any of 64", our_several(root, most));
  add("bare futex", bare_one());
  add("bare futex_waitv of 8", bare_several(several));
  add("bare futex_waitv of 64", bare_several(most));

  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto& turn = entries[(i + round) % entries.size()];
      std::vector<double> times;
      for (std::uint32_t n = 0; n < operations; ++n) times.push_back(turn.who->wake() / microsecond);
      turn.all.insert(turn.all.end(), times.begin(), times.end());
      turn.medians.push_back(at(times, half));
    }
  }

  measured out{"from set to the sleeper running, on two cores", "us", operations, {}};
  for (auto& one : entries) {
    std::vector<double> ratios;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      ratios.push_back(one.medians[round] / entries.front().medians[round]);
    }
    auto const smallest = *std::min_element(one.all.begin(), one.all.end());
    constexpr double nearly_all = 0.99;
    auto const p99 = at(one.all, nearly_all);
    // The first entry's own medians are needed until the last ratio is made.
    auto medians = one.medians;
    out.results.push_back({one.name, at(medians, half), p99, smallest, at(ratios, half)});
  }
  return out;
}

}  // namespace bench
