// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <coview/copy_tree.hpp>

/// What a tree copy keeps account of: counts, what failed, and whether it is to stop. Thread-safe.
namespace coview::copying {

class progress_record {
 public:
  using clock = std::chrono::steady_clock;
  explicit progress_record(tree_options const& options) : options_(options) {}

  /// One entry is done. Tells the caller of it.
  void done(tree_entry const& entry);
  /// A file was complete, from an earlier copy, and stays.
  void kept_file(std::uint64_t bytes);
  /// So many bytes of a file that was copied are an earlier copy's.
  void went_on_from(std::uint64_t bytes);
  /// A file that was done was lost on its way to the device.
  void lost(std::uint64_t bytes);
  /// One entry failed; the rest goes on.
  void failed(std::filesystem::path source, std::filesystem::path target, std::error_code code, std::string text);
  void warn(std::vector<std::string>&& warnings);
  /// Whether somebody wants to hear of single entries: only then are their paths put together.
  [[nodiscard]] bool told() const noexcept { return static_cast<bool>(options_.on_entry); }
  /// Puts the caller's question, one at a time.
  bool may_replace(std::filesystem::path const& target);

  /// Bytes that came to targets, or did not count after all.
  void written(std::uint64_t bytes) noexcept { written_.fetch_add(bytes, std::memory_order_relaxed); }
  void taken_back(std::uint64_t bytes) noexcept { written_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t written() const noexcept { return written_.load(std::memory_order_relaxed); }
  /// All that had been written when a flush began is on the device.
  void flushed(std::uint64_t bytes) noexcept;
  /// Totals, as far as they are known.
  void found(std::uint64_t files, std::uint64_t bytes) noexcept;
  void counted() noexcept { counted_.store(true, std::memory_order_release); }

  void now_copying(std::filesystem::path path);
  void enter(copy_stage stage) noexcept { stage_.store(stage, std::memory_order_relaxed); }
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }

  /// Calls on_progress where there is one; stops where it says so.
  void tell();
  /// Everything up to now.
  [[nodiscard]] tree_report report();
  [[nodiscard]] double seconds() const;

 private:
  tree_options const& options_;
  clock::time_point const start_ = clock::now();
  std::atomic<bool> stopped_{false};
  std::atomic<bool> counted_{false};
  std::atomic<copy_stage> stage_{copy_stage::copying};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> kept_{0};  // of what is written: what says nothing of how fast it is
  std::atomic<std::uint64_t> on_device_{0};
  std::atomic<std::uint64_t> files_total_{0};
  std::atomic<std::uint64_t> bytes_total_{0};
  std::atomic<std::uint64_t> files_done_{0};

  std::mutex lock_;  // what follows
  tree_report sums_;
  std::set<std::string> told_kinds_;  // of warnings that hold for all files
  std::array<std::uint64_t, 8> bytes_by_method_{};
  std::filesystem::path current_;

  std::mutex talk_;  // one callback of the workers at a time

  // In the thread that tells only.
  double rate_from_ = 0;
  std::uint64_t rate_bytes_ = 0;
  double rate_ = 0;
};

}  // namespace coview::copying
