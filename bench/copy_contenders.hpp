// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// Copiers side by side, each run in a process of its own so that what it takes can be told: time, processor, memory.
namespace bench {

namespace fs = std::filesystem;

enum class durability : std::uint8_t { none, on_device };

struct copier {
  std::string name;
  /// Runs in a child, and returns its exit status or executes a program. Flushing is its own work where it can.
  std::function<int(fs::path const& source, fs::path const& target, durability)> copy;
  bool flushes = true;  ///< false: it cannot, so the target is flushed for it, in its time
  bool ours = false;
};

/// What one run took.
struct run_cost {
  double seconds = 0;
  double processor = 0;      ///< user and system
  std::uint64_t memory = 0;  ///< largest resident set
  bool ok = false;
};

run_cost run_once(copier const& who, fs::path const& source, fs::path const& target, durability how);

/// For one file: ours, every method of it that `all_methods` asks for, and what is installed.
std::vector<copier> file_copiers(bool all_methods);

/// For a tree: ours, with as many files at a time as suits the machine and with one, and what is installed.
std::vector<copier> tree_copiers();

/// Makes a file's pages be in memory, or not; of a tree, its directories and what is known of its files as well, as
/// far as this process may.
void warm(fs::path const& file);
void cool(fs::path const& file);

}  // namespace bench
