// SPDX-License-Identifier: Apache-2.0
// A struct that one process changes and another one watches: a lock keeps its fields together, and an event says that
// there is something new. A writer that is killed between two fields is found out by the next one.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

using namespace std::chrono_literals;

struct weather {
  unsigned changes;
  double temperature;
  double humidity;  // belongs to that temperature
};

/// Changes both fields under the lock, and says so. `die` stands for a kill in the middle.
void change(double temperature, double humidity, bool die = false) {
  auto const memory = coview::mapping::open("weather");
  auto const view = memory.map();
  auto& now = view.as<weather>();
  auto const lock = coview::mutex::open("weather.lock");
  auto const changed = coview::event::open("weather.changed");
  {
    std::lock_guard const guard(lock);
    if (lock.was_abandoned()) std::puts("a writer died: both fields are written anew");
    now.temperature = temperature;
    if (die) ::raise(SIGKILL);
    now.humidity = humidity;
    ++now.changes;
  }
  changed.set();  // after the lock is free: whoever wakes up wants it
}

int watch() {
  auto const memory = coview::mapping::open("weather", coview::access::read_only);
  auto const view = memory.map();
  auto const lock = coview::mutex::open("weather.lock");
  auto const changed = coview::event::open("weather.changed");
  while (changed.wait(10s)) {
    weather seen{};
    {
      std::lock_guard const guard(lock);
      seen = view.as<weather const>();  // copied, so that the lock is not held while it is printed
    }
    if (seen.changes < 2) continue;  // two changes may be one event
    std::printf("%g degrees, %g %% humidity\n", seen.temperature, seen.humidity);
    return 0;
  }
  return 1;
}

/// Runs it in a process of its own.
template <class Work>
pid_t run(Work const& work) {
  std::fflush(stdout);
  auto const child = ::fork();
  if (child != 0) return child;
  int const status = work();
  std::fflush(stdout);
  ::_exit(status);
}

int main() {
  auto const memory = coview::mapping::create("weather", sizeof(weather));
  auto const lock = coview::mutex::create("weather.lock");
  auto const changed = coview::event::create("weather.changed", coview::reset::automatic);
  change(21.5, 40);
  int status = 0;
  ::waitpid(run([] { return change(35, 20, true), 0; }), &status, 0);
  change(22, 41);
  ::waitpid(run(watch), &status, 0);
  return status == 0 ? 0 : 1;
}
