// SPDX-License-Identifier: Apache-2.0
#include "sync/timer_state.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "sync/retry_pause.hpp"
#include "sync/signal_state.hpp"

namespace coview::inline sync {
namespace {

constexpr std::uint64_t lower_half = 0xffffffffU;
constexpr unsigned upper_shift = 32;
constexpr std::uint64_t elapsed = std::uint64_t{1} << upper_shift;
constexpr unsigned slot_shift = 33;
constexpr std::uint64_t slot_bits = std::uint64_t{layout::timer_slots} << slot_shift;
constexpr unsigned version_shift = 38;
constexpr std::uint64_t version_step = std::uint64_t{1} << version_shift;
constexpr std::uint64_t version_bits = (reset_meanwhile - 1) & ~(version_step - 1);
constexpr std::uint64_t schedule_bits = version_bits | slot_bits | elapsed;
static_assert(layout::timer_slots == 31 && (slot_bits & (version_bits | elapsed)) == 0);

constexpr std::uint32_t slot_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & slot_bits) >> slot_shift);
}
constexpr std::uint32_t version_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & version_bits) >> version_shift);
}
/// The next version of the state's part that says what the timer is set to.
constexpr std::uint64_t scheduled(std::uint64_t before, std::uint32_t slot, bool is_elapsed) {
  return ((before + version_step) & version_bits) | (std::uint64_t{slot} << slot_shift) | (is_elapsed ? elapsed : 0);
}

using word32 = std::atomic_ref<std::uint32_t>;
using word64 = std::atomic_ref<std::uint64_t>;

layout::timer_slot& slot_at(timer_ref timer, std::uint32_t slot) noexcept {
  return timer.schedule.slots[slot - 1];
}

/// Relaxed: whoever reads it compares the state afterwards, and whoever writes it publishes by the state.
timer_setting read(layout::timer_slot const& from) noexcept {
  auto& slot = const_cast<layout::timer_slot&>(from);  // atomic_ref of const is of C++26
  auto const clock = word32(slot.clock).load(std::memory_order_relaxed);
  timer_setting out;
  out.clock = clock == static_cast<std::uint32_t>(timer_clock::wall) ? timer_clock::wall : timer_clock::monotonic;
  out.due = std::min(word64(slot.due).load(std::memory_order_relaxed), latest_due);
  out.period = std::min(word64(slot.period).load(std::memory_order_relaxed), latest_due);
  out.id = word64(slot.id).load(std::memory_order_relaxed);
  return out;
}

void write(layout::timer_slot& slot, timer_setting const& from) noexcept {
  word32(slot.clock).store(static_cast<std::uint32_t>(from.clock), std::memory_order_relaxed);
  word64(slot.due).store(from.due, std::memory_order_relaxed);
  word64(slot.period).store(from.period, std::memory_order_relaxed);
  word64(slot.id).store(from.id, std::memory_order_relaxed);
}

bool thread_exists(std::uint32_t thread) noexcept {
  return ::syscall(SYS_tkill, thread, 0) == 0 || errno != ESRCH;
}

/// A slot that this thread may write (invariant 1). Gives it back.
class claimed_slot {
 public:
  enum class patience : std::uint8_t { none, a_moment };
  claimed_slot(timer_ref timer, patience how) : timer_(timer), id_(this_thread::get().id()) {
    // First those that nobody claims; those of dead threads only where there is no other: to ask
    // is a system call each.
    for (moment undecided;;) {
      if (take_one(false) || take_one(true) || how == patience::none || !undecided.lasts()) return;
    }
  }
  ~claimed_slot() {
    // Release: pairs with the acquire of whoever claims it next, which sees by the state whether it is current.
    if (number_ != 0) claim_of(number_).store(0, std::memory_order_release);
  }
  claimed_slot(claimed_slot const&) = delete;
  claimed_slot& operator=(claimed_slot const&) = delete;

