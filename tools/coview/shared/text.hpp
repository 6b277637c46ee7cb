// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "object/escape.hpp"

/// Text in and out: reading sizes and durations as people type them, and printing values, among them names and
/// command lines that somebody hostile may have chosen.
namespace coview::tool {

using coview::escape;

/// Columns that UTF-8 text takes on a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The beginning of `text` that fits into `width` columns, with "…" at its end where something was cut off.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width);

/// Words in lines that end at column `right` or before; all lines but the first begin with `margin` blanks.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t right, std::size_t margin);

/// Reads a number of bytes: `4096`, `4K`, `4KiB`, `0x1000`, with K, M, G, T, P and E as powers of 1024.
/// Throws std::invalid_argument with a sentence that says what is wrong.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// Reads a duration: `100ms`, `5s`, `0.5`, `2min`; a bare number means seconds.
/// Throws std::invalid_argument with a sentence that says what is wrong.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view text);

/// Reads permission bits in octal, 0 to 0777.
/// Throws std::invalid_argument with a sentence that says what is wrong.
[[nodiscard]] mode_t parse_mode(std::string_view text);

/// 4096 as "4 KiB", 1500 as "1.5 KiB".
[[nodiscard]] std::string human_size(std::uint64_t bytes);

/// A duration with a unit that fits: "312 ns", "3.42 µs", "1.30 s".
[[nodiscard]] std::string human_duration(std::chrono::nanoseconds duration);

/// How long ago, as in a list: "3 s", "5 min", "2 d".
[[nodiscard]] std::string human_age(std::chrono::system_clock::time_point since);

/// "2025-03-01T12:00:00.123Z".
[[nodiscard]] std::string iso_time(std::chrono::system_clock::time_point time);

/// "2025-03-01 12:00:00" in the local time zone.
[[nodiscard]] std::string local_time(std::chrono::system_clock::time_point time);

/// "12:00:00.123" in the local time zone.
[[nodiscard]] std::string local_clock(std::chrono::system_clock::time_point time);

/// The user's name, empty where the system knows none.
[[nodiscard]] std::string user_name(uid_t uid);

/// The user's name, else the number.
[[nodiscard]] std::string user_text(uid_t uid);

/// Bytes in hexadecimal without gaps.
[[nodiscard]] std::string hex(std::span<std::byte const> bytes);

/// The candidate that `word` was probably meant to be; empty where none is close.
template <class Range>
[[nodiscard]] std::string_view nearest(std::string_view word, Range const& candidates);

/// How many single edits lead from one word to the other; a swap of neighbours counts as one.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

template <class Range>
std::string_view nearest(std::string_view word, Range const& candidates) {
  std::string_view best;
  // More than a third of a word wrong is another word.
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (auto const& candidate : candidates) {
    std::string_view const text = candidate;
    auto const distance = edit_distance(word, text);
    if (distance < best_distance) {
      best_distance = distance;
      best = text;
    }
  }
  return best;
}

}  // namespace coview::tool
