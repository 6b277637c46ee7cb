// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/fault_guard.hpp"

#include <setjmp.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's

#include <algorithm>
#include <cstring>

#include "os/process_wide.hpp"

namespace coview::copying {
namespace {

/// Where a fault of this thread goes; nullptr: it is nobody's. Written before and after the copying, in the thread
/// that the signal then interrupts, so that it needs no atomic; volatile keeps the compiler from moving it past the
/// copying.
thread_local sigjmp_buf* volatile landing = nullptr;

struct installed {
  int guards = 0;
  struct ::sigaction before {};
};

/// What was there before, for the handler, which must not take a lock. Set before the handler is in place.
struct ::sigaction handed_on {};

void on_fault(int signal, siginfo_t* info, void* context) {
  if (sigjmp_buf* const there = landing; there != nullptr) siglongjmp(*there, 1);
  if ((handed_on.sa_flags & SA_SIGINFO) != 0) {
    handed_on.sa_sigaction(signal, info, context);
  } else if (handed_on.sa_handler != SIG_DFL && handed_on.sa_handler != SIG_IGN) {
    handed_on.sa_handler(signal);
  } else {
    // Nobody's: as if we had not been here. The faulting access comes again, and then the default ends the process.
    struct ::sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(signal, &usual, nullptr);
  }
}

}  // namespace

fault_guard::fault_guard() {
  os::process_wide<installed>::access state;
  if (state->guards++ > 0) return;
  ::sigaction(SIGBUS, nullptr, &handed_on);
  struct ::sigaction ours {};
  ours.sa_sigaction = &on_fault;
  ours.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  ::sigaction(SIGBUS, &ours, &state->before);
}

fault_guard::~fault_guard() {
  os::process_wide<installed>::access state;
  if (--state->guards > 0) return;
  struct ::sigaction now {};
  ::sigaction(SIGBUS, nullptr, &now);
  if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == &on_fault) ::sigaction(SIGBUS, &state->before, nullptr);
}

fault_guard::outcome fault_guard::copy(std::span<std::byte> to, std::span<std::byte const> from) noexcept {
  sigjmp_buf here;
  // Without saving the signal mask: the handler runs with none blocked (SA_NODEFER), and saving it is a system call.
  if (sigsetjmp(here, 0) != 0) {
    landing = nullptr;
    return outcome::faulted;
  }
  landing = &here;
  std::memcpy(to.data(), from.data(), std::min(to.size(), from.size()));
  landing = nullptr;
  return outcome::copied;
}

}  // namespace coview::copying