  explicit operator bool() const noexcept { return number_ != 0; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

 private:
  [[nodiscard]] word32 claim_of(std::uint32_t slot) const noexcept {
    return word32(slot_at(timer_, slot).claimed_by);
  }
  [[nodiscard]] bool is_current(std::uint32_t slot) const noexcept {
    return slot_of(timer_.node.state.load(std::memory_order_seq_cst)) == slot;
  }

  bool take_one(bool of_the_dead) {
    auto const first = version_of(timer_.node.state.load(std::memory_order_relaxed));
    for (std::uint32_t i = 0; i < layout::timer_slots; ++i) {
      auto const slot = 1 + (first + i) % layout::timer_slots;
      auto by = claim_of(slot).load(std::memory_order_relaxed);
      if (is_current(slot) || (by != 0 && !(of_the_dead && !thread_exists(by)))) continue;
      if (!claim_of(slot).compare_exchange_strong(by, id_, std::memory_order_seq_cst)) continue;
      // Whoever claimed it before may have made it current since the look above.
      if (!is_current(slot)) {
        number_ = slot;
        return true;
      }
      claim_of(slot).store(0, std::memory_order_release);
    }
    return false;
  }

  timer_ref timer_;
  std::uint32_t id_;
  std::uint32_t number_ = 0;
};

constexpr bool has_reservation(std::uint64_t state) {
  return owner_of(state) != 0;
}

/// T1 and T3 change the state through here: set anew, or due. False where another one was faster. Sequentially
/// consistent, as everything that changes a state (signal_state.cpp).
enum class change : std::uint8_t { set, due };
bool publish(robust_node& node, std::uint64_t& seen, std::uint64_t schedule, change what) noexcept {
  std::uint64_t wanted = schedule | (seen & wake_all);
  if (has_reservation(seen)) {
    // As with events: to become due beside a reservation changes nothing, and to be set is noted. With WAITERS: the
    // kernel wakes by it where the one that reserved it dies.
    wanted |= (seen & lower_half) | waiters | (what == change::set ? reset_meanwhile : 0);
  } else if (what == change::due) {
    wanted |= available;
  }
  return node.state.compare_exchange_strong(seen, wanted, std::memory_order_seq_cst, std::memory_order_relaxed);
}

/// Everybody, whatever the timer's kind: all have another time to sleep until now.
void wake_after(timer_ref timer, std::uint64_t before, std::uint64_t schedule) noexcept {
  if (!has_reservation(before) && (before & waiters) != 0) os::futex_wake(timer.node.word(), os::everybody);
  word32(timer.schedule.told).store(version_of(schedule), std::memory_order_release);
}

/// T3 of a timer with a period. Nothing where every slot is claimed: it is looked at again, after a pause.
void fire_again(timer_ref timer, std::uint64_t seen, timer_setting const& due, std::uint64_t now) {
  claimed_slot const slot(timer, claimed_slot::patience::none);
  if (!slot) return;
  write(slot_at(timer, slot.number()), next_setting(due, now));
  for (auto const before = seen & schedule_bits; (seen & schedule_bits) == before;) {
    auto const schedule = scheduled(seen, slot.number(), false);
    if (!publish(timer.node, seen, schedule, change::due)) continue;
    return wake_after(timer, seen, schedule);
  }
}

}  // namespace

