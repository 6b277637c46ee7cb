// SPDX-License-Identifier: Apache-2.0
// Runs a kill campaign: starts the processes, kills them, and has what they wrote down judged.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "oracle.hpp"
#include "worker.hpp"

namespace campaign {

struct plan {
  std::size_t kills = 10'000;
  std::uint32_t workers = 6;
  std::size_t names = 8;
  std::uint64_t seed = 1;
  std::chrono::seconds limit{600};  // no more kills after that
  std::size_t period = 100;         // kills between two moments at which nobody holds anything
  std::vector<uid_t> users{};       // whom the processes run as; empty: this user, and local names
  sabotage fault = sabotage::none;
};

struct outcome {
  findings found;
  std::size_t kills = 0;
  std::size_t freezes = 0;  // processes that were stopped for a while
  std::size_t periods = 0;
  std::size_t processes = 0;
  double seconds = 0;
};

/// Below `root`, which COVIEW_ROOT names. Stops at the first period in which something was wrong.
[[nodiscard]] outcome run(plan const& what, std::filesystem::path const& root);

}  // namespace campaign
