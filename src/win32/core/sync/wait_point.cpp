// SPDX-License-Identifier: Apache-2.0
// The waits, on the steps that docs/synchronisation.md explains for src/sync; beside locks and gates there are
// threads' ends and descriptors here, and a wait may be ended by an alarm.
#include "win32/core/sync/wait_point.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "sync/courtesy.hpp"
#include "sync/spin.hpp"
#include "win32/core/process/thread_end.hpp"
#include "win32/core/sync/descriptor_watch.hpp"

namespace coview::win32 {
namespace {

using nature = wait_point::nature;
using how = wait_answer::how;

bool is_over(os::deadline const& until) {
  return until && std::chrono::steady_clock::now() >= *until;
}

bool is_readable(int fd) noexcept {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

/// Empties a timer: false where another thread was faster.
bool read_empty(int fd) noexcept {
  std::uint64_t expirations = 0;
  return ::read(fd, &expirations, sizeof expirations) == static_cast<ssize_t>(sizeof expirations);
}

lock_outcome noted(wait_point const& point, lock_outcome outcome) {
  if (outcome != lock_outcome::refused && point.notes != nullptr) {
    point.notes->store(point.notes->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  return outcome;
}

bool undo(wait_point const& point, bool (*unlock_node)(robust_node&)) {
  if (point.notes == nullptr) return unlock_node(*point.node);
  if (!owned_by_this_thread(*point.node)) return false;
  point.notes->store(point.notes->load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  return unlock_node(*point.node);
}

lock_outcome taken_if(bool there) {
  return there ? lock_outcome::taken : lock_outcome::refused;
}

wait_answer answer(lock_outcome outcome, std::size_t index = 0) {
  if (outcome == lock_outcome::refused) return {how::timed_out, 0};
  return {outcome == lock_outcome::taken ? how::taken : how::abandoned, index};
}

/// For the end of a thread, alone.
bool mourn(robust_node& life, os::deadline const& until) {
  for (;;) {
    auto const value = announce_mourner(life);
    if (value == 0) break;
    if (is_over(until)) return false;
    os::futex_wait(life.word(), value, until);
  }
  wake_mourners(life);
  return true;
}

/// For a descriptor, alone.
bool watch(wait_point const& point, os::deadline const& until) {
  for (;;) {
    timespec left{};
    if (until) {
      auto const time = std::max(*until - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration(0));
      auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
      left = {seconds.count(), static_cast<long>(std::chrono::nanoseconds(time - seconds).count())};
    }
    pollfd one{point.fd, POLLIN, 0};
    int const ready = ::ppoll(&one, 1, until ? &left : nullptr, nullptr);
    if (ready > 0 && (!point.consumed || read_empty(point.fd))) return true;
    if (ready <= 0 && is_over(until)) return false;
  }
}

/// A wait for several objects, or for one and an alarm.
class several {
 public:
  several(std::span<wait_point const* const> points, alarm_word* alarm) : points_(points), alarm_(alarm) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (kind(i) == nature::gate) pulses_before_.at(i) = pulses(node(i));
      if (kind(i) == nature::descriptor) watches_ = true;
    }
  }

  wait_answer any(os::deadline const& until);
  wait_answer all(os::deadline const& until);

 private:
  static constexpr std::size_t extra = 2;  // the alarm and the watched descriptors

  [[nodiscard]] wait_point const& point(std::size_t i) const { return *points_[i]; }
  [[nodiscard]] nature kind(std::size_t i) const { return point(i).kind; }
  [[nodiscard]] robust_node& node(std::size_t i) const { return *point(i).node; }
  [[nodiscard]] bool has_state(std::size_t i) const { return kind(i) == nature::lock || kind(i) == nature::gate; }

  lock_outcome try_one(std::size_t i) const {
    if (kind(i) != nature::gate) return try_point(point(i));
    if (try_take(node(i), point(i).gate, slept_ ? std::uint64_t{sleepers} : 0)) return lock_outcome::taken;
    return taken_if(take_pulsed(node(i), point(i).gate, pulses_before_.at(i), slept_));
  }

  wait_answer scan() const {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      auto const outcome = try_one(i);
      if (outcome != lock_outcome::refused) return answer(outcome, i);
    }
    return {};
  }

  [[nodiscard]] bool is_there(std::size_t i) const;
  bool announce(std::size_t i);
  void sleep(os::deadline const& until);
  void pass_on_rest(std::size_t taken = most_points) const;
  void pass_on_endings() const;
  [[nodiscard]] bool alerted() const { return alarm_ != nullptr && alarm_->raised(); }
  void courtesy(void (*what)(robust_node&) noexcept) const {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (has_state(i)) what(node(i));
    }
  }

  bool commit(wait_answer& result) const;
  bool keep(std::size_t i, bool& abandoned) const;
  void settle(std::size_t i, bool taken) const;

  std::span<wait_point const* const> points_;
  alarm_word* alarm_;
  std::array<std::uint32_t, most_points> pulses_before_;  // not initialised, as `words_`: filling them would cost
  std::array<::futex_waitv, most_points + extra> words_;  // more than the scan
  std::size_t announced_ = 0;
  std::uint32_t watch_value_ = 0;
  bool slept_ = false;
  bool watches_ = false;
  descriptor_watch watch_;
};

bool several::is_there(std::size_t i) const {
  switch (kind(i)) {
    case nature::lock: {
      auto const state = node(i).state.load(std::memory_order_seq_cst);
      return (state & owner_mask) == 0 || owned_by_this_thread(node(i));
    }
    case nature::gate:
      return (node(i).state.load(std::memory_order_seq_cst) & available) != 0;
    case nature::ending:
      return has_ended(node(i));
    case nature::descriptor:
      return is_readable(point(i).fd);
    case nature::always:
      break;
  }
  return true;
}

/// True where there is something to sleep on; false where it is there.
bool several::announce(std::size_t i) {
  std::uint32_t value = 0;
  switch (kind(i)) {
    case nature::lock:
      value = announce_sleeper(node(i), alone::no);
      break;
    case nature::gate:
      value = announce_gate_sleeper(node(i), alone::no);
      break;
    case nature::ending:
      value = announce_mourner(node(i));
      break;
    case nature::descriptor:
      return watch_.add(point(i).fd) && !is_readable(point(i).fd);
    case nature::always:
      return false;
  }
  if (value == 0) return false;
  words_.at(announced_++) = os::futex_entry(node(i).word(), value);
  return true;
}

void several::sleep(os::deadline const& until) {
  if (alarm_ != nullptr) words_.at(announced_++) = alarm_->entry();
  if (watches_) words_.at(announced_++) = watch_.entry(watch_value_);
  slept_ = true;
  os::futex_wait_any(std::span(words_).first(announced_), until);
}

/// A wake-up may have been meant for one sleeper only: what this thread does not take is another's.
void several::pass_on_rest(std::size_t taken) const {
  if (!slept_) return;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (i == taken) continue;
    if (kind(i) == nature::lock) pass_on(node(i));
    if (kind(i) == nature::gate) pass_on_gate(node(i));
  }
}

void several::pass_on_endings() const {
  for (std::size_t i = 0; i < points_.size() && slept_; ++i) {
    if (kind(i) == nature::ending) wake_mourners(node(i));
  }
}

wait_answer several::any(os::deadline const& until) {
  if (auto const now = scan(); now.outcome != how::timed_out) return now;
  if (alerted()) return {how::alerted};
  if (is_over(until)) return {};
  if (!watches_) {
    spinner spin;
    while (spin.pause()) {
      auto const now = scan();
      if (now.outcome != how::timed_out) {
        spin.rewarded();
        return now;
      }
    }
    spin.in_vain();
  }
  patience_of_a_sleeper patience;
  for (;;) {
    watch_value_ = watch_.value();
    auto now = scan();
    if (now.outcome == how::timed_out && alerted()) now.outcome = how::alerted;
    if (now.outcome != how::timed_out || is_over(until)) {
      if (patience.was_told()) courtesy(thank);
      bool const took = now.outcome == how::taken || now.outcome == how::abandoned;
      pass_on_rest(took ? now.index : most_points);
      pass_on_endings();
      return now;
    }
    announced_ = 0;
    bool something_there = false;
    for (std::size_t i = 0; i < points_.size() && !something_there; ++i) something_there = !announce(i);
    if (something_there) continue;
    if (slept_ && patience.overtaken_again()) courtesy(ask_for_courtesy);
    sleep(until);
  }
}

wait_answer several::all(os::deadline const& until) {
  wait_answer result;
  for (;;) {
    watch_value_ = watch_.value();
    announced_ = 0;
    bool missing = false;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (!is_there(i) && announce(i)) missing = true;
    }
    if (!missing && commit(result)) break;
    if (alerted()) {
      result.outcome = how::alerted;
      break;
    }
    if (is_over(until)) break;
    if (!missing) continue;  // one of them went, or is reserved, just now
    pass_on_rest();          // of those that are there, and that this thread cannot take yet
    sleep(until);
  }
  if (result.outcome == how::timed_out || result.outcome == how::alerted) pass_on_rest();
  pass_on_endings();
  return result;
}

