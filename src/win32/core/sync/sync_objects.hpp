// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "os/fork_lock.hpp"
#include "sync/sync_object.hpp"
#include "sync/wait_point.hpp"
#include "win32/core/handles/object.hpp"
#include "win32/core/sync/sync_cell.hpp"
#include "win32/core/sync/timer_memory.hpp"

/// Mutexes, events, semaphores and timers behind handles. With a name they are objects of the layer below, and so the
/// same that C++ programs and the command line see; without one they are cells, and timers pages.
///
/// Thread safety: all functions. The name goes with the last handle; the state stays for whoever still waits (L-12).
namespace coview::win32 {

/// What can be waited for by more than a glance.
class waitable_object : public object {
 public:
  using object::object;
  [[nodiscard]] wait_point const& point() const noexcept { return point_; }

 protected:
  wait_point point_;  // never changes once the object has a handle
};

class state_object : public waitable_object {
 public:
  /// What `cell::flavour` says of an event.
  static constexpr std::uint32_t manual_flavour = 1;

  state_object(kind what, sync_ptr named);
  state_object(kind what, cell& unnamed);
  state_object(kind what, std::unique_ptr<timer_memory> unnamed);
  ~state_object() override;

  void last_handle_closed() noexcept override;
  [[nodiscard]] ACCESS_MASK permitted() const noexcept override;
  [[nodiscard]] bool is_same(object const& other) const noexcept override;
  bool prepare_transfer(object_transfer& out) override;
  /// Enters it into the names that are open in this process (named_cache.hpp), and takes it out again.
  void know_by(std::string key);
  void forget() noexcept;
  /// Its last handle here is closed.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
  /// Whether the name still leads here.
  [[nodiscard]] bool still_named() const noexcept;

 private:
  sync_ptr named_;
  cell* cell_ = nullptr;
  std::unique_ptr<timer_memory> memory_;
  std::atomic<bool> closed_{false};
  os::fork_lock closing_;  // the name
  std::string key_;        // empty: not known by a name
};

class mutex_object final : public state_object {
 public:
  static constexpr kind type = kind::mutex;
  explicit mutex_object(sync_ptr named) : state_object(type, std::move(named)) {}
  explicit mutex_object(cell& unnamed) : state_object(type, unnamed) {}
};

class event_object final : public state_object {
 public:
  static constexpr kind type = kind::event;
  explicit event_object(sync_ptr named) : state_object(type, std::move(named)) {}
  explicit event_object(cell& unnamed) : state_object(type, unnamed) {}
};

class semaphore_object final : public state_object {
 public:
  static constexpr kind type = kind::semaphore;
  explicit semaphore_object(sync_ptr named) : state_object(type, std::move(named)) {}
  explicit semaphore_object(cell& unnamed) : state_object(type, unnamed) {}
};

class timer_object final : public state_object {
 public:
  static constexpr kind type = kind::timer;
  explicit timer_object(sync_ptr named) : state_object(type, std::move(named)) {}
  explicit timer_object(std::unique_ptr<timer_memory> unnamed) : state_object(type, std::move(unnamed)) {}
};

/// What another process handed over.
object_ptr<> adopt_state(object_transfer& from);

}  // namespace coview::win32
