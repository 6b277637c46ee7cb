// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "harness.hpp"
#include "place.hpp"

/// The ways to do the same thing. Each says its name in a table and makes an operation (see harness.hpp).
namespace bench {

/// What a creator does with its memory before it lets go.
enum class use : std::uint8_t {
  one_store,   ///< into the first byte
  every_page,  ///< a store into each page, so that all memory is there
};

// A new object: create, map, store, unmap, close and make the name go.
enum class commit : std::uint8_t { at_first_touch, when_created };
contender bare_create(std::uint64_t size, commit when, use how);
contender same_calls_create(std::uint64_t size);
contender memfd_create_use(std::uint64_t size, use how);
contender coview_create(std::string name, root_directory const& root, std::string const& prefix, std::uint64_t size,
                        commit when, use how);

// An existing object: open, map, load, unmap, close.
contender bare_open(std::uint64_t size);
contender same_calls_open(std::uint64_t size);
contender coview_open(std::string name, root_directory const& root, std::string const& prefix, std::uint64_t size);

// Memory that is mapped already.
contender raw_sum(std::uint64_t size);
contender view_sum(root_directory const& root, std::uint64_t size);
contender raw_random(std::uint64_t size, std::uint32_t loads);
contender view_random(root_directory const& root, std::uint64_t size, std::uint32_t loads);
contender checked_random(root_directory const& root, std::uint64_t size, std::uint32_t loads);

#ifdef COVIEW_BENCH_BOOST
contender boost_object_create(std::uint64_t size);
contender boost_object_open(std::uint64_t size);
contender boost_managed_create(std::uint64_t size);
contender boost_managed_open(std::uint64_t size);
#endif

/// Offsets of 8 byte words, the same for everybody, that no prefetcher foresees (a 64 bit linear congruential
/// generator).
class random_offsets {
 public:
  /// `size`: a power of two.
  explicit random_offsets(std::uint64_t size) : mask_((size - 1) & ~std::uint64_t{7}) {}
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 32U) & mask_;
  }

 private:
  std::uint64_t mask_;
  std::uint64_t state_ = 1;
};

/// The loops that everybody runs: one copy of each, because two copies of the same loop differ by a fifth when the
/// compiler happens to align them differently. So only where the pointer leads to can make a difference.
[[gnu::noinline]] inline std::uint64_t sum(std::span<std::byte const> bytes) {
  std::uint64_t total = 0;
  for (auto const byte : bytes) total += std::to_integer<std::uint64_t>(byte);
  return total;
}

[[gnu::noinline]] inline std::uint64_t sum_random(std::byte const* memory, random_offsets& at, std::uint32_t loads) {
  auto const* const words = reinterpret_cast<std::uint64_t const*>(memory);
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < loads; ++i) total += words[at.next() / sizeof(std::uint64_t)];
  return total;
}

/// Does to memory what `use` says.
inline void touch(void* memory, std::uint64_t size, use how) {
  constexpr std::uint64_t page = 4096;
  auto* const bytes = static_cast<char volatile*>(memory);
  bytes[0] = 1;
  if (how == use::every_page) {
    for (std::uint64_t at = page; at < size; at += page) bytes[at] = 1;
  }
}

}  // namespace bench
