// SPDX-License-Identifier: Apache-2.0
// Two locks, a named one and one placed in a mapping, each with data of several words that its owner changes one by
// one. Who is killed in between leaves them torn, and the next owner is told so and finishes the change from the
// journal. So at any quiet moment the data, and the number of all changes ever made, are exact.
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <tuple>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "sync_naive.hpp"
#include "sync_scenarios.hpp"

namespace sync_campaign {
namespace {

using std::chrono::microseconds;

/// What a lock protects. `changes` tells, for each worker's place, how many of the changes were its.
struct guarded {
  std::array<std::atomic<std::uint64_t>, 8> words;
  std::atomic<std::uint64_t> inside;     // the process that is in the middle
  std::atomic<std::uint64_t> journal;    // the value that all words are about to have; 0: no change is going on
  std::atomic<std::uint32_t> who;        // and for which place
  std::atomic<std::uint64_t> its_count;  // and what that place's number will be
  std::array<std::atomic<std::uint64_t>, most_workers> changes;
  std::atomic<std::uint64_t> repairs;
  std::atomic<std::uint64_t> abandoned;
};

struct shared_memory {
  coview::robust_mutex lock;
  guarded by_name;
  guarded by_place;
};

constexpr auto relaxed = std::memory_order_relaxed;

class mutex_scenario final : public scenario {
 public:
  explicit mutex_scenario(plan const& what)
      : broken_(what.broken),
        memory_(coview::mapping::create("data", sizeof(shared_memory))),
        view_(memory_.map()),
        data_(*reinterpret_cast<shared_memory*>(view_.data())),
        mutex_(coview::mutex::create("lock")),
        never_(coview::event::create("never", coview::reset::manual)),
        always_(coview::event::create("always", coview::reset::manual, true)),
        inside_(inside_of("lock", coview::object_kind::mutex)) {
    objects = {{"the named mutex", true, &inside_->node()},
               {"the placed mutex", true, reinterpret_cast<coview::robust_node*>(&data_.lock)}};
  }

  void prepare(worker& self) override {
    if (self.random.one_in(2)) mutex_ = coview::mutex::open("lock");  // else what it inherited
  }

  void step(worker& self) override {
    if (self.random.one_in(3)) {
      by_place(self);
    } else {
      by_name(self);
    }
    // Now and then away for a moment, so that locks are also free.
    if (self.random.one_in(16)) ::sched_yield();
  }

  void killed(slot const& /*left*/) override {}

  std::string judge(board const& /*shared*/) override {
    for (auto const* data : {&data_.by_name, &data_.by_place}) {
      auto const* const name = data == &data_.by_name ? "named" : "placed";
      bool const somebody = data->inside.load() != 0;
      if (somebody) continue;  // it, or whoever finds it dead, is going to finish
      if (auto const wrong = whole(*data); !wrong.empty()) return std::string(name) + ": " + wrong;
    }
    return {};
  }

  [[nodiscard]] std::string summary() const override {
    auto const of = [](guarded const& data) {
      return std::to_string(data.words.front().load()) + " changes, " + std::to_string(data.abandoned.load()) +
             " times abandoned, " + std::to_string(data.repairs.load()) + " times torn";
    };
    return "named: " + of(data_.by_name) + "; placed: " + of(data_.by_place);
  }

 private:
  static std::string whole(guarded const& data) {
    auto const value = data.words.front().load();
    for (auto const& word : data.words) {
      if (word.load() != value) return "the data is torn";
    }
    std::uint64_t sum = 0;
    for (auto const& one : data.changes) sum += one.load();
    if (sum != value)
      return std::to_string(sum) + " changes were completed, but the data says " + std::to_string(value);
    return {};
  }

  void by_place(worker& self) {
    self.now({doing::waiting_any, 0, 2});
    auto const got =
        self.random.one_in(4) ? data_.lock.acquire(microseconds(self.random.below(800))) : data_.lock.acquire();
    self.now({doing::running, 0, 0});
    if (got == coview::acquired::timed_out) return self.pause();
    change(self, data_.by_place, got == coview::acquired::abandoned);
    if (got == coview::acquired::abandoned && !data_.lock.was_abandoned()) self.complain("was_abandoned() denies it");
    data_.lock.release();
  }

