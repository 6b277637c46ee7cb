// SPDX-License-Identifier: Apache-2.0
#include "win32/core/sync/slim_lock.hpp"

#include "sync/spin.hpp"

namespace coview::win32 {
namespace {

constexpr std::uint32_t holders = (1U << 30U) - 1;
constexpr std::uint32_t writer = holders;
constexpr std::uint32_t writer_sleeps = 1U << 30U;
constexpr std::uint32_t reader_sleeps = 1U << 31U;
constexpr std::uint32_t anybody_sleeps = writer_sleeps | reader_sleeps;
constexpr std::uint32_t few_spins = 100;

}  // namespace

void plain_lock::take_slowly(std::uint32_t spins) noexcept {
  for (std::uint32_t i = 0; i < spins; ++i) {
    if (!is_taken(word_.load(std::memory_order_relaxed)) && try_take()) return;
    relax();
  }
  // From here on as one who may not be the only waiter.
  while (is_taken(word_.exchange(awaited, std::memory_order_acquire))) sleep_on(word_, awaited, {});
}

bool shared_lock_word::try_write() noexcept {
  auto seen = word_.load(std::memory_order_relaxed);
  while ((seen & holders) == 0) {
    if (word_.compare_exchange_weak(seen, seen | writer, std::memory_order_acquire, std::memory_order_relaxed))
      return true;
  }
  return false;
}

bool shared_lock_word::try_read() noexcept {
  auto seen = word_.load(std::memory_order_relaxed);
  while ((seen & holders) < writer - 1 && (seen & writer_sleeps) == 0) {
    if (word_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire, std::memory_order_relaxed))
      return true;
  }
  return false;
}

void shared_lock_word::write() noexcept {
  for (std::uint32_t i = 0; i < few_spins; ++i) {
    if (try_write()) return;
    relax();
  }
  for (;;) {
    if (try_write()) return;
    auto seen = word_.load(std::memory_order_relaxed);
    if ((seen & holders) == 0) continue;
    if ((seen & writer_sleeps) == 0 && !word_.compare_exchange_weak(seen, seen | writer_sleeps)) continue;
    sleep_on(word_, seen | writer_sleeps, {});
  }
}

void shared_lock_word::read() noexcept {
  for (std::uint32_t i = 0; i < few_spins; ++i) {
    if (try_read()) return;
    relax();
  }
  for (;;) {
    if (try_read()) return;
    auto seen = word_.load(std::memory_order_relaxed);
    bool const free_for_readers = (seen & holders) < writer - 1 && (seen & writer_sleeps) == 0;
    if (free_for_readers) continue;
    if ((seen & reader_sleeps) == 0 && !word_.compare_exchange_weak(seen, seen | reader_sleeps)) continue;
    sleep_on(word_, seen | reader_sleeps, {});
  }
}

// Flags are set only while somebody holds it. Whoever leaves last takes them along and wakes all who set them: each
// looks, and says again that it sleeps.
void shared_lock_word::end_write() noexcept {
  if ((word_.exchange(0, std::memory_order_release) & anybody_sleeps) != 0) wake_everybody(word_);
}

void shared_lock_word::end_read() noexcept {
  auto seen = word_.load(std::memory_order_relaxed);
  std::uint32_t left = 0;
  do {
    left = seen - 1;
    if ((left & holders) == 0) left = 0;
  } while (!word_.compare_exchange_weak(seen, left, std::memory_order_release, std::memory_order_relaxed));
  if (left == 0 && (seen & anybody_sleeps) != 0) wake_everybody(word_);
}

}  // namespace coview::win32
