// SPDX-License-Identifier: Apache-2.0
// The waits, on the steps of docs/synchronisation.md: locks, events and semaphores, threads' ends and descriptors;
// and an alarm that ends a wait.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "os/cancellation.hpp"
#include "sync/descriptor_watch.hpp"
#include "sync/retry_pause.hpp"
#include "sync/spin.hpp"
#include "sync/starvation.hpp"
#include "sync/thread_end.hpp"
#include "sync/wait_point.hpp"

namespace coview::inline sync {
namespace {

using how = wait_answer::how;

/// Not poll(2) of the C library, which is a cancellation point.
bool is_readable(int fd) noexcept {
  pollfd one{fd, POLLIN, 0};
  timespec const at_once{};
  return ::syscall(SYS_ppoll, &one, 1, &at_once, nullptr, 0) > 0;
}

/// Empties a timer: false where another thread was faster.
bool read_empty(int fd) {
  std::uint64_t expirations = 0;
  return ::read(fd, &expirations, sizeof expirations) == static_cast<ssize_t>(sizeof expirations);
}

timespec wall_time(std::uint64_t nanoseconds) noexcept {
  return os::as_timespec(std::chrono::nanoseconds(nanoseconds));
}

lock_outcome taken_if(bool there) {
  return there ? lock_outcome::taken : lock_outcome::refused;
}

wait_answer answer(lock_outcome outcome, std::size_t index = 0) {
  if (outcome == lock_outcome::refused) return {how::timed_out, 0};
  return {outcome == lock_outcome::taken ? how::taken : how::abandoned, index};
}

/// For the end of a thread, alone.
bool await_thread_exit(robust_node& life, os::deadline const& until) {
  for (;;) {
    auto const value = announce_end_waiter(life);
    if (value == 0) break;
    if (os::is_over(until)) return false;
    os::futex_wait(life.word(), value, until);
  }
  wake_end_waiters(life);
  return true;
}

/// For a descriptor, alone.
bool await_readable(wait_point const& point, os::deadline const& until) {
  for (retry_pause pause;;) {
    timespec left{};
    if (until) left = os::as_timespec(*until - std::chrono::steady_clock::now());
    pollfd one{point.fd, POLLIN, 0};
    int const ready = ::ppoll(&one, 1, until ? &left : nullptr, nullptr);
    if (ready > 0 && (!point.consumed || read_empty(point.fd))) return true;
    if (os::is_over(until)) return false;
    if (ready != 0) pause(until);
  }
}

/// What is there as a rule, without the preparations of a wait. Nothing where somebody is to be let past.
inline wait_answer take_first_there(std::span<wait_point const* const> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto const& one = *points[i];
    auto outcome = lock_outcome::refused;
    if (one.kind == wait_kind::state) {
      if (one.schedule != nullptr) fire_where_due(one.timer());
      if (!is_available(*one.node, one.rules)) continue;
      if (is_starving(*one.node)) break;
      outcome = taken_if(try_acquire(*one.node, one.rules));
    } else if (one.kind == wait_kind::lock) {
      if (!may_be_locked(*one.node)) continue;
      if (is_starving(*one.node)) break;
      outcome = lock_once(one.ref());
    } else {
      outcome = try_point(one);
    }
    if (outcome != lock_outcome::refused) return answer(outcome, i);
  }
  return {};
}

/// A wait for several points, or for one and an alarm.
class multi_wait {
 public:
  multi_wait(std::span<wait_point const* const> points, alarm_word* alarm) : points_(points), alarm_(alarm) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (kind(i) == wait_kind::state) pulses_before_.at(i) = pulses(node(i));
      if (kind(i) == wait_kind::descriptor) watches_ = true;
    }
  }
  multi_wait(multi_wait const&) = delete;
  multi_wait& operator=(multi_wait const&) = delete;
  ~multi_wait() { pass_on(); }

  wait_answer any(os::deadline const& until);
  wait_answer all(os::deadline const& until);

 private:
  static constexpr std::size_t extra = 2;         // the alarm and the watched descriptors
  static constexpr std::size_t most_words = 128;  // of futex_waitv; a source may have several, and a timer has two
  static constexpr std::chrono::nanoseconds a_while = std::chrono::milliseconds(4);
  static constexpr std::chrono::nanoseconds between_looks = std::chrono::seconds(1);
  static constexpr std::chrono::nanoseconds longest = std::chrono::hours(24 * 365 * 100);

  [[nodiscard]] wait_point const& point(std::size_t i) const { return *points_[i]; }
  [[nodiscard]] wait_kind kind(std::size_t i) const { return point(i).kind; }
  [[nodiscard]] robust_node& node(std::size_t i) const { return *point(i).node; }
  [[nodiscard]] state_rules rules(std::size_t i) const { return point(i).rules; }

  [[nodiscard]] lock_outcome try_again(std::size_t i) const;
  lock_outcome try_one(std::size_t i) const;
  [[nodiscard]] wait_answer scan() const;
  [[nodiscard]] wait_answer ask() const;
  wait_answer spin(spinner& spin) const;
  [[nodiscard]] bool is_there(std::size_t i) const;
  bool announce(std::size_t i);
  bool announce_timer(std::size_t i);
  void look_again_in(std::chrono::nanoseconds time);
  void look_again_at(std::chrono::steady_clock::time_point then);
  void tell_others() const;
  bool announce_source(wait_source& source, std::size_t points_after_it);
  os::futex_answer sleep(os::deadline const& until);
  void pass_on() noexcept;
  void step_back_where_asked() const;
  void tell_newcomers(void (*what)(robust_node&) noexcept) const;
  [[nodiscard]] bool alerted() const { return alarm_ != nullptr && alarm_->raised(); }

  bool commit(wait_answer& result) const;
  bool keep(std::size_t i, bool& abandoned) const;
  [[nodiscard]] bool is_kept(std::size_t i) const;
  void finish(std::size_t i, bool taken) const;

  std::span<wait_point const* const> points_;
  alarm_word* alarm_;
  std::array<std::uint32_t, most_points> pulses_before_;  // not initialised, as `words_`: filling them would cost
  std::array<::futex_waitv, most_words> words_;           // more than the scan
  std::size_t announced_ = 0;
  std::size_t took_ = most_points;  // which one, of a wait for any; `took_all_` for all
  std::uint32_t watch_value_ = 0;
  os::deadline look_again_;              // of a source that could not give all of its words, and of timers
  std::uint64_t wall_due_ = latest_due;  // of timers by the wall clock, the first
  bool took_all_ = false;
  bool slept_ = false;
  bool watches_ = false;
  overtaken_count overtaken_;
  descriptor_watch watch_;
};

