// SPDX-License-Identifier: Apache-2.0
// One scheduled run: a few processes, the order of their system calls, and kills.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "puppet.hpp"
#include "script.hpp"

namespace schedule {

struct cast {
  std::vector<script> scripts{};
  std::vector<script> before{};  // run alone, to their end, one after the other, before the others begin
  setting around{};
  bool reaper = false;  // the last script is one
  // Two dead strangers' files stand in the way of each name, which is global: all that is made stands behind them.
  bool strangers = false;
};

/// What the scheduler does next.
struct decision {
  std::size_t process = 0;
  enum class kind : std::uint8_t { go, kill_before, kill_after } what = kind::go;
};

struct view_of_run {
  std::vector<puppet*> const& puppets;
  std::size_t steps = 0;  // so far
  std::size_t last = 0;   // who moved last
};
/// Chooses among the processes that are alive; there is at least one.
using scheduler = std::function<decision(view_of_run const&)>;

struct outcome {
  std::string wrong{};  // empty: nothing
  std::size_t steps = 0;
  std::size_t kills = 0;
  std::size_t checks = 0;
  std::vector<std::size_t> steps_of{};  // each process
  std::vector<std::string> trace{};     // what each step was, where it was asked for
};

/// Runs, and looks at what is left.
[[nodiscard]] outcome run(cast const& who, scheduler const& choose, std::filesystem::path const& root, bool traced);

}  // namespace schedule