/// A1 and A2: all of them, in the order that all processes agree on, or none.
bool several::commit(wait_answer& result) const {
  std::array<std::size_t, most_points> order{};
  for (std::size_t i = 0; i < points_.size(); ++i) order.at(i) = i;
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(points_.size()),
            [&](auto a, auto b) { return point(a).order < point(b).order; });
  bool abandoned = false;
  for (std::size_t held = 0; held < points_.size(); ++held) {
    if (keep(order.at(held), abandoned)) continue;
    while (held > 0) settle(order.at(--held), false);
    return false;
  }
  for (std::size_t k = 0; k < points_.size(); ++k) settle(order.at(k), true);
  result.outcome = abandoned ? how::abandoned : how::taken;
  return true;
}

bool several::keep(std::size_t i, bool& abandoned) const {
  if (kind(i) == nature::gate) return reserve(node(i)) == gate_outcome::taken;
  if (kind(i) == nature::descriptor) return point(i).consumed ? read_empty(point(i).fd) : is_readable(point(i).fd);
  auto const outcome = try_point(point(i));
  abandoned = abandoned || outcome == lock_outcome::taken_abandoned;
  return outcome != lock_outcome::refused;
}

void several::settle(std::size_t i, bool taken) const {
  if (kind(i) == nature::gate) settle_reservation(node(i), point(i).gate, taken);
  if (taken) return;
  if (kind(i) == nature::lock) undo(point(i), &give_back);
  if (kind(i) == nature::descriptor && point(i).consumed) make_due(point(i).fd);
}

}  // namespace

