// SPDX-License-Identifier: Apache-2.0
// The operations whose system calls are made to fail, one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/queue.hpp>
#include <coview/semaphore.hpp>
#include <coview/topic.hpp>

namespace faults {

/// What the process has that is interfered with.
struct hands {
  std::filesystem::path folder{};  // for files of its own
  coview::mapping mapping{};
  coview::view view{};
  coview::mutex mutex{};
  coview::event event{};
  coview::semaphore semaphore{};
  coview::queue queue{};
  coview::topic topic{};
  coview::subscription subscription{};
  bool owns = false;  // the mutex
  int raw = -1;       // a descriptor, of a broken operation
};

struct act {
  char const* title;
  std::function<void(hands&)> prepare = {};  // before the first call that counts
  std::function<void(hands&)> run;
  std::function<bool(hands&)> verify = {};  // it said that it succeeded: is it so?
  bool keeps_page = false;                  // of a lock that is owned to the thread's end
  bool closes = false;                      // a handle
  std::errc expected = {};                  // what it ends in where nothing fails
};

/// With another process that holds objects of all kinds, under the names below.
[[nodiscard]] std::vector<act> const& acts();
/// Operations that do not look at what a call returned, to prove that this is seen.
[[nodiscard]] std::vector<act> const& broken_acts();

inline constexpr char const* free_name = "new";
inline constexpr char const* live_mapping = "live mapping";
inline constexpr char const* live_mutex = "live mutex";
inline constexpr char const* live_event = "live event";
inline constexpr char const* live_semaphore = "live semaphore";
inline constexpr char const* live_queue = "live queue";
inline constexpr char const* live_topic = "live topic";
inline constexpr std::array live_names{live_mapping, live_mutex, live_event, live_semaphore, live_queue, live_topic};
inline constexpr std::uint64_t channel_bytes = 20'000;
inline constexpr char const* stale_name = "stale";
inline constexpr std::uint64_t payload_bytes = 10'000;

}  // namespace faults
