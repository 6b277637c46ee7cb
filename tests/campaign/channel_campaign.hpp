// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

/// What the campaigns for channels share: messages that say what they are, and workers that are killed.
namespace channel_campaign {

struct request {
  std::string mode = "all";
  std::uint64_t messages = 200'000;
  unsigned kills = 1000;
  unsigned seconds = 600;
  std::uint64_t seed = 1;
  bool careless = false;
};

inline constexpr std::size_t most_runs = 40000;
inline constexpr std::size_t most_of_a_run = 2048;

struct message_head {
  std::uint32_t run;  // what one sender sent, from its beginning to its death or until its run is full
  std::uint32_t number;
  std::uint64_t random;  // what the rest is filled from
};

void fill(std::byte* data, std::size_t size, message_head const& head);
bool is_whole(std::span<std::byte const> bytes, message_head& head);

/// Zeros that all processes share that are forked from now on.
template <class T>
T& shared() {
  void* const memory =
      ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *static_cast<T*>(memory);
}

/// How long a call waits before it is looked whether all is to stop.
inline constexpr std::chrono::milliseconds a_while(20);

/// Sends a message by the queue or publisher `to`, copied by `copy` or in place, as chance has it; now and then after
/// a loan that is dropped. False where all is to stop.
template <class Sender, class Copy>
bool send_one(Sender const& to, Copy const& copy, message_head const& head, std::size_t size, std::mt19937_64& random,
              std::atomic<bool> const& stop) {
  if (random() % 8 == 0) (void)to.loan(random() % 1000, std::chrono::milliseconds(0));
  if (random() % 2 == 0) {
    std::vector<std::byte> bytes(size);
    fill(bytes.data(), size, head);
    while (!copy(std::span<std::byte const>(bytes))) {
      if (stop) return false;
    }
    return true;
  }
  auto slot = to.loan(size + random() % 100, a_while);
  while (!slot) {
    if (stop) return false;
    slot = to.loan(size, a_while);
  }
  fill(slot->data(), size, head);
  while (!slot->publish(size, a_while)) {
    if (stop) return false;
  }
  return true;
}

/// A child that does this and ends; an exception is a fault of the campaign's.
pid_t start(std::function<void()> const& work, std::atomic<std::uint32_t>& faults);
void reap(pid_t worker);

// Each runs for so many kills or seconds, prints what it did, and returns whether nothing was found.
bool queue_campaign(request const& wanted);
bool topic_campaign(request const& wanted);
/// Messages to receivers that sleep.
bool sleep_campaign(request const& wanted);

}  // namespace channel_campaign
