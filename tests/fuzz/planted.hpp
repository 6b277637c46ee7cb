// SPDX-License-Identifier: Apache-2.0
// A planted defect for the fuzzers, which they must find: `tests/campaign/run fuzz object --break`. A reader that
// believes a number which stands in the bytes, as the library never does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace coview_test {

/// Whether --break stands on the command line. libFuzzer passes over what begins with two dashes.
inline bool asks_for_planted(std::span<char*> arguments) {
  return std::ranges::any_of(arguments, [](char const* each) { return std::string_view(each) == "--break"; });
}

/// Looks where the first four bytes say, whatever they say.
inline void believe(std::span<std::uint8_t const> input) {
  std::uint32_t where = 0;
  if (input.size() < sizeof where) return;
  std::memcpy(&where, input.data(), sizeof where);
  std::vector<std::uint8_t> const bytes(input.begin(), input.end());
  [[maybe_unused]] std::uint8_t const volatile believed = bytes.data()[where];
}

}  // namespace coview_test
