// SPDX-License-Identifier: Apache-2.0
#include "channel/wait_handle.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "os/cancellation.hpp"

namespace coview::detail {
namespace {

/// It waits and writes eight bytes.
constexpr std::size_t stack_bytes = std::size_t{256} * 1024;

/// No signal of the program is delivered to a thread that is made meanwhile.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t every;
    ::sigfillset(&every);
    ::pthread_sigmask(SIG_SETMASK, &every, &before_);
  }
  signals_blocked(signals_blocked const&) = delete;
  signals_blocked& operator=(signals_blocked const&) = delete;
  ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

int start(pthread_t& thread, void* (*run)(void*), void* self) {
  pthread_attr_t how;
  if (int const error = ::pthread_attr_init(&how); error != 0) return error;
  ::pthread_attr_setstacksize(&how, stack_bytes);  // where it is refused, the usual one does
  int error = 0;
  {
    signals_blocked const blocked;
    error = ::pthread_create(&thread, &how, run, self);
  }
  ::pthread_attr_destroy(&how);
  return error;
}

}  // namespace

wait_handle::wait_handle(wait_point const& point, operation_context const& context)
    : point_(point), event_(os::unique_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))), owner_(::getpid()) {
  if (!event_) context.fail(errno, "there is no descriptor for it");
  if (int const error = start(thread_, &run, this); error != 0) {
    // The same errno for the limit of threads and for a stack that has no room.
    context.fail(error, "the thread that waits for its messages cannot be started",
                 error == EAGAIN ? "this user may have no more processes and threads ('ulimit -u', a container's "
                                   "--pids-limit), or this process no more memory ('ulimit -v')"
                                 : "");
  }
  ::pthread_setname_np(thread_, "coview-wait");
}

wait_handle::~wait_handle() {
  if (owner_ != ::getpid()) return;  // the thread, and whatever lock it held, are the parent's
  {
    std::lock_guard const guard(mutex_);
    state_.store(ending, std::memory_order_release);
  }
  alarm_.raise();
  os::futex_wake(&state_, os::everybody);
  os::not_cancelled const here;  // the join is a cancellation point, and this a destructor
  ::pthread_join(thread_, nullptr);
}

void* wait_handle::run(void* self) {
  static_cast<wait_handle*>(self)->watch();
  return nullptr;
}

/// False where it is to end. What cannot be waited for counts as there: whoever receives is then told why.
bool wait_handle::wait_once() noexcept {
  try {
    return wait_for_one(point_, {}, &alarm_).outcome != wait_answer::how::alerted;
  } catch (error const&) {
    return true;
  }
}

void wait_handle::watch() {
  while (wait_once()) {
    {
      std::lock_guard const guard(mutex_);
      if (state_.load(std::memory_order_relaxed) == ending) return;
      std::uint64_t const one = 1;
      if (event_.still_own()) {
        [[maybe_unused]] auto const written = ::write(event_.get(), &one, sizeof one);  // it was empty
      }
      state_.store(told, std::memory_order_relaxed);
    }
    while (state_.load(std::memory_order_acquire) == told) os::futex_wait(&state_, told, {});
    if (state_.load(std::memory_order_relaxed) == ending) return;
  }
}

void wait_handle::found_nothing() noexcept {
  if (owner_ != ::getpid()) return;
  // Also where it is not told yet: the thread may be just about to.
  std::lock_guard const guard(mutex_);
  if (state_.load(std::memory_order_relaxed) != told) return;
  std::uint64_t count = 0;
  if (event_.still_own()) {
    [[maybe_unused]] auto const drained = ::read(event_.get(), &count, sizeof count);
  }
  state_.store(watching, std::memory_order_release);
  os::futex_wake(&state_, 1);
}

}  // namespace coview::detail
