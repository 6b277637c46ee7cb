// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "addon.hpp"

namespace coview_node {

namespace {

/// A mutex, and the thread that owns it for JavaScript, whose own threads come and go with its tasks.
struct mutex_handle final : handle {
  explicit mutex_handle(coview_mutex* mutex) : handle(mutex, true), owner(new_owner()) {}
  mutex_handle(mutex_handle const&) = delete;
  mutex_handle& operator=(mutex_handle const&) = delete;
  ~mutex_handle() override {
    join(*owner);  // what it owns is abandoned then, while its memory is still there
    coview_mutex_close(static_cast<coview_mutex*>(it));
  }
  std::shared_ptr<owner_thread> owner;
};

/// What all calls that open an object by its name are told.
struct wanted {
  explicit wanted(arguments const& given)
      : how(static_cast<way>(given.number(0))),
        name(given.text(1)),
        flag(given.flag(4)),
        first(given.number(5)),
        second(given.number(6)) {
    options.mode = static_cast<std::uint32_t>(given.number(2));
    options.permanent = given.flag(3);
  }
  way how;
  std::string name;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  bool flag;
  std::int64_t first;
  std::int64_t second;
};

/// openMutex(way, name, mode, permanent)
napi_value open_mutex(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<coview_mutex*>(nullptr);
  auto const run = [result, asked = wanted(arguments(env, info))] {
    auto const* const name = asked.name.c_str();
    if (asked.how == way::open) return coview_mutex_open(name, result.get());
    auto* const make = asked.how == way::create ? coview_mutex_create : coview_mutex_open_or_create;
    return make(name, &asked.options, result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    auto const made = wrap(where, std::make_shared<mutex_handle>(*result));
    describe(where, made, coview_mutex_name(*result), coview_mutex_created(*result));
    return made;
  });
}

/// openEvent(way, name, mode, permanent, set, manual)
napi_value open_event(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<coview_event*>(nullptr);
  auto const run = [result, asked = wanted(arguments(env, info))] {
    auto const* const name = asked.name.c_str();
    if (asked.how == way::open) return coview_event_open(name, result.get());
    auto* const make = asked.how == way::create ? coview_event_create : coview_event_open_or_create;
    return make(name, static_cast<coview_reset>(asked.first), asked.flag, &asked.options, result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    auto* const event = *result;
    auto const made = wrap(where, event, coview_event_close);
    describe(where, made, coview_event_name(event), coview_event_created(event));
    set(where, made, "manual", boolean(where, coview_event_kind(event) == COVIEW_RESET_MANUAL));
    return made;
  });
}

/// openSemaphore(way, name, mode, permanent, -, initial, maximum)
napi_value open_semaphore(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<coview_semaphore*>(nullptr);
  auto const run = [result, asked = wanted(arguments(env, info))] {
    auto const* const name = asked.name.c_str();
    if (asked.how == way::open) return coview_semaphore_open(name, result.get());
    auto* const make = asked.how == way::create ? coview_semaphore_create : coview_semaphore_open_or_create;
    return make(name, static_cast<std::uint32_t>(asked.first), static_cast<std::uint32_t>(asked.second),
                &asked.options, result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    auto* const semaphore = *result;
    auto const made = wrap(where, semaphore, coview_semaphore_close);
    describe(where, made, coview_semaphore_name(semaphore), coview_semaphore_created(semaphore));
    set(where, made, "maximum", number(where, coview_semaphore_maximum(semaphore)));
    return made;
  });
}

/// openTimer(way, name, mode, permanent, -, manual)
napi_value open_timer(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<coview_timer*>(nullptr);
  auto const run = [result, asked = wanted(arguments(env, info))] {
    auto const* const name = asked.name.c_str();
    if (asked.how == way::open) return coview_timer_open(name, result.get());
    auto* const make = asked.how == way::create ? coview_timer_create : coview_timer_open_or_create;
    return make(name, static_cast<coview_reset>(asked.first), &asked.options, result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    auto* const timer = *result;
    auto const made = wrap(where, timer, coview_timer_close);
    describe(where, made, coview_timer_name(timer), coview_timer_created(timer));
    set(where, made, "manual", boolean(where, coview_timer_kind(timer) == COVIEW_RESET_MANUAL));
    return made;
  });
}

napi_value acquired(napi_env env, coview_status status) {
  if (status == -ECANCELED) return in_time(env, status);
  return text(env, status == COVIEW_TIMED_OUT ? "timed out" : status == COVIEW_ABANDONED ? "abandoned" : "ok");
}

/// acquireMutex(mutex, timeout): [promise of "ok", "abandoned", "timed out" or null, token]
napi_value acquire_mutex(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const mutex = given.given(0);
  if (!mutex) return nullptr;
  auto const& owner = static_cast<mutex_handle const&>(*mutex).owner;
  return wait_in(env, owner,
                 [it = as<coview_mutex>(mutex)](std::int64_t timeout) { return coview_mutex_acquire(it, timeout); },
                 nanoseconds(given.real(1)), acquired, {mutex});
}

/// releaseMutex(mutex): [promise, -]
napi_value release_mutex(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const mutex = given.given(0);
  if (!mutex) return nullptr;
  auto const& owner = static_cast<mutex_handle const&>(*mutex).owner;
  return wait_in(
      env, owner, [it = as<coview_mutex>(mutex)](std::int64_t) { return coview_mutex_release(it); }, 0,
      [](napi_env where, coview_status) { return undefined(where); }, {mutex});
}

/// waitFor(kind, object, timeout): [promise of true, false or null, token]
napi_value wait_for(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const kind = given.text(0);
  auto const object = given.given(1);
  if (!object) return nullptr;
  auto const timeout = nanoseconds(given.real(2));
  if (kind == "e")
    return wait_of(
        env, [object](std::int64_t time) { return coview_event_wait(as<coview_event>(object), time); }, timeout,
        in_time);
  if (kind == "t")
    return wait_of(
        env, [object](std::int64_t time) { return coview_timer_wait(as<coview_timer>(object), time); }, timeout,
        in_time);
  return wait_of(
      env, [object](std::int64_t time) { return coview_semaphore_acquire(as<coview_semaphore>(object), time); },
      timeout, in_time);
}

/// waitSeveral(all, timeout, kinds, objects…): [promise of the index, or of "timed out"; with
/// `abandoned`; or null, token]
napi_value wait_several(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  bool const all = given.flag(0);
  auto const timeout = nanoseconds(given.real(1));
  auto const kinds = given.text(2);
  struct several {
    std::vector<coview_waitable> objects;
    std::size_t index = 0;
  };
  auto const what = std::make_shared<several>();
  std::vector<shared_handle> held;
  std::shared_ptr<owner_thread> owner;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    napi_value element = nullptr;
    napi_get_element(env, given[3], static_cast<std::uint32_t>(i), &element);
    auto const object = given.given_value(element);
    if (!object) return nullptr;
    if (kinds[i] == 'm') owner = static_cast<mutex_handle const&>(*object).owner;
    what->objects.push_back(waitable_of(kinds[i], object));
    held.push_back(object);
  }
  auto const run = [what, all](std::int64_t time) {
    auto const& objects = what->objects;
    return all ? coview_wait_all(objects.data(), objects.size(), time)
               : coview_wait_any(objects.data(), objects.size(), time, &what->index);
  };
  auto const settle = [what](napi_env where, coview_status status) {
    if (status == -ECANCELED || status == COVIEW_TIMED_OUT) return in_time(where, status);
    napi_value made = nullptr;
    napi_create_object(where, &made);
    set(where, made, "index", number(where, static_cast<double>(what->index)));
    set(where, made, "abandoned", boolean(where, status == COVIEW_ABANDONED));
    return made;
  };
  if (owner) return wait_in(env, owner, run, timeout, settle, std::move(held));
  // Where a channel's participant has died, its lock is needed to see what is there.
  bool const locks = kinds.find_first_of("qb") != std::string::npos;
  return wait_of(
      env, [run, held](std::int64_t time) { return run(time); }, timeout, settle,
      locks ? unheard::is_asked_again : unheard::is_not_there);
}

napi_value done(napi_env env, coview_status status) {
  return status < 0 ? raise(env, status) : undefined(env);
}

/// A call of an object that takes nothing more.
template <class T, coview_status (*Call)(T const*)>
napi_value simple(napi_env env, napi_callback_info info) {
  auto const object = arguments(env, info).given(0);
  return object ? done(env, Call(as<T>(object))) : nullptr;
}

/// releaseSemaphore(semaphore, count): the count before
napi_value release_semaphore(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const semaphore = given.given(0);
  if (!semaphore) return nullptr;
  auto const count = given.number(1);
  std::uint32_t before = 0;
  auto const status =
      coview_semaphore_release(as<coview_semaphore>(semaphore),
                               count < 0 || count > INT32_MAX ? 0 : static_cast<std::uint32_t>(count), &before);
  return status < 0 ? raise(env, status) : number(env, before);
}

napi_value semaphore_count(napi_env env, napi_callback_info info) {
  auto const semaphore = arguments(env, info).given(0);
  return semaphore ? number(env, coview_semaphore_count(as<coview_semaphore>(semaphore))) : nullptr;
}

/// setTimer(timer, milliseconds from now or since 1970, period, whether it is since 1970)
napi_value set_timer(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const timer = given.given(0);
  if (!timer) return nullptr;
  auto const when = static_cast<std::int64_t>(given.real(1) * 1e6);
  auto const period = static_cast<std::int64_t>(given.real(2) * 1e6);
  auto* const call = given.flag(3) ? coview_timer_set_at : coview_timer_set;
  return done(env, call(as<coview_timer>(timer), when, period));
}

/// timerDueIn(timer): milliseconds, or null
napi_value timer_due_in(napi_env env, napi_callback_info info) {
  auto const timer = arguments(env, info).given(0);
  if (!timer) return nullptr;
  std::int64_t due = 0;
  auto const status = coview_timer_due_in(as<coview_timer>(timer), &due);
  if (status < 0) return raise(env, status);
  return status == COVIEW_ABSENT ? in_time(env, -ECANCELED) : number(env, static_cast<double>(due) / 1e6);
}

}  // namespace