std::uint64_t now_of(timer_clock clock) noexcept {
  constexpr std::uint64_t in_a_second = 1'000'000'000;
  timespec now{};
  ::clock_gettime(clock == timer_clock::wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  return now.tv_sec < 0
             ? 0
             : static_cast<std::uint64_t>(now.tv_sec) * in_a_second + static_cast<std::uint64_t>(now.tv_nsec);
}

timer_setting next_setting(timer_setting const& due, std::uint64_t now) noexcept {
  auto next = due;
  auto const late = now - due.due;
  auto const monotonic = due.clock == timer_clock::monotonic ? now : now_of(timer_clock::monotonic);
  next.clock = timer_clock::monotonic;
  next.due = std::min(monotonic + (due.period - late % due.period), latest_due);
  return next;
}

std::uint64_t setting_id(timer_ref timer) noexcept {
  auto seen = timer.node.state.load(std::memory_order_seq_cst);
  constexpr int looks = 100;
  for (int i = 0;; ++i) {
    auto const slot = slot_of(seen);
    auto const id = slot == 0 ? 0 : read(slot_at(timer, slot)).id;
    std::atomic_thread_fence(std::memory_order_acquire);
    auto const now = timer.node.state.load(std::memory_order_seq_cst);
    if ((now & schedule_bits) == (seen & schedule_bits) || i == looks) return id;
    seen = now;
  }
}

std::uint64_t new_setting_id() noexcept {
  static constinit std::atomic<std::uint32_t> count{0};
  constexpr unsigned half = 32;
  return (std::uint64_t{this_thread::get().id()} << half) ^ now_of(timer_clock::monotonic) ^
         count.fetch_add(1, std::memory_order_relaxed);
}

bool set_timer(timer_ref timer, timer_setting const& wanted) {
  auto& node = timer.node;
  claimed_slot const slot(timer, claimed_slot::patience::a_moment);
  if (!slot) return false;
  write(slot_at(timer, slot.number()), wanted);
  pending_guard const guard(this_thread::get(), node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t schedule = 0;
  do {
    schedule = scheduled(seen, slot.number(), false);
  } while (!publish(node, seen, schedule, change::set));
  wake_after(timer, seen, schedule);
  return true;
}

void cancel_timer(timer_ref timer) {
  auto seen = timer.node.state.load(std::memory_order_seq_cst);
  // Nobody has to be woken: whoever sleeps by the old setting wakes too early once, at most.
  while (!timer.node.state.compare_exchange_weak(seen, (seen & ~schedule_bits) | scheduled(seen, 0, false),
                                                 std::memory_order_seq_cst)) {
  }
}

void fire_where_due(timer_ref timer) {
  auto& node = timer.node;
  auto seen = node.state.load(std::memory_order_seq_cst);
  auto const setting = setting_in(seen, timer.schedule);
  if (!setting) return;
  auto const now = now_of(setting->clock);
  if (now < setting->due) return;  // or torn: then somebody has just set it, and to look was too early
  pending_guard const guard(this_thread::get(), node);
  if (setting->period != 0) return fire_again(timer, seen, *setting, now);
  for (auto const before = seen & schedule_bits; (seen & schedule_bits) == before;) {
    auto const schedule = scheduled(seen, slot_of(seen), true);
    if (!publish(node, seen, schedule, change::due)) continue;
    return wake_after(timer, seen, schedule);
  }
}

std::optional<timer_setting> setting_in(std::uint64_t state, layout::timer_schedule const& schedule) noexcept {
  auto const slot = slot_of(state);
  if (slot == 0 || (state & elapsed) != 0) return {};
  return read(schedule.slots[slot - 1]);
}

std::optional<timer_setting> running_setting(timer_ref timer) noexcept {
  auto seen = timer.node.state.load(std::memory_order_seq_cst);
  constexpr int looks = 100;  // what changes that often is changed by somebody who wants it so
  for (int i = 0;; ++i) {
    auto const setting = setting_in(seen, timer.schedule);
    std::atomic_thread_fence(std::memory_order_acquire);
    auto const now = timer.node.state.load(std::memory_order_seq_cst);
    if ((now & schedule_bits) == (seen & schedule_bits) || i == looks) return setting;
    seen = now;
  }
}

timer_watch watch_timer(timer_ref timer) noexcept {
  auto const seen = timer.node.state.load(std::memory_order_seq_cst);
  return {static_cast<std::uint32_t>(seen >> upper_shift), setting_in(seen, timer.schedule)};
}

void tell_of_setting(timer_ref timer) noexcept {
  auto const version = version_of(timer.node.state.load(std::memory_order_seq_cst));
  word32 const told(timer.schedule.told);
  if (told.load(std::memory_order_acquire) == version) return;
  os::futex_wake(timer.node.word(), os::everybody);
  told.store(version, std::memory_order_release);
}

}  // namespace coview::inline sync