/// What has no pulses.
lock_outcome multi_wait::try_again(std::size_t i) const {
  if (point(i).schedule == nullptr) return try_point(point(i));
  fire_where_due(point(i).timer());
  if (!is_available(node(i), rules(i))) return lock_outcome::refused;
  return taken_if(try_acquire(node(i), rules(i), slept_ ? std::uint64_t{waiters} : 0));
}

lock_outcome multi_wait::try_one(std::size_t i) const {
  if (kind(i) == wait_kind::lock) return may_be_locked(node(i)) ? lock_once(point(i).ref()) : lock_outcome::refused;
  if (kind(i) != wait_kind::state || point(i).schedule != nullptr) return try_again(i);
  if (is_available(node(i), rules(i)) && try_acquire(node(i), rules(i), slept_ ? std::uint64_t{waiters} : 0))
    return lock_outcome::taken;
  return taken_if(acquire_pulsed(node(i), rules(i).kind, pulses_before_.at(i), slept_));
}

wait_answer multi_wait::scan() const {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    auto const outcome = try_one(i);
    if (outcome != lock_outcome::refused) return answer(outcome, i);
  }
  return {};
}

/// For one who does not wait: what is undecided just now (reserved, or its owner dying) is given a moment.
wait_answer multi_wait::ask() const {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    auto const outcome = try_point(point(i));
    if (outcome != lock_outcome::refused) return answer(outcome, i);
  }
  return {};
}

