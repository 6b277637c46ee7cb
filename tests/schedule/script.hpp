// SPDX-License-Identifier: Apache-2.0
// What a process of a scheduled run does, and what it tells of it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "campaign/payload.hpp"

namespace schedule {

enum class act : std::uint8_t {
  create,
  create_permanent,
  open,
  open_or_create,
  close,  // the oldest handle
  remove,
  remove_by_force,
  list,
  reclaim,
  reap,  // as `coview reaper`, until it is told to stop
  leave,
};
[[nodiscard]] char const* name_of(act what);

struct step {
  act what{};
  std::uint16_t name = 0;
};

/// One process: who it is, and what it does.
struct script {
  uid_t user = 0;
  std::vector<step> steps{};
};

/// What it tells the oracle, in memory that both share, before and after each step.
struct word {
  step now{};
  bool done = false;             // it has been done; else it is about to be
  int error = 0;                 // errno value
  bool made = false;             // it created the object
  std::uint64_t object = 0;      // inode number of the object that it got, or closes
  std::uint64_t listed = 0;      // a bit for each name that a list showed
  std::array<char, 200> path{};  // of the object's file
  std::array<char, 300> text{};  // of the error
};

/// Where a planted defect stands.
enum class defect : std::uint8_t {
  none,
  careless_close,  // whoever closes unlinks the file if nobody has the mark, without a lock that keeps others away
  careless_open,   // an open asks nobody whether the object lives
};

struct setting {
  std::vector<std::string> names{};
  defect fault = defect::none;
  bool finds_places_first = false;  // the directories of names are known before the first call that counts
  int stop_reaper = -1;             // readable: a reaper leaves
};

/// In the process.
void perform(script const& what, setting const& around, word& told);

/// A script of a few steps.
[[nodiscard]] script random_script(campaign::random_numbers& random, uid_t user, std::size_t names);

}  // namespace schedule