coview_waitable waitable_of(char kind, shared_handle const& from) {
  coview_waitable made{};
  switch (kind) {
    case 'm':
      made.mutex = as<coview_mutex>(from);
      break;
    case 'e':
      made.event = as<coview_event>(from);
      break;
    case 's':
      made.semaphore = as<coview_semaphore>(from);
      break;
    case 't':
      made.timer = as<coview_timer>(from);
      break;
    case 'q':
      made.queue = as<coview_queue>(from);
      break;
    default:
      made.subscription = as<coview_subscription>(from);
      break;
  }
  return made;
}

void add_sync(napi_env env, napi_value exports) {
  add(env, exports, "openMutex", open_mutex);
  add(env, exports, "openEvent", open_event);
  add(env, exports, "openSemaphore", open_semaphore);
  add(env, exports, "openTimer", open_timer);
  add(env, exports, "acquireMutex", acquire_mutex);
  add(env, exports, "releaseMutex", release_mutex);
  add(env, exports, "mutexStillNamed", flag_of<coview_mutex, coview_mutex_still_named>);
  add(env, exports, "waitFor", wait_for);
  add(env, exports, "waitSeveral", wait_several);
  add(env, exports, "setEvent", simple<coview_event, coview_event_set>);
  add(env, exports, "clearEvent", simple<coview_event, coview_event_clear>);
  add(env, exports, "pulseEvent", simple<coview_event, coview_event_pulse>);
  add(env, exports, "eventStillNamed", flag_of<coview_event, coview_event_still_named>);
  add(env, exports, "releaseSemaphore", release_semaphore);
  add(env, exports, "semaphoreCount", semaphore_count);
  add(env, exports, "semaphoreStillNamed", flag_of<coview_semaphore, coview_semaphore_still_named>);
  add(env, exports, "setTimer", set_timer);
  add(env, exports, "cancelTimer", simple<coview_timer, coview_timer_cancel>);
  add(env, exports, "timerDueIn", timer_due_in);
  add(env, exports, "timerStillNamed", flag_of<coview_timer, coview_timer_still_named>);
}

}  // namespace coview_node
