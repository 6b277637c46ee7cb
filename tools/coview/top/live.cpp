// SPDX-License-Identifier: Apache-2.0
// The live view of `coview top`. Signals are read and not handled: whatever ends it, the screen's destructor gives
// the terminal back first. It looks, draws, and waits for a key, a signal or the next look.
#include "top/live.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <system_error>
#include <vector>

#include <coview/error.hpp>

#include "os/futex.hpp"
#include "shared/channel_text.hpp"
#include "shared/exit_code.hpp"
#include "shared/object_lines.hpp"
#include "shared/object_text.hpp"
#include "shared/signals.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"
#include "top/screen.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

struct inked_line {
  std::string text;
  ink how = ink::plain;
};
using inked_lines = std::vector<inked_line>;

/// A part of the screen.
struct area {
  std::size_t row;
  std::size_t column;
  std::size_t rows;
  std::size_t columns;
};

constexpr std::string_view hint_with_detail =
    "Tab to the detail  Enter hide it  / filter  s sort  r reverse  ? help  q quit";
constexpr std::string_view hint_in_detail =
    "Tab to the list  Enter hide detail  / filter  s sort  r reverse  ? help  q quit";
constexpr std::string_view hint = "Enter detail  / filter  s sort  r reverse  p pause  ? help  q quit";

constexpr std::array key_help = {
    std::pair{"up, down, k, j", "select another object; also PgUp, PgDn, Home, End"},
    std::pair{"Enter", "show or hide all about it, and who holds it or takes part"},
    std::pair{"Tab", "let these keys move the detail instead of the list"},
    std::pair{"/", "show names that contain a text, or match a pattern: cam*"},
    std::pair{"s, S", "sort by the next column, or by the one before"},
    std::pair{"r", "reverse the order"},
    std::pair{"p, space", "stand still, and go on"},
    std::pair{"Escape", "leave the filter, the detail, this help"},
    std::pair{"q, Ctrl-C", "quit"},
};

/// With a wildcard a pattern, as on the command line; else any part of the name.
bool passes(std::string const& filter, std::string const& name) {
  if (filter.find_first_of("*?[") != std::string::npos) return matches(filter, name);
  return name.find(filter) != std::string::npos;
}

void append_utf8(std::string& text, char32_t c) {
  constexpr char32_t ascii = 0x80;
  if (c < ascii) {
    text += static_cast<char>(c);
    return;
  }
  std::array<char, 4> bytes{};
  std::size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  auto const first = length == 2 ? 0xc0U : length == 3 ? 0xe0U : 0xf0U;
  for (auto i = length; i-- > 1; c >>= 6U) bytes.at(i) = static_cast<char>(0x80U | (c & 0x3fU));
  bytes[0] = static_cast<char>(first | c);
  text.append(bytes.data(), length);
}

void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U) text.pop_back();
  if (!text.empty()) text.pop_back();
}

void add_holders(inked_lines& lines, top_row const& row, std::size_t width) {
  auto const& [object, sync, channel, bridged] = row.known;
  try {
    auto const found = find_holders(object.name);
    if (!found.processes.empty()) {
      auto const owner = sync ? sure_owner(*sync) : std::nullopt;
      lines.push_back({});
      for (auto& each : holders_table(found.processes, owner).lines(width)) lines.push_back({std::move(each)});
    }
    if (!found.complete) lines.push_back({"There may be more holders than can be seen from here.", ink::dim});
  } catch (error const& e) {
    lines.push_back({fmt::format("Its holders are not known: {}", escape(e.what())), ink::dim});
  }
}