lock_outcome try_point(wait_point const& point) {
  switch (point.kind) {
    case nature::lock:
      return noted(point, try_lock(*point.node));
    case nature::gate:
      return taken_if(try_take(*point.node, point.gate, 0));
    case nature::ending:
      return taken_if(has_ended(*point.node));
    case nature::descriptor:
      return taken_if(is_readable(point.fd) && (!point.consumed || read_empty(point.fd)));
    case nature::always:
      break;
  }
  return lock_outcome::taken;
}

wait_answer wait_for_one(wait_point const& point, os::deadline const& until, alarm_word* alarm) {
  if (alarm != nullptr) {
    wait_point const* const only = &point;
    return wait_for_any(std::span(&only, 1), until, alarm);
  }
  switch (point.kind) {
    case nature::lock:
      return answer(noted(point, lock(*point.node, until)));
    case nature::gate:
      return answer(taken_if(take(*point.node, point.gate, until)));
    case nature::ending:
      return answer(taken_if(mourn(*point.node, until)));
    case nature::descriptor:
      return answer(taken_if(watch(point, until)));
    case nature::always:
      break;
  }
  return {how::taken};
}

wait_answer wait_for_any(std::span<wait_point const* const> points, os::deadline const& until, alarm_word* alarm) {
  return several(points, alarm).any(until);
}

wait_answer wait_for_all(std::span<wait_point const* const> points, os::deadline const& until, alarm_word* alarm) {
  return several(points, alarm).all(until);
}

bool release_lock(wait_point const& point) {
  return undo(point, &unlock);
}

os::deadline deadline_in(std::uint32_t milliseconds) {
  constexpr std::uint32_t for_ever = 0xffffffffU;
  if (milliseconds == for_ever) return {};
  auto const now = std::chrono::steady_clock::now();
  return milliseconds == 0 ? now : now + std::chrono::milliseconds(milliseconds);
}

}  // namespace coview::win32
