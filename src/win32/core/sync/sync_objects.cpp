// SPDX-License-Identifier: Apache-2.0
// CreateMutex, CreateEvent, CreateSemaphore, CreateWaitableTimer, and what opens, signals and releases them.
#include "win32/core/sync/sync_objects.hpp"

#include <cerrno>
#include <mutex>
#include <utility>

#include <coview/win32/winbase.h>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/named_cache.hpp"
#include "win32/core/security/security.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

state_rules rules_of(object::kind what, cell const& unnamed) {
  if (what == object::kind::semaphore) return {state_kind::counting, unnamed.maximum};
  return unnamed.flavour == state_object::manual_flavour ? state_kind::manual : state_kind::automatic;
}

/// What a new object begins with, named or not.
struct beginning {
  object_kind kind;
  std::uint32_t flavour = 0;
  std::uint32_t maximum = 0;
  std::uint64_t state = 0;
  bool owned = false;  // a mutex, by the calling thread
};

beginning new_event(bool manual, bool set) {
  return {object_kind::event, manual ? state_object::manual_flavour : 0, 0, set ? std::uint64_t{available} : 0};
}

beginning new_semaphore(LONG initial, LONG maximum) {
  constexpr unsigned high_half = 32;
  auto const count = static_cast<std::uint32_t>(initial);
  std::uint64_t const state = (std::uint64_t{count} << high_half) | (count > 0 ? available : 0);
  return {object_kind::semaphore, 0, static_cast<std::uint32_t>(maximum), state};
}

/// The layer below answers EINVAL where a legal name belongs to another kind (C-25).
template <class Body>
auto named_call(Body body) {
  try {
    return body();
  } catch (coview::error const& failure) {
    if (failure.code().value() == EINVAL) throw_code(ERROR_INVALID_HANDLE);
    throw;
  }
}

/// `accept` is asked of one that exists.
sync_ptr create_named(wanted_name const& name, object::kind what, beginning const& begin,
                      SECURITY_ATTRIBUTES const* attributes, acceptance const& accept) {
  sync_description description{begin.kind, {}, begin.state};
  description.facts.flavour = begin.flavour;
  description.facts.maximum = begin.maximum;
  auto const protection = protection_from(attributes, what);
  description.annex = to_header(protection);
  description.owned = begin.owned;
  sync_options options;
  options.mode = protection.mode;
  return named_call([&] {
    return open_sync(name.text, name_use::open_or_create, description, options, {"create", "object", name.text},
                     accept);
  });
}

/// Nobody else knows it before it has a handle.
cell& create_unnamed(beginning const& begin) {
  cell& made = take_cell();
  made.flavour = begin.flavour;
  made.maximum = begin.maximum;
  made.node.state.store(begin.state, std::memory_order_release);
  if (begin.owned) (void)lock_once(made.node);
  return made;
}

template <class State>
object_ptr<> state_of(object::kind what, State&& state) {
  switch (what) {
    case object::kind::mutex:
      return make_object<mutex_object>(std::forward<State>(state));
    case object::kind::event:
      return make_object<event_object>(std::forward<State>(state));
    case object::kind::semaphore:
      return make_object<semaphore_object>(std::forward<State>(state));
    case object::kind::timer:
      if constexpr (std::is_same_v<std::remove_cvref_t<State>, sync_ptr>)
        return make_object<timer_object>(std::forward<State>(state));
      return {};
    default:
      return {};
  }
}

/// The rights that a handle gets: MAXIMUM_ALLOWED is what the object's security leaves. Throws where that is too
/// little.
ACCESS_MASK granted(object::kind what, ACCESS_MASK permitted, ACCESS_MASK wanted) {
  auto access = specific_rights(what, wanted);
  if ((wanted & MAXIMUM_ALLOWED) != 0) access &= permitted;
  if ((access & ~permitted) != 0) throw_code(ERROR_ACCESS_DENIED);
  return access;
}
/// The same, of what an open has found.
ACCESS_MASK granted(object::kind what, open_object const& found, ACCESS_MASK wanted) {
  return granted(what, permitted_by(from_header(found.header.annex), found.header.creator_user), wanted);
}

