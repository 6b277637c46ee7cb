// SPDX-License-Identifier: Apache-2.0
// The public face of timers: times of the caller become those of the clocks that the state counts in.
#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <coview/timer.hpp>

#include "sync/sync_object.hpp"
#include "sync/timer_state.hpp"

namespace coview {
namespace {

constexpr std::uint32_t manual_timer = 1;

sync_description described(reset kind) {
  sync_description timer{object_kind::timer, {}, 0};
  timer.facts.flavour = kind == reset::manual ? manual_timer : 0;
  return timer;
}

operation_context timer_call(char const* operation, std::string_view name) {
  return {operation, "timer", name};
}

void set_to(detail::sync_object const& object, timer_clock clock, std::uint64_t due, std::chrono::nanoseconds every) {
  auto const context = timer_call("set", object.name);
  if (every.count() < 0) context.fail(EINVAL, "its period is negative", "0 is once");
  timer_setting const wanted{clock, std::min(due, latest_due), static_cast<std::uint64_t>(every.count()),
                             new_setting_id()};
  if (!set_timer(object.point.timer(), wanted)) {
    context.fail(EBUSY, "others are setting it all the time, or somebody who may write it says so",
                 "try again; if that does not help, make the timer anew");
  }
}

}  // namespace

timer timer::create(std::string_view name, reset kind, sync_options const& options) {
  return timer(open_sync(name, name_use::create, described(kind), options, timer_call("create", name)));
}

timer timer::open(std::string_view name) {
  return timer(open_sync(name, name_use::open, described(reset::manual), {}, timer_call("open", name)));
}

std::optional<timer> timer::try_open(std::string_view name) {
  auto object = open_sync(name, name_use::try_open, described(reset::manual), {}, timer_call("open", name));
  if (!object) return {};
  return timer(std::move(object));
}

timer timer::open_or_create(std::string_view name, reset kind, sync_options const& options) {
  return timer(
      open_sync(name, name_use::open_or_create, described(kind), options, timer_call("open or create", name)));
}

void timer::set_after(std::chrono::nanoseconds after, std::chrono::nanoseconds every) const {
  auto const& object = behind(object_, "set", "timer");
  // What is for ever does not wrap: it is cut at `latest_due`, and now is far below it.
  set_to(object, timer_clock::monotonic,
         now_of(timer_clock::monotonic) + static_cast<std::uint64_t>(std::max(after.count(), std::int64_t{0})),
         every);
}

void timer::set(std::chrono::system_clock::time_point when, std::chrono::nanoseconds every) const {
  auto const& object = behind(object_, "set", "timer");
  auto const time = std::chrono::nanoseconds(when.time_since_epoch()).count();
  set_to(object, timer_clock::wall, static_cast<std::uint64_t>(std::max(time, decltype(time){0})), every);
}

void timer::cancel() const {
  cancel_timer(behind(object_, "cancel", "timer").point.timer());
}

bool timer::wait(timeout until) const {
  return wait_for_one(behind(object_, "wait for", "timer").point, until.deadline()).took();
}

std::optional<std::chrono::nanoseconds> timer::due_in() const noexcept {
  if (!object_) return {};
  auto const setting = running_setting(object_->point.timer());
  if (!setting) return {};
  auto const now = now_of(setting->clock);
  return std::chrono::nanoseconds(setting->due - std::min(now, setting->due));
}

reset timer::kind() const noexcept {
  return !object_ || object_->rules().kind == state_kind::manual ? reset::manual : reset::automatic;
}
bool timer::still_named() const noexcept {
  return object_ && object_->file.still_named();
}
std::string const& timer::name() const noexcept {
  return name_of(object_);
}
bool timer::created() const noexcept {
  return object_ && object_->created;
}

}  // namespace coview
