// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

/// Threads that do tasks, and add those that they find.
namespace coview::copying {

/// The tasks are a stack, so that a tree is gone through in depth and little of it waits at a time. What was put last
/// is done first. Tasks must not throw.
class worker_pool {
 public:
  using task = std::function<void()>;

  worker_pool() = default;
  worker_pool(worker_pool const&) = delete;
  worker_pool& operator=(worker_pool const&) = delete;
  /// Waits for all that was put.
  ~worker_pool();

  /// From any thread, tasks among them.
  void put(task what);
  /// Starts the threads. Throws std::system_error where not even one can be had.
  void start(std::size_t threads);
  /// Waits until nothing is left to do, or time is up; whether nothing is left.
  bool wait_for(std::chrono::milliseconds time);
  /// Waits until nothing is left to do.
  void wait();

 private:
  void work();

  std::mutex lock_;
  std::condition_variable work_;  // there is some, or it is all over
  std::condition_variable idle_;  // there is none left
  std::vector<task> tasks_;
  std::size_t busy_ = 0;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace coview::copying
