// SPDX-License-Identifier: Apache-2.0
#include "sync/spin.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace coview {
namespace {

// In pauses, which take 10 to 70 ns: what is lost in the noise of a system call.
constexpr std::uint32_t fewest = 16;
constexpr std::uint32_t at_first = fewest * 8;
/// What a wake-up costs at worst: spinning for longer is dearer than to have slept.
constexpr std::chrono::microseconds dearest(50);
/// A sleep that took no longer than two wake-ups, the other one's and one's own, is one that spinning may have saved.
constexpr auto soon = 2 * dearest;
constexpr std::uint32_t most_reluctant = 64;

enum class permission : std::uint8_t { unknown, off, on };
std::atomic<permission> spinning{permission::unknown};
std::atomic<std::uint32_t> most{at_first};

struct experience {
  std::uint32_t budget = at_first;
  std::uint32_t short_sleeps = 0;  // since spinning for as long as it pays was tried
  std::uint32_t reluctance = 1;    // how many of them it takes to try again
};
[[gnu::tls_model("initial-exec")]] constinit thread_local experience lately;

/// How many pauses last as long as the dearest wake-up.
std::uint32_t pauses_that_pay() noexcept {
  using clock = std::chrono::steady_clock;
  constexpr std::uint32_t sample = 64;
  auto least = clock::duration::max();
  for (int repeat = 0; repeat < 3; ++repeat) {
    auto const begin = clock::now();
    for (std::uint32_t i = 0; i < sample; ++i) relax();
    least = std::min(least, clock::now() - begin);
  }
  auto const one = std::max<std::int64_t>(least / sample / std::chrono::nanoseconds(1), 1);
  return static_cast<std::uint32_t>(std::max<std::int64_t>(dearest / std::chrono::nanoseconds(one), at_first));
}

permission find_out() noexcept {
  char const* const wish = std::getenv("COVIEW_SPIN");
  cpu_set_t cpus;
  bool const alone = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) == 1;
  most.store(pauses_that_pay(), std::memory_order_relaxed);
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

spinner::spinner() noexcept : left_(allowed() ? lately.budget : 0), begun_with_(left_) {}

spinner::~spinner() {
  if (!gave_up_) return;
  bool const tried_all = begun_with_ >= most.load(std::memory_order_relaxed);
  if (tried_all) lately.reluctance = std::min(lately.reluctance * 2, most_reluctant);
  if (std::chrono::steady_clock::now() - *gave_up_ > soon) {
    lately.short_sleeps = 0;
  } else if (++lately.short_sleeps >= lately.reluctance) {
    // Both may be sleeping only because both do: whoever spins once for long enough finds out.
    lately.short_sleeps = 0;
    lately.budget = most.load(std::memory_order_relaxed);
  }
}

void spinner::rewarded() noexcept {
  lately.budget = std::min(lately.budget * 2, most.load(std::memory_order_relaxed));
  lately.reluctance = 1;
}

void spinner::in_vain() noexcept {
  if (begun_with_ == 0) return;
  lately.budget = std::max(lately.budget / 2, fewest);
  gave_up_ = std::chrono::steady_clock::now();
}

}  // namespace coview
