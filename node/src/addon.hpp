// SPDX-License-Identifier: Apache-2.0
#pragma once

#define NAPI_VERSION 8
#include <coview.h>
#include <node_api.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// coview.h for Node, as plain functions; what is easier said in JavaScript is in lib/. Everything here runs
/// in the environment's own thread (the event loop) unless it says otherwise. A call that failed has thrown,
/// and returns nullptr.
namespace coview_node {

/// A handle of coview.h. It is given back when nobody uses it any more: JavaScript's object, buffers that show its
/// memory, threads that wait for it.
struct handle {
  handle(void* what, bool takes_long) noexcept : it(what), slow(takes_long) {}
  handle(handle const&) = delete;
  handle& operator=(handle const&) = delete;
  virtual ~handle() = default;
  void* it;
  bool slow;  ///< closing it may give much memory back: not on the event loop
};
using shared_handle = std::shared_ptr<handle>;

template <class T>
T* as(shared_handle const& from) noexcept {
  return static_cast<T*>(from->it);
}

/// Lets go of a handle, in a thread of libuv's pool where that may take long.
void let_go(napi_env env, shared_handle from);

/// What a function of JavaScript was called with.
class arguments {
 public:
  static constexpr std::size_t most = 16;
  arguments(napi_env env, napi_callback_info info) noexcept;
  [[nodiscard]] napi_env env() const noexcept { return env_; }
  [[nodiscard]] napi_value operator[](std::size_t i) const noexcept { return values_[i]; }

  /// Of the kind that lib/ passes: no further check.
  [[nodiscard]] std::string text(std::size_t i) const;
  [[nodiscard]] std::int64_t number(std::size_t i) const noexcept;
  [[nodiscard]] bool flag(std::size_t i) const noexcept;
  [[nodiscard]] bool is_text(std::size_t i) const noexcept;
  /// Empty after a TypeError: there is none.
  [[nodiscard]] shared_handle given(std::size_t i) const { return given_value(values_[i]); }
  [[nodiscard]] shared_handle given_value(napi_value value) const;
  [[nodiscard]] double real(std::size_t i) const noexcept;
  /// The bytes of an ArrayBuffer, a view of one, or a text as UTF-8. False after a TypeError.
  [[nodiscard]] bool bytes(std::size_t i, std::string_view& into, std::string& text) const;

 private:
  napi_env env_;
  napi_value values_[most];
};

/// How an object comes to be, as lib/ passes it (WAYS).
enum class way { create, open, open_or_create, file, anonymous };

/// Of more bytes than this, giving memory back takes a while.
inline constexpr std::uint64_t much = std::uint64_t{1} << 20U;

/// While one of these is there, the event loop's thread waits for no channel's lock: what needs it ends as if time
/// was up.
class never_waits {
 public:
  never_waits() noexcept : before_(coview_thread_patience(0)) {}
  never_waits(never_waits const&) = delete;
  never_waits& operator=(never_waits const&) = delete;
  ~never_waits() { coview_thread_patience(before_); }

