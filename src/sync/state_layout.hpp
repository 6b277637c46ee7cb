// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "object/layout.hpp"

/// The bytes of a mutex, event, semaphore or timer in the first page of its file (docs/layout.md), and nothing else.
namespace coview::layout {

/// At `state_offset`. Written before anybody else can open the object; never changed, but for `constructed`.
struct sync_facts {
  std::uint64_t pid_namespace;  // inode of the creator's: thread IDs mean nothing in another one
  std::uint32_t flavour;        // of an event or timer: 0 automatic, 1 manual
  std::uint32_t maximum;        // of a semaphore
  std::uint32_t constructed;    // of a mapping: 1 once view::construct_once is done
  std::uint32_t padding;
};
static_assert(sizeof(sync_facts) == 24);

/// Of a timer, right behind the facts: what it is set to (sync/timer_state.hpp).
struct timer_slot {
  std::uint32_t claimed_by;  // the thread that writes it; 0: nobody
  std::uint32_t clock;       // 1 CLOCK_MONOTONIC, 2 CLOCK_REALTIME
  std::uint64_t due;         // nanoseconds of that clock
  std::uint64_t period;      // nanoseconds; 0: once
  std::uint64_t id;          // of who set it
};
static_assert(sizeof(timer_slot) == 32);
inline constexpr std::uint32_t timer_slots = 31;
struct timer_schedule {
  std::uint32_t told;  // the version of which everybody who slept before it was woken; a hint
  std::uint32_t padding;
  std::array<timer_slot, timer_slots> slots;
};
inline constexpr std::uint32_t schedule_offset = state_offset + sizeof(sync_facts);
static_assert(schedule_offset == 2072 && schedule_offset % alignof(timer_schedule) == 0);
static_assert(schedule_offset + sizeof(timer_schedule) == 3072);

/// The part of a robust_node that is shared: the last 24 bytes of the page. The rest of the node is private to each
/// process and lies beyond it.
inline constexpr std::uint32_t node_offset = first_page - 24;

}  // namespace coview::layout
