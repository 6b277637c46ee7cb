// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <coview/copy.hpp>

#include "copy/shared/progress_meter.hpp"

namespace coview::copying {

/// Reads a file to its end, from the device: its pages are given back first, and read past the page cache where the
/// filesystem lets us. Call it after fsync. Holes are read as well, so that nothing rests on what the filesystem
/// says of them. `length`: only so many bytes from the beginning, of a device. Empty: cancelled. Throws
/// coview::error that names `shown`.
std::string hash_of_what_is_there(int fd, std::filesystem::path const& shown, hash_maker const& make,
                                  progress_meter& meter, std::optional<std::uint64_t> length);

}  // namespace coview::copying
