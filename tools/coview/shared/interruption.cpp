// SPDX-License-Identifier: Apache-2.0
#include "shared/interruption.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>

#include "shared/signals.hpp"

namespace coview::tool {

namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal_number) {
  if (noted != 0) {
    std::signal(signal_number, SIG_DFL);  // NOLINT(cert-err33-c): these can always be set
    std::raise(signal_number);            // NOLINT(cert-err33-c): comes when the handler returns
    return;
  }
  noted = signal_number;
}

}  // namespace

interruption::interruption() {
  noted = 0;
  struct sigaction ours {};
  ours.sa_handler = note;
  ours.sa_flags = SA_RESTART;
  std::size_t i = 0;
  for (int const each : ending_signals) {
    auto& before = before_.at(i++);
    sigaction(each, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(each, &ours, nullptr);
  }
}

interruption::~interruption() {
  std::size_t i = 0;
  for (int const each : ending_signals) sigaction(each, &before_.at(i++), nullptr);
}

int interruption::came() noexcept {
  return noted;
}

}  // namespace coview::tool
