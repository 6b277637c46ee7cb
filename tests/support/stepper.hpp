// SPDX-License-Identifier: Apache-2.0
// Runs a piece of code in a forked child, system call by system call, and interferes at exactly one of them: kills
// the child there, or lets the call fail. Repeated for every call, this shows what a crash or a failure at any step
// leaves.
//
// The child says what is to be counted: from `begin_counting()` to `end_counting()`. Between system calls the child
// runs undisturbed. A child that hangs is ended by an alarm. Only x86-64 and aarch64 can have a call fail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace coview_test {

/// In the child: from the next system call on, every one counts.
void begin_counting();
/// In the child: no further call counts; the rest runs at full speed.
void end_counting();

struct traced_call {
  long number = 0;
  std::array<std::uint64_t, 6> arguments{};
};

/// What to do to the child.
struct interference {
  enum class kind : std::uint8_t {
    none,
    kill,        ///< SIGKILL at stop `at`: 2n is before the n-th call, 2n + 1 after it
    fail,        ///< call `at` is not executed and returns `error`
    fail_after,  ///< call `at` is executed, and returns `error` all the same, as close(2) does
  };
  kind what = kind::none;
  std::size_t at = 0;
  int error = 0;
  long expected_call = -1;  ///< `fail`: nothing is done where another call stands there; -1: any
};

struct traced_run {
  enum class ending : std::uint8_t {
    exited,     ///< by itself; `status` is its exit status
    killed,     ///< by us, as asked
    signalled,  ///< by another signal, `status`; SIGALRM: it hung
  };
  ending how = ending::exited;
  int status = 0;
  bool interfered = false;           ///< it came to the point
  std::vector<traced_call> calls{};  ///< all that counted
};

/// How the child should end: `body` runs in it and its result is the exit status. No destructors or exit handlers
/// run.
traced_run run_traced(std::function<int()> const& body, interference const& what = {});

/// Why nothing can be traced here; empty where it can.
std::string tracing_refused();

/// "openat", or the number.
std::string name_of_call(long number);

}  // namespace coview_test
