// SPDX-License-Identifier: Apache-2.0
#include "support/tracing.hpp"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace coview_test {

static_assert(syscall_stop == (SIGTRAP | 0x80));

void check_traced(long returned, char const* what) {
  if (returned < 0) throw std::system_error(errno, std::generic_category(), what);
}

#if defined(__x86_64__)
namespace {
void poke(pid_t pid, std::size_t offset, long value) {
  check_traced(::ptrace(PTRACE_POKEUSER, pid, as_data(offset), as_data(value)), "PTRACE_POKEUSER");
}
}  // namespace
void skip_call(pid_t pid) {
  poke(pid, offsetof(user_regs_struct, orig_rax), -1);
}
void set_result(pid_t pid, long result) {
  poke(pid, offsetof(user_regs_struct, rax), result);
}
bool polls(long call_number) {
  return call_number == SYS_poll;
}
void poll_at_once(pid_t pid) {
  poke(pid, offsetof(user_regs_struct, rdx), 0);
}
#elif defined(__aarch64__)
void skip_call(pid_t pid) {
  int none = -1;
  iovec part{&none, sizeof none};
  check_traced(::ptrace(PTRACE_SETREGSET, pid, as_data(NT_ARM_SYSTEM_CALL), &part), "PTRACE_SETREGSET");
}
void set_result(pid_t pid, long result) {
  user_regs_struct registers{};
  iovec part{&registers, sizeof registers};
  check_traced(::ptrace(PTRACE_GETREGSET, pid, as_data(NT_PRSTATUS), &part), "PTRACE_GETREGSET");
  registers.regs[0] = static_cast<unsigned long long>(result);
  check_traced(::ptrace(PTRACE_SETREGSET, pid, as_data(NT_PRSTATUS), &part), "PTRACE_SETREGSET");
}
bool polls(long call_number) {
  return call_number == SYS_ppoll;
}
void poll_at_once(pid_t pid) {
  skip_call(pid);  // as if nothing had come
  set_result(pid, 0);
}
#else
void skip_call(pid_t) {
  throw std::runtime_error("calls cannot be changed on this machine");
}
void set_result(pid_t, long) {}
bool polls(long) {
  return false;
}
void poll_at_once(pid_t) {}
#endif

}  // namespace coview_test
