// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "benching/figure.hpp"
#include "benching/machine.hpp"
#include "shared/console.hpp"

/// Figures as text, JSON and HTML.
namespace coview::tool {

/// What a report says of its run.
struct bench_run {
  std::vector<fact> facts;
  std::vector<figure> figures;
  std::chrono::nanoseconds each{};  ///< how long each point was measured
};

void print_figure(console& out, figure const& what);

[[nodiscard]] nlohmann::ordered_json bench_json(bench_run const& run);

/// One file without scripts, that needs no other: plots, tables and the machine.
[[nodiscard]] std::string bench_html(bench_run const& run);

}  // namespace coview::tool