 private:
  int before_;
};

/// Milliseconds as lib/ passes them, negative for ever.
std::int64_t nanoseconds(double milliseconds) noexcept;

napi_value undefined(napi_env env);
napi_value boolean(napi_env env, bool value);
napi_value number(napi_env env, double value);
napi_value text(napi_env env, std::string_view value);
void set(napi_env env, napi_value object, char const* name, napi_value value);
/// What all objects with a name say of themselves.
void describe(napi_env env, napi_value made, char const* name, int created);

/// An Error with `code` ("ENOENT"), `errno` (negative, as Node has it) and the library's sentence.
napi_value error_of(napi_env env, coview_status status, std::string const& sentence);
/// Throws it, for the call of this thread that just failed.
napi_value raise(napi_env env, coview_status status);
napi_value raise_type_error(napi_env env, char const* sentence);

/// JavaScript's end of a handle.
napi_value wrap(napi_env env, shared_handle what);
template <class T>
napi_value wrap(napi_env env, T* what, void (*close)(T*), bool slow = false);

/// Memory of a handle as an ArrayBuffer, which keeps the handle until it is detached or collected.
napi_value buffer_of(napi_env env, shared_handle const& keeps, void* data, std::size_t size);

/// A promise for what `run` does in a thread of libuv's pool: it is short, and nothing interrupts it. `settle` makes
/// the promise's value in the event loop; it is rejected where the status is negative.
using in_thread = std::function<coview_status()>;
using in_loop = std::function<napi_value(napi_env, coview_status)>;
napi_value promise_of(napi_env env, in_thread run, in_loop settle);

/// The same in a thread of its own: it may wait for ever. Returns [promise, token]; `cancel(token)` ends the wait,
/// and the promise then gets what `settle` makes of -ECANCELED. What is there at once is given at once.
using waiting = std::function<coview_status(std::int64_t timeout)>;
/// Of what is not there at once and was given no time: what takes a lock could not ask in the event loop, and asks
/// once more in a thread.
enum class unheard { is_not_there, is_asked_again };
napi_value wait_of(napi_env env, waiting run, std::int64_t timeout, in_loop settle,
                   unheard what = unheard::is_not_there);
napi_value cancel_wait(napi_env env, napi_callback_info info);

/// A thread that a mutex is owned by: what is acquired and released in it runs there, one after another. It ends soon
/// after the last pointer to it; what it owns then is abandoned. With a timeout of 0, a call does not wait,
/// and is not cancelled.
class owner_thread;
std::shared_ptr<owner_thread> new_owner();
/// Ends it, and waits until it has ended: not in the event loop.
void join(owner_thread& owner);
/// `keeps`: what `run` uses. It is not `run`'s: the thread would wait for its own end, were it the last to have it.
napi_value wait_in(napi_env env, std::shared_ptr<owner_thread> const& where, waiting run, std::int64_t timeout,
                   in_loop settle, std::vector<shared_handle> keeps);

/// true, or `null` when it was cancelled; false when time was up.
napi_value in_time(napi_env env, coview_status status);

using function = napi_value (*)(napi_env env, napi_callback_info info);
void add(napi_env env, napi_value exports, char const* name, function call);
void add_memory(napi_env env, napi_value exports);
void add_sync(napi_env env, napi_value exports);
void add_channels(napi_env env, napi_value exports);
void add_messages(napi_env env, napi_value exports);
void add_objects(napi_env env, napi_value exports);
void add_poll(napi_env env, napi_value exports);

/// Waits for one or all of several objects: what a `coview_waitable` is of this handle.
coview_waitable waitable_of(char kind, shared_handle const& from);

template <class T>
shared_handle share(T* what, void (*close)(T*), bool slow = false) {
  struct typed final : handle {
    typed(T* what_it_is, void (*how)(T*), bool takes_long) noexcept : handle(what_it_is, takes_long), close_it(how) {}
    typed(typed const&) = delete;
    typed& operator=(typed const&) = delete;
    ~typed() override { close_it(static_cast<T*>(it)); }
    void (*close_it)(T*);
  };
  return std::make_shared<typed>(what, close, slow);
}

template <class T>
napi_value wrap(napi_env env, T* what, void (*close)(T*), bool slow) {
  return wrap(env, share(what, close, slow));
}

/// What an object says of itself, as functions of JavaScript.
template <class T, int (*Call)(T const*)>
napi_value flag_of(napi_env env, napi_callback_info info) {
  auto const object = arguments(env, info).given(0);
  return object ? boolean(env, Call(as<T>(object)) != 0) : nullptr;
}
template <class T, std::uint64_t (*Call)(T const*)>
napi_value number_of(napi_env env, napi_callback_info info) {
  auto const object = arguments(env, info).given(0);
  return object ? number(env, static_cast<double>(Call(as<T>(object)))) : nullptr;
}

}  // namespace coview_node
