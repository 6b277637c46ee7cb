// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "os/own_descriptor.hpp"
#include "sync/timer_state.hpp"

/// The state of a timer without a name: a page of memory that can be handed to another process. What a cell is for
/// the other kinds (sync_cell.hpp), which have no schedule.
///
/// Invariant: the page is unmapped only where no thread has the node on its robust list; else it stays.
/// Thread safety: all functions.
namespace coview::win32 {

class timer_memory {
 public:
  /// Errors: coview::error.
  static std::unique_ptr<timer_memory> make(bool manual);
  /// From a descriptor that another process handed over; null where it is none of such memory.
  static std::unique_ptr<timer_memory> adopt(os::unique_fd fd);
  timer_memory(timer_memory const&) = delete;
  timer_memory& operator=(timer_memory const&) = delete;
  ~timer_memory();

  [[nodiscard]] robust_node& node() const noexcept { return words_->node; }
  [[nodiscard]] layout::timer_schedule& schedule() const noexcept { return words_->schedule; }
  [[nodiscard]] bool manual() const noexcept { return manual_; }
  [[nodiscard]] os::own_descriptor const& fd() const noexcept { return fd_; }

 private:
  struct words {
    robust_node node;
    layout::timer_schedule schedule;
    std::uint32_t manual;
  };
  timer_memory(os::unique_fd fd, words* mapped) noexcept
      : fd_(std::move(fd)), words_(mapped), manual_(mapped->manual != 0) {}
  static std::unique_ptr<timer_memory> map(os::unique_fd fd, bool fresh, bool manual);

  os::own_descriptor fd_;
  words* words_;
  bool manual_;
};

}  // namespace coview::win32
