// SPDX-License-Identifier: Apache-2.0
// Producers put into events and semaphores, consumers take from them, one or one of several at a time. While nobody
// moves, the books of the semaphores must agree, up to what the killed ones were just doing.
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <string>

#include <coview/event.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "sync_naive.hpp"
#include "sync_scenarios.hpp"

namespace sync_campaign {
namespace {

using std::chrono::microseconds;

// The objects, by their bit in a position.
enum which : std::size_t { automatic, second, manual, slots, crowd, how_many };
constexpr std::uint16_t bit(std::size_t object) {
  return static_cast<std::uint16_t>(1U << object);
}

/// What parent and workers know of an object's amount.
struct book {
  std::uint64_t taken = 0;  // by workers that are gone
  std::uint64_t put = 0;
  std::uint64_t perhaps_taken = 0;  // by workers that were killed in the middle of it
  std::uint64_t perhaps_put = 0;
};

class signals_scenario final : public scenario {
 public:
  explicit signals_scenario(plan const& what)
      : broken_(what.broken),
        automatic_(coview::event::create("automatic", coview::reset::automatic)),
        second_(coview::event::create("second", coview::reset::automatic)),
        manual_(coview::event::create("manual", coview::reset::manual)),
        slots_(coview::semaphore::create("slots", 0, most)),
        crowd_(coview::semaphore::create("crowd", 0, most)) {
    for (auto const* name : {"automatic", "second", "manual"})
      inside_.push_back(inside_of(name, coview::object_kind::event));
    for (auto const* name : {"slots", "crowd"}) inside_.push_back(inside_of(name, coview::object_kind::semaphore));
    for (auto const& one : inside_) objects.push_back({one->name, false, &one->node()});
  }

  void prepare(worker& self) override {
    if (self.random.one_in(2)) automatic_ = coview::event::open("automatic");
  }

  void step(worker& self) override {
    self.pause();
    // Even ones put and never wait for ever, so there is always somebody who goes on.
    if (self.index() % 2 == 0) {
      produce(self);
    } else {
      consume(self);
    }
  }

  void killed(slot const& left) override {
    auto const where = left.where.load();
    for (std::size_t i = 0; i < how_many; ++i) {
      books_.at(i).taken += left.taken.at(i).load();
      books_.at(i).put += left.put.at(i).load();
      if ((where.objects & bit(i)) == 0) continue;
      if (where.what == doing::putting) books_.at(i).perhaps_put += where.amount;
      if (where.what == doing::waiting_any || where.what == doing::waiting_all) ++books_.at(i).perhaps_taken;
    }
  }

  std::string judge(board const& shared) override {
    for (std::size_t i = 0; i < how_many; ++i) {
      auto sum = books_.at(i);
      for (auto const& one : shared.slots) {
        if (one.pid.load() == 0) continue;
        sum.taken += one.taken.at(i).load();
        sum.put += one.put.at(i).load();
      }
      if (i == manual) continue;
      if (i < manual) {  // sets may be as one, takes never
        if (sum.taken > sum.put + sum.perhaps_put) return objects[i].name + " let through more than were let in";
        continue;
      }
      std::int64_t const there = i == slots ? slots_.count() : crowd_.count();
      auto const now = static_cast<std::int64_t>(sum.put) - static_cast<std::int64_t>(sum.taken) + corrected_.at(i);
      auto const most_there = now + static_cast<std::int64_t>(sum.perhaps_put);
      auto const least_there = now - static_cast<std::int64_t>(sum.perhaps_taken);
      if (there > most_there || there < least_there) {
        return objects[i].name + " has " + std::to_string(there) + " permits, and " + std::to_string(least_there) +
               " to " + std::to_string(most_there) + " can be";
      }
      // What was in doubt is settled now.
      corrected_.at(i) += there - now;
      books_.at(i).perhaps_put = books_.at(i).perhaps_taken = 0;
      permits_ = sum.put;
    }
    return {};
  }

  [[nodiscard]] std::string summary() const override {
    return std::to_string(permits_) + " permits put; corrected by " + std::to_string(corrected_.at(slots)) + " and " +
           std::to_string(corrected_.at(crowd)) + " for the killed";
  }

 private:
  static constexpr std::uint32_t most = 50;

