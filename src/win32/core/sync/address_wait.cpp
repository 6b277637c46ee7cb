// SPDX-License-Identifier: Apache-2.0
#include "win32/core/sync/address_wait.hpp"

#include <array>
#include <cstring>

namespace coview::win32 {
namespace {

constexpr std::size_t buckets = 256;

struct alignas(64) bucket {
  std::atomic<std::uint32_t> changes{0};
  std::atomic<std::uint32_t> waiters{0};
};
constinit std::array<bucket, buckets> table;

bucket& bucket_of(void const volatile* address) noexcept {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
  constexpr unsigned top_byte = 56;
  auto const mixed = reinterpret_cast<std::uintptr_t>(address) * golden;
  return table[mixed >> top_byte];
}

template <class T>
bool same(void const volatile* address, void const* compare) noexcept {
  T expected{};
  std::memcpy(&expected, compare, sizeof expected);
  return __atomic_load_n(static_cast<T const volatile*>(address), __ATOMIC_SEQ_CST) == expected;
}

bool is_same(void const volatile* address, void const* compare, std::size_t size) noexcept {
  switch (size) {
    case 1:
      return same<std::uint8_t>(address, compare);
    case 2:
      return same<std::uint16_t>(address, compare);
    case 4:
      return same<std::uint32_t>(address, compare);
    default:
      return same<std::uint64_t>(address, compare);
  }
}

}  // namespace

bool wait_on_address(void const volatile* address, void const* compare, std::size_t size,
                     os::deadline const& until) noexcept {
  auto& there = bucket_of(address);
  there.waiters.fetch_add(1, std::memory_order_seq_cst);
  bool in_time = true;
  auto const before = there.changes.load(std::memory_order_seq_cst);
  // After the number: a wake-up that follows the change of the bytes changes the number.
  if (is_same(address, compare, size))
    in_time = sleep_on(there.changes, before, until) || !is_same(address, compare, size);
  there.waiters.fetch_sub(1, std::memory_order_relaxed);
  return in_time;
}

void wake_by_address(void const* address) noexcept {
  auto& there = bucket_of(address);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the caller's store, then the look for waiters
  if (there.waiters.load(std::memory_order_seq_cst) == 0) return;
  there.changes.fetch_add(1, std::memory_order_seq_cst);
  wake_everybody(there.changes);
}

}  // namespace coview::win32