inked_lines detail_of(top_row const& row, std::size_t width) {
  inked_lines lines = {{escape(row.known.object.name), ink::bold}};
  constexpr std::size_t margin = 11;
  for (auto const& [what, text] : object_lines(row.known)) {
    auto const how = what == "problem" ? ink::alarm : ink::plain;
    auto wrapped = fmt::format("{:9}  {}", what, wrap(text, width, margin));
    for (std::size_t end = 0; end != std::string::npos; wrapped.erase(0, end + 1)) {
      end = wrapped.find('\n');
      lines.push_back({wrapped.substr(0, end), how});
      if (end == std::string::npos) break;
    }
  }
  auto const& channel = row.known.channel;
  if (channel && !channel->participants.empty()) {
    lines.push_back({});
    for (auto& each : participants_table(*channel).lines(width)) lines.push_back({std::move(each)});
  }
  add_holders(lines, row, width);
  return lines;
}

class live_view {
 public:
  live_view(screen& on, live_options const& given)
      : screen_(on), interval_(given.interval), order_(given.order), looks_(given.pattern) {}

  /// Until it is left: 0, or the signal that ended it.
  int run(signal_reader& signals);

 private:
  void look();
  void arrange();
  void draw();
  void draw_title();
  void draw_list(area where);
  void draw_detail(area where);
  void draw_help(area where);
  void draw_foot();
  void obey(char32_t typed);
  void type_filter(char32_t typed);
  void keep_selected();
  bool move(char32_t typed);
  void next_order(std::size_t steps);

  [[nodiscard]] top_row const* selected() const { return selected_ < rows_.size() ? &rows_[selected_] : nullptr; }

  screen& screen_;
  std::chrono::nanoseconds interval_;
  top_order order_;
  top_looks looks_;
  top_look last_;
  std::string clock_;          // when that was
  std::vector<top_row> rows_;  // those that pass, in order
  std::string selected_file_;  // stays selected wherever it is; empty: whichever is the first
  std::size_t selected_ = 0;
  std::size_t first_ = 0;  // row at the top of the list
  std::size_t page_ = 1;   // rows of what the keys move
  std::size_t detail_first_ = 0;
  std::optional<inked_lines> detail_;  // empty: to be found out anew
  std::size_t detail_width_ = 0;
  std::string filter_;
  bool typing_ = false;
  bool paused_ = false;
  bool detailed_ = false;
  bool in_detail_ = false;
  bool helping_ = false;
  bool left_ = false;
};

