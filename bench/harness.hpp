// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "machine.hpp"

/// Measures alternatives side by side, one operation at a time.
///
/// A *group* is a question ("create 4 KiB") with several *contenders*; the first is the bare sequence of system calls
/// that the others are compared with. Each contender lives in a process of its own, so that no one's caches,
/// descriptors or environment touch another's. In every *round* each contender in turn performs its operations, so
/// that whatever the machine does meanwhile happens to all of them; ratios are taken within a round, and the median
/// over the rounds is the result.
namespace bench {

/// One operation, to be timed.
using operation = std::function<void()>;

/// One that knows itself how long it took, in nanoseconds: others had to get going first.
using timed_operation = std::function<double()>;

struct contender {
  std::string name;
  /// Runs once in the contender's own process, and makes the operation. What the operation needs lives in its
  /// captures.
  std::function<operation()> prepare;
  /// In its place, where it is there.
  std::function<timed_operation()> prepare_timed = {};
};

struct group {
  std::string title;
  std::string unit = "us";
  double per_unit = 1000.0;  ///< nanoseconds of an operation that make one unit of the table
  std::uint32_t operations;  ///< in a round
  std::vector<contender> contenders;
};

/// What one contender took, in the group's unit.
struct result {
  std::string name;
  double median;  ///< over the rounds, of each round's median
  double p99;     ///< over all operations
  double minimum;
  double ratio;  ///< to the group's first contender: median over the rounds of the ratio of the medians
};

struct measured {
  std::string title;
  std::string unit;
  std::uint32_t operations;
  std::vector<result> results;

  /// nullptr where there is no such contender.
  [[nodiscard]] result const* find(std::string const& name) const;
};

/// Errors: std::runtime_error where a contender fails.
measured run(group const& what, std::uint32_t rounds);

using coview::tool::fact;
using coview::tool::machine;

void print_text(std::vector<fact> const& facts, std::vector<measured> const& all, std::uint32_t rounds);
void print_json(std::vector<fact> const& facts, std::vector<measured> const& all, std::uint32_t rounds);

/// Keeps the compiler from knowing what a value is good for.
template <class T>
inline void keep(T const& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace bench
