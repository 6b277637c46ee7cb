// SPDX-License-Identifier: Apache-2.0
// ptrace(2) as the tests use it: what a call that a traced process has come to is replaced by. x86-64 and aarch64.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace coview_test {

constexpr int syscall_stop = 5 | 0x80;  ///< SIGTRAP with PTRACE_O_TRACESYSGOOD

/// Throws what errno says where a call failed.
void check_traced(long returned, char const* what);

template <class Value>
void* as_data(Value value) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));  // NOLINT(performance-no-int-to-ptr): ptrace(2)
}

/// At the entry of a call: it is not made. Throws where the machine is none of the two.
void skip_call(pid_t pid);
/// At the exit of a call: what it returned.
void set_result(pid_t pid, long result);
/// At the entry of a poll: it asks and does not wait.
bool polls(long call_number);
void poll_at_once(pid_t pid);

}  // namespace coview_test
