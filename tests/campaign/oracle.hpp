// SPDX-License-Identifier: Apache-2.0
// Judges a kill campaign from the logs of its processes, all of them dead.
//
// From its log follows when a process *may* have held an object (from the beginning of the call that gave the handle
// to the end of the close, or until the process was reaped) and when it held it *for sure* (from the end of that call
// to the beginning of the close, or until the moment before it was killed). A call that never returned may have held
// anything under its name. The rules:
//
// R1  Two different objects are never held for sure under one name at the same moment: otherwise a live one was
// removed. R2  The times during which an object may have been held follow one another without a gap, from its one
// creation on:
//     otherwise a stale object was revived. Two things can close a gap: a call that never returned, and a process
//     that looked at all processes' descriptors while the last holder died (holders() does), because the kernel keeps
//     a dying process's descriptions until nobody looks at them. So holders() is called in some periods only, and the
//     others are strict.
// R3  "Taken", "listed" need somebody who may have held the name during the call: otherwise a stale name was
// observed. R4  "Not found", "not listed" are wrong where somebody held the name for sure from beginning to end of
// the call. R5  "Permission denied" needs somebody who may have held, during the call, another user's object of mode
// 0600. R6  holders() shows every process that opened the object itself and held it for sure from beginning to end of
// the call.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "board.hpp"

namespace campaign {

/// What is left of one process: its log, and when it was killed and reaped.
struct life {
  pid_t pid = 0;
  uid_t uid = 0;
  stamp killed = 0;  // taken before SIGKILL was sent; 0: it left by itself
  stamp reaped = 0;  // taken after the process was waited for
  std::vector<event> events{};
};

/// What a campaign did, and what was wrong.
struct findings {
  std::size_t creates = 0;
  std::size_t opens = 0;
  std::size_t inherits = 0;
  std::size_t closes = 0;
  std::size_t absents = 0;
  std::size_t taken = 0;
  std::size_t denials = 0;
  std::size_t busies = 0;
  std::size_t lists = 0;
  std::size_t holder_queries = 0;
  std::size_t cut_short = 0;  // calls in which a process was killed
  std::size_t objects = 0;    // different objects seen
  std::size_t doubtful = 0;   // gaps that only a call that never returned explains
  std::size_t violations = 0;
  std::vector<std::string> texts;  // of the first violations

  void violation(std::string text);
  findings& operator+=(findings const& other);
};

/// Judges the processes of one period that began and ended with nobody holding anything.
[[nodiscard]] findings judge(std::vector<life> const& lives, std::size_t names);

}  // namespace campaign
