// SPDX-License-Identifier: Apache-2.0
#include "win32/core/sync/timer_calls.hpp"

#include <algorithm>

#include "win32/core/sync/sync_objects.hpp"
#include "win32/core/sync/timer_time.hpp"

namespace coview::win32 {

timer_calls::~timer_calls() = default;

void timer_calls::forget_those_set_anew() {
  calls_.erase(std::remove_if(calls_.begin(), calls_.end(),
                              [](call const& one) {
                                return one.timer->closed() ||
                                       setting_id(one.timer->point().timer()) != one.setting.id;
                              }),
               calls_.end());
}

void timer_calls::add(object_ptr<timer_object> timer, timer_setting const& setting, PTIMERAPCROUTINE routine,
                      LPVOID argument) {
  forget_those_set_anew();
  calls_.push_back({std::move(timer), setting, routine, argument});
}

bool timer_calls::run_due() {
  bool ran = false;
  for (;;) {
    forget_those_set_anew();  // a call may have done so
    auto const due = std::find_if(calls_.begin(), calls_.end(),
                                  [](call const& one) { return now_of(one.setting.clock) >= one.setting.due; });
    if (due == calls_.end()) return ran;
    auto const now = now_of(due->setting.clock);
    auto const when = filetime_of(due->setting, now);
    auto const routine = due->routine;
    auto* const argument = due->argument;
    if (due->setting.period == 0) {
      calls_.erase(due);
    } else {
      due->setting = next_setting(due->setting, now);
    }
    routine(argument, when.dwLowDateTime, when.dwHighDateTime);
    ran = true;
  }
}

os::deadline timer_calls::next() {
  if (calls_.empty()) return {};
  forget_those_set_anew();
  constexpr std::chrono::nanoseconds between_looks = std::chrono::seconds(1);  // at a clock that may be set
  constexpr std::chrono::nanoseconds longest = std::chrono::hours(24);
  os::deadline first;
  auto const begin = std::chrono::steady_clock::now();
  for (auto const& one : calls_) {
    auto const now = now_of(one.setting.clock);
    auto const most = one.setting.clock == timer_clock::wall ? between_looks : longest;
    auto const left = std::min(std::chrono::nanoseconds(one.setting.due - std::min(now, one.setting.due)), most);
    if (!first || begin + left < *first) first = begin + left;
  }
  return first;
}

void timer_calls::cancel_all() noexcept {
  for (auto const& one : calls_) {
    if (!one.timer->closed() && setting_id(one.timer->point().timer()) == one.setting.id)
      cancel_timer(one.timer->point().timer());
  }
  calls_.clear();
}

}  // namespace coview::win32
