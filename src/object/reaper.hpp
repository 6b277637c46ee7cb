// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

/// Giving memory back as soon as its last holder is gone. Optional: nobody ever observes a stale object, reaper or
/// not.
namespace coview::inline object {

struct reaper_event {
  std::string name;         ///< as it was created, or the readable part of its file's name
  std::uint64_t bytes = 0;  ///< given back
};

/// Watches the directories of both scopes until `stop_fd` becomes readable, and gives back what nobody holds. Event
/// driven: the kernel tells when a description is closed. Objects of a scope whose directory does not exist yet are
/// watched from the moment it appears. Errors: those of `list`; errc::too_many_files_open (no inotify instance left,
/// see fs.inotify in sysctl).
void reap(int stop_fd, std::function<void(reaper_event const&)> const& on_event);

}  // namespace coview::inline object
