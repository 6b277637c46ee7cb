// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/time.hpp"

#include <algorithm>
#include <cstdint>

namespace coview::copying {
namespace {

constexpr std::int64_t second = 1'000'000'000;

/// How exactly the target's filesystem keeps times, in nanoseconds, by what it keeps: the kernel gives a time of
/// status change to whatever is changed, and one that has zeros at its end by chance is one in ten for each of them.
std::int64_t grain_of(struct ::stat const& target) noexcept {
  auto const& a = target.st_atim;
  auto const& m = target.st_mtim;
  auto const& c = target.st_ctim;
  std::int64_t grain = 1;
  while (grain < second && a.tv_nsec % (grain * 10) == 0 && m.tv_nsec % (grain * 10) == 0 &&
         c.tv_nsec % (grain * 10) == 0)
    grain *= 10;
  bool const even = a.tv_sec % 2 == 0 && m.tv_sec % 2 == 0 && c.tv_sec % 2 == 0;
  return grain == second && even ? 2 * second : grain;
}

/// Less than 0, 0, more than 0: the source is older, as old, newer.
int compare(struct ::stat const& source, struct ::stat const& target) noexcept {
  auto const grain = grain_of(target);
  auto seconds = static_cast<std::int64_t>(source.st_mtim.tv_sec);
  auto nanoseconds = static_cast<std::int64_t>(source.st_mtim.tv_nsec);
  // As the filesystem would have kept it.
  if (grain == 2 * second) seconds -= (seconds % 2 + 2) % 2;
  nanoseconds -= nanoseconds % std::min(grain, second);
  auto const& theirs = target.st_mtim;
  if (seconds != theirs.tv_sec) return seconds < theirs.tv_sec ? -1 : 1;
  return nanoseconds < theirs.tv_nsec ? -1 : nanoseconds > theirs.tv_nsec ? 1 : 0;
}

}  // namespace

bool is_newer(struct ::stat const& source, struct ::stat const& target) noexcept {
  return compare(source, target) > 0;
}

bool same_change(struct ::stat const& source, struct ::stat const& target) noexcept {
  return compare(source, target) == 0;
}

}  // namespace coview::copying
