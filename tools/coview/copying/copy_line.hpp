// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

/// The line that shows how far a copy is: on standard error, drawn over itself at a terminal.
namespace coview::tool {

class progress_line {
 public:
  enum class when : unsigned char { at_terminal, always, never };
  explicit progress_line(when shown);
  progress_line(progress_line const&) = delete;
  progress_line& operator=(progress_line const&) = delete;
  /// Nothing of it stays.
  ~progress_line() { clear(); }

  [[nodiscard]] bool shown() const noexcept { return shown_; }
  void draw(copy_progress const& now);
  void draw(tree_progress const& now);
  /// Makes room for other text.
  void clear();

 private:
  void put(std::string const& text, std::string_view name);

  using clock = std::chrono::steady_clock;
  bool shown_;
  bool terminal_;
  bool drawn_ = false;
  clock::time_point next_;
};

/// "1.3 GiB/s".
[[nodiscard]] std::string human_rate(double bytes_per_second);

}  // namespace coview::tool
