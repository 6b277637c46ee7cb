// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "addon.hpp"
#include "environment.hpp"

namespace coview_node {

namespace {

/// A call in libuv's pool.
struct pooled {
  in_thread run;
  in_loop settle;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  coview_status status = COVIEW_OK;
  std::string sentence;
};

void settle_by(napi_env env, napi_deferred deferred, coview_status status, std::string const& sentence,
               in_loop const& settle) {
  if (status < 0 && status != -ECANCELED) {
    napi_reject_deferred(env, deferred, error_of(env, status, sentence));
    return;
  }
  napi_value const made = settle(env, status);
  napi_value thrown = nullptr;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
    napi_get_and_clear_last_exception(env, &thrown);
    napi_reject_deferred(env, deferred, thrown);
  } else {
    napi_resolve_deferred(env, deferred, made);
  }
}

void run_pooled(napi_env, void* data) {
  auto& call = *static_cast<pooled*>(data);
  call.status = call.run();
  if (call.status < 0) call.sentence = coview_last_error();
  call.run = nullptr;  // and with it, handles that nobody else has any more: not in the event loop
}

void finish_pooled(napi_env env, napi_status, void* data) {
  std::unique_ptr<pooled> const call(static_cast<pooled*>(data));
  settle_by(env, call->deferred, call->status, call->sentence, call->settle);
  napi_delete_async_work(env, call->work);
}

}  // namespace

napi_value promise_of(napi_env env, in_thread run, in_loop settle) {
  auto call = std::make_unique<pooled>();
  call->run = std::move(run);
  call->settle = std::move(settle);
  napi_value promise = nullptr;
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_async_work(env, nullptr, text(env, "coview"), run_pooled, finish_pooled, call.get(), &call->work);
  if (napi_queue_async_work(env, call->work) == napi_ok) (void)call.release();
  return promise;
}

/// One wait. Its thread writes `status` and `sentence`, and tells the event loop when it has; all else is the event
/// loop's. The thread is cancelled (pthread_cancel) where the wait is to end: it sleeps then, and owns nothing, or it
/// has what it waited for, and the wait has succeeded.
struct wait_call : std::enable_shared_from_this<wait_call> {
  waiting run;
  std::int64_t timeout = COVIEW_FOREVER;
  in_loop settle;
  napi_deferred deferred = nullptr;
  napi_threadsafe_function tell = nullptr;
  std::shared_ptr<owner_thread> where;  // empty: a thread of its own
  std::vector<shared_handle> keeps;     // what `run` uses in another's thread
  pthread_t thread{};
  bool running = false;     // in a thread
  bool cancellable = true;  // false: it does not wait
  coview_status status = -ECANCELED;
  std::string sentence;

  /// In the thread: waits, and tells of it, also where it is cancelled.
  void wait() {
    struct telling {
      wait_call& call;
      ~telling() {
        call.run = nullptr;  // and with it, handles that nobody else has any more: not in the event loop
        napi_call_threadsafe_function(call.tell, &call, napi_tsfn_nonblocking);
      }
    } const at_the_end{*this};
    int before = 0;
    if (cancellable) ::pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
    auto const got = run(timeout);
    ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    if (got < 0) sentence = coview_last_error();
    status = got;
  }
};

/// A thread that does what the event loop gives it, one thing at a time, until it is told to end. It has itself for
/// as long as it runs, so that nobody has to wait for its end.
class server : public std::enable_shared_from_this<server> {
 public:
  bool start() {
    self_ = shared_from_this();
    auto const body = [](void* it) -> void* {
      auto const self = std::move(static_cast<server*>(it)->self_);
      self->serve();
      return nullptr;
    };
    bool const started = ::pthread_create(&thread_, nullptr, body, this) == 0;
    if (!started) self_.reset();
    return started;
  }
  void give(wait_call* call) {
    {
      std::lock_guard const lock(mutex_);
      next_ = call;
    }
    idle_.notify_one();
  }
  void end() {
    {
      std::lock_guard const lock(mutex_);
      ended_ = true;
    }
    idle_.notify_one();
  }
  [[nodiscard]] pthread_t thread() const noexcept { return thread_; }

 private:
  void serve() {
    int before = 0;
    ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    for (;;) {
      wait_call* call = nullptr;
      {
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [this] { return next_ != nullptr || ended_; });
        if (next_ == nullptr) return;
        call = std::exchange(next_, nullptr);
      }
      call->wait();
    }
  }

  std::mutex mutex_;
  std::condition_variable idle_;  // what the thread waits in
  wait_call* next_ = nullptr;
  bool ended_ = false;
  pthread_t thread_{};
  std::shared_ptr<server> self_;  // until the thread has it
};

/// What it does is of the event loop's thread, but for the destructor.
class owner_thread {
 public:
  owner_thread() = default;
  owner_thread(owner_thread const&) = delete;
  owner_thread& operator=(owner_thread const&) = delete;
  ~owner_thread() { end(); }

  /// False where no thread could be started.
  bool start(wait_call* call) {
    // It was to be cancelled, and was not in time: it would be in the next wait. Before one, it owns nothing.
    if (doomed_ && call->cancellable) end();
    if (!server_) {
      auto made = std::make_shared<server>();
      if (!made->start()) return false;
      server_ = std::move(made);
      doomed_ = false;
    }
    server_->give(call);
    return true;
  }
  void cancel() {
    doomed_ = true;
    ::pthread_cancel(server_->thread());
  }
  /// The wait in it was cancelled, and it with it.
  void ended() {
    ::pthread_detach(server_->thread());
    server_.reset();
  }
  /// Lets it go: whatever it has still to do, it does, and nobody waits for it.
  void end() {
    if (!server_) return;
    server_->end();
    ended();
  }
  /// Lets it go, and waits until it has gone.
  void join() {
    if (!server_) return;
    server_->end();
    ::pthread_join(server_->thread(), nullptr);
    server_.reset();
  }

