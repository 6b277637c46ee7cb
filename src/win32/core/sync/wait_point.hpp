// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "os/futex.hpp"
#include "sync/gate.hpp"
#include "sync/lock_state.hpp"

/// What a Win32 wait can wait for, whatever the object is, and the waits: for one, for any, for all (WA-*).
///
/// An object that can be waited for has one wait_point, which lives as long as the object does. A waiter holds a
/// counted reference to the object while it sleeps.
namespace coview::win32 {

struct wait_point {
  enum class nature : std::uint8_t {
    lock,        ///< a mutex: taking it makes this thread its owner
    gate,        ///< an event or a semaphore
    ending,      ///< a thread: there when it has ended
    descriptor,  ///< there when a descriptor is readable: a process that has ended, a timer that is due, a console
    always,      ///< a file
  };

  nature kind = nature::always;
  gate_kind gate = gate_kind::manual;
  /// Of a descriptor: taking it reads it empty, so that one waiter is let through.
  bool consumed = false;
  int fd = -1;
  robust_node* node = nullptr;
  /// Of a named mutex: the note that keeps its page (sync_object.hpp). Belongs to the owner.
  std::atomic<std::uint32_t>* notes = nullptr;
  /// The same in all processes and different for all objects: the order in which a wait for all takes them.
  std::uint64_t order = 0;
};

/// A word on which a thread's alertable waits sleep as well.
class alarm_word {
 public:
  [[nodiscard]] bool raised() const noexcept { return word_.load(std::memory_order_acquire) != 0; }
  void raise() noexcept {
    word_.store(1, std::memory_order_release);
    os::futex_wake(&word_, os::everybody);
  }
  void lower() noexcept { word_.store(0, std::memory_order_release); }
  [[nodiscard]] ::futex_waitv entry() const noexcept { return os::futex_entry(&word_, 0); }

 private:
  std::atomic<std::uint32_t> word_{0};
};

struct wait_answer {
  enum class how : std::uint8_t { taken, abandoned, timed_out, alerted };
  how outcome = how::timed_out;
  std::size_t index = 0;  ///< of a wait for any: which was taken
};

inline constexpr std::size_t most_points = 64;

/// Takes it where it is there. Never sleeps.
lock_outcome try_point(wait_point const& point);
/// `alarm` is nullptr for a wait that is not alertable. What is there goes before an alarm.
wait_answer wait_for_one(wait_point const& point, os::deadline const& until, alarm_word* alarm);
/// 1 to 64 points. Any: of several that are there, the one with the lowest index.
wait_answer wait_for_any(std::span<wait_point const* const> points, os::deadline const& until, alarm_word* alarm);
wait_answer wait_for_all(std::span<wait_point const* const> points, os::deadline const& until, alarm_word* alarm);

/// Undoes one taking of a lock. False where this thread does not own it.
bool release_lock(wait_point const& point);

/// milliseconds as Win32 counts them: 0xFFFFFFFF is for ever.
os::deadline deadline_in(std::uint32_t milliseconds);

}  // namespace coview::win32
