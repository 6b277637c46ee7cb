// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>

#include <coview/event.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "sync/courtesy.hpp"
#include "sync/spin.hpp"
#include "sync/sync_object.hpp"

namespace coview {

/// One wait for several objects. docs/synchronisation.md, "Waiting for several".
struct waiting {
  using object = detail::sync_object;
  static constexpr std::size_t most = 64;

  // Not initialised: filling 2 KiB would cost more than the scan.
  std::array<object*, most> objects;
  std::array<std::uint32_t, most> pulses_before;
  std::array<::futex_waitv, most> words;
  std::size_t count = 0;
  bool slept = false;

  static bool is_over(os::deadline const& until) { return until && std::chrono::steady_clock::now() >= *until; }

  static object& of(waitable const& one) { return *one.object_; }

  waiting(std::span<waitable const> wanted, operation_context const& context) {
    if (wanted.empty() || wanted.size() > most) {
      context.fail(EINVAL, std::to_string(wanted.size()) + " objects were given", "wait for 1 to 64");
    }
    for (auto const& one : wanted) {
      if (one.object_ == nullptr) context.fail(EINVAL, "a handle was moved from or never opened");
      objects.at(count) = one.object_;
      if (!is_lock(*one.object_)) pulses_before.at(count) = pulses(node(count));
      ++count;
    }
  }

  static bool is_lock(object const& one) { return one.kind == object_kind::mutex; }
  [[nodiscard]] robust_node& node(std::size_t i) const { return objects.at(i)->node(); }
  void each_node(void (*what)(robust_node&) noexcept) const {
    for (std::size_t i = 0; i < count; ++i) what(node(i));
  }

  /// Takes one where it is there.
  lock_outcome try_one(std::size_t i) const {
    auto& one = *objects.at(i);
    if (is_lock(one)) return try_lock_noted(one);
    if (try_take(node(i), one.gate, slept ? std::uint64_t{sleepers} : 0)) return lock_outcome::taken;
    return take_pulsed(node(i), one.gate, pulses_before.at(i), slept) ? lock_outcome::taken : lock_outcome::refused;
  }

  /// Announces this thread to an object: true where there is something to sleep on, false where it is there.
  bool announce(std::size_t i, std::size_t place) {
    auto const value =
        is_lock(*objects.at(i)) ? announce_sleeper(node(i), alone::no) : announce_gate_sleeper(node(i), alone::no);
    if (value == 0) return false;
    words.at(place) = os::futex_entry(node(i).word(), value);
    return true;
  }

  /// A wake-up may have been meant for one sleeper only, by the kernel in place of one that died: what this thread
  /// does not take is another's.
  void pass_on_rest(std::size_t taken = most) const {
    if (!slept) return;
    for (std::size_t i = 0; i < count; ++i) {
      if (i == taken) continue;
      if (is_lock(*objects.at(i))) {
        pass_on(node(i));
      } else {
        pass_on_gate(node(i));
      }
    }
  }

  std::optional<waited> any(os::deadline const& until);
  waited_for_all all(os::deadline const& until);

 private:
  std::optional<waited> scan() const {
    for (std::size_t i = 0; i < count; ++i) {
      auto const outcome = try_one(i);
      if (outcome != lock_outcome::refused) return waited{i, outcome == lock_outcome::taken_abandoned};
    }
    return {};
  }

  [[nodiscard]] bool is_there(std::size_t i) const {
    auto const state = node(i).state.load(std::memory_order_seq_cst);
    if (!is_lock(*objects.at(i))) return (state & available) != 0;
    return (state & owner_mask) == 0 || owned_by_this_thread(node(i));
  }