int live_view::run(signal_reader& signals) {
  auto next = clock::now();
  while (!left_) {
    if (!paused_ && clock::now() >= next) {
      look();
      // Much takes long to look at: no more than a fifth of a processor goes into it.
      constexpr int share = 4;
      next = clock::now() + std::max<std::chrono::nanoseconds>(interval_, share * last_.took);
    }
    draw();
    std::array<pollfd, 2> wanted = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0}};
    auto const left = std::max<std::chrono::nanoseconds>(next - clock::now(), std::chrono::nanoseconds::zero());
    timespec const timeout = os::as_timespec(left);
    if (ppoll(wanted.data(), wanted.size(), paused_ ? nullptr : &timeout, nullptr) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot wait for keys");
    }
    while (auto const signal = signals.wait_for({})) {
      if (signal->ssi_signo != SIGWINCH) return static_cast<int>(signal->ssi_signo);
      screen_.resize();
    }
    // Whoever ignores SIGHUP is left without a terminal.
    if ((wanted[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return SIGHUP;
    for (auto typed = screen_.typed(); typed != key::none; typed = screen_.typed()) obey(typed);
  }
  return 0;
}

void live_view::look() {
  last_ = looks_.next();
  clock_ = local_clock(std::chrono::system_clock::now()).substr(0, 8);
  arrange();
}

void live_view::arrange() {
  rows_.clear();
  for (auto const& row : last_.rows) {
    if (passes(filter_, row.known.object.name)) rows_.push_back(row);
  }
  sort_rows(rows_, order_);
  auto const found = std::find_if(rows_.begin(), rows_.end(),
                                  [&](top_row const& row) { return row.known.object.file == selected_file_; });
  if (found != rows_.end()) selected_ = static_cast<std::size_t>(found - rows_.begin());
  selected_ = std::min(selected_, rows_.empty() ? 0 : rows_.size() - 1);
  if (!selected_file_.empty()) keep_selected();
  detail_.reset();
}

void live_view::draw() {
  screen_.clear();
  draw_title();
  draw_foot();
  auto const rows = screen_.rows();
  auto const columns = screen_.columns();
  constexpr std::size_t least_rows = 8;
  constexpr std::size_t side_by_side = 140;
  area list{1, 0, rows > 2 ? rows - 2 : 0, columns};
  if (helping_) {
    draw_help(list);
  } else if (detailed_ && selected() != nullptr && columns >= side_by_side) {
    list.columns = columns / 2;
    for (std::size_t i = 0; i < list.rows; ++i) screen_.put(list.row + i, list.columns + 1, "│", ink::dim);
    draw_detail({list.row, list.columns + 3, list.rows, columns - list.columns - 3});
    draw_list(list);
  } else if (detailed_ && selected() != nullptr && rows >= least_rows) {
    list.rows = std::min(list.rows / 2, rows_.size() + 1);
    auto const begin = list.row + list.rows;
    std::string rule;
    for (std::size_t i = 0; i < columns; ++i) rule += "─";
    screen_.put(begin, 0, rule, ink::dim);
    draw_detail({begin + 1, 0, rows - 1 - begin - 1, columns});
    draw_list(list);
  } else {
    draw_list(list);
  }
  screen_.show();
}

void live_view::draw_title() {
  std::uint64_t memory = 0;
  for (auto const& row : rows_) memory += row.known.object.resident;
  auto const all = last_.rows.size();
  auto const of = filter_.empty() ? "" : fmt::format("{} like '{}' of ", rows_.size(), escape(filter_));
  auto const what = fmt::format("  {}{} object{}, {}", of, all, all == 1 ? "" : "s", human_size(memory));
  auto const when = fmt::format("{}{}", paused_ ? "paused  " : "", clock_);
  constexpr std::string_view title = "coview top";
  screen_.put(0, 0, title, ink::bold);
  auto const columns = screen_.columns();
  auto const room = columns - std::min(columns, title.size() + when.size() + 2);
  screen_.put(0, title.size(), shorten(what, room));
  screen_.put(0, columns - std::min(columns, when.size()), when, paused_ ? ink::bold : ink::dim);
}

void live_view::draw_list(area where) {
  if (where.rows < 2) return;
  auto const count = where.rows - 1;
  if (!in_detail_) page_ = count;
  first_ = std::min(first_, selected_);
  if (selected_ >= first_ + count) first_ = selected_ - count + 1;
  first_ = std::min(first_, rows_.size() > count ? rows_.size() - count : 0);
  if (rows_.empty()) {
    screen_.put(where.row + 1, 0,
                last_.rows.empty() ? "nothing exists: no process holds an object" : "nothing that exists matches");
    return;
  }
  auto const lines = fitting_lines(rows_, first_, count, where.columns, order_);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto text = shorten(lines[i], where.columns);
    if (i == 0) {
      screen_.put(where.row, where.column, text, ink::bold);
      continue;
    }
    auto const at = first_ + i - 1;
    bool const marked = at == selected_;
    bool const alarm = is_alarming(rows_[at]);
    if (marked) text.append(where.columns - std::min(where.columns, display_width(text)), ' ');
    auto const how = marked ? (alarm ? ink::marked_alarm : ink::marked) : alarm ? ink::alarm : ink::plain;
    screen_.put(where.row + i, where.column, text, how);
  }
}

void live_view::draw_detail(area where) {
  if (!detail_ || detail_width_ != where.columns) {
    detail_ = detail_of(*selected(), where.columns);
    detail_width_ = where.columns;
  }
  if (in_detail_) page_ = where.rows;
  detail_first_ = std::min(detail_first_, detail_->size() > where.rows ? detail_->size() - where.rows : 0);
  for (std::size_t i = 0; i < where.rows && detail_first_ + i < detail_->size(); ++i) {
    auto const& [text, how] = (*detail_)[detail_first_ + i];
    screen_.put(where.row + i, where.column, shorten(text, where.columns), how);
  }
}