  void produce(worker& self) {
    if (self.random.one_in(3)) ::sched_yield();
    if (broken_) return put(self, automatic, 1, [&] { naive::set(inside_[automatic]->node()); });
    switch (self.random.below(10)) {
      case 0:
      case 1:
        return put(self, automatic, 1, [&] { automatic_.set(); });
      case 2:
        return put(self, second, 1, [&] { self.random.one_in(4) ? second_.pulse() : second_.set(); });
      case 3:
        return put(self, manual, 1, [&] { manual_.set(); });
      case 4:
        return put(self, manual, 1, [&] { self.random.one_in(4) ? manual_.pulse() : manual_.clear(); });
      case 5:
      case 6:
        return permit(self, slots, 1);
      case 7:
        return permit(self, crowd, static_cast<std::uint8_t>(1 + self.random.below(3)));
      case 8:
        return take(self, self.random.one_in(2) ? slots : crowd, microseconds(self.random.below(500)));
      default:
        if (!self.random.one_in(3)) return;
        self.now({doing::putting, 1, bit(automatic)});
        coview::signal_and_wait(automatic_, never_set(), microseconds(self.random.below(300)));
        self.count_put(automatic);
    }
  }

  /// A manual event that is mostly not set; whether it is does not matter.
  [[nodiscard]] coview::event const& never_set() const { return manual_; }

  template <class Act>
  void put(worker& self, std::size_t object, std::uint8_t amount, Act act) {
    self.now({doing::putting, amount, bit(object)});
    act();
    self.count_put(object, amount);
  }

  void permit(worker& self, std::size_t object, std::uint8_t amount) {
    auto const& semaphore = object == slots ? slots_ : crowd_;
    self.now({doing::putting, amount, bit(object)});
    try {
      semaphore.release(amount);
      self.count_put(object, amount);
    } catch (coview::error const& e) {
      if (e.code() != std::errc::value_too_large) throw;
    }
  }

  void consume(worker& self) {
    if (broken_) {
      self.now({doing::waiting_any, 0, bit(automatic)});
      naive::wait(inside_[automatic]->node());
      return self.count_taken(automatic);
    }
    auto const some = microseconds(self.random.below(600));
    switch (self.random.below(10)) {
      case 0:
        return take(self, automatic, {});
      case 1:
        return take(self, second, {});
      case 2:
        return take(self, manual, {});
      case 3:
        return take(self, slots, {});
      case 4:
        return take(self, crowd, {});
      case 5:
        return take(self, self.random.below(how_many), some);
      case 6:
        return any(self, {});
      case 7:
        return any(self, some);
      case 8:
        return all(self, {});
      default:
        return all(self, some);
    }
  }

  void take(worker& self, std::size_t object, coview::timeout until) {
    self.now({doing::waiting_any, 0, bit(object)});
    bool taken = false;
    switch (object) {
      case automatic:
        taken = automatic_.wait(until);
        break;
      case second:
        taken = second_.wait(until);
        break;
      case manual:
        taken = manual_.wait(until);
        break;
     case slots:
        taken = slots_.acquire(until);
        break;
      default:
        taken = crowd_.acquire(until);
        break;
    }
    if (taken) self.count_taken(object);
  }

  /// Two to four of them, in any order.
  static std::vector<std::size_t> some_of(worker& self, bool without_manual) {
    std::vector<std::size_t> all{automatic, second, slots, crowd};
    if (!without_manual) all.push_back(manual);
    for (std::size_t i = all.size() - 1; i > 0; --i) std::swap(all[i], all[self.random.below(i + 1)]);
    all.resize(2 + self.random.below(2));
    return all;
  }

  [[nodiscard]] coview::waitable waitable_of(std::size_t object) const {
    switch (object) {
      case automatic:
        return automatic_;
      case second:
        return second_;
      case manual:
        return manual_;
     case slots:
        return slots_;
      default:
        return crowd_;
    }
  }

  void any(worker& self, coview::timeout until) {
    auto const chosen = some_of(self, false);
    auto const got = coview::wait_any(announced(self, doing::waiting_any, chosen), until);
    if (got) self.count_taken(chosen[got->index]);
  }

  void all(worker& self, coview::timeout until) {
    auto const chosen = some_of(self, true);
    if (!coview::wait_all(announced(self, doing::waiting_all, chosen), until)) return;
    for (auto const object : chosen) self.count_taken(object);
  }

  std::vector<coview::waitable> announced(worker& self, doing what, std::vector<std::size_t> const& chosen) const {
    std::uint16_t bits = 0;
    std::vector<coview::waitable> waitables;
    for (auto const object : chosen) {
      bits = static_cast<std::uint16_t>(bits | bit(object));
      waitables.push_back(waitable_of(object));
    }
    self.now({what, 0, bits});
    return waitables;
  }

  bool broken_;
  coview::event automatic_;
  coview::event second_;
  coview::event manual_;
  coview::semaphore slots_;
  coview::semaphore crowd_;
  std::vector<coview::sync_ptr> inside_;
  std::array<book, how_many> books_{};
  std::array<std::int64_t, how_many> corrected_{};
  std::uint64_t permits_ = 0;
};

}  // namespace

std::unique_ptr<scenario> signals_play(plan const& what) {
  return std::make_unique<signals_scenario>(what);
}

}  // namespace sync_campaign
