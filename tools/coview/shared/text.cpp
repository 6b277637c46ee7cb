// SPDX-License-Identifier: Apache-2.0
// Sizes, durations, times and names as text. What is hostile is made harmless in escape.cpp.
#include "shared/text.hpp"

#include <pwd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

namespace coview::tool {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int digit_value(char c, int base) {
  int value = 99;
  if (is_digit(c)) value = c - '0';
  if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
  return value < base ? value : -1;
}

[[noreturn]] void reject(std::string_view text, std::string_view why) {
  throw std::invalid_argument(fmt::format("'{}' {}", escape(text), why));
}

/// Which power of 1024 a suffix stands for; -1 where it is none.
int power_of(std::string_view suffix) {
  if (suffix.empty() || suffix == "B") return 0;
  constexpr std::string_view letters = "KMGTPE";
  auto const upper = static_cast<char>(suffix[0] >= 'a' && suffix[0] <= 'z' ? suffix[0] - 'a' + 'A' : suffix[0]);
  auto const at = letters.find(upper);
  if (at == std::string_view::npos) return -1;
  auto const rest = suffix.substr(1);
  return rest.empty() || rest == "iB" || rest == "i" ? static_cast<int>(at) + 1 : -1;
}

std::string strftime_local(std::chrono::system_clock::time_point time, char const* format) {
  std::time_t const clock = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  localtime_r(&clock, &parts);
  std::array<char, 64> buffer{};
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), format, &parts)};
}

}  // namespace

std::uint64_t parse_size(std::string_view text) {
  constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) throw std::invalid_argument("a size is a number of bytes such as 4096, 4K or 0x1000");
  if (text[0] == '-') reject(text, "is negative; a size is a number of bytes such as 4096, 4K or 0x1000");
  int const base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  std::string_view rest = base == 16 ? text.substr(2) : text;
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < rest.size() && digit_value(rest[digits], base) >= 0; ++digits) {
    auto const digit = static_cast<std::uint64_t>(digit_value(rest[digits], base));
    if (value > (largest - digit) / static_cast<std::uint64_t>(base)) reject(text, "is more than 64 bits can count");
    value = value * static_cast<std::uint64_t>(base) + digit;
  }
  rest.remove_prefix(digits);
  if (digits == 0) reject(text, "is not a size; say a number of bytes such as 4096, 4K or 0x1000");
  if (rest.starts_with('.')) reject(text, "has a fraction; say it in a smaller unit, such as 1536K for 1.5M");
  int const power = power_of(rest);
  if (power < 0) reject(text, "has a unit that is not known; K, M, G, T, P and E stand for powers of 1024");
  if (power > 0 && value > largest >> (10 * power)) reject(text, "is more than 64 bits can count");
  return value << (10 * power);
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == '.')) ++digits;
  auto const number = std::string(text.substr(0, digits));
  auto const unit = text.substr(digits);
  double scale = 0;
  if (unit == "ns") scale = 1;
  if (unit == "us" || unit == "µs") scale = 1e3;
  if (unit == "ms") scale = 1e6;
  if (unit.empty() || unit == "s") scale = 1e9;
  if (unit == "m" || unit == "min") scale = 60e9;
  if (unit == "h") scale = 3600e9;
  if (number.empty() || number == "." || std::count(number.begin(), number.end(), '.') > 1 || scale == 0) {
    reject(text, "is not a duration; say 100ms, 5s or 2min");
  }
  double const nanoseconds = std::stod(number) * scale;
  if (!(nanoseconds < 9e18)) reject(text, "is longer than can be waited for");
  return std::chrono::nanoseconds(std::llround(nanoseconds));
}

mode_t parse_mode(std::string_view text) {
  mode_t mode = 0;
  for (char const c : text) {
    if (c < '0' || c > '7') reject(text, "is not a mode; say octal permission bits such as 0600 or 0660");
    mode = mode * 8 + static_cast<mode_t>(c - '0');
    if (mode > 0777) reject(text, "is not a mode; permission bits go from 0 to 0777");
  }
  if (text.empty()) throw std::invalid_argument("a mode is octal permission bits such as 0600 or 0660");
  return mode;
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  // 1023.95 would print as "1024.0 KiB".
  for (; unit + 1 < units.size() && value >= (unit == 0 ? 1024.0 : 1023.95); ++unit) value /= 1024;
  if (value == std::floor(value)) return fmt::format("{:.0f} {}", value, units.at(unit));
  return fmt::format("{:.1f} {}", value, units.at(unit));
}

std::string human_duration(std::chrono::nanoseconds duration) {
  auto const value = static_cast<double>(duration.count());
  auto const text = [](double number, char const* unit) {
    return fmt::format("{:.{}f} {}", number, number < 10 ? 2 : number < 100 ? 1 : 0, unit);
  };
  if (value < 1e3) return fmt::format("{} ns", duration.count());
  if (value < 1e6) return text(value / 1e3, "µs");
  if (value < 1e9) return text(value / 1e6, "ms");
  return text(value / 1e9, "s");
}

std::string human_age(std::chrono::system_clock::time_point since) {
  auto const seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - since).count();
  if (seconds < 0) return "in the future";
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
  auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
  std::time_t const clock = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&clock, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds);
}

std::string local_time(std::chrono::system_clock::time_point time) {
  return strftime_local(time, "%Y-%m-%d %H:%M:%S");
}

std::string local_clock(std::chrono::system_clock::time_point time) {
  auto const within = time - std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{}.{:03}", strftime_local(time, "%H:%M:%S"),
                     std::chrono::duration_cast<std::chrono::milliseconds>(within).count());
}

#ifdef COVIEW_STATIC_PROGRAM
// Without getpwuid, which would load the libraries of another glibc than the one that is linked in.
std::string user_name(uid_t uid) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const users(std::fopen("/etc/passwd", "re"), &std::fclose);
  while (auto const* entry = users ? fgetpwent(users.get()) : nullptr) {
    if (entry->pw_uid == uid) return entry->pw_name;
  }
  return {};
}
#else
std::string user_name(uid_t uid) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? std::string(found->pw_name) : std::string();
}
#endif

std::string user_text(uid_t uid) {
  auto name = user_name(uid);
  return name.empty() ? std::to_string(uid) : name;
}

std::string hex(std::span<std::byte const> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (auto const byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte) >> 4];
    text += digits[std::to_integer<std::size_t>(byte) & 15];
  }
  return text;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      std::size_t const replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[right.size()];
}

}  // namespace coview::tool
