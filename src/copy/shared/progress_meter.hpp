// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include <coview/copy.hpp>

/// How a copy keeps time: tells the caller how far it is, asks whether to go on, and holds it back to a rate. A clock
/// is read once a piece, and pieces are large, so that this costs nothing to measure.
///
/// Thread safety: one thread at a time.
namespace coview::copying {

class progress_meter {
 public:
  using clock = std::chrono::steady_clock;

  progress_meter(copy_options const& options, std::filesystem::path const& source,
                 std::filesystem::path const& target);

  /// What is shown next; methods set what they know.
  copy_progress& shown() noexcept { return shown_; }

  /// How large the next piece may be so that progress, cancelling and the rate stay smooth. At least a page.
  [[nodiscard]] std::uint64_t piece(std::uint64_t wanted) const noexcept;

  /// Counts bytes that came to the target; waits where they came too fast; tells the caller when it is time.
  /// False: the caller wants it to stop. Once false, always false.
  bool moved(std::uint64_t bytes);
  /// Bytes that a hole stands for: counted, but not held back.
  bool skipped(std::uint64_t bytes);
  /// Tells the caller when it is time, without anything having moved.
  bool tick();
  /// Tells the caller now.
  bool enter(copy_stage stage);

  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  [[nodiscard]] double seconds() const;
  /// Whether somebody looks: then it is worth finding out what is on the device.
  [[nodiscard]] bool watched() const noexcept { return static_cast<bool>(options_.on_progress); }
  /// Whether the next tick will tell the caller.
  [[nodiscard]] bool due() const { return watched() && clock::now() >= next_; }
  /// Everything again from the beginning, with another method.
  void restart() noexcept;

 private:
  bool tell();
  bool hold_back();

  copy_options const& options_;
  copy_progress shown_;
  clock::time_point start_ = clock::now();
  clock::time_point next_ = start_;
  clock::time_point paid_until_ = start_;  // when the bytes so far were due at the limited rate
  clock::time_point rate_from_ = start_;
  std::uint64_t rate_bytes_ = 0;
  bool cancelled_ = false;
};

}  // namespace coview::copying
