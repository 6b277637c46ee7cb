// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/progress_meter.hpp"

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

progress_meter::progress_meter(copy_options const& options, std::filesystem::path const& source,
                               std::filesystem::path const& target)
    : options_(options) {
  if (!watched()) return;
  shown_.source = source;
  shown_.target = target;
}

std::uint64_t progress_meter::piece(std::uint64_t wanted) const noexcept {
  if (options_.limit_rate == 0) return wanted;
  return std::clamp(options_.limit_rate / 20 / page * page, page, wanted);
}

bool progress_meter::moved(std::uint64_t bytes) {
  shown_.written += bytes;
  if (options_.limit_rate != 0) {
    auto const price = seconds_as_double(static_cast<double>(bytes) / static_cast<double>(options_.limit_rate));
    // Time that passed without copying is not saved up, beyond what is told in one go.
    paid_until_ = std::max(paid_until_, clock::now() - telling) + std::chrono::duration_cast<clock::duration>(price);
    if (!hold_back()) return false;
  }
  return tick();
}

bool progress_meter::skipped(std::uint64_t bytes) {
  shown_.written += bytes;
  return tick();
}

bool progress_meter::hold_back() {
  for (;;) {
    auto const now = clock::now();
    if (now >= paid_until_) return !cancelled_;
    std::this_thread::sleep_for(std::min<clock::duration>(paid_until_ - now, longest_wait));
    if (!tick()) return false;
  }
}

bool progress_meter::tick() {
  if (!watched() || cancelled_) return !cancelled_;
  return clock::now() < next_ || tell();
}

bool progress_meter::enter(copy_stage stage) {
  shown_.stage = stage;
  return !watched() || tell();
}

bool progress_meter::tell() {
  auto const now = clock::now();
  next_ = now + telling;
  shown_.seconds = seconds_as_double(now - start_).count();
  auto const since = seconds_as_double(now - rate_from_).count();
  if (since >= 1.0 || shown_.seconds < 1.0) {
    auto const bytes = shown_.written - std::min(rate_bytes_, shown_.written);
    if (since > 0) shown_.rate = static_cast<double>(bytes) / since;
    if (since >= 1.0) {
      rate_from_ = now;
      rate_bytes_ = shown_.written;
    }
  }
  if (!options_.on_progress(shown_)) cancelled_ = true;
  return !cancelled_;
}

double progress_meter::seconds() const {
  return seconds_as_double(clock::now() - start_).count();
}

void progress_meter::restart() noexcept {
  shown_.written = 0;
  shown_.on_device = 0;
  rate_bytes_ = 0;
}

}  // namespace coview::copying
