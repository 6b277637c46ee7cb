// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "support/asleep.hpp"
#include "support/expect_error.hpp"

namespace coview_test {

template <class Body>
void expect_error(std::errc code, char const* text, Body const& body) {
  EXPECT_ERROR(code, text, body());
}

/// The bytes of a message of either kind.
template <class Message>
std::string text(Message const& message) {
  auto const bytes = message.bytes();
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// A thread that is going to sleep in a wait; joined by the destructor.
class waiter {
 public:
  template <class Body>
  explicit waiter(Body body)
      : thread_([this, body] {
          id_ = ::gettid();
          body();
        }) {}
  waiter(waiter const&) = delete;
  waiter& operator=(waiter const&) = delete;
  ~waiter() { join(); }
  void until_asleep() const {
    while (id_ == 0) std::this_thread::yield();
    coview_test::until_asleep(::getpid(), id_);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<pid_t> id_{0};
  std::thread thread_;
};

}  // namespace coview_test
