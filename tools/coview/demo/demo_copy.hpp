// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <coview/copy.hpp>

#include "shared/signals.hpp"

/// The part of the demo that copies a file: by mapping it whole, as the classic sample of file mappings does, and by
/// whatever is fastest.
namespace coview::tool {

struct demo_copies {
  std::string refusal;  ///< why nothing was copied; empty where it was
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds mapped{};     ///< mapping both files, memcpy, unmapping
  std::chrono::nanoseconds automatic{};  ///< copy_file
  copy_method method = copy_method::automatic;
  bool mapped_same = false;  ///< compared byte by byte
  bool automatic_same = false;
};

inline constexpr std::uint64_t demo_copy_size = std::uint64_t{256} << 20U;

/// Works in a directory of its own among the temporary files, if there is room for three such files, and removes it.
/// Throws `interrupted` when a signal comes.
[[nodiscard]] demo_copies copy_both_ways(signal_reader& signals);

}  // namespace coview::tool