bool still_named(object const& one) {
  auto const* const state = dynamic_cast<state_object const*>(&one);
  return state == nullptr || state->still_named();
}

/// A handle to an object that a handle of this process leads to already. Nullptr where there is none.
HANDLE handle_to_known(std::string const& key, object::kind what, ACCESS_MASK wanted, bool inherit) {
  auto const known = named_cache::find(key, &still_named);
  if (!known) return nullptr;
  if (known->what() != what) throw_code(ERROR_INVALID_HANDLE);
  auto const access = granted(what, known->permitted(), wanted);
  if (access == 0) throw_code(ERROR_ACCESS_DENIED);  // MX-08
  DWORD const before = last_error;
  HANDLE const handle = make_handle(known, access, inherit);
  if (handle == nullptr && last_error != ERROR_INVALID_HANDLE) throw_code(last_error);
  last_error = before;
  return handle;  // none where its last handle has been closed meanwhile
}

/// A handle to a new object of this process, which is known by its name from now on.
template <class Thing>
HANDLE handle_to_new(object_ptr<Thing> const& made, std::string key, ACCESS_MASK access, bool inherit) {
  made->know_by(std::move(key));
  HANDLE const handle = make_handle(made, access, inherit);
  if (handle == nullptr) made->forget();
  return handle;
}

template <class Thing>
HANDLE create_new_unnamed(SECURITY_ATTRIBUTES const* attributes, beginning const& begin, ACCESS_MASK wanted) {
  auto const made = [&] {
    if constexpr (Thing::type == object::kind::timer) {
      return make_object<Thing>(timer_memory::make(begin.flavour == state_object::manual_flavour));
    } else {
      return make_object<Thing>(create_unnamed(begin));
    }
  }();
  HANDLE const handle = make_handle(made, specific_rights(Thing::type, wanted), inherits(attributes));
  if (handle != nullptr) set_error(ERROR_SUCCESS);
  if (handle == nullptr && begin.owned) release_lock(made->point());
  return handle;
}

template <class Thing, class Char>
HANDLE create(SECURITY_ATTRIBUTES const* attributes, Char const* text, beginning const& begin, ACCESS_MASK wanted) {
  return guarded(
      [&]() -> HANDLE {
        auto const name = name_to_create(text);
        if (name.unnamed) return create_new_unnamed<Thing>(attributes, begin, wanted);
        auto key = named_cache::key_of(name.parsed);
        if (HANDLE const known = handle_to_known(key, Thing::type, wanted, inherits(attributes)))
          return fail_with(ERROR_ALREADY_EXISTS, known);  // G-03
        ACCESS_MASK access = 0;
        auto named = create_named(name, Thing::type, begin, attributes, [&](open_object const& found) {
          access = granted(Thing::type, found, wanted);  // MX-11: an existing one must grant the rights
        });
        bool const created = named->created;
        if (created) access = specific_rights(Thing::type, wanted);
        auto const made = make_object<Thing>(std::move(named));
        HANDLE const handle = handle_to_new(made, std::move(key), access, inherits(attributes));
        if (handle != nullptr) set_error(created ? ERROR_SUCCESS : ERROR_ALREADY_EXISTS);
        if (handle == nullptr && begin.owned && created) release_lock(made->point());
        return handle;
      },
      nullptr);
}

template <class Thing, class Char>
HANDLE open(Char const* text, object_kind kind, ACCESS_MASK wanted, bool inherit) {
  return guarded(
      [&]() -> HANDLE {
        auto const name = name_to_open(text);
        auto key = named_cache::key_of(name.parsed);
        if (HANDLE const known = handle_to_known(key, Thing::type, wanted, inherit)) return known;
        ACCESS_MASK access = 0;
        auto const accept = [&](open_object const& found) {
          access = granted(Thing::type, found, wanted);
          if (access == 0) throw_code(ERROR_ACCESS_DENIED);  // MX-08
        };
        auto named = named_call([&] {
          return open_sync(name.text, name_use::try_open, {kind, {}, 0}, {}, {"open", "object", name.text}, accept);
        });
        if (!named) throw_code(ERROR_FILE_NOT_FOUND);
        auto const object = make_object<Thing>(std::move(named));
        return handle_to_new(object, std::move(key), access, inherit);
      },
      nullptr);
}

