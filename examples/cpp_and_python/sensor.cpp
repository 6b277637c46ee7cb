// SPDX-License-Identifier: Apache-2.0
// Half of a pair with sensor.py: measures into a struct, under a lock, and tells Python by an event; then waits for
// what Python makes of it.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

/// The same as `layout` of sensor.py: fixed widths, and no gaps.
struct sensor {
  std::uint64_t count;
  double mean;  // Python's
  double samples[8];
};
static_assert(sizeof(sensor) == 80);

int main() {
  auto const memory = coview::mapping::create("sensor", sizeof(sensor));
  auto const lock = coview::mutex::create("sensor.lock");
  auto const measured = coview::event::create("sensor.measured", coview::reset::manual);
  auto const answered = coview::event::create("sensor.answered", coview::reset::manual);
  auto const view = memory.map();
  auto& shared = view.as<sensor>();
  {
    std::lock_guard const guard(lock);
    for (auto& sample : shared.samples) sample = 20 + 0.5 * static_cast<double>(shared.count++);
  }
  measured.set();
  std::puts("measured; now start sensor.py");
  std::fflush(stdout);
  if (!answered.wait(std::chrono::minutes(1))) return 1;
  std::lock_guard const guard(lock);
  std::printf("Python says: the mean is %g\n", shared.mean);
  return shared.mean == 21.75 ? 0 : 1;
}
