// SPDX-License-Identifier: Apache-2.0
// What it costs to make, open and use named memory, beside the bare system calls and Boost.Interprocess, all in one
// run. docs/performance.md says what each group is, and shows the tables of a real run.
#include <cstdint>
#include <string>
#include <vector>

#include "contenders.hpp"
#include "place.hpp"
#include "session.hpp"

namespace {

using bench::commit;
using bench::use;

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t page = 4 * kib;
constexpr std::uint32_t many = 10'000;
constexpr char const* ours = "coview";
constexpr char const* ours_global = "coview, global scope";
constexpr char const* alone = "coview, alone";
constexpr char const* crowded = "coview, among 10 000 objects";
constexpr char const* view_bytes = "coview: view.bytes()";
constexpr char const* view_data = "coview: view.data()";
constexpr char const* same_calls = "bare: the system calls that coview makes";
constexpr char const* managed = "Boost.Interprocess: managed_shared_memory";

bench::group create_group(bench::root_directory const& root) {
  bench::group g{.title = "create 4 KiB, map, store, unmap, close, gone", .operations = 300, .contenders = {}};
  g.contenders.push_back(bench::bare_create(page, commit::at_first_touch, use::one_store));
  g.contenders.push_back(bench::bare_create(page, commit::when_created, use::one_store));
  g.contenders.push_back(bench::memfd_create_use(page, use::one_store));
  g.contenders.push_back(bench::same_calls_create(page));
  g.contenders.push_back(bench::coview_create(ours, root, "", page, commit::when_created, use::one_store));
  g.contenders.push_back(
      bench::coview_create(ours_global, root, "Global\\", page, commit::when_created, use::one_store));
#ifdef COVIEW_BENCH_BOOST
  g.contenders.push_back(bench::boost_object_create(page));
  g.contenders.push_back(bench::boost_managed_create(page));
#endif
  return g;
}

bench::group open_group(bench::root_directory const& root) {
  bench::group g{.title = "open an existing 4 KiB, map, load, unmap, close", .operations = 300, .contenders = {}};
  g.contenders.push_back(bench::bare_open(page));
  g.contenders.push_back(bench::same_calls_open(page));
  g.contenders.push_back(bench::coview_open(ours, root, "", page));
  g.contenders.push_back(bench::coview_open("coview, global scope", root, "Global\\", page));
#ifdef COVIEW_BENCH_BOOST
  g.contenders.push_back(bench::boost_object_open(page));
  g.contenders.push_back(bench::boost_managed_open(page));
#endif
  return g;
}

bench::group size_group(bench::root_directory const& root, std::string const& title, std::uint64_t size,
                        std::uint32_t operations) {
  bench::group g{
      .title = "create " + title + ", map, store, unmap, close, gone", .operations = operations, .contenders = {}};
  g.contenders.push_back(bench::bare_create(size, commit::when_created, use::one_store));
  g.contenders.push_back(bench::bare_create(size, commit::at_first_touch, use::every_page));
  g.contenders.push_back(bench::coview_create(ours, root, "", size, commit::when_created, use::one_store));
  g.contenders.push_back(bench::coview_create("coview, reserve, store in every page", root, "", size,
                                              commit::at_first_touch, use::every_page));
  return g;
}

/// Does it matter how many other objects there are?
bench::group crowd_group(std::string const& title, bench::contender quiet, bench::contender busy) {
  return {.title = title, .operations = 300, .contenders = {std::move(quiet), std::move(busy)}};
}

int measure(bench::options const& wanted) {
  bench::session s(wanted);
  bench::root_directory const root("quiet");

  s.run(create_group(root));
  s.expect(ours, 2.0, "create against the bare sequence");
  s.expect(ours_global, 2.4, "create in the global scope against the bare sequence");
  s.expect_against("create against the same system calls", ours, same_calls, 1.2);
  s.expect_against("create against managed_shared_memory", ours, managed, 1.0);
  s.run(open_group(root));
  s.expect(ours, 2.3, "open against the bare sequence");
  s.expect_against("open against the same system calls", ours, same_calls, 1.2);
  s.expect_against("open against managed_shared_memory", ours, managed, 1.0);

  for (std::string const prefix : {"", "Global\\"}) {
    std::string const scope = prefix.empty() ? "local scope" : "global scope";
    bench::root_directory const busy(prefix.empty() ? "busy-local" : "busy-global");
    bench::crowd const others(busy, prefix, many);
    s.run(crowd_group("create 4 KiB among many, " + scope,
                      bench::coview_create(alone, root, prefix, page, commit::when_created, use::one_store),
                      bench::coview_create(crowded, busy, prefix, page, commit::when_created, use::one_store)));
    s.expect(crowded, 1.1, "create among 10 000 objects, " + scope);
    s.run(crowd_group("open among many, " + scope, bench::coview_open(alone, root, prefix, page),
                      bench::coview_open(crowded, busy, prefix, page)));
    s.expect(crowded, 1.1, "open among 10 000 objects, " + scope);
  }

  constexpr std::uint32_t few = 20;
  constexpr std::uint32_t two = 2;
  s.run(size_group(root, "1 MiB", mib, few));
  s.run(size_group(root, "64 MiB", 64 * mib, two));

  s.run({.title = "sum over the bytes of 1 MiB",
         .unit = "ns/byte",
         .per_unit = static_cast<double>(mib),
         .operations = few,
         .contenders = {bench::raw_sum(mib), bench::view_sum(root, mib)}});
  // Noise is all that can make a difference; it is a few hundredths.
  constexpr double the_same = 1.05;
  s.expect(view_bytes, the_same, "sum through a view against a raw pointer");
  constexpr std::uint32_t loads = 1U << 16U;
  s.run({.title = "random 8 byte loads from 64 MiB",
         .unit = "ns/load",
         .per_unit = static_cast<double>(loads),
         .operations = few,
         .contenders = {bench::raw_random(64 * mib, loads), bench::view_random(root, 64 * mib, loads),
                        bench::checked_random(root, 64 * mib, loads)}});
  s.expect(view_data, the_same, "random loads through a view against a raw pointer");
  return s.report();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_session(argc, argv, &measure);
}
