// SPDX-License-Identifier: Apache-2.0
// What a victim does. Each scenario has a few moments at which the peer does something, and goes on whatever comes.
#include <optional>
#include <thread>
#include <utility>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/semaphore.hpp>
#include <coview/sync_status.hpp>
#include <coview/timer.hpp>
#include <coview/wait.hpp>

#include "victim.hpp"

namespace hostile {
namespace {

using sees = stage::sees;

constexpr char const* mutex_name = "Global\\shared_mutex";
constexpr char const* event_name = "Global\\shared_event";
constexpr char const* manual_name = "Global\\shared_manual";
constexpr char const* semaphore_name = "Global\\shared_semaphore";
constexpr char const* timer_name = "Global\\shared_timer";
constexpr char const* mapping_name = "Global\\shared_mapping";
constexpr coview::sync_options for_all{.mode = 0666};
constexpr std::uint64_t mapping_size = 10'000;
constexpr std::uint32_t permits = 2;

coview::mutex a_mutex() {
  return coview::mutex::open_or_create(mutex_name, for_all);
}
coview::event an_event() {
  return coview::event::open_or_create(event_name, coview::reset::automatic, false, for_all);
}
coview::event a_manual_event() {
  return coview::event::open_or_create(manual_name, coview::reset::manual, false, for_all);
}
coview::semaphore a_semaphore() {
  return coview::semaphore::open_or_create(semaphore_name, permits, permits, for_all);
}
coview::timer a_timer() {
  return coview::timer::open_or_create(timer_name, coview::reset::automatic, for_all);
}
coview::mapping a_mapping() {
  return coview::mapping::open_or_create(mapping_name, mapping_size, {.mode = 0666});
}

/// Opens, as the first step of a scenario; empty where that fails, which ends the scenario.
template <class Open>
auto opened(stage& on, Open const& open) {
  std::optional<decltype(open())> out;
  on.call(
      "open or create", patience, [&] { out.emplace(open()); }, sees::files);
  return out;
}

bool acquired(stage& on, coview::mutex const& m) {
  bool mine = false;
  on.call("acquire a mutex", wait_length, [&] { mine = m.acquire(wait_length) != coview::acquired::timed_out; });
  return mine;
}

void released(stage& on, coview::mutex const& m) {
  on.call("release a mutex", patience, [&] { m.release(); });
}

void a_lock(stage& on) {
  auto m = opened(on, a_mutex);
  if (!m) return;
  on.point();
  bool const once = acquired(on, *m);
  on.point();
  bool const twice = once && acquired(on, *m);
  on.point();
  if (twice) released(on, *m);
  on.call("ask whether it was abandoned", patience, [&] { (void)m->was_abandoned(); });
  if (once) released(on, *m);
  on.during();
  if (acquired(on, *m)) released(on, *m);
  on.call("close a mutex", patience, [&] { m.reset(); });
}

void a_lock_closed_while_owned(stage& on) {
  auto m = opened(on, a_mutex);
  if (!m) return;
  acquired(on, *m);
  on.point();
  on.call("close a mutex", patience, [&] { m.reset(); });
  on.check_private_memory();
  on.point();
  m = opened(on, a_mutex);
  if (!m) return;
  if (acquired(on, *m)) released(on, *m);
  on.point();
  released(on, *m);
  on.call("close a mutex", patience, [&] { m.reset(); });
}

void a_thread_that_ends_as_owner(stage& on) {
  auto m = opened(on, a_mutex);
  if (!m) return;
  std::thread([&] {
    acquired(on, *m);
    on.point();
  }).join();
  on.point();
  if (acquired(on, *m)) released(on, *m);
  on.during();
  if (acquired(on, *m)) released(on, *m);
}

void use_event(stage& on, coview::event const& e) {
  on.during();
  on.call("wait for an event", wait_length, [&] { (void)e.wait(wait_length); });
  on.point();
  on.call("set an event", patience, [&] { e.set(); });
  on.point();
  on.call("wait for an event", wait_length, [&] { (void)e.wait(wait_length); });
  on.call("ask for an event", patience, [&] { (void)e.wait(milliseconds(0)); });
  on.point();
  on.call("clear an event", patience, [&] { e.clear(); });
  on.point();
  on.call("pulse an event", patience, [&] { e.pulse(); });
  on.call("wait for an event", wait_length, [&] { (void)e.wait(wait_length); });
}

void an_automatic_event(stage& on) {
  if (auto const e = opened(on, an_event)) use_event(on, *e);
}

void a_manual_reset_event(stage& on) {
  if (auto const e = opened(on, a_manual_event)) use_event(on, *e);
}

void permits_of_a_semaphore(stage& on) {
  auto const s = opened(on, a_semaphore);
  if (!s) return;
  for (int i = 0; i < 3; ++i) {
    on.during();
    on.call("acquire a semaphore", wait_length, [&] { (void)s->acquire(wait_length); });
  }
  on.point();
  on.call("release a semaphore", patience, [&] { (void)s->release(); });
  on.point();
  on.call("release a semaphore", patience, [&] { (void)s->release(2); });
  on.call("count a semaphore", patience, [&] { (void)s->count(), (void)s->maximum(); });
  on.point();
  on.call("try a semaphore", patience, [&] { (void)s->try_acquire(); });
}

void a_periodic_timer(stage& on) {
  auto const t = opened(on, a_timer);
  if (!t) return;
  on.point();
  on.call("set a timer", patience, [&] { t->set(milliseconds(1), milliseconds(5)); });
  for (int i = 0; i < 3; ++i) {
    on.during();
    on.call("wait for a timer", wait_length, [&] { (void)t->wait(wait_length); });
  }
  on.call("ask a timer", patience, [&] { (void)t->due_in(), (void)t->kind(); });
  on.point();
  on.call("set a timer", patience, [&] { t->set(std::chrono::system_clock::now() + milliseconds(2)); });
  on.point();
  on.call("wait for a timer", wait_length, [&] { (void)t->wait(wait_length); });
  on.call("cancel a timer", patience, [&] { t->cancel(); });
  on.during();
  on.call("wait for a timer", wait_length, [&] { (void)t->wait(wait_length); });
}

/// `wait` gets all five objects.
template <class Wait>
void several(stage& on, Wait const& wait) {
  auto const m = opened(on, a_mutex);
  auto const e = opened(on, an_event);
  auto const manual = opened(on, a_manual_event);
  auto const s = opened(on, a_semaphore);
  auto const t = opened(on, a_timer);
  if (!m || !e || !manual || !s || !t) return;
  on.call("set a timer", patience, [&] { t->set(milliseconds(1), milliseconds(10)); });
  for (int i = 0; i < 3; ++i) {
    i == 1 ? on.point() : on.during();
    std::array<coview::waitable, 5> const all{*m, *e, *manual, *s, *t};
    wait(all, *m);
  }
  on.call("set an event", patience, [&] { e->set(), manual->set(); });
  on.point();
  std::array<coview::waitable, 5> const all{*m, *e, *manual, *s, *t};
  wait(all, *m);
}

/// Whatever this thread owns of it.
void give_up(coview::mutex const& m) {
  try {
    m.release();
  } catch (coview::error const&) {  // it owns nothing
  }
}

void a_wait_for_any(stage& on) {
  several(on, [&](auto const& all, coview::mutex const& m) {
    std::optional<coview::waited> got;
    on.call("wait for any", wait_length, [&] { got = coview::wait_any(all, wait_length); });
    on.point();
    if (got && got->index == 0) on.call("release a mutex", patience, [&] { give_up(m); });
  });
}

void a_wait_for_all(stage& on) {
  several(on, [&](auto const& all, coview::mutex const& m) {
    bool got = false;
    on.call("wait for all", wait_length, [&] { got = coview::wait_all(all, wait_length); });
    on.point();
    if (got) on.call("release a mutex", patience, [&] { give_up(m); });
  });
}

void signal_one_and_wait_for_another(stage& on) {
  auto const e = opened(on, an_event);
  auto const s = opened(on, a_semaphore);
  if (!e || !s) return;
  for (int i = 0; i < 3; ++i) {
    on.during();
    on.call("signal and wait", wait_length, [&] { (void)coview::signal_and_wait(*s, *e, wait_length); });
  }
}

struct slow_to_make {
  explicit slow_to_make(stage& on) : value(1) { on.point(); }
  int value;
};

void an_object_constructed_once(stage& on) {
  auto m = opened(on, a_mapping);
  if (!m) return;
  coview::view v;
  on.call(
      "map", patience, [&] { v = m->map(); }, sees::files);
  if (!v) return;
  on.point();
  for (int i = 0; i < 2; ++i) {
    on.during();
    on.call(construct_step, patience, [&] { (void)v.construct_once<slow_to_make>(on); });
  }
  on.call("unmap and close", patience, [&] { v.unmap(), m->close(); });
}

void a_mapping_opened_again(stage& on) {
  auto const first = opened(on, a_mapping);
  if (!first) return;
  on.point();
  for (auto const rights : {coview::access::read_write, coview::access::read_only, coview::access::copy_on_write}) {
    std::optional<coview::mapping> m;
    on.during();
    on.call(
        "open a mapping", patience, [&] { m = coview::mapping::open(mapping_name, rights); }, sees::files);
    if (!m) continue;
    coview::view v;
    on.point();
    on.call(
        "map", patience, [&] { v = m->map(); }, sees::files);
    if (v) on.touch(v.bytes());
    on.call(
        "flush and prefault", patience, [&] { v.flush(), v.prefault(); }, sees::files);
    on.point();
    on.call(
        "unmap", patience, [&] { v.unmap(); }, sees::files);
    on.call(
        "close", patience, [&] { (void)m->still_named(), m->close(); }, sees::files);
  }
}

void each_kind_opened_again(stage& on) {
  auto const m = opened(on, a_mutex);
  auto const e = opened(on, an_event);
  auto const s = opened(on, a_semaphore);
  auto const t = opened(on, a_timer);
  on.point();
  opened(on, [] { return coview::mutex::open(mutex_name); });
  on.point();
  opened(on, [] { return coview::event::open(event_name); });
  on.point();
  opened(on, [] { return coview::semaphore::open(semaphore_name); });
  on.point();
  opened(on, [] { return coview::timer::open(timer_name); });
  opened(on, [] { return coview::mapping::open(semaphore_name); });
}

void looks_from_outside(stage& on) {
  auto const m = opened(on, a_mutex);
  auto const e = opened(on, an_event);
  auto const mapping = opened(on, a_mapping);
  auto const t = opened(on, a_timer);
  on.point();
  on.call(
      "list", patience, [] { (void)coview::list(); }, sees::files);
  for (char const* name : {mutex_name, event_name, timer_name, mapping_name}) {
    on.point();
    on.call(
        "stat", patience, [&] { (void)coview::stat(name); }, sees::files);
    on.call(
        "holders", patience, [&] { (void)coview::holders(name); }, sees::files);
    on.call(
        "status", patience, [&] { (void)coview::status_of(name); }, sees::files);
  }
  on.during();
  on.call(
      "reclaim", patience, [] { coview::reclaim(); }, sees::files);
  on.call(
      "remove", patience, [] { coview::remove(mutex_name); }, sees::files);
  on.call(
      "remove by force", patience, [] { coview::remove(mapping_name, {.force = true}); }, sees::files);
}

void names_made_anew(stage& on) {
  for (int i = 0; i < 3; ++i) {
    on.point();
    std::optional<coview::mapping> m;
    std::optional<coview::event> e;
    on.call(
        "create", patience, [&] { m = coview::mapping::create(mapping_name, mapping_size); }, sees::files);
    on.during();
    on.call(
        "create", patience, [&] { e = coview::event::create(event_name, coview::reset::manual, false, for_all); },
        sees::files);
    on.point();
    on.call(
        "close", patience, [&] { m.reset(), e.reset(); }, sees::files);
  }
}

}  // namespace

std::vector<scenario> const& scenarios() {
  static std::vector<scenario> const all = {
      {"a lock", a_lock},
      {"a lock closed while owned", a_lock_closed_while_owned},
      {"a thread that ends as owner", a_thread_that_ends_as_owner},
      {"an automatic event", an_automatic_event},
      {"a manual event", a_manual_reset_event},
      {"a semaphore", permits_of_a_semaphore},
      {"a timer", a_periodic_timer},
      {"a wait for any", a_wait_for_any},
      {"a wait for all", a_wait_for_all},
      {"signal and wait", signal_one_and_wait_for_another},
      {"construct once", an_object_constructed_once},
      {"a mapping opened again", a_mapping_opened_again},
      {"each kind opened again", each_kind_opened_again},
      {"looks from outside", looks_from_outside},
      {"names made anew", names_made_anew},
  };
  return all;
}

void own_all_objects() {
  static auto const m = a_mutex();
  static auto const e = an_event();
  static auto const manual = a_manual_event();
  static auto const s = a_semaphore();
  static auto const t = a_timer();
  static auto const mapping = a_mapping();
}

}  // namespace hostile
