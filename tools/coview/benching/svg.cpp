// SPDX-License-Identifier: Apache-2.0
#include "benching/svg.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace coview::tool {

namespace {

constexpr double page_width = 760;
constexpr double page_height = 330;
constexpr double left_edge = 72;
constexpr double right_edge = page_width - 150;  // labels stand behind the ends of their curves
constexpr double top_edge = 14;
constexpr double bottom_edge = page_height - 48;

/// One axis: where values are, and which have a mark.
class scale {
 public:
  scale(axis const& of, double least, double most, double from, double to)
      : logarithmic_(of.logarithmic), from_(from), to_(to) {
    if (!(least <= most)) least = most = 1;  // nothing to show
    if (logarithmic_) {
      // Whole powers of ten, but no empty decade beyond what is there.
      least_ = std::floor(std::log10(least) + 1e-9);
      most_ = std::max(std::ceil(std::log10(most) - 1e-9), least_ + 1);
      auto const decades = std::lround(most_ - least_);
      for (long i = 0; i <= decades; ++i) marks_.push_back(std::pow(10.0, least_ + static_cast<double>(i)));
    } else {
      auto const step = nice(most / 4);
      marks_.push_back(0);
      while (marks_.back() < most) marks_.push_back(step * static_cast<double>(marks_.size()));
      most_ = marks_.back();
    }
  }

  /// What a logarithmic scale does not have is at its beginning.
  [[nodiscard]] double at(double value) const {
    if (logarithmic_ && value <= 0) return from_;
    auto const share = ((logarithmic_ ? std::log10(value) : value) - least_) / (most_ - least_);
    return from_ + share * (to_ - from_);
  }
  [[nodiscard]] std::vector<double> const& marks() const { return marks_; }

 private:
  static double nice(double step) {
    auto const power = std::pow(10.0, std::floor(std::log10(step)));
    for (double const times : {1.0, 2.0, 5.0}) {
      if (step <= times * power) return times * power;
    }
    return 10 * power;
  }

  bool logarithmic_;
  double from_;
  double to_;
  double least_ = 0;
  double most_ = 1;
  std::vector<double> marks_;
};

template <class Part>
scale scale_over(plot const& what, axis const& of, double from, double to, Part const& part) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (auto const& each : what.curves) {
    for (auto const& point : each.points) {
      if (of.logarithmic && part(point) <= 0) continue;
      least = std::min(least, part(point));
      most = std::max(most, part(point));
    }
  }
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
  auto const x = scale_over(what, what.x, left_edge, right_edge, [](auto const& p) { return p.first; });
  auto const y = scale_over(what, what.y, bottom_edge, top_edge, [](auto const& p) { return p.second; });
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
