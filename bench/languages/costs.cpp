// SPDX-License-Identifier: Apache-2.0
// What the calls of the other languages are compared with; see run.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/queue.hpp>

namespace {

/// The best of ten rounds, in nanoseconds a time.
template <class Deed>
void measure(char const* what, int times, Deed deed) {
  double best = 1e18;
  for (int round = 0; round < 10; ++round) {
    auto const begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) deed();
    std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count() / times);
  }
  std::printf("%s %.0f\n", what, best);
}

}  // namespace

int main() {
  auto const memory = coview::mapping::create("costs", 4096);
  auto const view = memory.map();
  auto const mutex = coview::mutex::create("costs.lock");
  auto const event = coview::event::create("costs.event", coview::reset::automatic);
  measure("create", 500, [] { (void)coview::mapping::create("costs.new", 4096); });
  measure("open", 500, [] { (void)coview::mapping::open("costs"); });
  measure("map", 2000, [&] { (void)memory.map(); });
  measure("lock", 100000, [&] {
    mutex.lock();
    mutex.unlock();
  });
  measure("signal", 100000, [&] {
    event.set();
    (void)event.wait();
  });
  auto const queue = coview::queue::create("costs.queue", {.capacity = 1 << 16});
  std::array<std::byte, 64> const message{};
  measure("send", 100000, [&] {
    queue.send(message);
    (void)queue.receive();
  });
  auto& number = view.as<std::uint64_t>();
  measure("add", 1000000, [&] { __atomic_fetch_add(&number, 1, __ATOMIC_SEQ_CST); });
}
