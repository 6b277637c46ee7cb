// SPDX-License-Identifier: Apache-2.0
// The operations whose every step is interfered with, and what must hold afterwards.
#pragma once

#include <sys/types.h>

#include <functional>
#include <system_error>
#include <vector>

#include <coview/mapping.hpp>

#include "support/scoped_root.hpp"
#include "support/stepper.hpp"

namespace coview_test {

/// What stands around the process that is interfered with.
struct world {
  scoped_root root{S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO};
  coview::mapping holder{};  // this process's handle to the object, with `holder_text` in its memory
  coview::view holder_view{};
  int heir_waits = -1;  // what a forked heir of the process reads from,
  int heir_lives = -1;  // and what keeps it waiting: it exits when this closes
};

inline constexpr char holder_text[] = "held by somebody else all the time";

/// What the process that is interfered with has.
struct hands {
  coview::mapping mapping{};
};

struct scenario {
  char const* title;
  char const* name;                                  // the object's
  std::function<void(world&)> arrange = {};          // in the test, before every run
  std::function<void(world&, hands&)> prepare = {};  // in the process that is interfered with, before it begins
  std::function<void(world&, hands&)> act;           // what is interfered with
  std::errc expected = {};                           // the error that it ends in where nothing interferes
  uid_t user = 0;                                    // the process runs as this user; 0: as the test
  bool may_stay = false;                             // a permanent object: the name may be there afterwards
  bool takes_name_away = false;                      // by force, from a holder
  bool fresh_root = false;                           // the directory of local names is to be made
};

/// All that this user can run.
std::vector<scenario> const& scenarios();

/// What the process said of itself at its end.
struct report {
  bool ended = false;        // it came to its end
  int code = 0;              // errno value of the coview::error; 0: none
  bool foreign = false;      // another exception came out
  int descriptors_more = 0;  // that were open at the end and not at the beginning
  char text[400] = {};
};

/// Runs a scenario once; the report is true where the process exited by itself.
traced_run run_scenario(scenario const& what, world& around, interference const& how, report& told);

/// What must hold after any run: nobody but the one who still has it sees the object, the name can be had, its memory
/// is zero, and reclaim() leaves nothing. Ends all holders. Reports failures to GoogleTest.
void expect_sound(scenario const& what, world& around);

}  // namespace coview_test
