// SPDX-License-Identifier: Apache-2.0
#include "benching/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "benching/svg.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

using nlohmann::ordered_json;
using cells = std::vector<std::string>;

std::string time_text(double nanoseconds) {
  constexpr double short_ones = 100;
  if (nanoseconds < short_ones) return fmt::format("{:.1f} ns", nanoseconds);
  return human_duration(std::chrono::nanoseconds(std::llround(nanoseconds)));
}

/// 1500 as "1500", 1000 as "1 k", 3000000 as "3 M".
std::string number_text(double number) {
  constexpr double thousand = 1000;
  if (number >= thousand * thousand) return fmt::format("{:.3g} M", number / thousand / thousand);
  if (number >= 10 * thousand || number == thousand) return fmt::format("{:.3g} k", number / thousand);
  return fmt::format("{:.4g}", number);
}

std::string size_text(double bytes) {
  return human_size(static_cast<std::uint64_t>(std::llround(bytes)));
}

std::string bytes_a_second(double bytes) {
  return size_text(bytes) + "/s";
}

/// A time as it stands at an axis: "10 µs", where a table has "10.0 µs" beside "12.3 µs".
std::string time_mark(double nanoseconds) {
  constexpr std::array units = {"ns", "µs", "ms"};
  for (auto const* const unit : units) {
    if (nanoseconds < 999.5) return fmt::format("{:.3g} {}", nanoseconds, unit);
    nanoseconds /= 1000;
  }
  return fmt::format("{:.3g} s", nanoseconds);
}

/// What a figure grows over: only a throughput's is bytes.
std::string growth_text(figure const& what, double x) {
  return what.shape == form::throughput ? size_text(x) : number_text(x);
}

