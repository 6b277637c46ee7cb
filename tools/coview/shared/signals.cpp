// SPDX-License-Identifier: Apache-2.0
// Reading signals through signalfd(2).
#include "shared/signals.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "os/futex.hpp"

namespace coview::tool {

namespace {

bool is_ignored(int signal_number) {
  struct sigaction now {};
  sigaction(signal_number, nullptr, &now);
  return now.sa_handler == SIG_IGN;
}

}  // namespace

signal_reader::signal_reader(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  // Blocked, it would be queued although it is ignored.
  for (int const each : signals) {
    if (!is_ignored(each)) sigaddset(&set, each);
  }
  sigprocmask(SIG_BLOCK, &set, &before_);
  fd_ = os::unique_fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw std::system_error(errno, std::generic_category(), "cannot watch for signals");
}

signal_reader::~signal_reader() {
  // What came meanwhile was meant for this reader; let through, it would end the program in the middle of its end.
  signalfd_siginfo info{};
  while (read(fd_.get(), &info, sizeof info) > 0) {
  }
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

signalfd_siginfo signal_reader::wait() {
  for (;;) {
    if (auto const found = wait_for(std::chrono::hours(1))) return *found;
  }
}

std::optional<signalfd_siginfo> signal_reader::wait_for(std::chrono::nanoseconds time) {
  auto const end = std::chrono::steady_clock::now() + time;
  for (;;) {
    signalfd_siginfo info{};
    if (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) return info;
    auto const left = end - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) return {};
    timespec const timeout = os::as_timespec(left);
    pollfd wanted{fd_.get(), POLLIN, 0};
    if (ppoll(&wanted, 1, &timeout, nullptr) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
    }
  }
}

void die_of(int signal_number) {
  std::signal(signal_number, SIG_DFL);  // NOLINT(cert-err33-c): these can always be set
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  raise(signal_number);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  std::_Exit(128 + signal_number);  // where the signal does not end a process, such as the first of a container
}

}  // namespace coview::tool
