// SPDX-License-Identifier: Apache-2.0
// Mutexes, events, semaphores, timers and waits for several of them through coview.h.
#include <array>
#include <chrono>
#include <vector>

#include <coview/event.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/timer.hpp>
#include <coview/wait.hpp>

#include "c/call.hpp"
#include "c/handles.hpp"

namespace {

using namespace coview::c;

coview::sync_options sync_options_of(coview_create_options const* given) {
  auto const from = options(given, coview_create_options COVIEW_CREATE_OPTIONS_INIT);
  if (from.reserve != 0 || from.huge_pages != 0)
    throw bad_argument{EINVAL, "the options 'reserve' and 'huge_pages' are for mappings", "leave them 0"};
  return {.mode = from.mode, .permanent = from.permanent != 0};
}

coview::reset reset_of(coview_reset kind) {
  return value("coview_reset", kind, coview::reset::manual);
}

coview_status status_of(coview::acquired how) {
  switch (how) {
    case coview::acquired::yes:
      return COVIEW_OK;
    case coview::acquired::abandoned:
      return COVIEW_ABANDONED;
    case coview::acquired::timed_out:
      break;
  }
  return COVIEW_TIMED_OUT;
}

coview_status in_time(bool done) {
  return done ? COVIEW_OK : COVIEW_TIMED_OUT;
}

coview::waitable waitable_of(coview_waitable const& given) {
  int const set = (given.mutex != nullptr ? 1 : 0) + (given.event != nullptr ? 1 : 0) +
                  (given.semaphore != nullptr ? 1 : 0) + (given.queue != nullptr ? 1 : 0) +
                  (given.subscription != nullptr ? 1 : 0) + (given.timer != nullptr ? 1 : 0);
  bool unknown = false;
  for (auto const* const pointer : given.reserved) unknown = unknown || pointer != nullptr;
  if (set != 1 || unknown)
    throw bad_argument{EINVAL, "an object to wait for must have exactly one of its pointers set", {}};
  if (given.mutex != nullptr) return given.mutex->object;
  if (given.event != nullptr) return given.event->object;
  if (given.semaphore != nullptr) return given.semaphore->object;
  if (given.timer != nullptr) return given.timer->object;
  if (given.queue != nullptr) return *given.queue->object;
  return *given.subscription->object;
}

/// When a timer is due, or how often.
std::chrono::nanoseconds time_of(char const* what, int64_t nanoseconds) {
  if (nanoseconds < 0)
    throw bad_argument{EINVAL, std::string(what) + " is " + std::to_string(nanoseconds), "give 0 or more"};
  return std::chrono::nanoseconds(nanoseconds);
}

std::vector<coview::waitable> waitables_of(coview_waitable const* objects, size_t count) {
  constexpr size_t most = 64;
  if (count == 0 || count > most)
    throw bad_argument{EINVAL, std::to_string(count) + " objects to wait for", "wait for 1 to 64"};
  given("objects", objects);
  std::vector<coview::waitable> made;
  made.reserve(count);
  for (size_t i = 0; i < count; ++i) made.push_back(waitable_of(objects[i]));
  return made;
}

}  // namespace

coview_status coview_mutex_create(char const* name, coview_create_options const* options, coview_mutex** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_mutex{coview::mutex::create(text("name", name), sync_options_of(options))};
    });
  });
}

coview_status coview_mutex_open(char const* name, coview_mutex** result) {
  return call(__func__, [&] {
    return made(result, [&] { return new coview_mutex{coview::mutex::open(text("name", name))}; });
  });
}

coview_status coview_mutex_open_or_create(char const* name, coview_create_options const* options,
                                          coview_mutex** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_mutex{coview::mutex::open_or_create(text("name", name), sync_options_of(options))};
    });
  });
}

coview_status coview_mutex_acquire(coview_mutex const* mutex, int64_t timeout) {
  return call(__func__, [&] { return status_of(given("mutex", mutex).object.acquire(within(timeout))); });
}

coview_status coview_mutex_release(coview_mutex const* mutex) {
  return call(__func__, [&] {
    given("mutex", mutex).object.release();
    return COVIEW_OK;
  });
}

