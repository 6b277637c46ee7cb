// SPDX-License-Identifier: Apache-2.0
// What it costs to make, open and use named memory, beside the bare system calls and Boost.Interprocess, all in one
// run. docs/performance.md says what each group is, and shows the tables of a real run.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "contenders.hpp"
#include "harness.hpp"
#include "place.hpp"

namespace {

using bench::commit;
using bench::use;

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t page = 4 * kib;
constexpr std::uint32_t many = 10'000;
constexpr char const* ours = "coview";
constexpr char const* alone = "coview, alone";
constexpr char const* crowded = "coview, among 10 000 objects";
constexpr char const* view_bytes = "coview: view.bytes()";
constexpr char const* view_data = "coview: view.data()";
constexpr char const* managed = "Boost.Interprocess: managed_shared_memory";

struct options {
  std::uint32_t rounds = 41;
  bool json = false;
  bool check = false;
  std::string only;
};

/// What we promise, and what came out.
struct promise {
  std::string what;
  double limit;
  double found;
  [[nodiscard]] bool kept() const { return found <= limit; }
};

bench::group create_group(bench::root_directory const& root) {
  bench::group g{.title = "create 4 KiB, map, store, unmap, close, gone", .operations = 300, .contenders = {}};
  g.contenders.push_back(bench::bare_create(page, commit::at_first_touch, use::one_store));
  g.contenders.push_back(bench::bare_create(page, commit::when_created, use::one_store));
  g.contenders.push_back(bench::memfd_create_use(page, use::one_store));
  g.contenders.push_back(bench::coview_create(ours, root, "", page, commit::when_created, use::one_store));
  g.contenders.push_back(
      bench::coview_create("coview, global scope", root, "Global\\", page, commit::when_created, use::one_store));
#ifdef COVIEW_BENCH_BOOST
  g.contenders.push_back(bench::boost_object_create(page));
  g.contenders.push_back(bench::boost_managed_create(page));
#endif
  return g;
}

bench::group open_group(bench::root_directory const& root) {
  bench::group g{.title = "open an existing 4 KiB, map, load, unmap, close", .operations = 300, .contenders = {}};
  g.contenders.push_back(bench::bare_open(page));
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

class session {
 public:
  explicit session(options const& wanted) : options_(wanted) {}

  void run(bench::group const& g) {
    last_ran_ = g.title.find(options_.only) != std::string::npos;
    if (!last_ran_) return;
    std::fprintf(stderr, "bench: %s …\n", g.title.c_str());
    done_.push_back(bench::run(g, options_.rounds));
  }

  void expect(std::string what, std::string const& who, double limit) {
    if (!last_ran_) return;
    if (auto const* const r = done_.back().find(who)) promises_.push_back({std::move(what), limit, r->ratio});
  }

  /// How much `who` costs of what `other` does.
  void expect_against(std::string what, std::string const& who, std::string const& other, double limit) {
    if (!last_ran_) return;
    auto const* const mine = done_.back().find(who);
    auto const* const theirs = done_.back().find(other);
    if (mine != nullptr && theirs != nullptr)
      promises_.push_back({std::move(what), limit, mine->ratio / theirs->ratio});
  }

  [[nodiscard]] int report() const {
    auto const facts = bench::machine();
    if (options_.json) {
      bench::print_json(facts, done_, options_.rounds);
    } else {
      bench::print_text(facts, done_, options_.rounds);
    }
    bool all_kept = true;
    std::FILE* const out = options_.json ? stderr : stdout;
    std::fprintf(out, "\n");
    for (auto const& p : promises_) {
      std::fprintf(out, "%-70s at most %5.2fx, is %5.2fx  %s\n", p.what.c_str(), p.limit, p.found,
                   p.kept() ? "kept" : "MISSED");
      all_kept = all_kept && p.kept();
    }
    return options_.check && !all_kept ? EXIT_FAILURE : EXIT_SUCCESS;
  }

 private:
  options options_;
  bool last_ran_ = false;  // what is expected is expected of the group before it
  std::vector<bench::measured> done_;
  std::vector<promise> promises_;
};

int measure(options const& wanted) {
  session s(wanted);
  bench::root_directory const root("quiet");

  s.run(create_group(root));
  s.expect("create against the bare sequence", ours, 1.6);
  s.expect_against("create against managed_shared_memory", ours, managed, 1.0);
  s.run(open_group(root));
  s.expect("open against the bare sequence", ours, 2.0);
  s.expect_against("open against managed_shared_memory", ours, managed, 1.0);

  for (std::string const prefix : {"", "Global\\"}) {
    std::string const scope = prefix.empty() ? "local scope" : "global scope";
    bench::root_directory const busy(prefix.empty() ? "busy-local" : "busy-global");
    bench::crowd const others(busy, prefix, many);
    s.run(crowd_group("create 4 KiB among many, " + scope,
                      bench::coview_create(alone, root, prefix, page, commit::when_created, use::one_store),
                      bench::coview_create(crowded, busy, prefix, page, commit::when_created, use::one_store)));
    s.expect("create among 10 000 objects, " + scope, crowded, 1.1);
    s.run(crowd_group("open among many, " + scope, bench::coview_open(alone, root, prefix, page),
                      bench::coview_open(crowded, busy, prefix, page)));
    s.expect("open among 10 000 objects, " + scope, crowded, 1.1);
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
  s.expect("sum through a view against a raw pointer", view_bytes, the_same);
  constexpr std::uint32_t loads = 1U << 16U;
  s.run({.title = "random 8 byte loads from 64 MiB",
         .unit = "ns/load",
         .per_unit = static_cast<double>(loads),
         .operations = few,
         .contenders = {bench::raw_random(64 * mib, loads), bench::view_random(root, 64 * mib, loads),
                        bench::checked_random(root, 64 * mib, loads)}});
  s.expect("random loads through a view against a raw pointer", view_data, the_same);
  return s.report();
}

int usage() {
  std::fputs(
      "usage: bench_lifecycle [--rounds N] [--only TEXT] [--json] [--check]\n"
      "  --rounds N   how often each contender has its turn (41)\n"
      "  --only TEXT  the groups whose title has TEXT in it\n"
      "  --json       machine-readable\n"
      "  --check      fail where a promise is missed\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  options wanted;
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    bool const more = i + 1 < argc;
    if (argument == "--json") {
      wanted.json = true;
    } else if (argument == "--check") {
      wanted.check = true;
    } else if (argument == "--rounds" && more) {
      wanted.rounds = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--only" && more) {
      wanted.only = argv[++i];
    } else {
      return usage();
    }
  }
  if (wanted.rounds == 0) return usage();
  try {
    return measure(wanted);
  } catch (std::exception const& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return EXIT_FAILURE;
  }
}
