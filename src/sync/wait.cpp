// SPDX-License-Identifier: Apache-2.0
// Waiting for several objects: they are checked here, the waiting is wait_engine's.
#include <array>
#include <cerrno>

#include <coview/event.hpp>
#include <coview/semaphore.hpp>
#include <coview/timer.hpp>
#include <coview/wait.hpp>

#include "sync/sync_object.hpp"

namespace coview {

/// The objects of one wait, checked.
struct waiting {
  waiting(std::span<waitable const> wanted, operation_context const& context) {
    if (wanted.empty() || wanted.size() > most_points) {
      context.fail(EINVAL, std::to_string(wanted.size()) + " objects were given", "wait for 1 to 64");
    }
    for (auto const& one : wanted) points_.at(count_++) = &point_of(one, context);
  }

  static wait_point const& point_of(waitable const& one, operation_context const& context) {
    if (one.point_ != nullptr) return *one.point_;
    return of(one, context).point;
  }

  static detail::sync_object& of(waitable const& one, operation_context const& context) {
    if (one.point_ != nullptr) context.fail(EINVAL, "a channel cannot be signalled", "send a message");
    if (one.object_ == nullptr) context.fail(EINVAL, "a handle was moved from or never opened");
    return *one.object_;
  }

  [[nodiscard]] std::span<wait_point const* const> points() const { return std::span(points_).first(count_); }

  /// WA-07.
  [[nodiscard]] bool has_duplicates() const {
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        auto const& one = *points_.at(i);
        auto const& other = *points_.at(k);
        if (&one == &other || (one.node != nullptr && one.node == other.node)) return true;
      }
    }
    return false;
  }

 private:
  std::array<wait_point const*, most_points> points_;  // not initialised: only the first `count_` are looked at
  std::size_t count_ = 0;
};

waitable::waitable(mutex const& object) noexcept : object_(object.object_.get()) {}
waitable::waitable(event const& object) noexcept : object_(object.object_.get()) {}
waitable::waitable(semaphore const& object) noexcept : object_(object.object_.get()) {}
waitable::waitable(timer const& object) noexcept : object_(object.object_.get()) {}

std::optional<waited> wait_any(std::span<waitable const> objects, timeout until) {
  waiting const wait(objects, {"wait for", "any of several objects"});
  auto const points = wait.points();
  auto const answer =
      points.size() > 1 ? wait_for_any(points, until.deadline()) : wait_for_one(*points.front(), until.deadline());
  if (!answer.took()) return {};
  return waited{answer.index, answer.outcome == wait_answer::how::abandoned};
}

waited_for_all wait_all(std::span<waitable const> objects, timeout until) {
  operation_context const context{"wait for", "all of several objects"};
  waiting const wait(objects, context);
  if (wait.has_duplicates()) context.fail(EINVAL, "the same object was given twice");
  auto const answer = wait_for_all(wait.points(), until.deadline());
  return {answer.took(), answer.outcome == wait_answer::how::abandoned};
}

std::optional<waited> signal_and_wait(waitable signalled, waitable wait, timeout until) {
  operation_context const both{"signal and wait for", "objects"};
  auto const& object = waiting::of(signalled, both);
  (void)waiting::point_of(wait, both);
  operation_context const context{"signal", "object", object.name};
  if (object.kind == object_kind::timer) context.fail(EINVAL, "a timer cannot be signalled", "set it to be due now");
  if (object.kind == object_kind::mutex) {
    if (!unlock(object.point.ref())) context.fail(EPERM, "this thread does not own it");
  } else {
    std::uint32_t before = 0;
    if (!signal(object.node(), object.rules(), 1, before)) context.fail(EOVERFLOW, "the semaphore is full");
  }
  return wait_any(std::span(&wait, 1), until);
}

}  // namespace coview
