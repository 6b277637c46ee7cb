// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/shared/source.hpp"
#include "copy/tree/entry.hpp"

/// Small files, of which trees have thousands: one read, one write, and no temporary that has to be renamed. The file
/// is made without a name, and gets it when it is complete, so that a killed copy leaves nothing at all.
namespace coview::copying {

/// What the filesystems at hand can do, found out once for all files of a tree. Thread-safe.
class filesystem_abilities {
 public:
  [[nodiscard]] bool can_clone() const noexcept { return clone_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool can_be_unnamed() const noexcept { return unnamed_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool can_link_empty() const noexcept { return link_empty_.load(std::memory_order_relaxed); }
  void cannot_clone() noexcept { clone_.store(false, std::memory_order_relaxed); }
  void cannot_be_unnamed() noexcept { unnamed_.store(false, std::memory_order_relaxed); }
  void cannot_link_empty() noexcept { link_empty_.store(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> clone_{true};
  std::atomic<bool> unnamed_{true};
  std::atomic<bool> link_empty_{true};
};

inline constexpr std::size_t small_file = 256U << 10U;

/// Copies a small file to a name that is free. Empty where this is not the way for it: the engine's is then.
std::optional<copy_report> copy_small_file(source_file const& source, entry_directory const& directory,
                                           std::string const& target_name, copy_options const& options,
                                           filesystem_abilities& abilities, placed_files& placed);

/// The hash of a small file as the device has it, once it was flushed: its pages are given back first, and it is read
/// past the page cache where the filesystem lets us. Throws coview::error that names `shown`.
std::string hash_from_device(int directory, std::string const& name, std::filesystem::path const& shown,
                             hash_maker const& make);

}  // namespace coview::copying