  /// A1: all of them, in the order that all processes agree on, or none.
  bool commit(waited_for_all& result) const {
    std::array<std::size_t, most> order{};
    for (std::size_t i = 0; i < count; ++i) order.at(i) = i;
    std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count),
              [&](auto a, auto b) { return objects.at(a)->order < objects.at(b)->order; });
    bool abandoned = false;
    for (std::size_t held = 0; held < count; ++held) {
      auto const i = order.at(held);
      if (keep(i, abandoned)) continue;
      while (held > 0) settle(order.at(--held), false);
      return false;
    }
    for (std::size_t k = 0; k < count; ++k) settle(order.at(k), true);
    result = {true, abandoned};
    return true;
  }

  bool keep(std::size_t i, bool& abandoned) const {
    if (!is_lock(*objects.at(i))) return reserve(node(i)) == gate_outcome::taken;
    auto const outcome = try_lock_noted(*objects.at(i));
    abandoned = abandoned || outcome == lock_outcome::taken_abandoned;
    return outcome != lock_outcome::refused;
  }

  void settle(std::size_t i, bool taken) const {
    if (!is_lock(*objects.at(i))) {
      settle_reservation(node(i), objects.at(i)->gate, taken);
    } else if (!taken) {
      give_back_noted(*objects.at(i));
    }
  }
};

std::optional<waited> waiting::any(os::deadline const& until) {
  for (std::size_t i = 0; i < count; ++i) {
    if (is_overtaking(node(i)) && is_there(i)) [[unlikely]]
      step_back(node(i));
  }
  if (auto taken = scan()) return taken;
  if (is_over(until)) return {};
  spinner spin;
  while (spin.pause()) {
    if (auto taken = scan()) {
      spin.rewarded();
      return taken;
    }
  }
  spin.in_vain();
  patience_of_a_sleeper patience;
  for (;;) {
    auto const taken = scan();
    if (taken || is_over(until)) {
      if (patience.was_told()) each_node(thank);
      pass_on_rest(taken ? taken->index : most);
      return taken;
    }
    bool something_there = false;
    for (std::size_t i = 0; i < count && !something_there; ++i) something_there = !announce(i, i);
    if (something_there) continue;
    if (slept && patience.overtaken_again()) each_node(ask_for_courtesy);
    slept = true;
    if (os::futex_wait_any(std::span(words).first(count), until) == os::futex_answer::woken) spin.woken();
  }
}

waited_for_all waiting::all(os::deadline const& until) {
  waited_for_all result;
  for (;;) {
    std::size_t missing = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_there(i) && announce(i, missing)) ++missing;
    }
    if (missing == 0 && commit(result)) break;
    if (is_over(until)) break;
    if (missing == 0) continue;  // one of them went, or is reserved, just now
    pass_on_rest();              // of those that are there, and that this thread cannot take yet
    slept = true;
    os::futex_wait_any(std::span(words).first(missing), until);
  }
  if (!result) pass_on_rest();
  return result;
}

waitable::waitable(mutex const& object) noexcept : object_(object.object_.get()) {}
waitable::waitable(event const& object) noexcept : object_(object.object_.get()) {}
waitable::waitable(semaphore const& object) noexcept : object_(object.object_.get()) {}

std::optional<waited> wait_any(std::span<waitable const> objects, timeout until) {
  waiting wait(objects, {"wait for", "any of several objects"});
  if (wait.count > 1) return wait.any(until.deadline());
  auto& only = waiting::of(objects.front());
  if (waiting::is_lock(only)) {
    auto const outcome = lock_noted(only, until.deadline());
    if (outcome == lock_outcome::refused) return {};
    return waited{0, outcome == lock_outcome::taken_abandoned};
  }
  if (!take(only.node(), only.gate, until.deadline())) return {};
  return waited{0, false};
}

waited_for_all wait_all(std::span<waitable const> objects, timeout until) {
  operation_context const context{"wait for", "all of several objects"};
  waiting wait(objects, context);
  for (std::size_t i = 0; i < wait.count; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (wait.objects.at(i)->order == wait.objects.at(k)->order)
        context.fail(EINVAL, "the same object was given twice");
    }
  }
  return wait.all(until.deadline());
}

std::optional<waited> signal_and_wait(waitable signal, waitable wait, timeout until) {
  std::array const both{signal, wait};
  waiting const checked(both, {"signal and wait for", "objects"});
  auto& object = waiting::of(signal);
  operation_context const context{"signal", "object", object.name};
  if (waiting::is_lock(object)) {
    if (!unlock_noted(object)) context.fail(EPERM, "this thread does not own it");
  } else {
    std::uint32_t before = 0;
    if (!put(object.node(), object.gate, 1, object.maximum, before)) context.fail(EOVERFLOW, "the semaphore is full");
  }
  return wait_any(std::span(&both[1], 1), until);
}

}  // namespace coview