char const* coview_mutex_name(coview_mutex const* mutex) {
  return mutex == nullptr ? "" : mutex->object.name().c_str();
}

int coview_mutex_created(coview_mutex const* mutex) {
  return mutex != nullptr && mutex->object.created() ? 1 : 0;
}

int coview_mutex_still_named(coview_mutex const* mutex) {
  return mutex != nullptr && mutex->object.still_named() ? 1 : 0;
}

void coview_mutex_close(coview_mutex* mutex) {
  delete mutex;
}

coview_status coview_event_create(char const* name, coview_reset kind, int set, coview_create_options const* options,
                                  coview_event** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_event{
          coview::event::create(text("name", name), reset_of(kind), set != 0, sync_options_of(options))};
    });
  });
}

coview_status coview_event_open(char const* name, coview_event** result) {
  return call(__func__, [&] {
    return made(result, [&] { return new coview_event{coview::event::open(text("name", name))}; });
  });
}

coview_status coview_event_open_or_create(char const* name, coview_reset kind, int set,
                                          coview_create_options const* options, coview_event** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_event{
          coview::event::open_or_create(text("name", name), reset_of(kind), set != 0, sync_options_of(options))};
    });
  });
}

coview_status coview_event_set(coview_event const* event) {
  return call(__func__, [&] {
    given("event", event).object.set();
    return COVIEW_OK;
  });
}

coview_status coview_event_clear(coview_event const* event) {
  return call(__func__, [&] {
    given("event", event).object.clear();
    return COVIEW_OK;
  });
}

coview_status coview_event_pulse(coview_event const* event) {
  return call(__func__, [&] {
    given("event", event).object.pulse();
    return COVIEW_OK;
  });
}

coview_status coview_event_wait(coview_event const* event, int64_t timeout) {
  return call(__func__, [&] { return in_time(given("event", event).object.wait(within(timeout))); });
}

coview_reset coview_event_kind(coview_event const* event) {
  return event == nullptr ? COVIEW_RESET_AUTOMATIC : static_cast<coview_reset>(event->object.kind());
}

char const* coview_event_name(coview_event const* event) {
  return event == nullptr ? "" : event->object.name().c_str();
}

int coview_event_created(coview_event const* event) {
  return event != nullptr && event->object.created() ? 1 : 0;
}

int coview_event_still_named(coview_event const* event) {
  return event != nullptr && event->object.still_named() ? 1 : 0;
}

void coview_event_close(coview_event* event) {
  delete event;
}

coview_status coview_semaphore_create(char const* name, uint32_t initial, uint32_t maximum,
                                      coview_create_options const* options, coview_semaphore** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_semaphore{
          coview::semaphore::create(text("name", name), initial, maximum, sync_options_of(options))};
    });
  });
}

coview_status coview_semaphore_open(char const* name, coview_semaphore** result) {
  return call(__func__, [&] {
    return made(result, [&] { return new coview_semaphore{coview::semaphore::open(text("name", name))}; });
  });
}

coview_status coview_semaphore_open_or_create(char const* name, uint32_t initial, uint32_t maximum,
                                              coview_create_options const* options, coview_semaphore** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_semaphore{
          coview::semaphore::open_or_create(text("name", name), initial, maximum, sync_options_of(options))};
    });
  });
}

coview_status coview_semaphore_acquire(coview_semaphore const* semaphore, int64_t timeout) {
  return call(__func__, [&] { return in_time(given("semaphore", semaphore).object.acquire(within(timeout))); });
}

coview_status coview_semaphore_release(coview_semaphore const* semaphore, uint32_t count, uint32_t* before) {
  return call(__func__, [&] {
    auto const there = given("semaphore", semaphore).object.release(count);
    if (before != nullptr) *before = there;
    return COVIEW_OK;
  });
}

uint32_t coview_semaphore_count(coview_semaphore const* semaphore) {
  return semaphore == nullptr ? 0 : semaphore->object.count();
}

uint32_t coview_semaphore_maximum(coview_semaphore const* semaphore) {
  return semaphore == nullptr ? 0 : semaphore->object.maximum();
}

