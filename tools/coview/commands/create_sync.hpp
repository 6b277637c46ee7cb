// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <coview/mutex.hpp>
#include <coview/object.hpp>

#include "command.hpp"

/// What `coview create` does for mutexes, events, semaphores and timers.
namespace coview::tool {

/// What they start with; each kind looks at its own.
struct sync_settings {
  bool manual = false;
  bool set = false;
  std::uint32_t initial = 0;
  std::uint32_t maximum = std::numeric_limits<std::int32_t>::max();
  std::chrono::nanoseconds after = for_ever;  ///< of a timer; for_ever: as `every`
  std::chrono::nanoseconds every{};           ///< of a timer; 0: once
  sync_options options;
};

/// An object that this process holds for as long as this exists.
class held_sync {
 public:
  held_sync(object_kind kind, std::string const& name, sync_settings const& settings);

  [[nodiscard]] std::string const& name() const noexcept { return at_first_.name; }
  /// "mutex", "manual-reset event, set", "semaphore, 3 of 8", "manual-reset timer".
  [[nodiscard]] std::string const& description() const noexcept { return description_; }
  /// False once the name was taken away, or leads to another object.
  [[nodiscard]] bool still_named() const;

 private:
  std::shared_ptr<void const> handle_;
  std::string description_;
  object_info at_first_;
};

}  // namespace coview::tool
