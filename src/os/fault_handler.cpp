// SPDX-License-Identifier: Apache-2.0
#include "os/fault_handler.hpp"

namespace coview::os {
namespace {

bool is_sent(siginfo_t const& info) noexcept {
  return info.si_code <= 0;
}

}  // namespace

bool fault_handler::install(int signal, function handle) noexcept {
  struct ::sigaction now {};
  if (::sigaction(signal, nullptr, &now) != 0) return false;
  if (stays_ && is_ours(now)) {
    stays_ = false;
    return true;
  }
  // Where the signal has no handler, nobody is there who could pass on.
  if (stays_ && now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN) return false;
  stays_ = false;
  // Before ours is in place: it may run at once.
  signal_ = signal;
  handle_ = handle;
  before_ = now;
  struct ::sigaction ours {};
  ours.sa_sigaction = handle;
  ours.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  return ::sigaction(signal, &ours, nullptr) == 0;
}

void fault_handler::remove() noexcept {
  struct ::sigaction now {};
  ::sigaction(signal_, nullptr, &now);
  stays_ = !is_ours(now);
  if (!stays_) ::sigaction(signal_, &before_, nullptr);
}

bool fault_handler::is_ours(struct ::sigaction const& one) const noexcept {
  return (one.sa_flags & SA_SIGINFO) != 0 && one.sa_sigaction == handle_;
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