  void by_name(worker& self) {
    if (broken_) return by_broken_name(self);
    bool taken = false;
    bool abandoned = false;
    self.now({doing::waiting_any, 0, 1});
    auto const some = microseconds(self.random.below(800));
    switch (self.random.below(8)) {
      case 0:
        std::tie(taken, abandoned) = read(mutex_.acquire(some));
        break;
      case 1:
        std::tie(taken, abandoned) = read(mutex_.acquire(std::chrono::seconds(0)));
        break;
      case 2:
        std::tie(taken, abandoned) = read(coview::wait_any({never_, mutex_}));
        break;
      case 3:
        std::tie(taken, abandoned) = read(coview::wait_any({never_, mutex_}, some));
        break;
      case 4: {
        auto const all = coview::wait_all({mutex_, always_});
        std::tie(taken, abandoned) = std::tuple(all.done, all.abandoned);
        break;
      }
      default:
        std::tie(taken, abandoned) = read(mutex_.acquire());
        break;
    }
    self.now({doing::running, 0, 0});
    if (!taken) return self.pause();
    if (mutex_.was_abandoned() != abandoned) self.complain("was_abandoned() says something else");
    bool const twice = self.random.one_in(5);
    if (twice && mutex_.acquire(std::chrono::seconds(0)) == coview::acquired::timed_out)
      self.complain("its owner cannot lock it once more");
    change(self, data_.by_name, abandoned);
    if (twice) mutex_.release();
    mutex_.release();
  }

  void by_broken_name(worker& self) {
    self.now({doing::waiting_any, 0, 1});
    naive::lock(inside_->node());
    self.now({doing::running, 0, 0});
    change(self, data_.by_name, false);
    naive::unlock(inside_->node());
  }

  static std::tuple<bool, bool> read(coview::acquired answer) {
    return {answer != coview::acquired::timed_out, answer == coview::acquired::abandoned};
  }
  static std::tuple<bool, bool> read(std::optional<coview::waited> const& answer) {
    return {answer.has_value(), answer && answer->abandoned};
  }

  /// Holding the lock.
  static void change(worker& self, guarded& data, bool abandoned) {
    auto const me = static_cast<std::uint64_t>(::getpid()) << 8U | (self.index() + 1);
    auto const other = data.inside.exchange(me);
    if (other != 0 && !abandoned) self.complain("somebody else is inside, or died there and this one was not told");
    if (abandoned) {
      data.abandoned.fetch_add(1);
      repair(data);
    }
    if (auto const wrong = whole(data); !wrong.empty()) self.complain(wrong);
    self.pause(true);

    auto const value = data.words.front().load(relaxed) + 1;
    data.who.store(self.index(), relaxed);
    data.its_count.store(data.changes.at(self.index()).load(relaxed) + 1, relaxed);
    data.journal.store(value);
    auto const slow = self.random.below(64);
    for (std::size_t i = 0; i < data.words.size(); ++i) {
      data.words.at(i).store(value, relaxed);
      if (i == slow) ::sched_yield();  // so that others come and sleep, and kills fall in between
    }
    data.changes.at(self.index()).store(data.its_count.load(relaxed));
    data.journal.store(0);
    if (data.inside.exchange(0) != me) self.complain("somebody else was inside too");
  }

  static void repair(guarded& data) {
    auto const value = data.journal.load();
    if (value == 0) return;
    for (auto& word : data.words) word.store(value, relaxed);
    data.changes.at(data.who.load(relaxed)).store(data.its_count.load(relaxed));
    data.journal.store(0);
    data.repairs.fetch_add(1);
  }

  bool broken_;
  coview::mapping memory_;
  coview::view view_;
  shared_memory& data_;
  coview::mutex mutex_;
  coview::event never_;
  coview::event always_;
  coview::sync_ptr inside_;
};

}  // namespace

std::unique_ptr<scenario> mutex_play(plan const& what) {
  return std::make_unique<mutex_scenario>(what);
}

}  // namespace sync_campaign
