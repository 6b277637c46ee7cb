// SPDX-License-Identifier: Apache-2.0
#include "top/columns.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <stdexcept>

#include "shared/channel_text.hpp"
#include "shared/object_text.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::string channel_now(channel_status const& status) {
  std::string text;
  auto const add = [&](std::string const& what) { text += (text.empty() ? "" : ", ") + what; };
  for (auto const& one : status.participants) {
    if (one.holds_back) add(fmt::format("held back by {}", one.process));
    if (!one.alive) add(fmt::format("{} is dead", one.process));
  }
  if (status.to_redeliver != 0) add(fmt::format("{} to redeliver", status.to_redeliver));
  return text;
}

std::string now_text(top_row const& row) {
  auto const& [object, sync, channel, bridged] = row.known;
  if (sync) return sync_text(*sync) + (sync->may_have_waiters ? ", waiters" : "");
  auto text = channel ? channel_now(*channel) : std::string();
  if (text.empty() && object.state != object_state::held) text = state_text(object.state);
  return text;
}

/// "980/s", "12.3k/s".
std::string rate_text(double rate) {
  constexpr double thousand = 1000;
  constexpr double ten = 10;
  if (rate == 0) return "0/s";
  if (rate < ten) return fmt::format("{:.1f}/s", rate);
  if (rate < thousand) return fmt::format("{:.0f}/s", rate);
  if (rate < thousand * thousand) return fmt::format("{:.1f}k/s", rate / thousand);
  return fmt::format("{:.2f}M/s", rate / thousand / thousand);
}

std::string of_channel(top_row const& row, std::uint64_t number) {
  return row.known.channel ? std::to_string(number) : "";
}

std::uint64_t depth_of(top_row const& row) {
  return row.known.channel ? row.known.channel->depth : 0;
}

/// Of what has bytes of its user's.
std::string size_of(top_row const& row) {
  if (!is_readable(row.known.object)) return "?";
  return row.known.sync ? "" : human_size(row.known.object.size);
}

bool is_dated(top_row const& row) {
  return row.known.object.created.time_since_epoch().count() != 0;
}

double created(top_row const& row) {
  return std::chrono::duration<double>(row.known.object.created.time_since_epoch()).count();
}

struct top_column {
  std::string_view key;
  std::string_view title;
  table::align side;
  std::size_t usual;  ///< so wide at least, that a table does not jump with every digit
  std::string (*text)(top_row const&);
  double (*number)(top_row const&);  ///< to sort by; nullptr: by the text
};

constexpr auto left = table::align::left;
constexpr auto right = table::align::right;

/// In the order of `top_key`, which is that of the table as well.
constexpr std::array<top_column, 12> all_columns = {{
    {"name", "NAME", left, 12, [](top_row const& r) { return escape(r.known.object.name); }, nullptr},
    {"kind", "KIND", left, 7, [](top_row const& r) { return std::string(kind_text(r.known.object)); }, nullptr},
    {"now", "NOW", left, 14, now_text, nullptr},
    {"memory", "MEMORY", right, 7, [](top_row const& r) { return human_size(r.known.object.resident); },
     [](top_row const& r) { return static_cast<double>(r.known.object.resident); }},
    {"handles", "HANDLES", right, 7,
     [](top_row const& r) { return r.known.object.handles ? std::to_string(*r.known.object.handles) : "?"; },
     [](top_row const& r) { return static_cast<double>(r.known.object.handles_seen); }},
    {"rate", "RATE", right, 7, [](top_row const& r) { return r.rate ? rate_text(*r.rate) : ""; },
     [](top_row const& r) { return r.rate.value_or(-1); }},
    {"depth", "DEPTH", right, 5, [](top_row const& r) { return of_channel(r, depth_of(r)); },
     [](top_row const& r) { return static_cast<double>(depth_of(r)); }},
    {"lag", "LAG", right, 5, [](top_row const& r) { return of_channel(r, r.lag); },
     [](top_row const& r) { return static_cast<double>(r.lag); }},
    {"lost", "LOST", right, 5, [](top_row const& r) { return of_channel(r, r.lost); },
     [](top_row const& r) { return static_cast<double>(r.lost); }},
    {"size", "SIZE", right, 7, size_of, [](top_row const& r) { return static_cast<double>(r.known.object.size); }},
    {"age", "AGE", right, 6, [](top_row const& r) { return is_dated(r) ? human_age(r.known.object.created) : "?"; },
     [](top_row const& r) { return -created(r); }},
    {"user", "USER", left, 4, [](top_row const& r) { return escape(user_text(r.known.object.owner)); }, nullptr},
}};

