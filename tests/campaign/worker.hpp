// SPDX-License-Identifier: Apache-2.0
// What a process of a kill campaign does until it is killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "board.hpp"

namespace campaign {

/// A deliberate fault, to prove that the campaign sees it.
enum class sabotage : std::uint8_t {
  none,
  revive,  // some opens take whatever file stands there, whether or not anybody held it
  unlink,  // some processes delete an object's file as a careless cleaner would
};

/// What all processes of a campaign know.
struct assignment {
  board* shared = nullptr;
  std::vector<std::string> names;
  std::uint64_t seed = 0;
  std::uint32_t slots = 0;  // how many of the board's slots are in use
  bool several_users = false;
  bool ask_for_holders = false;  // in this period
  sabotage fault = sabotage::none;
};

/// Works in this slot of the board; returns only where the log is full or something was wrong.
void work(assignment const& what, std::uint32_t slot, std::uint64_t seed);

/// Nobody holds anything: every name is free, nothing is listed, every name can be created and its memory is zero.
/// Complains on the board otherwise.
void check_nothing_is_left(assignment const& what, std::uint64_t seed);

}  // namespace campaign
