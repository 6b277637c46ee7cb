// SPDX-License-Identifier: Apache-2.0
// Interleaves and kills processes that create, open, close, remove, list and reclaim a few names, at their system
// calls: only one of them moves at a time, and who it is is decided here. oracle.hpp says what must hold.
//
//     build/release/tests/schedule/schedule_campaign --seconds 600 --seed 7     random scripts, schedules and kills
//     build/release/tests/schedule/schedule_campaign --exhaustive               two processes, all schedules with at
//                                                                               most two changes between them
//     build/release/tests/schedule/schedule_campaign --run 123 --trace          one random run again, call by call
//
// A random run follows from its number alone: half of them let each process run by priority, which changes at a few
// random calls (as in "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs"), the others choose a
// process anew at each call. As root the processes are of users 1000, 1001 and root, in a private mount namespace.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/payload.hpp"
#include "run.hpp"
#include "support/private_root.hpp"
#include "support/stepper.hpp"
#include "support/tally.hpp"

namespace {

using campaign::random_numbers;
using schedule::act;
using schedule::cast;
using schedule::decision;
using schedule::script;
using schedule::view_of_run;
using std::chrono::steady_clock;

struct plan {
  std::uint64_t seed = 1;
  std::chrono::seconds limit{60};
  std::uint64_t runs = ~std::uint64_t{0};
  bool exhaustive = false;
  std::optional<std::size_t> pair{};    // of scripts: only that one, on a local name
  std::vector<std::size_t> schedule{};  // one of the exhaustive ones
  bool trace = false;
  schedule::defect fault = schedule::defect::none;
};

// Schedulers.

/// Who can move without waiting for somebody: a process that is about to sleep lets the others go first.
std::vector<std::size_t> awake(view_of_run const& now) {
  std::vector<std::size_t> out;
  for (bool const asleep : {false, true}) {
    for (std::size_t i = 0; i < now.puppets.size(); ++i) {
      if (now.puppets[i]->alive() && now.puppets[i]->sleeps_next() == asleep) out.push_back(i);
    }
    if (!out.empty()) break;
  }
  return out;
}

class random_scheduler {
 public:
  random_scheduler(random_numbers& random, std::size_t processes) : random_(random), ranks_(processes) {
    constexpr std::uint64_t usual_length = 300;
    std::iota(ranks_.begin(), ranks_.end(), 0L);
    for (std::size_t i = processes; i > 1; --i) std::swap(ranks_[i - 1], ranks_[random_.below(i)]);
    by_priority_ = random_.one_in(2);
    for (int i = 0; i < 3; ++i) changes_.push_back(random_.below(usual_length));
    for (std::uint64_t kills = random_.below(3); kills > 0; --kills) kills_.push_back(random_.below(usual_length));
  }

  decision operator()(view_of_run const& now) {
    auto const able = awake(now);
    std::size_t next = able.front();
    if (by_priority_) {
      for (std::size_t const p : able) {
        if (ranks_[p] > ranks_[next]) next = p;
      }
      if (now.puppets[next]->sleeps_next() || std::ranges::find(changes_, now.steps) != changes_.end())
        ranks_[next] = --lowest_;
    } else {
      bool const stays = std::ranges::find(able, now.last) != able.end() && !random_.one_in(4);
      next = stays ? now.last : able[random_.below(able.size())];
    }
    decision out{.process = next};
    if (std::ranges::find(kills_, now.steps) != kills_.end())
      out.what = random_.one_in(2) ? decision::kind::kill_before : decision::kind::kill_after;
    return out;
  }

 private:
  random_numbers& random_;
  std::vector<long> ranks_;
  long lowest_ = 0;
  bool by_priority_ = false;
  std::vector<std::size_t> changes_{};
  std::vector<std::size_t> kills_{};
};

/// One process for so many calls, the other for so many, then the first to its end. `second_length` 0: the first is
/// killed before the other begins.
class two_changes {
 public:
  two_changes(std::size_t first, std::size_t length, std::size_t second_length)
      : first_(first), length_(length), second_length_(second_length) {}

  decision operator()(view_of_run const& now) {
    bool const first = counts_[0] < length_ || counts_[1] >= second_length_;
    std::size_t next = first ? first_ : 1 - first_;
    if (second_length_ == 0 && counts_[0] >= length_ && now.puppets[first_]->alive())
      return {.process = first_, .what = decision::kind::kill_before};
    auto const able = awake(now);
    if (std::ranges::find(able, next) == able.end()) next = able.front();
    ++counts_[next == first_ ? 0 : 1];
    return {.process = next};
  }

 private:
  std::size_t first_;
  std::size_t length_;
  std::size_t second_length_;
  std::size_t counts_[2] = {0, 0};
};

class schedule_campaign {
 public:
  explicit schedule_campaign(plan const& what) : what_(what), until_(steady_clock::now() + what.limit) {}

