// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benching/figure.hpp"
#include "benching/peers.hpp"

/// The measurements of `coview bench`, each a figure. They are for a process that has one processor of its own (`on`,
/// the first) and for a COVIEW_ROOT that nobody else uses.
namespace coview::tool {

// Objects and their names.
[[nodiscard]] figure measure_objects(bench_plan const& plan);
[[nodiscard]] figure measure_names(bench_plan const& plan);

// Locks and events.
[[nodiscard]] figure measure_locks(bench_plan const& plan, processors const& on);
[[nodiscard]] figure measure_waiters(bench_plan const& plan, processors const& on);

// Messages.
[[nodiscard]] figure measure_one_way(bench_plan const& plan, processors const& on);
[[nodiscard]] figure measure_throughput(bench_plan const& plan, processors const& on);
[[nodiscard]] figure measure_offered(bench_plan const& plan, processors const& on);
[[nodiscard]] figure measure_subscribers(bench_plan const& plan, processors const& on);

}  // namespace coview::tool
