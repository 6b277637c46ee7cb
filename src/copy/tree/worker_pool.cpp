// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/worker_pool.hpp"

#include <system_error>
#include <utility>

namespace coview::copying {

worker_pool::~worker_pool() {
  if (!threads_.empty()) wait();
  {
    std::lock_guard const guard(lock_);
    over_ = true;
  }
  work_.notify_all();
  for (auto& each : threads_) each.join();
}

void worker_pool::put(task what) {
  {
    std::lock_guard const guard(lock_);
    tasks_.push_back(std::move(what));
  }
  work_.notify_one();
}

void worker_pool::start(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (std::system_error const&) {
      if (threads_.empty()) throw;
      break;  // fewer will do
    }
  }
}

bool worker_pool::wait_for(std::chrono::milliseconds time) {
  std::unique_lock guard(lock_);
  return idle_.wait_for(guard, time, [this] { return tasks_.empty() && busy_ == 0; });
}

void worker_pool::wait() {
  std::unique_lock guard(lock_);
  idle_.wait(guard, [this] { return tasks_.empty() && busy_ == 0; });
}

void worker_pool::work() {
  std::unique_lock guard(lock_);
  for (;;) {
    work_.wait(guard, [this] { return over_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    auto next = std::move(tasks_.back());
    tasks_.pop_back();
    ++busy_;
    guard.unlock();
    next();
    next = nullptr;  // what it holds goes before it counts as done
    guard.lock();
    --busy_;
    if (busy_ == 0 && tasks_.empty()) idle_.notify_all();
  }
}

}  // namespace coview::copying