  int run() {
    if (!what_.schedule.empty()) {
      auto const& s = what_.schedule;
      (void)scheduled({s[0], s[1] != 0, s[2], s[3], s[4]});
    } else {
      what_.exhaustive ? all_schedules() : random_runs();
    }
    if (!failed_) {
      std::printf("seed %llu: %zu runs, %zu calls, %zu kills, %zu checks, %s; no violation\n",
                  static_cast<unsigned long long>(what_.seed), runs_, steps_, kills_, checks_,
                  several_ ? "several users" : "one user");
    }
    coview_test::print({.kills = kills_, .interleavings = runs_, .checks = checks_, .findings = failed_ ? 1U : 0U});
    return failed_ ? 1 : 0;
  }

 private:
  void random_runs() {
    for (std::uint64_t n = 0; n < what_.runs && time_is_left(); ++n) random_run(what_.seed + n);
  }

  void random_run(std::uint64_t number) {
    random_numbers random(number);
    cast who;
    bool const global = several_ && !random.one_in(4);
    who.around = {
        .names = {global ? "Global\\a" : "a"}, .fault = what_.fault, .finds_places_first = random.one_in(2)};
    if (random.one_in(3)) who.around.names.push_back(global ? "Global\\b" : "b");
    uid_t const only = several_ ? users_.at(random.below(users_.size())) : 0;
    std::size_t const processes = 2 + random.below(2);
    for (std::size_t p = 0; p < processes; ++p) {
      uid_t const user = global ? users_.at(random.below(users_.size())) : only;
      who.scripts.push_back(schedule::random_script(random, user, who.around.names.size()));
    }
    if (random.one_in(3))
      who.before.push_back(schedule::random_script(random, who.scripts[0].user, who.around.names.size()));
    if (random.one_in(5)) {
      who.reaper = true;
      who.scripts.push_back({.user = who.scripts[0].user, .steps = {{act::reap, 0}}});
    }
    who.strangers = global && number % 2 == 0 && what_.fault == schedule::defect::none;  // a defect knows slot 0 only
    auto choose = random_scheduler(random, who.scripts.size());
    auto const result = schedule::run(
        who, [&](view_of_run const& now) { return choose(now); }, root_.path(), what_.trace);
    take(who, result, "--run " + std::to_string(number) + fault_option());
  }

  /// Two processes, and how far each goes before the other does.
  struct two {
    std::size_t pair = 0;
    bool global = false;
    std::size_t first = 0;   // who begins
    std::size_t calls = 0;   // that it makes before the other begins,
    std::size_t others = 0;  // and that the other makes before it goes on; 0: it is killed instead
  };

  void all_schedules() {
    std::vector<two> all;
    for (std::size_t pair = 0; pair < pairs().size(); ++pair) {
      for (bool const global : {false, true}) {
        if ((global && !several_) || (what_.pair && (global || *what_.pair != pair))) continue;
        for (std::size_t const first : {0U, 1U}) add_schedules({.pair = pair, .global = global, .first = first}, all);
      }
    }
    random_numbers random(what_.seed);
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
    std::size_t done = 0;
    for (; done < all.size() && time_is_left(); ++done) (void)scheduled(all[done]);
    if (!failed_) std::printf("%zu of %zu schedules\n", done, all.size());
  }

  /// Counts the calls of both, and adds all the ways to interleave them.
  void add_schedules(two what, std::vector<two>& to) {
    constexpr std::size_t to_the_end = 100'000;
    what.calls = what.others = to_the_end;
    auto const counts = scheduled(what);
    if (failed_) return;
    for (what.calls = 0; what.calls <= counts[what.first]; ++what.calls) {
      for (what.others = 0; what.others <= counts[1 - what.first]; ++what.others) to.push_back(what);
    }
  }

  struct two_scripts {
    std::vector<schedule::step> before, one, other;
  };
  static std::vector<two_scripts> const& pairs() {
    using schedule::step;
    static constexpr step create{act::create, 0};
    static constexpr step permanent{act::create_permanent, 0};
    static constexpr step open{act::open, 0};
    static constexpr step either{act::open_or_create, 0};
    static constexpr step close{act::close, 0};
    static constexpr step remove{act::remove, 0};
    static constexpr step list{act::list, 0};
    static constexpr step reclaim{act::reclaim, 0};
    static constexpr step leave{act::leave, 0};
    static std::vector<two_scripts> const all = {
        {{}, {create, close}, {open, close}},
        {{}, {create, close}, {create, close}},
        {{}, {create, close}, {either, close}},
        {{create, leave}, {open}, {create, close}},
        {{create, leave}, {create, close}, {create, close}},
        {{create, leave}, {reclaim}, {create, close}},
        {{create, leave}, {list}, {either, close}},
        {{}, {permanent}, {permanent}},
        {{}, {permanent}, {create, close}},
        {{permanent, leave}, {remove}, {open, close}},
        {{permanent, leave}, {remove}, {create, close}},
        {{permanent, leave}, {remove}, {permanent}},
    };
    return all;
  }