template <class Char>
HANDLE create_mutex(SECURITY_ATTRIBUTES const* attributes, Char const* name, bool owned, ACCESS_MASK access) {
  return guarded(
      [&] {
        beginning begin{object_kind::mutex};
        begin.owned = owned;
        return create<mutex_object>(attributes, name, begin, access);
      },
      nullptr);
}

template <class Char>
HANDLE create_semaphore(SECURITY_ATTRIBUTES const* attributes, LONG initial, LONG maximum, Char const* name,
                        ACCESS_MASK access) {
  if (maximum <= 0 || initial < 0 || initial > maximum) return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  return create<semaphore_object>(attributes, name, new_semaphore(initial, maximum), access);
}

template <class Char>
HANDLE create_event_ex(SECURITY_ATTRIBUTES const* attributes, Char const* name, DWORD flags, ACCESS_MASK access) {
  if ((flags & ~(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)) != 0)
    return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  auto const begin = new_event((flags & CREATE_EVENT_MANUAL_RESET) != 0, (flags & CREATE_EVENT_INITIAL_SET) != 0);
  return create<event_object>(attributes, name, begin, access);
}

template <class Char>
HANDLE create_timer(SECURITY_ATTRIBUTES const* attributes, Char const* name, DWORD flags, ACCESS_MASK access) {
  if ((flags & ~(CREATE_WAITABLE_TIMER_MANUAL_RESET | CREATE_WAITABLE_TIMER_HIGH_RESOLUTION)) != 0)
    return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  beginning begin{object_kind::timer};
  begin.flavour = (flags & CREATE_WAITABLE_TIMER_MANUAL_RESET) != 0 ? state_object::manual_flavour : 0;
  return create<timer_object>(attributes, name, begin, access);
}
constexpr DWORD timer_flags(BOOL manual) {
  return manual != FALSE ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0;
}

template <class Char>
HANDLE create_mutex_ex(SECURITY_ATTRIBUTES const* attributes, Char const* name, DWORD flags, ACCESS_MASK access) {
  if ((flags & ~CREATE_MUTEX_INITIAL_OWNER) != 0) return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  return create_mutex(attributes, name, (flags & CREATE_MUTEX_INITIAL_OWNER) != 0, access);
}

}  // namespace

state_object::state_object(kind what, sync_ptr named) : waitable_object(what), named_(std::move(named)) {
  point_ = named_->point;
}

state_object::state_object(kind what, cell& unnamed) : waitable_object(what), cell_(&unnamed) {
  point_.kind = what == kind::mutex ? wait_kind::lock : wait_kind::state;
  point_.rules = rules_of(what, unnamed);
  point_.node = &unnamed.node;
  point_.order = reinterpret_cast<std::uintptr_t>(&unnamed);
}

state_object::state_object(kind what, std::unique_ptr<timer_memory> unnamed)
    : waitable_object(what), memory_(std::move(unnamed)) {
  point_.kind = wait_kind::state;
  point_.rules = memory_->manual() ? state_kind::manual : state_kind::automatic;
  point_.node = &memory_->node();
  point_.schedule = &memory_->schedule();
  point_.order = reinterpret_cast<std::uintptr_t>(point_.node);
}

state_object::~state_object() {
  if (cell_ != nullptr) win32::give_back(*cell_);
}

void state_object::last_handle_closed() noexcept {
  closed_.store(true, std::memory_order_relaxed);
  forget();
  if (!named_) return;
  std::lock_guard const guard(closing_);
  named_->file.close();
}

void state_object::know_by(std::string key) {
  key_ = std::move(key);
  named_cache::remember(key_, *this);
}

void state_object::forget() noexcept {
  if (!key_.empty()) named_cache::forget(key_, *this);
}

bool state_object::still_named() const noexcept {
  return named_ && named_->file.still_named();
}