wait_answer multi_wait::spin(spinner& spin) const {
  while (spin.pause()) {
    auto const now = scan();
    if (now.took()) {
      spin.rewarded();
      return now;
    }
  }
  spin.in_vain();
  return {};
}

bool multi_wait::is_there(std::size_t i) const {
  switch (kind(i)) {
    case wait_kind::lock:
      return may_be_locked(node(i));
    case wait_kind::state:
      if (point(i).schedule != nullptr) fire_where_due(point(i).timer());
      return is_available(node(i), rules(i));
    case wait_kind::ending:
      return has_ended(node(i));
    case wait_kind::descriptor:
      return is_readable(point(i).fd);
    case wait_kind::source:
      return point(i).source->is_there();
    case wait_kind::always:
      break;
  }
  return true;
}

/// True where there is something to sleep on; false where it is there.
bool multi_wait::announce(std::size_t i) {
  std::uint32_t value = 0;
  switch (kind(i)) {
    case wait_kind::lock:
      value = announce_lock_waiter(node(i), sleeps_on::several_words);
      break;
    case wait_kind::state:
      value = announce_state_waiter(node(i), rules(i), sleeps_on::several_words);
      break;
    case wait_kind::ending:
      value = announce_end_waiter(node(i));
      break;
    case wait_kind::descriptor:
      return watch_.add(point(i).fd) && !is_readable(point(i).fd);
    case wait_kind::source:
      return announce_source(*point(i).source, points_.size() - i - 1);
    case wait_kind::always:
      return false;
  }
  if (value == 0) return false;
  words_.at(announced_++) = os::futex_entry(node(i).word(), value);
  return point(i).schedule == nullptr || announce_timer(i);
}

/// T4. False where it is due by now.
bool multi_wait::announce_timer(std::size_t i) {
  auto const watch = watch_timer(point(i).timer());
  auto const points_after_it = points_.size() - i - 1;
  if (announced_ + 1 + points_after_it + extra > words_.size()) {
    look_again_in(a_while);  // 63 others are timers too: no room for this one's second word
  } else {
    words_.at(announced_++) = os::futex_entry(upper_word(node(i)), watch.upper_half);
  }
  if (!watch.setting) return true;
  auto const now = now_of(watch.setting->clock);
  if (now >= watch.setting->due) return false;
  if (watch.setting->clock == timer_clock::wall) {
    wall_due_ = std::min(wall_due_, watch.setting->due);
  } else if (watch.setting->due - now < static_cast<std::uint64_t>(longest.count())) {
    // Exactly then: of several that sleep until one point of time, the kernel wakes the first to have come first.
    look_again_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(watch.setting->due)));
  }
  return true;
}

void multi_wait::look_again_in(std::chrono::nanoseconds time) {
  look_again_at(std::chrono::steady_clock::now() + time);
}

void multi_wait::look_again_at(std::chrono::steady_clock::time_point then) {
  if (!look_again_ || then < *look_again_) look_again_ = then;
}

bool multi_wait::announce_source(wait_source& source, std::size_t points_after_it) {
  auto const room = std::span(words_).subspan(announced_, words_.size() - announced_ - points_after_it - extra);
  std::size_t used = 0;
  if (!source.announce(room, used, look_again_)) return false;
  announced_ += used;
  return true;
}

