// SPDX-License-Identifier: Apache-2.0
#include "benching/figure.hpp"

#include <algorithm>
#include <cmath>

namespace coview::tool {

distribution distribution_of(std::vector<double> nanoseconds) {
  distribution all;
  if (nanoseconds.empty()) return all;
  std::sort(nanoseconds.begin(), nanoseconds.end());
  auto const at = [&](double share) {
    return nanoseconds[static_cast<std::size_t>(share * static_cast<double>(nanoseconds.size() - 1))];
  };
  all.count = nanoseconds.size();
  all.median = at(0.5);
  all.p99 = at(0.99);
  all.p999 = at(0.999);
  all.most = nanoseconds.back();
  constexpr double bins_a_doubling = 8;
  constexpr double least = 1;  // a clock that went no further took less than it can tell
  auto const bin_of = [&](double time) { return std::floor(std::log2(std::max(time, least)) * bins_a_doubling); };
  for (std::size_t begin = 0; begin < nanoseconds.size();) {
    auto const bin = bin_of(nanoseconds[begin]);
    auto end = begin;
    while (end < nanoseconds.size() && bin_of(nanoseconds[end]) == bin) ++end;
    all.bins.push_back({std::exp2(bin / bins_a_doubling), std::exp2((bin + 1) / bins_a_doubling),
                        static_cast<double>(end - begin) / static_cast<double>(nanoseconds.size())});
    begin = end;
  }
  return all;
}

}  // namespace coview::tool
