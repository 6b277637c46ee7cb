// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/signalfd.h>

#include <chrono>
#include <csignal>
#include <initializer_list>
#include <optional>

#include "os/fd.hpp"

/// Signals as something to read, for commands that have to put things in order before they end.
namespace coview::tool {

/// While it exists, the given signals are kept from doing what they do and can be read instead. One that was ignored
/// when the program began stays so, as nohup(1) and a script's "&" want it. The destructor lets them through again.
/// Threads made meanwhile inherit that.
class signal_reader {
 public:
  signal_reader(std::initializer_list<int> signals);
  signal_reader(signal_reader const&) = delete;
  signal_reader& operator=(signal_reader const&) = delete;
  ~signal_reader();

  /// Readable when a signal is there.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Waits for the next one.
  signalfd_siginfo wait();
  /// The next one, if it comes in time.
  std::optional<signalfd_siginfo> wait_for(std::chrono::nanoseconds time);
  /// The signals that were blocked before, for a child to start with.
  [[nodiscard]] sigset_t const& before() const noexcept { return before_; }

 private:
  sigset_t before_{};
  os::unique_fd fd_;
};

/// What ends a program that a person or a service manager wants to end.
inline constexpr std::initializer_list<int> ending_signals = {SIGINT, SIGTERM, SIGHUP};

/// Ends by the signal that asked for it, as a shell expects it of a program that was interrupted.
[[noreturn]] void die_of(int signal_number);

}  // namespace coview::tool
