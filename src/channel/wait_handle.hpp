// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "object/fail.hpp"
#include "os/own_descriptor.hpp"
#include "sync/wait_point.hpp"

/// A descriptor that event loops can watch, for who waits for a channel's messages.
///
/// No system call of Linux lets epoll(7) watch a word, but for io_uring's futex operations, which are young (6.7) and
/// refused in many containers. So whoever asks for such a descriptor has a thread that waits in the ordinary way and
/// then writes an eventfd(2); nobody else pays anything.
namespace coview::detail {

/// Invariants:
/// 1. Under the mutex, the eventfd is readable exactly if the state is `told`. So it becomes readable anew, which
///    event loops with edges go by, for whatever comes after a receiver that found nothing.
/// 2. While it is told, the thread sleeps and looks at nothing; told no longer, it looks once more before it sleeps.
/// 3. The program can close the descriptor that it was given. It is looked at before each write and read: what has
///    its number then is left alone, and nobody is told any more.
/// Any thread may call. In a forked child there is no such thread, and the destructor only closes: nothing here may
/// have to be undone by the thread, as a condition variable has.
class wait_handle {
 public:
  wait_handle(wait_point const& point, operation_context const& context);
  wait_handle(wait_handle const&) = delete;
  wait_handle& operator=(wait_handle const&) = delete;
  ~wait_handle();

  [[nodiscard]] int fd() const noexcept { return event_.get(); }
  /// For a receiver that found nothing: not readable any more, until something comes.
  void found_nothing() noexcept;

 private:
  static void* run(void* self);
  void watch();
  bool wait_once() noexcept;

  wait_point const& point_;
  os::own_descriptor event_;
  pid_t const owner_;
  pthread_t thread_{};
  alarm_word alarm_;
  std::mutex mutex_;
  enum state : std::uint32_t { watching, told, ending };
  std::atomic<std::uint32_t> state_{watching};  // changed under the mutex; the thread sleeps on it
};

/// One that exists from when somebody asks for it.
class wait_handle_on_request {
 public:
  int fd(wait_point const& point, operation_context const& context) {
    std::lock_guard const guard(making_);
    if (!made_) {
      made_ = std::make_unique<wait_handle>(point, context);
      there_.store(made_.get(), std::memory_order_release);
    }
    return made_->fd();
  }
  void found_nothing() const noexcept {
    if (auto* const handle = there_.load(std::memory_order_acquire); handle != nullptr) [[unlikely]]
      handle->found_nothing();
  }
  /// Before what it waits for goes.
  void end() noexcept {
    there_.store(nullptr, std::memory_order_release);
    made_.reset();
  }

 private:
  std::mutex making_;
  std::unique_ptr<wait_handle> made_;
  std::atomic<wait_handle*> there_{nullptr};
};

}  // namespace coview::detail
