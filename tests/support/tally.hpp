// SPDX-License-Identifier: Apache-2.0
// What a campaign did, in the one form of which tests/campaign/all makes its table.
#pragma once

#include <cstdint>
#include <cstdio>

namespace coview_test {

/// Counts of one run. What a campaign does not do stays 0.
struct tally {
  std::uint64_t kills = 0;          ///< processes killed
  std::uint64_t interleavings = 0;  ///< orders of the steps of several processes that were chosen, not met by chance
  std::uint64_t faults = 0;         ///< system calls that were made to fail
  std::uint64_t inputs = 0;         ///< a hostile peer's cases, calls with made-up arguments, images of made-up bytes
  std::uint64_t checks = 0;         ///< answers, states and files that an oracle compared with what they had to be
  std::uint64_t findings = 0;       ///< of which these were not so
};

/// A line of its own on standard output.
inline void print(tally const& all) {
  auto const number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("tally: %llu kills, %llu interleavings, %llu faults, %llu inputs, %llu checks, %llu findings\n",
              number(all.kills), number(all.interleavings), number(all.faults), number(all.inputs),
              number(all.checks), number(all.findings));
}

}  // namespace coview_test