  /// Runs one; how many calls each process made.
  std::vector<std::size_t> scheduled(two const& what) {
    auto const& p = pairs().at(what.pair);
    cast who;
    who.around = {.names = {what.global ? "Global\\a" : "a"}, .fault = what_.fault, .finds_places_first = true};
    uid_t const user = several_ ? users_[0] : 0;
    if (!p.before.empty()) who.before.push_back({user, p.before});
    who.scripts.push_back({user, p.one});
    who.scripts.push_back({what.global ? users_[1] : user, p.other});
    auto choose = two_changes(what.first, what.calls, what.others);
    auto const result = schedule::run(
        who, [&](view_of_run const& now) { return choose(now); }, root_.path(), what_.trace);
    take(who, result,
         "--schedule " + std::to_string(what.pair) + "," + std::to_string(what.global ? 1 : 0) + "," +
             std::to_string(what.first) + "," + std::to_string(what.calls) + "," + std::to_string(what.others) +
             fault_option());
    return result.steps_of;
  }

  [[nodiscard]] bool time_is_left() const { return !failed_ && steady_clock::now() < until_; }

  void take(cast const& who, schedule::outcome const& result, std::string const& again) {
    ++runs_;
    steps_ += result.steps;
    kills_ += result.kills;
    checks_ += result.checks;
    for (auto const& line : result.trace) std::printf("%s\n", line.c_str());
    if (result.wrong.empty()) return;
    failed_ = true;
    std::fprintf(stderr, "violation: %s\n", result.wrong.c_str());
    std::size_t n = 0;
    for (auto const& s : who.before) tell(n++, "before, ", s);
    for (auto const& s : who.scripts) tell(n++, "", s);
    std::fprintf(stderr, "  again: schedule_campaign %s --trace\n", again.c_str());
  }

  static void tell(std::size_t process, char const* when, script const& what) {
    std::string text;
    for (auto const& s : what.steps)
      text += std::string(text.empty() ? "" : ", ") + schedule::name_of(s.what) + " " + std::to_string(s.name);
    std::fprintf(stderr, "  process %zu: %suser %u: %s\n", process, when, static_cast<unsigned>(what.user),
                 text.c_str());
  }

  [[nodiscard]] std::string fault_option() const {
    if (what_.fault == schedule::defect::careless_close) return " --break close";
    return what_.fault == schedule::defect::careless_open ? " --break open" : "";
  }

  plan const& what_;
  steady_clock::time_point until_;
  bool several_ = ::geteuid() == 0;
  std::vector<uid_t> users_{1000, 1001, 0};
  coview_test::private_root root_{};
  bool failed_ = false;
  std::size_t runs_ = 0;
  std::size_t steps_ = 0;
  std::size_t kills_ = 0;
  std::size_t checks_ = 0;
};

bool read_schedule(std::string_view text, std::vector<std::size_t>& out) {
  constexpr std::size_t numbers = 5;
  while (!text.empty()) {
    std::size_t const comma = std::min(text.find(','), text.size());
    auto const [end, failure] = std::from_chars(text.data(), text.data() + comma, out.emplace_back());
    if (failure != std::errc{} || end != text.data() + comma) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out.size() == numbers && out[2] <= 1;
}

bool read_option(std::string_view option, std::string_view value, plan& out) {
  if (option == "--break") {
    out.fault = value == "close" ? schedule::defect::careless_close : schedule::defect::careless_open;
    return value == "close" || value == "open";
  }
  if (option == "--schedule") return read_schedule(value, out.schedule);
  std::uint64_t number = 0;
  auto const [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc{} || end != value.data() + value.size()) return false;
  if (option == "--seed" || option == "--run") out.seed = number;
  if (option == "--run") out.runs = 1;
  if (option == "--runs") out.runs = number;
  if (option == "--pair") out.pair = number;
  if (option == "--seconds") out.limit = std::chrono::seconds(number);
  return option == "--seed" || option == "--run" || option == "--runs" || option == "--seconds" || option == "--pair";
}

bool read_arguments(int argc, char** argv, plan& out) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const option = argv[i];
    if (option == "--exhaustive") {
      out.exhaustive = true;
    } else if (option == "--trace") {
      out.trace = true;
    } else if (i + 1 == argc || !read_option(option, argv[++i], out)) {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  plan what;
  if (!read_arguments(argc, argv, what)) {
    std::fputs(
        "usage: schedule_campaign [--seed S] [--seconds LIMIT] [--runs N] [--run NUMBER] [--exhaustive] [--trace]\n"
        "                         [--pair N] [--schedule PAIR,GLOBAL,FIRST,CALLS,CALLS] [--break close|open]\n",
        stderr);
    return 2;
  }
  if (auto const why = coview_test::tracing_refused(); !why.empty()) {
    std::fprintf(stderr, "schedule_campaign: no tracing here: %s\n", why.c_str());
    return skipped;
  }
  try {
    return schedule_campaign(what).run();
  } catch (std::exception const& e) {
    std::fprintf(stderr, "schedule_campaign: %s\n", e.what());
    return 2;
  }
}