char const* coview_semaphore_name(coview_semaphore const* semaphore) {
  return semaphore == nullptr ? "" : semaphore->object.name().c_str();
}

int coview_semaphore_created(coview_semaphore const* semaphore) {
  return semaphore != nullptr && semaphore->object.created() ? 1 : 0;
}

int coview_semaphore_still_named(coview_semaphore const* semaphore) {
  return semaphore != nullptr && semaphore->object.still_named() ? 1 : 0;
}

void coview_semaphore_close(coview_semaphore* semaphore) {
  delete semaphore;
}

coview_status coview_timer_create(char const* name, coview_reset kind, coview_create_options const* options,
                                  coview_timer** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_timer{coview::timer::create(text("name", name), reset_of(kind), sync_options_of(options))};
    });
  });
}

coview_status coview_timer_open(char const* name, coview_timer** result) {
  return call(__func__, [&] {
    return made(result, [&] { return new coview_timer{coview::timer::open(text("name", name))}; });
  });
}

coview_status coview_timer_open_or_create(char const* name, coview_reset kind, coview_create_options const* options,
                                          coview_timer** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_timer{
          coview::timer::open_or_create(text("name", name), reset_of(kind), sync_options_of(options))};
    });
  });
}

coview_status coview_timer_set(coview_timer const* timer, int64_t after, int64_t period) {
  return call(__func__, [&] {
    given("timer", timer).object.set(time_of("after", after), time_of("period", period));
    return COVIEW_OK;
  });
}

coview_status coview_timer_set_at(coview_timer const* timer, int64_t when, int64_t period) {
  return call(__func__, [&] {
    using clock = std::chrono::system_clock;
    clock::time_point const point(std::chrono::duration_cast<clock::duration>(std::chrono::nanoseconds(when)));
    given("timer", timer).object.set(point, time_of("period", period));
    return COVIEW_OK;
  });
}

coview_status coview_timer_cancel(coview_timer const* timer) {
  return call(__func__, [&] {
    given("timer", timer).object.cancel();
    return COVIEW_OK;
  });
}

coview_status coview_timer_wait(coview_timer const* timer, int64_t timeout) {
  return call(__func__, [&] { return in_time(given("timer", timer).object.wait(within(timeout))); });
}

coview_status coview_timer_due_in(coview_timer const* timer, int64_t* nanoseconds) {
  return call(__func__, [&] {
    auto& there = given("the place for the result", nanoseconds);
    auto const due = given("timer", timer).object.due_in();
    if (!due) return COVIEW_ABSENT;
    there = due->count();
    return COVIEW_OK;
  });
}

coview_reset coview_timer_kind(coview_timer const* timer) {
  return timer == nullptr ? COVIEW_RESET_AUTOMATIC : static_cast<coview_reset>(timer->object.kind());
}

char const* coview_timer_name(coview_timer const* timer) {
  return timer == nullptr ? "" : timer->object.name().c_str();
}

int coview_timer_created(coview_timer const* timer) {
  return timer != nullptr && timer->object.created() ? 1 : 0;
}

int coview_timer_still_named(coview_timer const* timer) {
  return timer != nullptr && timer->object.still_named() ? 1 : 0;
}

void coview_timer_close(coview_timer* timer) {
  delete timer;
}

coview_status coview_wait_any(coview_waitable const* objects, size_t count, int64_t timeout, size_t* index) {
  return call(__func__, [&] {
    auto const taken = coview::wait_any(waitables_of(objects, count), within(timeout));
    if (!taken) return COVIEW_TIMED_OUT;
    if (index != nullptr) *index = taken->index;
    return taken->abandoned ? COVIEW_ABANDONED : COVIEW_OK;
  });
}

coview_status coview_wait_all(coview_waitable const* objects, size_t count, int64_t timeout) {
  return call(__func__, [&] {
    auto const taken = coview::wait_all(waitables_of(objects, count), within(timeout));
    if (!taken.done) return COVIEW_TIMED_OUT;
    return taken.abandoned ? COVIEW_ABANDONED : COVIEW_OK;
  });
}
