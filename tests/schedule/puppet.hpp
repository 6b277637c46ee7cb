// SPDX-License-Identifier: Apache-2.0
// A forked process that runs one system call at a time, when it is told to: between two calls nothing else of the run
// moves, so the order of all calls of all processes is what the scheduler says (ptrace(2)).
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace schedule {

/// In the puppet: hands `act` in memory that it shares with the tracer, and says so. See puppet::on_mark.
void mark();
/// In the puppet: calls between these two are its bookkeeping, and run on without a stop.
void begin_private();
void end_private();

struct pending_call {
  long number = -1;
  std::array<std::uint64_t, 6> arguments{};
};

class puppet {
 public:
  enum class state : std::uint8_t { at_call, exited, signalled, killed };

  /// Forks; the process becomes `user`, stops, and then stands before its first call. `on_mark` is called at each
  /// `mark`.
  puppet(uid_t user, std::function<void()> body, std::function<void()> on_mark);
  puppet(puppet const&) = delete;
  puppet& operator=(puppet const&) = delete;
  ~puppet();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] state where() const noexcept { return state_; }
  [[nodiscard]] bool alive() const noexcept { return state_ == state::at_call; }
  /// Exit status, or the signal.
  [[nodiscard]] int status() const noexcept { return status_; }
  /// What it does next.
  [[nodiscard]] pending_call const& next() const noexcept { return next_; }
  [[nodiscard]] bool sleeps_next() const noexcept;

  /// Executes the pending call and goes on to the next. A sleep is over at once; a poll does not wait. The result, as
  /// the kernel gives it: negative errors.
  long advance();
  /// Before the pending call, or right after it.
  void kill_before();
  void kill_after();

 private:
  enum class stop : std::uint8_t { entry, exit, over };
  stop go_on();
  void to_next_call();
  long execute();
  void reap_killed();

  pid_t pid_ = -1;
  state state_ = state::at_call;
  int status_ = 0;
  pending_call next_{};
  std::function<void()> on_mark_;
};

}  // namespace schedule