os::futex_answer multi_wait::sleep(os::deadline const& until) {
  if (alarm_ != nullptr) words_.at(announced_++) = alarm_->entry();
  if (watches_) words_.at(announced_++) = watch_.entry(watch_value_);
  slept_ = true;
  auto const words = std::span(words_).first(announced_);
  auto const wall_due = std::exchange(wall_due_, latest_due);
  if (wall_due != latest_due && !until && !look_again_) return os::futex_wait_any_until(words, wall_time(wall_due));
  if (wall_due != latest_due) {
    // One system call takes one clock only: so the wall clock is looked at each second.
    auto const now = now_of(timer_clock::wall);
    look_again_in(std::min(std::chrono::nanoseconds(wall_due - std::min(now, wall_due)), between_looks));
  }
  bool const looks_again = look_again_ && (!until || *look_again_ < *until);
  auto const ended = os::futex_wait_any(words, looks_again ? look_again_ : until);
  look_again_.reset();
  return ended;
}

/// T5.
void multi_wait::tell_others() const {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (point(i).schedule != nullptr) tell_of_setting(point(i).timer());
  }
}

/// However the wait ends: a wake-up may have been meant for one waiter only, so what this thread does not take is
/// another's. Of a thread's end, the kernel tells one.
void multi_wait::pass_on() noexcept {
  if (overtaken_.was_told()) tell_newcomers(end_hand_off);
  if (!slept_) return;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (kind(i) == wait_kind::ending) wake_end_waiters(node(i));
    if (kind(i) == wait_kind::source)
      point(i).source->pass_on();  // also where it was there: the wait has taken nothing
    if (i == took_ || took_all_) continue;
    if (kind(i) == wait_kind::lock) pass_on_lock(node(i));
    if (kind(i) == wait_kind::state) pass_on_state(node(i), rules(i));
  }
}

void multi_wait::step_back_where_asked() const {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (point(i).has_node_to_share() && is_starving(node(i)) && is_there(i)) [[unlikely]]
      step_back(node(i));
  }
}

void multi_wait::tell_newcomers(void (*what)(robust_node&) noexcept) const {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (point(i).has_node_to_share()) what(node(i));
  }
}

wait_answer multi_wait::any(os::deadline const& until) {
  bool const asks_only = os::is_over(until);
  if (!asks_only) step_back_where_asked();
  if (auto const now = asks_only ? ask() : scan(); now.took()) return now;
  if (alerted()) return {how::alerted};
  if (asks_only) return {};
  spinner spin;
  if (!watches_) {
    if (auto const now = this->spin(spin); now.took()) return now;
  }
  for (retry_pause pause;;) {
    watch_value_ = watch_.value();
    auto now = scan();
    if (now.took()) {
      took_ = now.index;
      return now;
    }
    if (alerted()) return {how::alerted};
    if (os::is_over(until)) return {};
    announced_ = 0;
    bool something_there = false;
    for (std::size_t i = 0; i < points_.size() && !something_there; ++i) something_there = !announce(i);
    if (something_there) {
      pause(until);
      continue;
    }
    if (slept_ && overtaken_.overtaken_again()) tell_newcomers(ask_for_hand_off);
    auto const ended = sleep(until);
    pause.reset();
    if (ended != os::futex_answer::woken) continue;
    spin.woken();
    tell_others();
  }
}

wait_answer multi_wait::all(os::deadline const& until) {
  wait_answer result;
  for (retry_pause pause;;) {
    watch_value_ = watch_.value();
    announced_ = 0;
    bool missing = false;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (!is_there(i) && announce(i)) missing = true;
    }
    if (!missing && commit(result)) {
      took_all_ = true;
      return result;
    }
    if (alerted()) return {how::alerted};
    if (os::is_over(until)) return {};
    if (!missing) {  // one of them went, or is reserved, just now
      pause(until);
      continue;
    }
    pass_on();  // of those that are there, and that this thread cannot take yet
    if (sleep(until) == os::futex_answer::woken) tell_others();
    pause.reset();
  }
}

