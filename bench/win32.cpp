// SPDX-License-Identifier: Apache-2.0
// What Win32's calls cost through coview's windows.h: beside the C++ that they lead to, and beside Wine where it is
// installed, which runs the same source built with mingw-w64. All in one run.
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/timer.hpp>

#include "session.hpp"
#include "sync_contenders.hpp"
#include "win32_contenders.hpp"

namespace {

constexpr double over_cpp = 1.3;
// What looking into the handle table, twice, adds to calls that take no longer than that.
constexpr double nanoseconds_over_cpp = 50;
constexpr double microseconds_over_cpp = 0.1;
constexpr double over_wine = 2;
constexpr char const* ours = "windows.h of coview";
constexpr std::uint64_t page = 4096;

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

bench::operation set_in_cpp(std::uint32_t times) {
  auto timer = std::make_shared<coview::timer>(coview::timer::create(unique("timer"), coview::reset::automatic));
  return [timer, times] {
    for (std::uint32_t i = 0; i < times; ++i) {
      timer->set(std::chrono::nanoseconds(0));
      bench::keep(timer->wait());
    }
  };
}

/// Pipes and jobs are Windows' only.
bool is_in_cpp(plain_operation what) {
  return what != plain_pipe && what != plain_job;
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
            if (what == plain_timer) return set_in_cpp(times);
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
                               question{plain_event, "event ping-pong between two processes"},
                               question{plain_pipe, "message and answer between two processes over a named pipe"},
                               question{plain_timer, "set a timer that is due, wait for it"},
                               question{plain_job, "create a job object, limit it, close it"}};

void ask(bench::session& s, question const& one, bench::root_directory const& root, bool with_wine) {
  constexpr double a_microsecond = 1000;
  bool const fast = one.what == plain_mutex || one.what == plain_timer;
  bench::group g{.title = one.title,
                 .unit = fast ? "ns" : "us",
                 .per_unit = bench::times_of(one.what) * (fast ? 1 : a_microsecond),
                 .operations = 10,
                 .contenders = {}};
  if (is_in_cpp(one.what)) g.contenders.push_back(in_cpp(one.what, root));
  g.contenders.push_back(bench::win32_here(one.what, root));
  if (with_wine) g.contenders.push_back(bench::wine::run(one.what));
  s.run(g);
  std::string const title = one.title;
  if (fast) {
    s.expect_at_most_more(title + ": more than the C++ takes", ours, nanoseconds_over_cpp);
  } else if (one.what == plain_event) {
    s.expect_at_most_more(title + ": more than the C++ takes", ours, microseconds_over_cpp);
  } else if (is_in_cpp(one.what)) {
    s.expect(ours, over_cpp, title + ": of what the C++ takes");
  }
  s.expect_faster(title + ": faster than Wine", ours, "Wine", over_wine);
}

int measure(bench::options const& wanted) {
  bench::root_directory const root("win32");
  auto const& cpus = bench::cpus();
  bench::wine const wine;
  if (!wine.works()) std::fputs("bench: without Wine, which needs wine and mingw-w64\n", stderr);
  bench::pin(cpus.mine);
  bench::session s(wanted);
  for (auto const& one : questions) {
    bool const takes_two = one.what == plain_event || one.what == plain_pipe;
    if (!takes_two || cpus.other >= 0) ask(s, one, root, wine.works());
  }
  return s.report();
}

}  // namespace

int main(int argc, char** argv) {
  if (int const partner = plain_partner(argc, argv); partner >= 0) return partner;
  return bench::run_session(argc, argv, &measure);
}
