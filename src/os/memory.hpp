// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

/// How much memory there is left for this process: of the system, and of its memory cgroups.
namespace coview::os {

/// Below this, asking costs more than it tells, and the kernel's reserves make up for it.
inline constexpr std::uint64_t worth_asking_for_memory = std::uint64_t{16} << 20U;

/// Bytes that could be allocated without swapping, plus free swap; empty without /proc. No more than the memory
/// cgroup of this process, and each above it, still lets it have.
std::optional<std::uint64_t> available_memory();

/// The part of that which cgroups decide (versions 1 and 2); empty where none of them has a limit. `process` is a
/// directory with `cgroup` and `mountinfo`, as /proc/self, so that a test can describe other machines.
std::optional<std::uint64_t> available_in_cgroups(std::string const& process, std::uint64_t free_swap);

}  // namespace coview::os
