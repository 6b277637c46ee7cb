// SPDX-License-Identifier: Apache-2.0
// The processes of a synchronisation campaign, and how they are looked at: workers that use a few objects, a killer,
// and after each kill a freeze. In a freeze every worker either stops at its next pause or sleeps on an object; when
// none of them moves any more, what sleeps must have a reason to sleep. No time limit decides anything but a hang.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "payload.hpp"
#include "sync/robust_list.hpp"

namespace sync_campaign {

using campaign::random_numbers;

inline constexpr std::uint32_t most_workers = 32;
inline constexpr std::uint32_t most_objects = 8;

/// What a run is asked to do.
struct plan {
  std::string mode;
  std::size_t kills = 1000;
  std::uint32_t workers = 8;
  std::uint64_t seed = 1;
  std::chrono::seconds limit{3600};
  bool broken = false;  // use the naive objects of sync_naive.hpp, which must be found out
};

/// Where a worker is.
enum class doing : std::uint8_t { starting, running, paused, paused_inside, waiting_any, waiting_all, putting };

/// Written by a worker before it does it; `objects` has a bit for each object.
struct alignas(4) position {  // so that the compiler needs no library for it
  doing what = doing::starting;
  std::uint8_t amount = 0;
  std::uint16_t objects = 0;
};

/// One worker's part of the shared board. Counters are added to after the fact, while `where` still tells of the act:
/// whenever the worker is killed, what is not counted is known to be uncertain.
struct slot {
  std::atomic<pid_t> pid;
  std::atomic<position> where;
  std::atomic<std::uint64_t> operations;
  std::array<std::atomic<std::uint64_t>, most_objects> taken;
  std::array<std::atomic<std::uint64_t>, most_objects> put;
};

/// In memory that all of them share.
struct board {
  std::atomic<std::uint32_t> frozen;
  std::atomic<std::uint64_t> kills;
  std::atomic<std::uint64_t> doubts;  // kills since a scenario last put everything right
  std::atomic<std::uint32_t> complaints;
  std::array<std::array<char, 200>, 8> texts;
  std::array<slot, most_workers> slots;

  void complain(std::string_view text);
};

/// A worker's view of itself, in its own process.
class worker {
 public:
  worker(board& shared, std::uint32_t index, int begin, std::uint64_t seed)
      : random(seed), shared_(shared), index_(index), begin_(begin) {}

  random_numbers random;

  [[nodiscard]] slot& mine() const { return shared_.slots[index_]; }
  [[nodiscard]] board& shared() const { return shared_; }
  [[nodiscard]] std::uint32_t index() const { return index_; }
  void now(position where) const { mine().where.store(where); }
  /// Stops in a freeze.
  void pause(bool inside = false) const;
  void complain(std::string const& text) const;
  void count_taken(std::size_t object) const { mine().taken.at(object).fetch_add(1); }
  void count_put(std::size_t object, std::uint64_t amount = 1) const { mine().put.at(object).fetch_add(amount); }

 private:
  board& shared_;
  std::uint32_t index_;
  int begin_;
};

/// An object that workers sleep on.
struct watched {
  std::string name;
  bool is_lock = false;
  coview::robust_node const* node = nullptr;
};

/// What the workers do. Constructed before they are forked.
class scenario {
 public:
  virtual ~scenario() = default;
  /// In a worker: until it is killed. `prepare` once, then `step` again and again, which must come to worker::pause
  /// or sleep on an object.
  virtual void prepare(worker& self) = 0;
  virtual void step(worker& self) = 0;
  /// In the parent: a worker is gone, and this was its slot.
  virtual void killed(slot const& left) = 0;
  /// In the parent, while nobody moves: empty, or what is wrong.
  virtual std::string judge(board const& shared) = 0;
  /// In the parent, at the end of a freeze.
  virtual void before_thaw(board& /*shared*/) {}
  [[nodiscard]] virtual std::string summary() const = 0;

  std::vector<watched> objects;
};

struct outcome {
  std::size_t kills = 0;
  std::size_t freezes = 0;
  std::size_t waiters_seen = 0;  // asleep on an object, in all freezes together
  std::uint64_t operations = 0;
  double seconds = 0;
  double longest = 0;  // the longest it took until nobody moved
  std::vector<std::string> violations;
};

outcome run(plan const& what, scenario& play);

std::string describe(watched const& object);

}  // namespace sync_campaign
