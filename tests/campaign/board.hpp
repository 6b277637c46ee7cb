// SPDX-License-Identifier: Apache-2.0
// What the processes of a kill campaign share: one log per process, in memory that outlives them, and one counter
// from which every event takes a number. A process writes down what it is about to do before it does it and what came
// of it afterwards, so whatever moment it is killed at, the log says what it may have held and what it held for sure.
//
// Crash safety: an event is written first and counted afterwards; a process killed in between has not written it.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace campaign {

/// A moment, in an order that all processes agree on.
using stamp = std::uint64_t;

enum class event_kind : std::uint8_t {
  create_begin,   // about to create; `mode` is what was asked for
  open_begin,     // about to open
  either_begin,   // about to open or create
  opened,         // the call gave a handle to an object that was there
  created,        // the call made the object
  exists,         // the call says: the name is taken, or of another kind
  absent,         // the call says: nobody holds the name
  denied,         // the call says: not for this user
  busy,           // the call says: another process keeps the name locked
  inherit,        // written by a process for the child it is about to fork: the child will hold this
  inherited,      // the child runs, and so it holds it
  close_begin,    // about to give the handle back
  closed,         // gave it back
  listed,         // list() shows the name; between list_begin and list_end
  list_begin,     //
  list_end,       //
  holder,         // holders() shows the process `detail`; between holders_begin and holders_end
  holders_begin,  //
  holders_end,    //
  leave,          // about to exit, whatever it holds
};

struct event {
  stamp at = 0;
  std::uint64_t generation = 0;  // opened, created, inherit, inherited: inode number of the object's file
  std::uint32_t call = 0;    // ties a call, what came of it and the handle's end together; unique within a process
  std::uint32_t detail = 0;  // opened, created, inherit: the object's owner; holder: a process ID
  std::uint16_t name = 0;    // which of the campaign's names
  std::uint16_t mode = 0;    // create_begin, either_begin, opened, created, inherit: permission bits
  event_kind kind{};
  std::array<std::uint8_t, 3> padding{};
};
static_assert(sizeof(event) == 32);

inline constexpr std::uint32_t log_capacity = 8192;
inline constexpr std::uint32_t log_reserve = 256;  // a process retires when less than this is left
inline constexpr std::uint32_t max_slots = 64;
inline constexpr std::uint32_t nobody = 0xffff'ffff;

/// The log of one process. The campaign's parent empties it when it has reaped the process.
struct slot {
  std::atomic<pid_t> pid;                  // 0: no process; of a forked child written by the kernel before it runs
  std::atomic<std::uint32_t> reserved_by;  // the slot of the process that wants to fork into this one; `nobody`: free
  std::atomic<uid_t> user;                 // whom the process runs as
  std::atomic<std::uint32_t> count;
  std::array<event, log_capacity> events;
};

struct complaint {
  std::atomic<std::uint32_t> ready;
  std::array<char, 500> text;
};

struct board {
  std::atomic<stamp> clock;
  std::atomic<std::uint32_t> complaints;
  std::array<complaint, 16> complaint_texts;  // the first ones; the others are only counted
  std::array<slot, max_slots> slots;

  stamp now() { return clock.fetch_add(1, std::memory_order_seq_cst) + 1; }

  void write(std::uint32_t index, event what) {
    slot& to = slots[index];
    std::uint32_t const at = to.count.load(std::memory_order_relaxed);
    if (at >= log_capacity) return;  // cannot be: processes retire before
    what.at = now();
    to.events[at] = what;
    to.count.store(at + 1, std::memory_order_release);
  }

  /// Something is wrong, seen by one process alone: the campaign has failed.
  void complain(std::string_view text) {
    std::uint32_t const at = complaints.fetch_add(1);
    if (at >= complaint_texts.size()) return;
    complaint& to = complaint_texts[at];
    std::size_t const length = text.copy(to.text.data(), to.text.size() - 1);
    to.text[length] = '\0';
    to.ready.store(1, std::memory_order_release);
  }
};

static_assert(std::atomic<stamp>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free &&
              sizeof(std::atomic<pid_t>) == sizeof(pid_t));

}  // namespace campaign
