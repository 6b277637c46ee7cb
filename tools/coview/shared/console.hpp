// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The program's two voices: data goes to standard output, talk to standard error.
namespace coview::tool {

enum class style : unsigned char { bold, dim, red, green, yellow, highlight };

/// Standard output and standard error. Not thread-safe; the program has one.
///
/// Data is collected and written in large pieces; a write that fails throws `output_error`, so that a full disk never
/// passes for success. Talk is written at once, after the data that came before it.
class console {
 public:
  /// Looks at the terminals and at NO_COLOR.
  console();

  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    write(fmt::format(format, std::forward<Args>(args)...));
  }
  void write(std::string_view data);
  void flush();

  /// One JSON document: indented on a terminal, on one line elsewhere. Always valid: bytes that are no UTF-8 become
  /// U+FFFD; on a terminal everything beyond ASCII is written as \uXXXX.
  void write_json(nlohmann::ordered_json const& document);
  /// One JSON document on one line, at once: for commands that print as things happen.
  void write_json_line(nlohmann::ordered_json const& document);

  template <class... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    talk(fmt::format(format, std::forward<Args>(args)...));
  }
  /// A line on standard error, "coview: " in front.
  void talk(std::string_view text);
  /// An error: "coview: " in front, in red where there is colour, then what to do about it.
  void complain(std::string_view text, std::string_view remedy = {}) const;

  /// Whether standard output is a terminal.
  [[nodiscard]] bool on_terminal() const noexcept { return terminal_; }
  /// Whether standard output has colours.
  [[nodiscard]] bool in_colour() const noexcept { return colour_; }
  /// Columns of the terminal; 80 where they are not known.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }

  /// Text for standard output in a style; as it is where there is no colour.
  [[nodiscard]] std::string in(style style, std::string_view text) const { return paint(style, text, colour_); }

 private:
  static std::string paint(style style, std::string_view text, bool colour);
  static void talk_raw(std::string_view text);

  std::string pending_;
  std::size_t width_ = 80;
  bool terminal_ = false;
  bool colour_ = false;        // on standard output
  bool error_colour_ = false;  // on standard error
};

/// Rows in aligned columns; the first row added is the heading.
class table {
 public:
  enum class align : unsigned char { left, right };
  /// The column `flexible` is shortened where there is too little room.
  table(std::vector<align> columns, std::size_t flexible) : columns_(std::move(columns)), flexible_(flexible) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// The rows as text of so many columns, or more where there is no room for what cannot be shortened.
  [[nodiscard]] std::vector<std::string> lines(std::size_t width) const;
  /// On a terminal, as wide as it is; else nothing is shortened.
  void print(console& out, std::string_view indent = {}) const;

 private:
  std::vector<align> columns_;
  std::size_t flexible_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace coview::tool
