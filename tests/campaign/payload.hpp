// SPDX-License-Identifier: Apache-2.0
// What a campaign's objects contain: a tag that no other object ever had, and bytes that follow from it. Lost, mixed
// or foreign contents show at any byte.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace campaign {

/// A small generator: a stream of numbers that follows from one seed, alike on every machine.
class random_numbers {
 public:
  explicit random_numbers(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e37'79b9'7f4a'7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebULL;
    return z ^ (z >> 31U);
  }
  /// 0 … limit − 1
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// The beginning of the payload.
struct payload_head {
  std::atomic<std::uint64_t> tag;  // 0 until the creator has filled everything behind it
  std::uint64_t generation;        // inode number of the object's file
};

inline constexpr std::size_t smallest_payload = 64;

inline std::byte pattern(std::uint64_t tag, std::size_t at) {
  return static_cast<std::byte>((tag >> (at % 8 * 8)) ^ (at * 31));
}

/// Where it is not all zero.
inline bool is_zero(std::span<std::byte const> memory) {
  for (std::byte const b : memory) {
    if (b != std::byte{0}) return false;
  }
  return true;
}

inline void fill(std::span<std::byte> memory, std::uint64_t tag, std::uint64_t generation) {
  auto* const head = reinterpret_cast<payload_head*>(memory.data());
  head->generation = generation;
  for (std::size_t at = sizeof(payload_head); at < memory.size(); ++at) memory[at] = pattern(tag, at);
  head->tag.store(tag, std::memory_order_release);  // pairs with the acquire in `intact`
}

/// Whether the contents are what their creator wrote; an object whose creator has not finished, or was killed before,
/// passes.
inline bool intact(std::span<std::byte const> memory, std::uint64_t generation) {
  auto const* const head = reinterpret_cast<payload_head const*>(memory.data());
  std::uint64_t const tag = head->tag.load(std::memory_order_acquire);
  if (tag == 0) return true;
  if (head->generation != generation) return false;
  for (std::size_t at = sizeof(payload_head); at < memory.size(); ++at) {
    if (memory[at] != pattern(tag, at)) return false;
  }
  return true;
}

}  // namespace campaign
