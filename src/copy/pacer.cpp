// SPDX-License-Identifier: Apache-2.0
#include "copy/pacer.hpp"

#include <algorithm>
#include <thread>

namespace coview::copying {
namespace {

using namespace std::chrono_literals;
using seconds_as_double = std::chrono::duration<double>;

constexpr auto telling = 100ms;
constexpr auto longest_wait = 50ms;  // how late a cancelled copy notices while it is held back
constexpr std::uint64_t page = 4096;

}  // namespace

pacer::pacer(copy_options const& options, std::filesystem::path const& source, std::filesystem::path const& target)
    : options_(options) {
  if (!watched()) return;
  progress_.source = source;
  progress_.target = target;
}

std::uint64_t pacer::piece(std::uint64_t wished) const noexcept {
  if (options_.limit_rate == 0) return wished;
  return std::clamp(options_.limit_rate / 20 / page * page, page, wished);
}

bool pacer::moved(std::uint64_t bytes) {
  progress_.written += bytes;
  if (options_.limit_rate != 0) {
    auto const price = seconds_as_double(static_cast<double>(bytes) / static_cast<double>(options_.limit_rate));
    // Time that passed without copying is not saved up, beyond what is told in one go.
    paid_until_ = std::max(paid_until_, clock::now() - telling) + std::chrono::duration_cast<clock::duration>(price);
    if (!hold_back()) return false;
  }
  return tick();
}

bool pacer::skipped(std::uint64_t bytes) {
  progress_.written += bytes;
  return tick();
}

bool pacer::hold_back() {
  for (;;) {
    auto const now = clock::now();
    if (now >= paid_until_) return !cancelled_;
    std::this_thread::sleep_for(std::min<clock::duration>(paid_until_ - now, longest_wait));
    if (!tick()) return false;
  }
}

bool pacer::tick() {
  if (!watched() || cancelled_) return !cancelled_;
  return clock::now() < next_ || tell();
}

bool pacer::enter(copy_stage stage) {
  progress_.stage = stage;
  return !watched() || tell();
}

bool pacer::tell() {
  auto const now = clock::now();
  next_ = now + telling;
  progress_.seconds = seconds_as_double(now - start_).count();
  auto const since = seconds_as_double(now - rate_from_).count();
  if (since >= 1.0 || progress_.seconds < 1.0) {
    auto const bytes = progress_.written - std::min(rate_bytes_, progress_.written);
    if (since > 0) progress_.rate = static_cast<double>(bytes) / since;
    if (since >= 1.0) {
      rate_from_ = now;
      rate_bytes_ = progress_.written;
    }
  }
  if (!options_.on_progress(progress_)) cancelled_ = true;
  return !cancelled_;
}

double pacer::seconds() const {
  return seconds_as_double(clock::now() - start_).count();
}

void pacer::restart() noexcept {
  progress_.written = 0;
  progress_.on_device = 0;
  rate_bytes_ = 0;
}

}  // namespace coview::copying
