// SPDX-License-Identifier: Apache-2.0
#include "copying/copy_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "shared/text.hpp"

namespace coview::tool {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 300ms;  // what is done sooner needs no line
constexpr auto between_lines = 1s;

std::size_t width_of_terminal() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// "12 s", "3 min 20 s", "2 h 5 min".
std::string left(double seconds) {
  auto const all = static_cast<std::uint64_t>(std::llround(seconds));
  if (all < 60) return fmt::format("{} s", all);
  if (all < 3600) return fmt::format("{} min {} s", all / 60, all % 60);
  return fmt::format("{} h {} min", all / 3600, all % 3600 / 60);
}

/// Rate, and how long it will take if it stays like that.
std::string pace(double rate, std::uint64_t done, std::uint64_t total) {
  if (rate <= 0) return {};
  std::string text = "  " + human_rate(rate);
  if (total > done) text += fmt::format("  {} left", left(static_cast<double>(total - done) / rate));
  return text;
}

std::string percent(std::uint64_t done, std::uint64_t total) {
  if (total == 0) return {};
  return fmt::format("{:3} %  ",
                     std::min<std::uint64_t>(100, static_cast<std::uint64_t>(100.0 * static_cast<double>(done) /
                                                                             static_cast<double>(total))));
}

/// What is in memory is not yet what would be there after a power failure.
std::string device(std::uint64_t written, std::uint64_t on_device) {
  if (on_device >= written) return {};
  return fmt::format(", {} on the device", human_size(on_device));
}

std::string of_total(std::uint64_t done, std::uint64_t total) {
  return total > 0 ? fmt::format("{} of {}", human_size(done), human_size(total)) : human_size(done);
}

}  // namespace

std::string human_rate(double bytes_per_second) {
  return human_size(static_cast<std::uint64_t>(std::max(0.0, bytes_per_second))) + "/s";
}

progress_line::progress_line(when shown)
    : shown_(shown == when::always || (shown == when::at_terminal && isatty(STDERR_FILENO) == 1)),
      terminal_(isatty(STDERR_FILENO) == 1),
      next_(clock::now() + patience) {}

void progress_line::draw(copy_progress const& now) {
  if (!shown_ || now.stage == copy_stage::done) return;
  auto const name = now.target.filename().native();
  switch (now.stage) {
    case copy_stage::checking:
      return put(fmt::format("{}{} checked of an earlier copy", percent(now.verified, now.total),
                             of_total(now.verified, now.total)),
                 name);
    case copy_stage::copying:
      return put(fmt::format("{}{} written{}{}", percent(now.written, now.total), of_total(now.written, now.total),
                             device(now.written, now.on_device), pace(now.rate, now.written, now.total)),
                 name);
    case copy_stage::flushing:
      return put(fmt::format("{} written{}; waiting for the device", human_size(now.written),
                             device(now.written, now.on_device)),
                 name);
    case copy_stage::verifying:
      return put(fmt::format("{}{} read back", percent(now.verified, now.total), of_total(now.verified, now.total)),
                 name);
    case copy_stage::done:
      return;
  }
}

void progress_line::draw(tree_progress const& now) {
  if (!shown_ || now.stage == copy_stage::done) return;
  auto const name = now.current.filename().native();
  auto const total = now.counted ? now.bytes_total : 0;
  auto const files = now.files_total > 0
                         ? fmt::format("{} of {}{} files", now.files, now.files_total, now.counted ? "" : "+")
                         : fmt::format("{} files", now.files);
  auto const bytes = fmt::format("{} written{}", of_total(now.written, total), device(now.written, now.on_device));
  if (now.stage == copy_stage::flushing)
    return put(fmt::format("{}, {}; waiting for the device", files, bytes), name);
  if (now.stage == copy_stage::verifying) return put(fmt::format("{}, {}; reading back", files, bytes), name);
  put(fmt::format("{}{}, {}{}", percent(now.written, total), files, bytes, pace(now.rate, now.written, total)), name);
}

void progress_line::put(std::string const& text, std::string_view name) {
  auto const time = clock::now();
  if (time < next_) return;
  std::string line = text;
  auto const shown = escape(name);
  auto const width = terminal_ ? width_of_terminal() - 1 : 200;
  if (!shown.empty() && display_width(text) + 2 < width)
    line = fmt::format("{}  {}", text, shorten(shown, width - display_width(text) - 2));
  line = shorten(line, width);
  line = terminal_ ? "\r" + line + "\x1b[K" : "coview: " + line + "\n";
  next_ = time + (terminal_ ? clock::duration(0) : clock::duration(between_lines));
  drawn_ = terminal_;
  // Nobody to tell where standard error itself is gone.
  [[maybe_unused]] auto const written = ::write(STDERR_FILENO, line.data(), line.size());
}

void progress_line::clear() {
  if (!drawn_) return;
  constexpr std::string_view erase = "\r\x1b[K";
  [[maybe_unused]] auto const written = ::write(STDERR_FILENO, erase.data(), erase.size());
  drawn_ = false;
}

}  // namespace coview::tool
