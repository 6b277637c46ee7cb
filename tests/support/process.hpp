// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

/// Other processes for a test: forked children that talk to it through pipes, so that no test waits on time.
namespace coview_test {

/// Users whom root's tests act as.
inline constexpr uid_t alice = 1000;
inline constexpr uid_t bob = 2000;

/// The child's end.
class parent_link {
 public:
  parent_link(int in, int out) noexcept : in_(in), out_(out) {}
  /// Tells the parent something; one line.
  void say(std::string const& line) const;
  /// Waits for a line from the parent; empty when the parent is gone.
  [[nodiscard]] std::string hear() const;

 private:
  int in_;
  int out_;
};

/// A forked child that runs `body` and then leaves without destructors, as a crash would; exit status 0, or 111 after
/// an exception, whose text it says first. Killed and reaped by the destructor. What the thread sanitizer reports
/// there fails the test.
class child {
 public:
  using body = std::function<void(parent_link const&)>;
  explicit child(body const& run);
  /// As another user (only root can).
  child(uid_t user, body const& run);
  child(child const&) = delete;
  child& operator=(child const&) = delete;
  ~child();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void say(std::string const& line) const;
  /// Waits for a line; empty when the child is gone.
  [[nodiscard]] std::string hear() const;
  /// SIGKILL, and waits until it is gone and with it all its locks.
  void kill();
  /// Waits for its end; exit status, or 128 + the signal.
  int wait();

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  unsigned reports_before_ = 0;
};

}  // namespace coview_test
