// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "object/evidence.hpp"
#include "object/name.hpp"
#include "os/fd.hpp"

/// Files of users who are gone, in the way of a global name.
namespace coview_test {

/// The user whose file stands in a slot: each slot has another's.
constexpr uid_t stranger_of(unsigned slot) {
  constexpr uid_t first = 3000;
  return first + slot;
}

/// Puts a dead stranger's empty file into a slot of the name, for which root is needed. Returns its path. Errors:
/// std::system_error, also where something stands there.
inline std::filesystem::path plant_strangers_file(std::filesystem::path const& root, std::string_view name,
                                                  unsigned slot) {
  auto path = root / coview::slot_file(coview::require_name(name, "").file, slot);
  coview::os::unique_fd const file(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644));
  if (!file || ::fchown(file.get(), stranger_of(slot), stranger_of(slot)) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
  return path;
}

}  // namespace coview_test
