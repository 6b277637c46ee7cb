// SPDX-License-Identifier: Apache-2.0
// Writing to standard output and standard error.
#include "shared/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "os/environment.hpp"
#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

using json = nlohmann::ordered_json;

bool colour_wanted() {
  char const* const terminal = os::environment("TERM");
  if (os::environment("NO_COLOR") != nullptr) return false;
  return terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// Writes everything; 0 or the errno.
int write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    auto const written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

constexpr std::size_t piece = 65536;

}  // namespace

console::console() {
  bool const wanted = colour_wanted();
  terminal_ = isatty(STDOUT_FILENO) == 1;
  colour_ = terminal_ && wanted;
  error_colour_ = wanted && isatty(STDERR_FILENO) == 1;
  if (terminal_) width_ = terminal_width();
}

void console::write(std::string_view data) {
  pending_ += data;
  if (pending_.size() >= piece) flush();
}

void console::flush() {
  auto const data = std::exchange(pending_, {});
  if (int const error = write_all(STDOUT_FILENO, data); error != 0) {
    throw output_error(error, std::generic_category(), "cannot write to standard output");
  }
}

void console::write_json(json const& document) {
  write(document.dump(terminal_ ? 2 : -1, ' ', terminal_, json::error_handler_t::replace));
  write("\n");
}

void console::write_json_line(json const& document) {
  write(document.dump(-1, ' ', terminal_, json::error_handler_t::replace));
  write("\n");
  flush();
}

void console::talk(std::string_view text) {
  flush();
  talk_raw(fmt::format("coview: {}\n", text));
}

void console::complain(std::string_view text, std::string_view remedy) const {
  std::string line = fmt::format("{} {}\n", paint(style::red, "coview:", error_colour_), text);
  if (!remedy.empty()) line += fmt::format("        {}\n", remedy);
  talk_raw(line);
}

std::string console::paint(style style, std::string_view text, bool colour) {
  if (!colour) return std::string(text);
  char const* code = "0";
  switch (style) {
    case style::bold:
      code = "1";
      break;
    case style::dim:
      code = "2";
      break;
    case style::red:
      code = "1;31";
      break;
    case style::green:
      code = "32";
      break;
    case style::yellow:
      code = "33";
      break;
    case style::highlight:
      code = "1;7";
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void console::talk_raw(std::string_view text) {
  // Nobody to tell where standard error itself is gone.
  [[maybe_unused]] int const error = write_all(STDERR_FILENO, text);
}

std::vector<std::string> table::lines(std::size_t width) const {
  std::vector<std::size_t> widths(columns_.size());
  for (auto const& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::size_t total = 2 * (widths.size() - 1);
  for (auto const each : widths) total += each;
  if (total > width) {
    constexpr std::size_t narrowest = 12;
    auto const excess = total - width;
    auto& flexible = widths[flexible_];
    flexible = flexible > excess + narrowest ? flexible - excess : std::min(flexible, narrowest);
  }
  std::vector<std::string> all;
  for (auto const& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto const cell = shorten(row[i], widths[i]);
      auto const gap = std::string(widths[i] - std::min(widths[i], display_width(cell)), ' ');
      if (i > 0) line += "  ";
      line += columns_[i] == align::right ? gap + cell : cell + gap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all.push_back(std::move(line));
  }
  return all;
}

void table::print(console& out, std::string_view indent) const {
  constexpr auto everything = std::numeric_limits<std::size_t>::max();
  bool heading = true;
  for (auto const& row : lines(out.on_terminal() ? out.width() - indent.size() : everything)) {
    auto const line = fmt::format("{}{}", indent, row);
    out.write(std::exchange(heading, false) ? out.in(style::bold, line) : line);
    out.write("\n");
  }
}

}  // namespace coview::tool