void live_view::draw_help(area where) {
  for (std::size_t i = 0; i < key_help.size() && i < where.rows; ++i) {
    auto const& [keys, what] = key_help.at(i);
    screen_.put(where.row + i, 2, fmt::format("{:15}  {}", keys, what));
  }
}

void live_view::draw_foot() {
  auto const rows = screen_.rows();
  if (rows < 2) return;
  if (typing_) {
    screen_.put(rows - 1, 0, fmt::format("names with: {}_", escape(filter_)), ink::bold);
  } else if (detailed_) {
    screen_.put(rows - 1, 0, in_detail_ ? hint_in_detail : hint_with_detail, ink::dim);
  } else {
    screen_.put(rows - 1, 0, hint, ink::dim);
  }
}

void live_view::type_filter(char32_t typed) {
  if (typed == key::enter) {
    typing_ = false;
  } else if (typed == key::escape) {
    typing_ = false;
    filter_.clear();
  } else if (typed == key::backspace) {
    drop_last_character(filter_);
  } else if (typed >= U' ' && typed < key::special) {
    append_utf8(filter_, typed);
  }
  arrange();
}

/// From now on, wherever it is.
void live_view::keep_selected() {
  selected_file_ = selected() != nullptr ? selected()->known.object.file : "";
}

/// Moves what the keys move; false where it is no such key.
bool live_view::move(char32_t typed) {
  auto at = in_detail_ ? detail_first_ : selected_;
  constexpr std::size_t last = std::numeric_limits<std::size_t>::max();
  if (typed == key::up || typed == U'k') {
    at -= std::min<std::size_t>(at, 1);
  } else if (typed == key::down || typed == U'j') {
    ++at;
  } else if (typed == key::page_up) {
    at -= std::min(at, page_);
  } else if (typed == key::page_down) {
    at += page_;
  } else if (typed == key::home) {
    at = 0;
  } else if (typed == key::end) {
    at = last;
  } else {
    return false;
  }
  if (in_detail_) {
    detail_first_ = at;  // as far as there is something, when it is drawn
  } else if (!rows_.empty()) {
    selected_ = std::min(at, rows_.size() - 1);
    keep_selected();
    detail_first_ = 0;
    detail_.reset();
  }
  return true;
}

void live_view::next_order(std::size_t steps) {
  auto const count = top_key_names().size();
  order_.key = static_cast<top_key>((static_cast<std::size_t>(order_.key) + steps) % count);
  order_.reversed = false;
  arrange();
}

void live_view::obey(char32_t typed) {
  if (typing_) return type_filter(typed);
  if (move(typed)) return;
  switch (typed) {
    case U'q':
      left_ = true;
      break;
    case key::enter:
      detailed_ = !detailed_;
      in_detail_ = false;
      keep_selected();
      break;
    case key::tab:
      in_detail_ = detailed_ && !in_detail_;
      break;
    case U'/':
      typing_ = true;
      break;
    case U's':
      next_order(1);
      break;
    case U'S':
      next_order(top_key_names().size() - 1);
      break;
    case U'r':
      order_.reversed = !order_.reversed;
      arrange();
      break;
    case U'p':
    case U' ':
      paused_ = !paused_;
      break;
    case U'?':
    case U'h':
      helping_ = !helping_;
      break;
    case key::escape:
      if (!helping_ && !detailed_) filter_.clear();
      if (!helping_) detailed_ = in_detail_ = false;
      helping_ = false;
      arrange();
      break;
    default:
      break;
  }
}

}  // namespace

int live_top(console& out, live_options const& given) {
  if (!out.on_terminal() || isatty(STDIN_FILENO) == 0) {
    throw failure(exit_usage, "the live view needs a terminal", "'coview top --once' prints a table");
  }
  int ended = 0;
  {
    signal_reader signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH});
    screen on(out.in_colour());
    ended = live_view(on, given).run(signals);
  }
  if (ended != 0) die_of(ended);
  return exit_ok;
}

}  // namespace coview::tool
