// SPDX-License-Identifier: Apache-2.0
#include "sync/spin.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "os/environment.hpp"
#include "os/sanitizer.hpp"

namespace coview::inline sync {
namespace {

// In pauses, which take 10 to 70 ns: what is lost in the noise of a system call.
constexpr std::uint32_t fewest = 16;
constexpr std::uint32_t at_first = fewest * 8;
/// What two wake-ups cost at least and at worst: spinning for longer is dearer than to have slept. Two, because the
/// other one may be on its way out of a sleep too.
constexpr std::chrono::nanoseconds cheapest_pair = std::chrono::microseconds(4);
constexpr std::chrono::nanoseconds dearest_pair = std::chrono::microseconds(50);
constexpr std::uint32_t most_reluctant = 64;

enum class permission : std::uint8_t { unknown, off, on };
std::atomic<permission> spinning{permission::unknown};
std::atomic<std::uint32_t> pause_ns{1};
/// The most that pays, in pauses: of the two around it.
std::atomic<std::uint32_t> most_pauses{at_first};
/// How long the shorter ones of those sleeps take that end with a wake-up: about what a wake-up costs.
std::atomic<std::uint32_t> wake_up_ns{static_cast<std::uint32_t>(dearest_pair.count())};

struct experience {
  std::uint32_t budget = at_first;
  std::uint32_t short_sleeps = 0;  // since spinning for as long as it pays was tried
  std::uint32_t reluctance = 1;    // how many of them it takes to try again
};
[[gnu::tls_model("initial-exec")]] constinit thread_local experience lately;

std::chrono::nanoseconds what_pays() noexcept {
  return std::clamp(2 * std::chrono::nanoseconds(wake_up_ns.load(std::memory_order_relaxed)), cheapest_pair,
                    dearest_pair);
}

std::uint32_t most() noexcept {
  return most_pauses.load(std::memory_order_relaxed);
}
void work_out_most() noexcept {
  auto const pauses = static_cast<std::uint32_t>(what_pays().count()) / pause_ns.load(std::memory_order_relaxed);
  most_pauses.store(std::max(pauses, at_first), std::memory_order_relaxed);
}

void learn_wake_up(std::chrono::nanoseconds sleep) noexcept {
  auto const known = wake_up_ns.load(std::memory_order_relaxed);
  auto const seen = static_cast<std::uint32_t>(std::min(sleep, dearest_pair).count());
  // Most sleeps are longer than the wake-up, and a few shorter: those that had hardly begun.
  constexpr std::uint32_t quickly = 8;
  constexpr std::uint32_t slowly = 256;
  wake_up_ns.store(seen < known ? known - (known - seen) / quickly : known + (seen - known) / slowly,
                   std::memory_order_relaxed);
  work_out_most();
}

/// A pause takes 10 to 70 ns, whatever the CPU's clock.
std::uint32_t length_of_a_pause() noexcept {
  using clock = std::chrono::steady_clock;
  constexpr std::uint32_t sample = 64;
  auto least = clock::duration::max();
  for (int repeat = 0; repeat < 3; ++repeat) {
    auto const begin = clock::now();
    for (std::uint32_t i = 0; i < sample; ++i) relax();
    least = std::min(least, clock::now() - begin);
  }
  return static_cast<std::uint32_t>(std::max<std::int64_t>(least / sample / std::chrono::nanoseconds(1), 1));
}

permission find_out() noexcept {
  pause_ns.store(length_of_a_pause(), std::memory_order_relaxed);
  work_out_most();
  if (char const* const set = os::environment("COVIEW_SPIN")) {
    if (std::strcmp(set, "0") == 0) return permission::off;
    if (std::strcmp(set, "1") == 0) return permission::on;
  }
  cpu_set_t cpus;
  bool const one_processor = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) == 1;
  return one_processor ? permission::off : permission::on;
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
  os::tell_sanitizer_frames_went();  // a wait is a point to be cancelled at
  auto const slept = std::chrono::steady_clock::now() - *gave_up_;
  if (woken_) learn_wake_up(slept);
  if (begun_with_ >= most()) lately.reluctance = std::min(lately.reluctance * 2, most_reluctant);
  // Longer than the other one's wake-up and one's own: nothing that spinning would have saved.
  if (slept > 2 * what_pays()) {
    lately.short_sleeps = 0;
  } else if (++lately.short_sleeps >= lately.reluctance) {
    // Both may be sleeping only because both do: whoever spins once for long enough finds out.
    lately.short_sleeps = 0;
    lately.budget = most();
  }
}

void spinner::rewarded() noexcept {
  left_ = 0;
  lately.budget = std::min(lately.budget * 2, most());
  lately.reluctance = 1;
}

void spinner::in_vain() noexcept {
  if (begun_with_ == 0) return;
  lately.budget = std::max(lately.budget / 2, fewest);
  gave_up_ = std::chrono::steady_clock::now();
}

}  // namespace coview::inline sync
