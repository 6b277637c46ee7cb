// SPDX-License-Identifier: Apache-2.0
#include "os/fault_handler.hpp"

namespace coview::os {
namespace {

bool is_sent(siginfo_t const& info) noexcept {
  return info.si_code <= 0;
}

}  // namespace

bool fault_handler::install(int signal, function handle) noexcept {
  signal_ = signal;
  handle_ = handle;
  // Before ours is in place: it may run at once.
  if (::sigaction(signal, nullptr, &before_) != 0) return false;
  struct ::sigaction ours {};
  ours.sa_sigaction = handle;
  ours.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  return ::sigaction(signal, &ours, nullptr) == 0;
}

void fault_handler::remove() noexcept {
  struct ::sigaction now {};
  ::sigaction(signal_, nullptr, &now);
  if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == handle_) ::sigaction(signal_, &before_, nullptr);
}

bool fault_handler::is_last_for(siginfo_t const& info) const noexcept {
  // With SA_SIGINFO too, where sa_sigaction stands in the same place: the kernel looks for these two first.
  return before_.sa_handler == SIG_DFL || (before_.sa_handler == SIG_IGN && !is_sent(info));
}

void fault_handler::pass_on(siginfo_t* info, void* context) const noexcept {
  if (is_last_for(*info)) {
    // As if we had not been here. A fault comes again; what was sent does not, and a breakpoint is behind us.
    ::signal(signal_, SIG_DFL);
    if (is_sent(*info) || signal_ == SIGTRAP) ::raise(signal_);
  } else if (before_.sa_handler == SIG_IGN) {
    return;
  } else if ((before_.sa_flags & SA_SIGINFO) != 0) {
    before_.sa_sigaction(signal_, info, context);
  } else {
    before_.sa_handler(signal_);
  }
}

}  // namespace coview::os