/// Where there is too little room, these go, one after the other.
constexpr std::array dispensable = {top_key::user,   top_key::age, top_key::size,  top_key::lost,
                                    top_key::memory, top_key::lag, top_key::depth, top_key::handles,
                                    top_key::rate,   top_key::now, top_key::kind};

top_column const& column(top_key key) {
  return all_columns.at(static_cast<std::size_t>(key));
}

std::string heading(top_column const& which, top_order order) {
  std::string title(which.title);
  if (which.key == text_of(order.key)) {
    bool const falling = (which.number != nullptr) != order.reversed;
    title += falling ? "▼" : "▲";
  }
  auto const gap = std::string(which.usual - std::min(which.usual, display_width(title)), ' ');
  return which.side == left ? title + gap : gap + title;
}

std::vector<std::string> lines_of(std::vector<top_key> const& keys, std::span<top_row const> rows, std::size_t width,
                                  top_order order) {
  std::vector<table::align> sides;
  std::vector<std::string> cells;
  for (auto const key : keys) {
    sides.push_back(column(key).side);
    cells.push_back(heading(column(key), order));
  }
  table all(std::move(sides), 0);
  all.add(std::move(cells));
  for (auto const& row : rows) {
    cells.clear();
    for (auto const key : keys) {
      auto text = column(key).text(row);
      // The name alone is shortened as far as it has to be; this one has room for an owner's number, and who waits.
      constexpr std::size_t least = 23;
      cells.push_back(key == top_key::now ? shorten(text, std::max(width / 4, least)) : std::move(text));
    }
    all.add(std::move(cells));
  }
  return all.lines(width);
}

}  // namespace

std::vector<std::string> top_key_names() {
  std::vector<std::string> names;
  names.reserve(all_columns.size());
  for (auto const& each : all_columns) names.emplace_back(each.key);
  return names;
}

std::string_view text_of(top_key key) {
  return column(key).key;
}

top_key top_key_of(std::string_view text) {
  for (std::size_t i = 0; i < all_columns.size(); ++i) {
    if (all_columns.at(i).key == text) return static_cast<top_key>(i);
  }
  throw std::invalid_argument("it must be one of those that --help lists");
}

void sort_rows(std::vector<top_row>& rows, top_order order) {
  auto const& by = column(order.key);
  auto const before = [&](top_row const& a, top_row const& b) {
    return by.number != nullptr ? by.number(a) > by.number(b) : by.text(a) < by.text(b);
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](top_row const& a, top_row const& b) { return order.reversed ? before(b, a) : before(a, b); });
}

table whole_table(std::span<top_row const> rows) {
  std::vector<table::align> sides;
  std::vector<std::string> cells;
  for (auto const& each : all_columns) {
    sides.push_back(each.side);
    cells.emplace_back(each.title);
  }
  table all(std::move(sides), 0);
  all.add(std::move(cells));
  for (auto const& row : rows) {
    cells.clear();
    for (auto const& each : all_columns) {
      auto text = each.text(row);
      cells.push_back(text.empty() ? "-" : std::move(text));
    }
    all.add(std::move(cells));
  }
  return all;
}

std::vector<std::string> fitting_lines(std::vector<top_row> const& rows, std::size_t first, std::size_t count,
                                       std::size_t width, top_order order) {
  std::vector<top_key> keys;
  for (std::size_t i = 0; i < all_columns.size(); ++i) {
    auto const key = static_cast<top_key>(i);
    bool const told =
        std::any_of(rows.begin(), rows.end(), [&](top_row const& row) { return !column(key).text(row).empty(); });
    if (told || key == top_key::name || key == order.key) keys.push_back(key);
  }
  auto const shown = std::span(rows).subspan(std::min(first, rows.size()));
  auto const visible = shown.first(std::min(count, shown.size()));
  auto lines = lines_of(keys, visible, width, order);
  auto const too_wide = [&] {
    return std::any_of(lines.begin(), lines.end(), [&](auto const& line) { return display_width(line) > width; });
  };
  for (auto const key : dispensable) {
    if (!too_wide()) break;
    if (key == order.key || std::erase(keys, key) == 0) continue;
    lines = lines_of(keys, visible, width, order);
  }
  return lines;
}

}  // namespace coview::tool
