// SPDX-License-Identifier: Apache-2.0
#include "benching/svg.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <limits>

namespace coview::tool {

namespace {

constexpr double page_width = 760;
constexpr double page_height = 330;
constexpr double left_edge = 72;
constexpr double right_edge = page_width - 150;  // labels stand behind the ends of their curves
constexpr double top_edge = 14;
constexpr double bottom_edge = page_height - 48;

/// The round numbers around a range: the last one at or below it, those in it, and the first one at or above.
/// Coarse: without those that begin with 2 or 5.
enum class roundness : bool { coarse, fine };

std::vector<double> round_numbers(marks_at kind, roundness how, double least, double most) {
  // A power of ten that was computed may be a little beside what it stands for.
  constexpr double much_the_same = 1e-9;
  double const unit = kind == marks_at::binary ? std::exp2(10 * std::floor(std::log2(std::max(least, 1.0)) / 10)) : 1;
  auto power = std::floor(std::log10(least / unit) + much_the_same);
  if (kind == marks_at::binary) power = std::min(power, 2.0);  // 1000 KiB are above 500 KiB, and no round number
  std::vector<double> all;
  for (double in = unit;; ++power) {
    if (kind == marks_at::binary && power == 3) {
      power = 0;
      in *= 1024;
    }
    for (double const times : {1.0, 2.0, 5.0}) {
      if (how == roundness::coarse && times != 1) continue;
      double const next = times * std::pow(10.0, power) * in;
      if (next <= least * (1 + much_the_same)) all.clear();
      all.push_back(next);
      if (next >= most * (1 - much_the_same)) return all;
    }
  }
}

/// One axis: where values are, and which have a mark.
class scale {
 public:
  scale(axis const& of, double least, double most, double from, double to) : from_(from), to_(to) {
    if (!(least <= most)) least = most = 1;  // nothing to show
    if (of.marks == marks_at::doublings) {
      by_doublings(std::floor(std::log2(least)), std::ceil(std::log2(most)));
    } else {
      by_round_numbers(of.marks, least, most);
    }
  }

  /// What the scale does not have is at its beginning.
  [[nodiscard]] double at(double value) const {
    if (value <= 0) return from_;
    auto const share = (std::log2(value) - least_) / (most_ - least_);
    return from_ + share * (to_ - from_);
  }
  [[nodiscard]] std::vector<double> const& marks() const { return marks_; }

 private:
  static constexpr std::size_t most_marks = 7;

  /// As many doublings from mark to mark as leave few enough, from the least on.
  void by_doublings(double least, double most) {
    double const step = std::max(1.0, std::ceil((most - least) / (most_marks - 1)));
    for (double power = least; marks_.empty() || power < most + step; power += step) {
      marks_.push_back(std::exp2(power));
    }
    least_ = least;
    most_ = std::max(std::log2(marks_.back()), least + 1);
  }

  void by_round_numbers(marks_at kind, double least, double most) {
    auto const fine = round_numbers(kind, roundness::fine, least, most);
    least_ = std::log2(fine.front());
    most_ = std::max(std::log2(fine.back()), least_ + 1);
    auto const& all = fine.size() <= most_marks ? fine : round_numbers(kind, roundness::coarse, least, most);
    std::copy_if(all.begin(), all.end(), std::back_inserter(marks_),
                 [&](double mark) { return mark >= fine.front() * 0.999 && mark <= fine.back() * 1.001; });
  }

  double from_;
  double to_;
  double least_ = 0;  // logarithms of what is at the ends
  double most_ = 1;
  std::vector<double> marks_;
};

/// Below the least of a histogram, which would be on the ground and not seen.
enum class foot_room : bool { no, yes };

template <class Part>
scale scale_over(plot const& what, axis const& of, foot_room foot, double from, double to, Part const& part) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (auto const& each : what.curves) {
    for (auto const& point : each.points) {
      if (part(point) <= 0) continue;
      least = std::min(least, part(point));
      most = std::max(most, part(point));
    }
  }
  if (foot == foot_room::yes) least /= 2;
  return {of, least, most, from, to};
}

std::string_view class_of(dash how) {
  return how == dash::dashed ? "dashed" : how == dash::dotted ? "dotted" : "solid";
}

struct label {
  double y;
  std::size_t colour;
  std::string text;
};

/// So that none stands on another: each as near to where it wants to be as the others let it.
void spread(std::vector<label>& labels) {
  constexpr double line = 15;
  std::stable_sort(labels.begin(), labels.end(), [](label const& a, label const& b) { return a.y < b.y; });
  double least = 0;
  for (auto& each : labels) least = (each.y = std::max(each.y, least)) + line;
  double most = bottom_edge + 4;
  std::for_each(labels.rbegin(), labels.rend(),
                [&](label& each) { most = (each.y = std::min(each.y, most)) - line; });
}

}  // namespace

std::string html_text(std::string const& text) {
  std::string safe;
  for (char const c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string svg_of(plot const& what) {
  auto const x =
      scale_over(what, what.x, foot_room::no, left_edge, right_edge, [](auto const& p) { return p.first; });
  auto const y = scale_over(what, what.y, what.filled ? foot_room::yes : foot_room::no, bottom_edge, top_edge,
                            [](auto const& p) { return p.second; });
  auto svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} over {}\">\n", page_width,
                         page_height, html_text(what.y.title), html_text(what.x.title));
  auto const line = [&](std::string_view kind, double x1, double y1, double x2, double y2) {
    svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kind, x1, y1,
                       x2, y2);
  };
  auto const text = [&](std::string_view kind, double at_x, double at_y, std::string const& words) {
    svg +=
        fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kind, at_x, at_y, html_text(words));
  };
  line("edge", left_edge, bottom_edge, right_edge, bottom_edge);
  line("edge", left_edge, bottom_edge, left_edge, top_edge);
  for (auto const mark : y.marks()) {
    line("grid", left_edge, y.at(mark), right_edge, y.at(mark));
    text("mark y", left_edge - 8, y.at(mark) + 4, what.y.text(mark));
  }
  for (auto const mark : x.marks()) {
    line("grid", x.at(mark), bottom_edge, x.at(mark), top_edge);
    text("mark x", x.at(mark), bottom_edge + 18, what.x.text(mark));
  }
  text("mark x title", (left_edge + right_edge) / 2, page_height - 8, what.x.title);
  std::vector<label> labels;
  for (auto const& each : what.curves) {
    std::string path;
    std::string dots;
    for (auto const& [value_x, value_y] : each.points) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x.at(value_x), y.at(value_y));
      dots += fmt::format(R"(<circle class="dot c{}" cx="{:.1f}" cy="{:.1f}" r="3"/>)", each.colour, x.at(value_x),
                          y.at(value_y));
    }
    if (path.empty()) continue;
    svg += fmt::format("<path class=\"{} {} c{}\" d=\"{}\"/>\n", what.filled ? "area" : "curve", class_of(each.how),
                       each.colour, path);
    if (what.dots) svg += dots + "\n";
    if (each.label.empty()) continue;
    // Of a histogram, whose ends are all on the ground, at the top.
    labels.push_back({what.filled ? top_edge : y.at(each.points.back().second) + 4, each.colour, each.label});
  }
  spread(labels);
  for (auto const& [at, colour, words] : labels) {
    text(fmt::format("label c{}", colour), right_edge + 10, at, words);
  }
  return svg + "</svg>\n";
}

}  // namespace coview::tool
