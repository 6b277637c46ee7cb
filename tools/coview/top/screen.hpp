// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

/// The terminal, by way of ncurses: here are its calls and nothing else.
namespace coview::tool {

enum class ink : unsigned char { plain, bold, dim, marked, alarm, marked_alarm };

/// What was typed: a character, or one of these.
namespace key {
inline constexpr char32_t none = 0;
inline constexpr char32_t enter = U'\n';
inline constexpr char32_t escape = 27;
inline constexpr char32_t backspace = 127;
inline constexpr char32_t tab = U'\t';
inline constexpr char32_t special = 0x110000;  // beyond all characters
inline constexpr char32_t up = special + 1;
inline constexpr char32_t down = special + 2;
inline constexpr char32_t page_up = special + 3;
inline constexpr char32_t page_down = special + 4;
inline constexpr char32_t home = special + 5;
inline constexpr char32_t end = special + 6;
}  // namespace key

/// While it exists, the terminal is its own; the destructor leaves it as it was. One at a time.
class screen {
 public:
  /// Throws `failure` where the terminal is not one that can be drawn on. `colour`: whether it is wanted.
  explicit screen(bool colour);
  screen(screen const&) = delete;
  screen& operator=(screen const&) = delete;
  ~screen();

  [[nodiscard]] std::size_t rows() const;
  [[nodiscard]] std::size_t columns() const;
  /// The terminal has another size now.
  void resize();

  void clear();
  /// UTF-8 without control characters; what does not fit is cut off.
  void put(std::size_t row, std::size_t column, std::string_view text, ink how = ink::plain);
  /// What was put since `clear` is shown.
  void show();

  /// Does not wait.
  [[nodiscard]] char32_t typed();

 private:
  void* terminal_;
  bool colour_ = false;
};

}  // namespace coview::tool