/// A1 and A2: all of them, in the order that all processes agree on, or none.
bool multi_wait::commit(wait_answer& result) const {
  os::not_cancelled const until_finished;  // reading a timer is a cancellation point
  std::array<std::size_t, most_points> order{};
  for (std::size_t i = 0; i < points_.size(); ++i) order.at(i) = i;
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(points_.size()),
            [&](auto a, auto b) { return point(a).order < point(b).order; });
  bool abandoned = false;
  std::size_t held = 0;
  while (held < points_.size() && keep(order.at(held), abandoned)) ++held;
  bool const all = held == points_.size() && std::all_of(order.begin(), order.begin() + static_cast<long>(held),
                                                         [&](auto i) { return is_kept(i); });
  if (!all) {
    while (held > 0) finish(order.at(--held), false);
    return false;
  }
  for (std::size_t k = 0; k < points_.size(); ++k) finish(order.at(k), true);
  result.outcome = abandoned ? how::abandoned : how::taken;
  return true;
}

bool multi_wait::keep(std::size_t i, bool& abandoned) const {
  if (kind(i) == wait_kind::state) return reserve(point(i).ref(), rules(i));
  if (kind(i) == wait_kind::descriptor) return point(i).consumed ? read_empty(point(i).fd) : is_readable(point(i).fd);
  auto const outcome = kind(i) == wait_kind::lock ? lock_once(point(i).ref()) : try_point(point(i));
  abandoned = abandoned || outcome == lock_outcome::taken_abandoned;
  return outcome != lock_outcome::refused;
}

/// At the moment when all are reserved: an event that was reset since it was reserved is not there.
bool multi_wait::is_kept(std::size_t i) const {
  return kind(i) != wait_kind::state || is_still_available(node(i), rules(i));
}

void multi_wait::finish(std::size_t i, bool taken) const {
  if (kind(i) == wait_kind::state) end_reservation(point(i).ref(), rules(i), taken);
  if (taken) return;
  if (kind(i) == wait_kind::lock) give_back(point(i).ref());
  if (kind(i) == wait_kind::descriptor && point(i).consumed) make_due(point(i).fd);
}

}  // namespace

lock_outcome try_point(wait_point const& point) {
  switch (point.kind) {
    case wait_kind::lock:
      return try_lock(point.ref());
    case wait_kind::state:
      if (point.schedule != nullptr) fire_where_due(point.timer());
      return taken_if(try_acquire(*point.node, point.rules));
    case wait_kind::ending:
      return taken_if(has_ended(*point.node));
    case wait_kind::descriptor:
      return taken_if(is_readable(point.fd) && (!point.consumed || read_empty(point.fd)));
    case wait_kind::source:
      return taken_if(point.source->is_there());
    case wait_kind::always:
      break;
  }
  return lock_outcome::taken;
}

wait_answer wait_for_one(wait_point const& point, os::deadline const& until, alarm_word* alarm) {
  if (alarm != nullptr || point.kind == wait_kind::source || point.schedule != nullptr) {
    wait_point const* const only = &point;
    return wait_for_any(std::span(&only, 1), until, alarm);
  }
  switch (point.kind) {
    case wait_kind::lock:
      return answer(lock(point.ref(), until));
    case wait_kind::state:
      return answer(taken_if(acquire(*point.node, point.rules, until)));
    case wait_kind::ending:
      return answer(taken_if(await_thread_exit(*point.node, until)));
    case wait_kind::descriptor:
      return answer(taken_if(await_readable(point, until)));
    case wait_kind::source:
    case wait_kind::always:
      break;
  }
  return {how::taken};
}

wait_answer wait_for_any(std::span<wait_point const* const> points, os::deadline const& until, alarm_word* alarm) {
  if (auto const now = take_first_there(points); now.took()) return now;
  return multi_wait(points, alarm).any(until);
}

wait_answer wait_for_all(std::span<wait_point const* const> points, os::deadline const& until, alarm_word* alarm) {
  return multi_wait(points, alarm).all(until);
}

bool release_lock(wait_point const& point) {
  return unlock(point.ref());
}

}  // namespace coview::inline sync
