// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

/// Getting written bytes to the device while more are copied, so that the flush at the end has little left to do;
/// and, for copies that are large beside the memory, giving their pages back, so that everybody else's stay. Pages of
/// the source that were in memory before the copy stay there.
///
/// What fails is to be asked for: the kernel tells of a failed write-back once for each descriptor, and who waits for
/// a range has been told. The fsync at the end may know nothing of it any more.
namespace coview::copying {

struct write_back_rules {
  bool start = false;        ///< start writing as soon as there is something to write
  bool drop_target = false;  ///< give the target's pages back when they are written
  bool drop_source = false;  ///< give those of the source back that were not in memory before
};

class write_back {
 public:
  write_back(int source, int target, write_back_rules rules) : source_(source), target_(target), rules_(rules) {}

  /// A range is about to be read.
  void before_reading(std::uint64_t offset, std::uint64_t length);
  /// It was written.
  void written(std::uint64_t offset, std::uint64_t length);
  /// Waits for what is on its way, a window at a time; false when there is nothing more.
  bool wait_for_one();
  /// Bytes up to `end` that are on the device, as far as that can be found out cheaply.
  std::uint64_t on_device(std::uint64_t end);
  /// 0, or the first errno with which bytes did not come to the device. They are lost, whatever is said afterwards.
  [[nodiscard]] int failure() const noexcept { return failure_; }

 private:
  struct window {
    std::uint64_t offset;
    std::uint64_t length;
    std::uint64_t data;  ///< of these, not in holes: what there is to write
    bool source_was_cached;
  };
  void finish(window const& done);
  void sync(window const& which, unsigned how);

  int source_;
  int target_;
  write_back_rules rules_;
  std::deque<window> under_way_;
  window open_{};  // what has not been handed to the device
  bool reading_cached_ = false;
  int failure_ = 0;
  std::uint64_t clean_ = 0;  // all below is known to be on the device
};

}  // namespace coview::copying
