// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What `coview bench` has measured, ready to be shown as text, JSON and HTML.
namespace coview::tool {

/// Times in nanoseconds, each measured by itself. Nothing is thrown away, the worst least of all.
struct distribution {
  struct bin {
    double from = 0;
    double to = 0;     ///< exclusive; an eighth of a doubling further
    double share = 0;  ///< of all
  };
  std::uint64_t count = 0;
  double median = 0;
  double p99 = 0;
  double p999 = 0;
  double most = 0;
  std::vector<bin> bins;
};

[[nodiscard]] distribution distribution_of(std::vector<double> nanoseconds);

struct point {
  double x = 0;  ///< what the figure grows over; of one that does not, 0
  distribution time;
  std::optional<double> per_second;   ///< how many were done
  std::optional<std::uint64_t> lost;  ///< messages that subscribers did not get
};

struct series {
  std::string name;
  std::vector<point> points;
};

enum class form : unsigned char {
  spread,      ///< how times are spread: one point a series, shown as a histogram
  growth,      ///< times over x
  throughput,  ///< bytes a second over x, the bytes of a message
};

struct figure {
  std::string id;     ///< for JSON, and links within a report
  std::string title;  ///< what is asked
  std::string text;   ///< how it was measured, and what to make of it
  form shape = form::spread;
  std::string x;  ///< what grows, where something does
  std::vector<series> all;
};

/// How a run measures.
struct bench_plan {
  std::chrono::nanoseconds time;  ///< for each point
  std::uint32_t most_names = 10'000;
};

}  // namespace coview::tool
