// SPDX-License-Identifier: Apache-2.0
#include "sync/spin.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace coview {
namespace {

// In pauses, which take 20 to 70 ns: from what is lost in the noise of a system call to the worst price of a wake-up,
// about 40 µs.
constexpr std::uint32_t fewest = 16;
constexpr std::uint32_t most = 1024;

enum class permission : std::uint8_t { unknown, off, on };
std::atomic<permission> spinning{permission::unknown};

thread_local std::uint32_t budget = fewest * 8;

void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

permission find_out() noexcept {
  char const* const wish = std::getenv("COVIEW_SPIN");
  cpu_set_t cpus;
  bool const alone = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) == 1;
  return alone || (wish != nullptr && std::strcmp(wish, "0") == 0) ? permission::off : permission::on;
}

bool allowed() noexcept {
  auto now = spinning.load(std::memory_order_relaxed);
  if (now == permission::unknown) {
    now = find_out();
    spinning.store(now, std::memory_order_relaxed);
  }
  return now == permission::on;
}

}  // namespace

void allow_spinning(bool allowed) noexcept {
  spinning = allowed ? permission::on : permission::off;
}

spinner::spinner() noexcept : left_(allowed() ? budget : 0) {}

bool spinner::pause() noexcept {
  if (left_ == 0) return false;
  --left_;
  relax();
  return true;
}

void spinner::rewarded() noexcept {
  budget = std::min(budget * 2, most);
}
void spinner::in_vain() noexcept {
  budget = std::max(budget / 2, fewest);
}

}  // namespace coview