/// The heading, then a row for each point: the same in text and HTML.
std::vector<cells> rows_of(figure const& what) {
  bool const grows = what.shape != form::spread;
  bool const timed = what.shape != form::throughput;
  auto const any = [&](auto const& has) {
    return std::any_of(what.all.begin(), what.all.end(),
                       [&](series const& each) { return std::any_of(each.points.begin(), each.points.end(), has); });
  };
  bool const counted = any([](point const& at) { return at.per_second.has_value(); });
  bool const lossy = any([](point const& at) { return at.lost.has_value(); });
  std::vector<cells> rows(1);
  auto& heading = rows.front();
  heading.push_back("");
  if (grows) heading.push_back(what.x);
  if (timed) heading.insert(heading.end(), {"median", "99 %", "99.9 %", "longest", "measured"});
  if (counted) heading.push_back("a second");
  if (!timed) heading.push_back("bytes");
  if (lossy) heading.push_back("lost");
  for (auto const& each : what.all) {
    for (auto const& at : each.points) {
      cells row = {each.name};
      if (grows) row.push_back(growth_text(what, at.x));
      if (timed) {
        for (auto const time : {at.time.median, at.time.p99, at.time.p999, at.time.most}) {
          row.push_back(time_text(time));
        }
        row.push_back(number_text(static_cast<double>(at.time.count)));
      }
      if (counted) row.push_back(at.per_second ? number_text(*at.per_second) : "");
      if (!timed) row.push_back(bytes_a_second(at.x * at.per_second.value_or(0)));
      if (lossy) row.push_back(at.lost ? number_text(static_cast<double>(*at.lost)) : "");
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

ordered_json point_json(point const& at, form shape) {
  ordered_json all;
  if (shape != form::spread) all["x"] = at.x;
  if (shape != form::throughput) {
    all["count"] = at.time.count;
    all["median_ns"] = at.time.median;
    all["p99_ns"] = at.time.p99;
    all["p999_ns"] = at.time.p999;
    all["longest_ns"] = at.time.most;
  }
  if (at.per_second) all["per_second"] = *at.per_second;
  if (at.lost) all["lost"] = *at.lost;
  return all;
}

/// Steps from bin to bin; where there is none, it is on the ground.
curve histogram(series const& of, std::size_t colour) {
  curve steps{of.name, {}, colour};
  auto const& bins = of.points.front().time.bins;
  double before = 0;
  for (auto const& [from, to, share] : bins) {
    if (from > before * 1.001) {
      if (before > 0) steps.points.emplace_back(before, 0);
      steps.points.emplace_back(from, 0);
    }
    steps.points.emplace_back(from, share);
    steps.points.emplace_back(to, share);
    before = to;
  }
  if (before > 0) steps.points.emplace_back(before, 0);
  return steps;
}

std::string percent_text(double share) {
  return fmt::format("{:g} %", share * 100);
}

plot plot_of(figure const& what) {
  plot shown;
  if (what.shape == form::spread) {
    shown = {{"time", marks_at::decimal, time_mark}, {"of all", marks_at::decimal, percent_text}, {}, true, false};
    for (std::size_t i = 0; i < what.all.size(); ++i) shown.curves.push_back(histogram(what.all[i], i));
    return shown;
  }
  bool const times = what.shape == form::growth;
  // Marks where it was measured, where that is at powers of two.
  bool const doubles = std::all_of(what.all.begin(), what.all.end(), [](series const& each) {
    return std::all_of(each.points.begin(), each.points.end(),
                       [](point const& at) { return at.x >= 1 && std::exp2(std::floor(std::log2(at.x))) == at.x; });
  });
  shown.x = {what.x, doubles ? marks_at::doublings : marks_at::decimal, times ? number_text : size_text};
  if (times) {
    shown.y = {"time", marks_at::decimal, time_mark};
  } else {
    shown.y = {"bytes a second", marks_at::binary, bytes_a_second};
  }
  for (std::size_t i = 0; i < what.all.size(); ++i) {
    auto const& points = what.all[i].points;
    auto const add = [&](std::string label, dash how, auto const& value) {
      curve line{std::move(label), {}, i, how};
      for (auto const& at : points) line.points.emplace_back(at.x, value(at));
      shown.curves.push_back(std::move(line));
    };
    auto const& name = what.all[i].name;
    if (!times) {
      add(name, dash::solid, [](point const& at) { return at.x * at.per_second.value_or(0); });
      continue;
    }
    add(name, dash::solid, [](point const& at) { return at.time.median; });
    add("99 %", dash::dashed, [](point const& at) { return at.time.p99; });
    add("99.9 %", dash::dotted, [](point const& at) { return at.time.p999; });
  }
  return shown;
}

constexpr std::string_view page_style = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #59636e; --line: #d1d9e0; --paper: #fff;
  --c0: #0b62b0; --c1: #b3400b; --c2: #16735a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --paper: #0d1117;
  --c0: #6cb6ff; --c1: #ff9f5a; --c2: #5fd3ae; } }
@media print { :root { color-scheme: light; --ink: #000; --dim: #444; --line: #bbb; --paper: #fff;
  --c0: #0b62b0; --c1: #b3400b; --c2: #16735a; } section { break-inside: avoid; } body { max-width: none !important;
  margin: 0 !important;
  padding: 0 !important; font-size: 9pt !important; } svg { max-width: 86%; } @page { margin: 15mm; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7em; margin-bottom: 0; } h2 { font-size: 1.2em; margin: 1.9em 0 .3em; break-after: avoid; }
p { margin: .3rem 0 .8rem; } .dim { color: var(--dim); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93em; width: 100%; }
th, td { padding: .15rem .5rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child, .facts td { text-align: left; padding-left: 0; }
.facts td { white-space: normal; } .facts td:first-child { color: var(--dim); width: 9rem; }
svg { width: 100%; height: auto; display: block; margin: .5rem 0; break-inside: avoid; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .mark { fill: var(--dim); } svg .x { text-anchor: middle; } svg .y { text-anchor: end; }
svg .grid, svg .edge { stroke: var(--line); stroke-width: 1; }
.curve, .area { fill: none; stroke-width: 2; stroke-linejoin: round; } .area { stroke-width: 1.5; fill-opacity: .18; }
.dashed { stroke-dasharray: 6 4; stroke-width: 1.5; } .dotted { stroke-dasharray: 2 3; stroke-width: 1.5; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
.area.c0, .dot.c0, .label.c0 { fill: var(--c0); } .area.c1, .dot.c1, .label.c1 { fill: var(--c1); }
.area.c2, .dot.c2, .label.c2 { fill: var(--c2); } .label, .dot { stroke: none; }
)";

std::string html_table(std::vector<cells> const& rows) {
  std::string html = "<div class=\"wide\"><table>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    html += "<tr>";
    for (auto const& cell : rows[i]) html += fmt::format("<{0}>{1}</{0}>", i == 0 ? "th" : "td", html_text(cell));
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace

void print_figure(console& out, figure const& what) {
  auto rows = rows_of(what);
  std::vector<table::align> sides(rows.front().size(), table::align::right);
  sides.front() = table::align::left;
  table all(std::move(sides), 0);
  for (auto& row : rows) all.add(std::move(row));
  out.print("{}\n", out.in(style::bold, what.title));
  all.print(out, "  ");
  out.print("\n");
  out.flush();
}

ordered_json bench_json(bench_run const& run) {
  ordered_json all = {{"schema", "coview.bench/2"},
                      {"seconds_each", std::chrono::duration<double>(run.each).count()},
                      {"machine", ordered_json::object()},
                      {"figures", ordered_json::array()}};
  for (auto const& [name, value] : run.facts) all["machine"][name] = value;
  for (auto const& each : run.figures) {
    ordered_json one = {
        {"id", each.id}, {"title", each.title}, {"text", each.text}, {"series", ordered_json::array()}};
    for (auto const& [name, points] : each.all) {
      auto list = ordered_json::array();
      for (auto const& at : points) list.push_back(point_json(at, each.shape));
      one["series"].push_back({{"name", name}, {"points", std::move(list)}});
    }
    all["figures"].push_back(std::move(one));
  }
  return all;
}

std::string bench_html(bench_run const& run) {
  auto html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>What coview costs</title>\n<style>{}</style>\n</head>\n<body>\n<h1>What coview costs</h1>\n",
      page_style);
  html += fmt::format(
      "<p class=\"dim\">coview bench, {} UTC; {} for each point. Half of all took the median or less, 99 of 100 the "
      "99 % or less; nothing was left out. On a machine that is busy with other things this says little.</p>\n",
      iso_time(std::chrono::system_clock::now()).substr(0, 16).replace(10, 1, " "), human_duration(run.each));
  html += "<table class=\"facts\">\n";
  for (auto const& [name, value] : run.facts) {
    html += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", html_text(name), html_text(value));
  }
  html += "</table>\n";
  for (auto const& each : run.figures) {
    html += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n<p>{}</p>\n", each.id, html_text(each.title),
                        html_text(each.text));
    html += svg_of(plot_of(each)) + html_table(rows_of(each)) + "</section>\n";
  }
  return html + "</body>\n</html>\n";
}

}  // namespace coview::tool