ACCESS_MASK state_object::permitted() const noexcept {
  return named_ ? permitted_by(from_header(named_->annex), named_->creator_user) : ~ACCESS_MASK{0};
}

namespace {

object_kind kind_in_file(object::kind what) noexcept {
  if (what == object::kind::mutex) return object_kind::mutex;
  if (what == object::kind::timer) return object_kind::timer;
  return what == object::kind::event ? object_kind::event : object_kind::semaphore;
}

}  // namespace

bool state_object::prepare_transfer(object_transfer& out) {
  out.put(named_ != nullptr);
  if (named_) {
    out.add_held(named_->file, true);
    return true;
  }
  if (memory_) {
    out.add_duplicate(memory_->fd());
    return true;
  }
  auto const place = export_cell(*cell_);
  if (place.fd < 0) return false;
  out.put(place.offset);
  out.add_duplicate(place.fd);
  return true;
}

object_ptr<> adopt_state(object_transfer& from) {
  if (from.take<bool>()) {
    object_name name;
    auto opened = from.take_object(name);
    if (!opened || opened->header.kind != kind_in_file(from.what)) return {};
    auto const text = (name.scope == name_scope::global ? "Global\\" : "") + name.leaf;
    return state_of(from.what, adopt_sync(std::move(*opened), name, false, {"inherit", "object", text}));
  }
  if (from.what == object::kind::timer) {
    auto memory = timer_memory::adopt(from.take_fd());
    return memory ? object_ptr<>(make_object<timer_object>(std::move(memory))) : object_ptr<>();
  }
  auto const offset = from.take<std::uint64_t>();
  auto* const imported = import_cell(from.take_fd(), offset);
  return imported != nullptr ? state_of(from.what, *imported) : object_ptr<>();
}

bool state_object::is_same(object const& other) const noexcept {
  return what() == other.what() && point_.node == static_cast<state_object const&>(other).point_.node;
}

}  // namespace coview::win32

using namespace coview::win32;

HANDLE CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner, LPCSTR name) {
  return create_mutex(attributes, name, initial_owner != FALSE, MUTEX_ALL_ACCESS);
}
HANDLE CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner, LPCWSTR name) {
  return create_mutex(attributes, name, initial_owner != FALSE, MUTEX_ALL_ACCESS);
}
HANDLE CreateMutexExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD desired_access) {
  return create_mutex_ex(attributes, name, flags, desired_access);
}
HANDLE CreateMutexExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD desired_access) {
  return create_mutex_ex(attributes, name, flags, desired_access);
}
HANDLE OpenMutexA(DWORD desired_access, BOOL inherit, LPCSTR name) {
  return open<mutex_object>(name, coview::object_kind::mutex, desired_access, inherit != FALSE);
}
HANDLE OpenMutexW(DWORD desired_access, BOOL inherit, LPCWSTR name) {
  return open<mutex_object>(name, coview::object_kind::mutex, desired_access, inherit != FALSE);
}

BOOL ReleaseMutex(HANDLE mutex) {
  handle_guard const handle(mutex);
  auto const* const object = handle.as<mutex_object>();
  if (object == nullptr) return FALSE;
  return coview::release_lock(object->point()) ? TRUE : refuse(ERROR_NOT_OWNER);
}

HANDLE CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, BOOL initial_state, LPCSTR name) {
  return create<event_object>(attributes, name, new_event(manual_reset != FALSE, initial_state != FALSE),
                              EVENT_ALL_ACCESS);
}
HANDLE CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, BOOL initial_state, LPCWSTR name) {
  return create<event_object>(attributes, name, new_event(manual_reset != FALSE, initial_state != FALSE),
                              EVENT_ALL_ACCESS);
}
HANDLE CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD desired_access) {
  return create_event_ex(attributes, name, flags, desired_access);
}
HANDLE CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD desired_access) {
  return create_event_ex(attributes, name, flags, desired_access);
}
HANDLE OpenEventA(DWORD desired_access, BOOL inherit, LPCSTR name) {
  return open<event_object>(name, coview::object_kind::event, desired_access, inherit != FALSE);
}
HANDLE OpenEventW(DWORD desired_access, BOOL inherit, LPCWSTR name) {
  return open<event_object>(name, coview::object_kind::event, desired_access, inherit != FALSE);
}

