// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/known_object.hpp"

/// What `coview top` shows: everything at one look, and what happened since the look before. The facts are those of
/// `coview ls` and `coview stat`; here they are only compared. Between two looks nothing is held.
namespace coview::tool {

struct top_row {
  known_object known;
  std::optional<double> rate;     ///< messages a second since the look before; of channels that were there then
  std::uint64_t lag = 0;          ///< of the subscriber that is furthest behind
  std::uint64_t lost = 0;         ///< messages, so far
  std::uint64_t lost_lately = 0;  ///< messages, since the look before
};

struct top_look {
  std::vector<top_row> rows;        ///< in the order of names
  std::optional<double> seconds;    ///< since the look before
  std::chrono::nanoseconds took{};  ///< looking
};

/// Looks again and again.
class top_looks {
 public:
  explicit top_looks(std::string pattern) : pattern_(std::move(pattern)) {}
  [[nodiscard]] top_look next();

 private:
  struct counters {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
  };
  /// A name can have been given to another object meanwhile.
  using identity = std::pair<std::string, std::chrono::system_clock::time_point>;

  std::string pattern_;
  std::map<identity, counters> before_;
  std::optional<std::chrono::steady_clock::time_point> at_;
};

/// Whether somebody should look at this: an owner died, messages are being lost, publishers are held back, or what is
/// there cannot be read.
[[nodiscard]] bool is_alarming(top_row const& row);

}  // namespace coview::tool
