// SPDX-License-Identifier: Apache-2.0
// A pair of semaphores with one permit each, a pair of an event and a mutex, and takers who want both in either
// order. Observers take one of the pair alone: where it is there, the other one must be too. After a kill the pair
// may be torn, until the parent puts right what the killed one had; observers say nothing then.
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
using std::chrono::seconds;

constexpr std::uint16_t left_bit = 1;
constexpr std::uint16_t right_bit = 2;
constexpr std::uint16_t event_bit = 4;
constexpr std::uint16_t mutex_bit = 8;

class wait_all_scenario final : public scenario {
 public:
  explicit wait_all_scenario(plan const& what)
      : broken_(what.broken),
        left_(coview::semaphore::create("left", 1, 1)),
        right_(coview::semaphore::create("right", 1, 1)),
        event_(coview::event::create("event", coview::reset::automatic, true)),
        mutex_(coview::mutex::create("mutex")) {
    inside_ = {inside_of("left", coview::object_kind::semaphore), inside_of("right", coview::object_kind::semaphore),
               inside_of("event", coview::object_kind::event), inside_of("mutex", coview::object_kind::mutex)};
    for (auto const& one : inside_)
      objects.push_back({one->name, one->kind == coview::object_kind::mutex, &one->node()});
  }

  void prepare(worker& /*self*/) override {}

  void step(worker& self) override {
    self.pause();
    if (broken_) return take_one_after_the_other(self);
    if (self.index() == 0) return observe(self);
    self.random.one_in(3) ? take_event_and_mutex(self) : take_both(self);
  }

  void killed(slot const& /*left*/) override {}

  std::string judge(board const& shared) override {
    if (shared.doubts.load() != 0) return {};
    bool const whole = (objects[0].node->state.load() & objects[1].node->state.load() & coview::owner_died) != 0;
    if (!whole) return "a permit is gone, and nobody was killed";
    return {};
  }

  /// Nobody has anything while nobody moves, unless it stands in the mutex; what is missing went with the killed.
  void before_thaw(board& shared) override {
    if (broken_) {
      shared.doubts.store(0);
      return;
    }
    if (right_.count() == 0) right_.release();
    if (left_.count() == 0) left_.release();
    if ((objects[3].node->state.load() & coview::owner_mask) == 0) event_.set();
    shared.doubts.store(0);
  }

  [[nodiscard]] std::string summary() const override { return "every pair was seen whole"; }

 private:
  void take_both(worker& self) {
    bool const in_order = self.random.one_in(2);
    self.now({doing::waiting_all, 0, left_bit | right_bit});
    coview::timeout const until =
        self.random.one_in(3) ? coview::timeout(microseconds(self.random.below(500))) : coview::timeout();
    auto const taken = in_order ? coview::wait_all({left_, right_}, until) : coview::wait_all({right_, left_}, until);
    self.now({doing::running, 0, 0});
    if (!taken) return;
    self.count_taken(0);
    right_.release();  // in this order: where the left one is there, the right one is
    left_.release();
  }

  void take_event_and_mutex(worker& self) {
    self.now({doing::waiting_all, 0, event_bit | mutex_bit});
    auto const taken =
        self.random.one_in(2) ? coview::wait_all({event_, mutex_}) : coview::wait_all({mutex_, event_});
    if (!taken) return;
    self.pause(true);
    self.now({doing::running, 0, 0});
    event_.set();
    mutex_.release();
  }

  /// The left one alone: then both takers and observers leave the right one where it is.
  void observe(worker& self) {
    auto const doubts = self.shared().doubts.load();
    auto const kills = self.shared().kills.load();
    self.now({doing::waiting_any, 0, left_bit});
    if (!left_.acquire(self.random.one_in(2) ? coview::timeout(seconds(0)) : coview::timeout(seconds(1)))) return;
    self.now({doing::running, 0, 0});
    bool const whole = right_.acquire(seconds(0));
    if (!whole && doubts == 0 && self.shared().kills.load() == kills && self.shared().doubts.load() == 0)
      self.complain("one of the pair is there, and the other is not");
    if (whole) right_.release();
    left_.release();
  }

  /// How it is done without wait_all: sooner or later each has one and sleeps for the other.
  void take_one_after_the_other(worker& self) {
    auto* first = &inside_[0]->node();
    auto* second = &inside_[1]->node();
    if (self.random.one_in(2)) std::swap(first, second);
    self.now({doing::waiting_all, 0, left_bit | right_bit});
    naive::wait(*first);
    naive::wait(*second);
    self.now({doing::running, 0, 0});
    naive::set(*second);
    naive::set(*first);
  }

  bool broken_;
  coview::semaphore left_;
  coview::semaphore right_;
  coview::event event_;
  coview::mutex mutex_;
  std::vector<coview::sync_ptr> inside_;
};

}  // namespace

std::unique_ptr<scenario> wait_all_play(plan const& what) {
  return std::make_unique<wait_all_scenario>(what);
}

}  // namespace sync_campaign