BOOL SetEvent(HANDLE event) {
  handle_guard const handle(event);
  auto const* const object = handle.as<event_object>(EVENT_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  std::uint32_t before = 0;
  coview::signal(*object->point().node, object->point().rules, 1, before);
  return TRUE;
}

BOOL ResetEvent(HANDLE event) {
  handle_guard const handle(event);
  auto const* const object = handle.as<event_object>(EVENT_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  coview::reset_event(*object->point().node);
  return TRUE;
}
BOOL PulseEvent(HANDLE event) {
  handle_guard const handle(event);
  auto const* const object = handle.as<event_object>(EVENT_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  coview::pulse_event(*object->point().node, object->point().rules.kind);
  return TRUE;
}

HANDLE CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG initial_count, LONG maximum_count, LPCSTR name) {
  return create_semaphore(attributes, initial_count, maximum_count, name, SEMAPHORE_ALL_ACCESS);
}
HANDLE CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes, LONG initial_count, LONG maximum_count, LPCWSTR name) {
  return create_semaphore(attributes, initial_count, maximum_count, name, SEMAPHORE_ALL_ACCESS);
}
HANDLE CreateSemaphoreExA(LPSECURITY_ATTRIBUTES attributes, LONG initial_count, LONG maximum_count, LPCSTR name,
                          DWORD flags, DWORD desired_access) {
  if (flags != 0) return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  return create_semaphore(attributes, initial_count, maximum_count, name, desired_access);
}
HANDLE CreateSemaphoreExW(LPSECURITY_ATTRIBUTES attributes, LONG initial_count, LONG maximum_count, LPCWSTR name,
                          DWORD flags, DWORD desired_access) {
  if (flags != 0) return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  return create_semaphore(attributes, initial_count, maximum_count, name, desired_access);
}
HANDLE OpenSemaphoreA(DWORD desired_access, BOOL inherit, LPCSTR name) {
  return open<semaphore_object>(name, coview::object_kind::semaphore, desired_access, inherit != FALSE);
}
HANDLE OpenSemaphoreW(DWORD desired_access, BOOL inherit, LPCWSTR name) {
  return open<semaphore_object>(name, coview::object_kind::semaphore, desired_access, inherit != FALSE);
}

BOOL ReleaseSemaphore(HANDLE semaphore, LONG release_count, LPLONG previous_count) {
  handle_guard const handle(semaphore);
  auto const* const object = handle.as<semaphore_object>(SEMAPHORE_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  if (release_count <= 0) return refuse(ERROR_INVALID_PARAMETER);  // SM-03
  if (previous_count != nullptr && leads_nowhere(previous_count)) return refuse(ERROR_NOACCESS);
  std::uint32_t before = 0;
  auto const count = static_cast<std::uint32_t>(release_count);
  if (!coview::signal(*object->point().node, object->point().rules, count, before))
    return refuse(ERROR_TOO_MANY_POSTS);
  if (previous_count != nullptr) *previous_count = static_cast<LONG>(before);
  return TRUE;
}

HANDLE CreateWaitableTimerA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, LPCSTR name) {
  return create_timer(attributes, name, timer_flags(manual_reset), TIMER_ALL_ACCESS);
}
HANDLE CreateWaitableTimerW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, LPCWSTR name) {
  return create_timer(attributes, name, timer_flags(manual_reset), TIMER_ALL_ACCESS);
}
HANDLE CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD desired_access) {
  return create_timer(attributes, name, flags, desired_access);
}
HANDLE CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD desired_access) {
  return create_timer(attributes, name, flags, desired_access);
}
HANDLE OpenWaitableTimerA(DWORD desired_access, BOOL inherit, LPCSTR name) {
  return open<timer_object>(name, coview::object_kind::timer, desired_access, inherit != FALSE);
}
HANDLE OpenWaitableTimerW(DWORD desired_access, BOOL inherit, LPCWSTR name) {
  return open<timer_object>(name, coview::object_kind::timer, desired_access, inherit != FALSE);
}
