// SPDX-License-Identifier: Apache-2.0
#include "benching/peers.hpp"

#include "shared/interruption.hpp"

namespace coview::tool {

processors two_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return {};
  std::array<int, 2> found{};
  std::size_t count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && count < found.size(); ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) found.at(count++) = cpu;
  }
  if (count < found.size()) return {};
  return found;
}

void stay_on(processors const& on, std::size_t which) {
  if (!on) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(on->at(which)), &only);
  ::sched_setaffinity(0, sizeof only, &only);
}

void peer_is_gone() {
  throw failure(exit_failed, "the other process does not answer");
}

void stop_if_interrupted() {
  if (int const signal = interruption::came(); signal != 0) throw bench_interrupted{signal};
}

}  // namespace coview::tool