 private:
  std::shared_ptr<server> server_;
  bool doomed_ = false;
};

std::shared_ptr<owner_thread> new_owner() {
  return std::make_shared<owner_thread>();
}

void join(owner_thread& owner) {
  owner.join();
}

namespace {

/// In the event loop, when the thread has told.
void finish_wait(napi_env env, napi_value, void*, void* data) {
  auto const call = static_cast<wait_call*>(data)->shared_from_this();
  call->running = false;
  if (env == nullptr) return;  // the environment ends: its hook sees to the thread
  if (call->where) {
    if (call->status == -ECANCELED) call->where->ended();
  } else {
    ::pthread_detach(call->thread);  // it has told, which is the last it does: nobody waits for its end
  }
  environment::of(env).waits.erase(call);
  settle_by(env, call->deferred, call->status, call->sentence, call->settle);
  for (auto& each : call->keeps) let_go(env, std::move(each));
  napi_release_threadsafe_function(call->tell, napi_tsfn_release);
}

/// A thread needs little: coview's waits do not recurse.
constexpr std::size_t stack_size = std::size_t{256} * 1024;

bool start_thread(wait_call* call) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_size);
  auto const body = [](void* it) -> void* {
    int before = 0;
    ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    static_cast<wait_call*>(it)->wait();
    return nullptr;
  };
  bool const started = ::pthread_create(&call->thread, &attributes, body, call) == 0;
  ::pthread_attr_destroy(&attributes);
  return started;
}

napi_value token_of(napi_env env, std::shared_ptr<wait_call> const& call) {
  napi_value token = nullptr;
  auto* const held = new std::weak_ptr<wait_call>(call);
  auto const finalize = [](napi_env, void* data, void*) { delete static_cast<std::weak_ptr<wait_call>*>(data); };
  napi_create_external(env, held, finalize, nullptr, &token);
  return token;
}

napi_value pair_of(napi_env env, napi_value promise, napi_value token) {
  napi_value made = nullptr;
  napi_create_array_with_length(env, 2, &made);
  napi_set_element(env, made, 0, promise);
  napi_set_element(env, made, 1, token);
  return made;
}

napi_value start_wait(napi_env env, std::shared_ptr<wait_call> const& call) {
  napi_value promise = nullptr;
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_threadsafe_function(env, nullptr, nullptr, text(env, "coview wait"), 0, 1, nullptr, nullptr, nullptr,
                                  finish_wait, &call->tell);
  environment::of(env).waits.insert(call);
  call->running = true;
  if (!(call->where ? call->where->start(call.get()) : start_thread(call.get()))) {
    call->running = false;
    environment::of(env).waits.erase(call);
    napi_release_threadsafe_function(call->tell, napi_tsfn_release);
    napi_reject_deferred(env, call->deferred, error_of(env, -EAGAIN, "no thread could be started to wait in"));
  }
  return pair_of(env, promise, token_of(env, call));
}

void cancel(wait_call& call) {
  if (!call.running || !call.cancellable) return;
  if (call.where)
    call.where->cancel();
  else
    ::pthread_cancel(call.thread);
}

}  // namespace

napi_value wait_of(napi_env env, waiting run, std::int64_t timeout, in_loop settle, unheard what) {
  // What is there takes no detour.
  auto const status = [&run] {
    never_waits const here;
    return run(0);
  }();
  if (status != COVIEW_TIMED_OUT || (timeout == 0 && what == unheard::is_not_there)) {
    napi_value promise = nullptr;
    napi_deferred deferred = nullptr;
    napi_create_promise(env, &deferred, &promise);
    settle_by(env, deferred, status, status < 0 ? coview_last_error() : "", settle);
    return pair_of(env, promise, undefined(env));
  }
  auto const call = std::make_shared<wait_call>();
  call->run = std::move(run);
  call->timeout = timeout;
  call->settle = std::move(settle);
  call->cancellable = timeout != 0;
  return start_wait(env, call);
}

napi_value wait_in(napi_env env, std::shared_ptr<owner_thread> const& where, waiting run, std::int64_t timeout,
                   in_loop settle, std::vector<shared_handle> keeps) {
  auto const call = std::make_shared<wait_call>();
  call->run = std::move(run);
  call->timeout = timeout;
  call->settle = std::move(settle);
  call->where = where;
  call->keeps = std::move(keeps);
  call->cancellable = timeout != 0;
  return start_wait(env, call);
}

napi_value cancel_wait(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  void* data = nullptr;
  if (napi_get_value_external(env, given[0], &data) == napi_ok && data != nullptr)
    if (auto const call = static_cast<std::weak_ptr<wait_call>*>(data)->lock()) cancel(*call);
  return undefined(env);
}

environment& environment::of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<environment*>(data);
}

void environment::make(napi_env env) {
  auto* const made = new environment;
  // It is never given back: finalizers look at it until the very end.
  napi_set_instance_data(env, made, nullptr, nullptr);
  napi_add_env_cleanup_hook(
      env, [](void* data) { static_cast<environment*>(data)->end(); }, made);
}

void environment::end() {
  ending = true;
  for (auto const& call : waits) {
    cancel(*call);
    if (call->where) {
      call->where->join();
    } else {
      ::pthread_join(call->thread, nullptr);
    }
    call->running = false;
    call->where.reset();
    call->keeps.clear();
  }
  // The event loop may be told of them once more, after this object: what it looks at then stays.
  (void)new std::set<std::shared_ptr<wait_call>>(std::move(waits));
}

}  // namespace coview_node
