// SPDX-License-Identifier: Apache-2.0
// Pinning, and processes that answer.
#include "sync_pair.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <coview/event.hpp>

namespace bench {
namespace {

cpu_set_t only(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return set;
}

cpu_set_t all() {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &set);
  return set;
}

/// What the kernel makes of it: CPUs that are not there, or not ours, drop out.
cpu_set_t allow(cpu_set_t const& wanted) {
  ::sched_setaffinity(0, sizeof wanted, &wanted);
  cpu_set_t got;
  CPU_ZERO(&got);
  ::sched_getaffinity(0, sizeof got, &got);
  return got;
}

two_cpus find_cpus() {
  cpu_set_t before;
  CPU_ZERO(&before);
  ::sched_getaffinity(0, sizeof before, &before);
  two_cpus found{-1, -1};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) found.mine = cpu;
  }
  auto const every = allow(all());
  for (int cpu = 0; cpu < CPU_SETSIZE && found.other < 0; ++cpu) {
    if (CPU_ISSET(cpu, &every) && cpu != found.mine) found.other = cpu;
  }
  allow(before);
  return found;
}

}  // namespace

two_cpus const& cpus() {
  static two_cpus const found = find_cpus();
  return found;
}

void pin(int cpu) {
  auto const wanted = only(cpu);
  if (::sched_setaffinity(0, sizeof wanted, &wanted) != 0) throw std::runtime_error("cannot pin");
}

void choose(spinning how) {
  if (how == spinning::off) {
    ::setenv("COVIEW_SPIN", "0", 1);
    return;
  }
  ::unsetenv("COVIEW_SPIN");
  // A process that may run on one CPU only does not spin, and it looks when it first waits in vain. The partner is on
  // another one here, so that first wait is made while all are allowed.
  allow(all());
  coview::futex_event never;
  never.wait(std::chrono::milliseconds(1));  // long enough not to be over before it spins
}

partner::partner(std::function<void()> const& forever) : pid_(-1) {
  // Before the fork: on our CPU it might never come to its turn while we spin for it.
  pin(cpus().other);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ > 0) {
    pin(cpus().mine);
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    forever();
  } catch (std::exception const& e) {
    std::fprintf(stderr, "bench: partner: %s\n", e.what());
  }
  ::_exit(EXIT_FAILURE);
}

partner::~partner() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace bench
