// SPDX-License-Identifier: Apache-2.0
// What Win32's calls cost through coview's windows.h: beside the C++ that they lead to, and beside Wine where it is
// installed, which runs the same source built with mingw-w64. All in one run.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "sync_contenders.hpp"
#include "win32_contenders.hpp"

namespace {

constexpr double over_cpp = 1.3;
constexpr double over_wine = 4;
constexpr char const* ours = "windows.h of coview";
constexpr std::uint64_t page = 4096;

struct options {
  std::uint32_t rounds = 41;
  bool json = false;
  bool check = false;
  std::string only;
};

std::string unique(std::string const& what) {
  return what + '.' + std::to_string(::getpid());
}

bench::operation create_in_cpp(std::uint32_t times) {
  return [name = unique("created"), times] {
    for (std::uint32_t i = 0; i < times; ++i) {
      auto held = coview::mapping::create(name, page);
      auto view = held.map();
      *reinterpret_cast<char volatile*>(view.data()) = 1;
      view.unmap();
      held.close();
    }
  };
}

bench::operation open_in_cpp(std::uint32_t times, bool map) {
  auto existing = std::make_shared<coview::mapping>(coview::mapping::create(unique("existing"), page));
  return [existing, name = unique("existing"), times, map] {
    for (std::uint32_t i = 0; i < times; ++i) {
      auto const held = coview::mapping::open(name);
      if (map) bench::keep(*reinterpret_cast<char volatile*>(held.map().data()));
    }
  };
}

bench::operation lock_in_cpp(std::uint32_t times) {
  auto mutex = std::make_shared<coview::mutex>(coview::mutex::create(unique("mutex")));
  return [mutex, times] {
    for (std::uint32_t i = 0; i < times; ++i) {
      bench::keep(mutex->acquire());
      mutex->release();
    }
  };
}

/// The operation in C++: the first contender, with which the others are compared.
bench::contender in_cpp(plain_operation what, bench::root_directory const& root) {
  constexpr char const* name = "coview's C++";
  auto const times = bench::times_of(what);
  if (what == plain_event) {
    return bench::ping_pong<coview::event>(name, bench::spinning::adaptive, [&root](std::string const& event) {
      root.enter();
      return std::make_shared<coview::event>(coview::event::create(unique(event), coview::reset::automatic));
    });
  }
  return {name, [&root, times, what] {
            root.enter();
            if (what == plain_create) return create_in_cpp(times);
            if (what == plain_mutex) return lock_in_cpp(times);
            return open_in_cpp(times, what == plain_open);
          }};
}

struct question {
  plain_operation what;
  char const* title;
};
constexpr std::array questions{question{plain_create, "create 4 KiB, map, store, unmap, close"},
                               question{plain_open, "open, map, load, unmap, close"},
                               question{plain_handle, "open, close"},
                               question{plain_mutex, "wait for a mutex, release it"},
                               question{plain_event, "event ping-pong between two processes"}};

struct promise {
  std::string what;
  double limit;
  double found;
  bool at_least;
  [[nodiscard]] bool kept() const { return at_least ? found >= limit : found <= limit; }
};

class session {
 public:
  session(options wanted, bench::root_directory const& root, bool with_wine)
      : options_(std::move(wanted)), root_(root), with_wine_(with_wine) {}

  void ask(question const& one) {
    std::string const title = one.title;
    if (title.find(options_.only) == std::string::npos) return;
    std::fprintf(stderr, "bench: %s …\n", one.title);
    constexpr double a_microsecond = 1000;
    bool const fast = one.what == plain_mutex;
    bench::group g{.title = title,
                   .unit = fast ? "ns" : "us",
                   .per_unit = bench::times_of(one.what) * (fast ? 1 : a_microsecond),
                   .operations = 10,
                   .contenders = {}};
    g.contenders.push_back(in_cpp(one.what, root_));
    g.contenders.push_back(bench::win32_here(one.what, root_));
    if (with_wine_) g.contenders.push_back(bench::wine::run(one.what));
    done_.push_back(bench::run(g, options_.rounds));
    auto const* const mine = done_.back().find(ours);
    promises_.push_back({title + ": of what the C++ takes", over_cpp, mine->ratio, false});
    if (auto const* const other = done_.back().find("Wine"))
      promises_.push_back({title + ": faster than Wine", over_wine, other->ratio / mine->ratio, true});
  }

  [[nodiscard]] int report() const {
    if (options_.json) {
      bench::print_json(bench::machine(), done_, options_.rounds);
    } else {
      bench::print_text(bench::machine(), done_, options_.rounds);
    }
    bool all_kept = true;
    std::FILE* const out = options_.json ? stderr : stdout;
    std::fprintf(out, "\n");
    for (auto const& p : promises_) {
      std::fprintf(out, "%-70s at %s %5.2fx, is %6.2fx  %s\n", p.what.c_str(), p.at_least ? "least" : "most ",
                   p.limit, p.found, p.kept() ? "kept" : "MISSED");
      all_kept = all_kept && p.kept();
    }
    return options_.check && !all_kept ? EXIT_FAILURE : EXIT_SUCCESS;
  }

 private:
  options options_;
  bench::root_directory const& root_;
  bool with_wine_;
  std::vector<bench::measured> done_;
  std::vector<promise> promises_;
};

int measure(options const& wanted) {
  bench::root_directory const root("win32");
  auto const& cpus = bench::cpus();
  bench::wine const wine;
  if (!wine.works()) std::fputs("bench: without Wine, which needs wine and mingw-w64\n", stderr);
  bench::pin(cpus.mine);
  session s(wanted, root, wine.works());
  for (auto const& one : questions) {
    if (one.what != plain_event || cpus.other >= 0) s.ask(one);
  }
  return s.report();
}

int usage() {
  std::fputs(
      "usage: bench_win32 [--rounds N] [--only TEXT] [--json] [--check]\n"
      "  --rounds N   how often each contender has its turn (41)\n"
      "  --only TEXT  the groups whose title has TEXT in it\n"
      "  --json       machine-readable\n"
      "  --check      fail where a promise is missed\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (int const partner = plain_partner(argc, argv); partner >= 0) return partner;
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
