// SPDX-License-Identifier: Apache-2.0
// What it takes to create and to open an object, alone and among many.
#include <sys/resource.h>

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "benching/measurements.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint64_t page = 4096;
constexpr int first_few = 50;

/// One operation after the other, each timed by itself, but the first few.
distribution times_of(std::chrono::nanoseconds time, int unmeasured, std::function<void()> const& operation) {
  stop_if_interrupted();
  std::vector<double> times;
  for (int i = 0; i < unmeasured; ++i) operation();
  auto const end = clock::now() + time;
  do {
    auto const begin = clock::now();
    operation();
    times.push_back(std::chrono::duration<double, std::nano>(clock::now() - begin).count());
  } while (clock::now() < end);
  return distribution_of(std::move(times));
}

void create_one() {
  auto const memory = mapping::create("new", page);
  memory.map().data()[0] = std::byte{1};
}

void open_one() {
  auto const memory = mapping::open("there");
  [[maybe_unused]] auto const volatile byte = memory.map().data()[0];
}

/// Handles, where this process may have so many; else names that need none.
class many {
 public:
  void grow_to(std::size_t count) {
    constexpr rlim_t others = 64;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count + others) {
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    bool const handles = limit.rlim_cur >= count + others;
    for (; count_ < count; ++count_) {
      auto made = mapping::create(fmt::format("among.{}", count_), 1, {.permanent = !handles});
      if (handles) held_.push_back(std::move(made));
    }
  }

 private:
  std::vector<mapping> held_;
  std::size_t count_ = 0;
};

}  // namespace

figure measure_objects(bench_plan const& plan) {
  auto const there = mapping::create("there", page);
  figure all{
      "objects",
      "How long does it take to create and to open a mapping?",
      "create: a new name with 4 KiB, mapped, one byte stored, unmapped and closed, which ends the name. open: "
      "one that exists, mapped, one byte loaded, unmapped and closed. One after the other, each timed by "
      "itself.",
      form::spread,
      {},
      {}};
  all.all.push_back({"create", {{0, times_of(plan.time, first_few, create_one), {}, {}}}});
  all.all.push_back({"open", {{0, times_of(plan.time, first_few, open_one), {}, {}}}});
  return all;
}

figure measure_names(bench_plan const& plan) {
  auto const there = mapping::create("there", page);
  figure all{
      "names",
      "Does it take longer among many names?",
      "The same create and open while so many other objects exist, and are held, in the same scope; and a list "
      "of them all, as 'coview ls' makes it.",
      form::growth,
      "other objects",
      {{"create", {}}, {"open", {}}, {"list all", {}}}};
  many others;
  for (std::uint32_t count = 1; count <= plan.most_names; count *= 10) {
    others.grow_to(count);
    all.all[0].points.push_back({static_cast<double>(count), times_of(plan.time / 3, first_few, create_one), {}, {}});
    all.all[1].points.push_back({static_cast<double>(count), times_of(plan.time / 3, first_few, open_one), {}, {}});
    auto const listed = times_of(plan.time / 3, 1, [] { [[maybe_unused]] auto const everything = list(); });
    all.all[2].points.push_back({static_cast<double>(count), listed, {}, {}});
  }
  return all;
}

}  // namespace coview::tool
