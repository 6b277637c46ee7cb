// SPDX-License-Identifier: Apache-2.0
// Each operation runs again and again in a process of its own, and each time one of its system calls fails with one
// of the errors that it may return. The operation must then have succeeded, and what it says is so, or have thrown a
// coview::error; it must not crash or hang, say that something is not there that is, or is there that is not, or lose
// descriptors or mapped pages; and afterwards every name can be had and nothing is left.
//
//     build/release/tests/faults/fault_campaign                         all of it
//     build/release/tests/faults/fault_campaign --seconds 5 --seed 3    as much as fits, in another order
//     build/release/tests/faults/fault_campaign --only "open a mutex" --call 7 --error 12
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coview/object.hpp>

#include "act.hpp"
#include "campaign/payload.hpp"
#include "errors.hpp"
#include "support/private_root.hpp"
#include "support/process.hpp"
#include "support/shared_by_forks.hpp"
#include "support/stepper.hpp"
#include "support/tally.hpp"

namespace {

using coview_test::interference;
using coview_test::traced_run;
using faults::act;
using std::chrono::steady_clock;

struct plan {
  std::uint64_t seed = 1;
  std::chrono::seconds limit{3600};
  std::string only{};
  std::optional<std::size_t> call{};
  std::optional<int> error{};
  bool broken = false;
  bool keep_going = false;
};

/// What the process says of itself.
struct report {
  bool ended = false;
  int code = 0;
  bool lies = false;
  int descriptors = 0;  // more than before
  int pages = 0;        // mappings of object files, more than before
  char foreign[200] = "";
  char text[300] = "";
};

int open_descriptors() {
  constexpr int more_than_any = 128;
  int count = 0;
  for (int fd = 0; fd < more_than_any; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

int mapped_files(std::string const& root) {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) count += line.find(root) != std::string::npos ? 1 : 0;
  return count;
}

void copy_text(char* to, std::size_t size, char const* text) {
  std::size_t const length = std::min(std::strlen(text), size - 1);
  std::memcpy(to, text, length);
  to[length] = '\0';
}

class fault_campaign {
 public:
  explicit fault_campaign(plan const& what) : what_(what) {}

  int run() {
    auto const until = steady_clock::now() + what_.limit;
    std::vector<fault> const all = all_faults();
    std::size_t done = 0;
    for (; done < all.size() && steady_clock::now() < until && (violations_ == 0 || what_.keep_going); ++done) {
      if (auto const wrong = try_one(all[done]); !wrong.empty()) tell(all[done], wrong);
    }
    std::printf(
        "seed %llu: %zu of %zu faults, %zu of them met; %zu operations succeeded all the same; %zu violations\n",
        static_cast<unsigned long long>(what_.seed), done, all.size(), met_, succeeded_, violations_);
    coview_test::print({.faults = met_, .checks = done, .findings = violations_});
    return violations_ == 0 ? 0 : 1;
  }

 private:
  struct fault {
    act const* what = nullptr;
    std::size_t at = 0;
    coview_test::traced_call call{};
    int error = 0;
  };

  /// In an order that the seed decides, all operations alike: the first fault of each, the second of each, and so on.
  std::vector<fault> all_faults() {
    campaign::random_numbers random(what_.seed);
    std::vector<std::vector<fault>> of_each;
    for (act const& one : what_.broken ? faults::broken_acts() : faults::acts()) {
      if (!what_.only.empty() && what_.only != one.title) continue;
      auto& out = of_each.emplace_back();
      begin();
      auto const run = run_one(one, {});
      if (auto const wrong = judge(one, run, 0) + end(); !wrong.empty()) tell({.what = &one}, wrong);
      for (std::size_t n = 0; n < run.calls.size(); ++n) {
        if (what_.call && *what_.call != n) continue;
        for (int const error : faults::errors_of(run.calls[n])) {
          if (!what_.error || *what_.error == error) out.push_back({&one, n, run.calls[n], error});
        }
      }
      for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[random.below(i)]);
    }
    std::vector<fault> all;
    for (bool more = true; more;) {
      more = false;
      for (auto& some : of_each) {
        if (some.empty()) continue;
        all.push_back(some.back());
        some.pop_back();
        more = true;
      }
    }
    return all;
  }

  std::string try_one(fault const& one) {
    begin();
    auto const run = run_one(*one.what, {.what = coview_test::how_it_fails(one.call),
                                         .at = one.at,
                                         .error = one.error,
                                         .expected_call = one.call.number});
    met_ += run.interfered ? 1 : 0;
    succeeded_ += told_->ended && told_->code == 0 ? 1 : 0;
    auto wrong = judge(*one.what, run, one.error, one.call.number);
    auto const left = end();
    return wrong.empty() ? left : wrong;
  }

  /// Another process makes and holds one object of each kind, and one more process has left a stale one.
  void begin() {
    coview_test::child dead([](coview_test::parent_link const&) {
      auto const left = coview::mapping::create(faults::stale_name, faults::payload_bytes);
      ::_exit(0);
    });
    dead.wait();
    if (!holder_) holder_.emplace(hold);
    holder_->say("as new");
    (void)holder_->hear();
  }

  static void hold(coview_test::parent_link const& parent) {
    auto const m = coview::mapping::create(faults::live_mapping, faults::payload_bytes);
    auto const lock = coview::mutex::create(faults::live_mutex);
    auto const e = coview::event::create(faults::live_event, coview::reset::automatic);
    auto const s = coview::semaphore::create(faults::live_semaphore, 1, 2);
    auto const q = coview::queue::create(faults::live_queue, {.capacity = faults::channel_bytes});
    auto const t = coview::topic::create(faults::live_topic, {.capacity = faults::channel_bytes});
    while (!parent.hear().empty()) {
      e.clear();
      while (s.try_acquire()) {
      }
      (void)s.release();
      while (q.try_receive()) {
      }
      bool const there = m.still_named() && coview::mutex::try_open(faults::live_mutex) &&
                         coview::event::try_open(faults::live_event) &&
                         coview::semaphore::try_open(faults::live_semaphore) &&
                         coview::queue::try_open(faults::live_queue) && coview::topic::try_open(faults::live_topic);
      parent.say(there ? "ready" : "lost");
    }
  }

  traced_run run_one(act const& what, interference const& how) {
    *told_ = {};
    return coview_test::run_traced([&] { return live_through(what); }, how);
  }

  int live_through(act const& what) {
    faults::hands mine{.folder = root_.outside()};
    // What is found once and kept, before anything is counted.
    (void)coview::mapping::create("before", 1);
    (void)coview::mapping::try_open("Global\\before");
    int const descriptors = open_descriptors();
    int const pages = mapped_files(root_.path());
    if (what.prepare) what.prepare(mine);
    warm_the_heap();
    coview_test::begin_counting();
    try {
      what.run(mine);
      coview_test::end_counting();
    } catch (coview::error const& e) {
      coview_test::end_counting();
      told_->code = e.code().value();
      copy_text(told_->text, sizeof told_->text, e.what());
    } catch (std::exception const& e) {
      coview_test::end_counting();
      copy_text(told_->foreign, sizeof told_->foreign, e.what());
    }
    try {
      if (told_->code == 0 && told_->foreign[0] == '\0' && what.verify) told_->lies = !what.verify(mine);
    } catch (std::exception const& e) {
      copy_text(told_->text, sizeof told_->text, e.what());
      told_->lies = true;
    }
    mine = {};
    told_->descriptors = open_descriptors() - descriptors;
    told_->pages = what.keeps_page ? 0 : mapped_files(root_.path()) - pages;
    told_->ended = true;
    return 0;
  }

  /// So that the C library does not ask the kernel for more while calls are counted.
  static void warm_the_heap() {
    constexpr std::size_t plenty = std::size_t{64} << 10U;
    std::vector<char> const some(plenty, 'x');
    asm volatile("" : : "r"(some.data()) : "memory");
  }

  [[nodiscard]] std::string judge(act const& what, traced_run const& run, int error, long failed = -1) const {
    report const& r = *told_;
    if (run.how == traced_run::ending::signalled)
      return run.status == SIGALRM ? "it hangs" : "signal " + std::to_string(run.status);
    if (!r.ended) return "exit status " + std::to_string(run.status);
    if (r.foreign[0] != '\0') return std::string("not a coview::error: ") + r.foreign;
    if (r.lies) return std::string("it succeeded, and it is not so ") + r.text;
    // A descriptor that cannot be looked at may be somebody else's by now: whoever closes leaves it alone.
    if (r.descriptors > 0 && what.closes && failed == SYS_fstat) return {};
    if (r.descriptors > 0) return "lost descriptors: " + std::to_string(r.descriptors);
    if (r.pages > 0) return "lost mapped pages: " + std::to_string(r.pages);
    int const expected = static_cast<int>(what.expected);
    if (r.code == expected) return {};
    if (r.code == 0) return "it succeeded, where it should not";
    if (r.text[0] == '\0') return "an error that says nothing";
    if (error == EINTR) return std::string("an interruption came out: ") + r.text;
    bool const of_existence = r.code == ENOENT || r.code == EEXIST;
    if (of_existence && r.code != error) return std::string("an untrue answer: ") + r.text;
    return {};
  }

  /// Who reports that nothing could be made takes back what it made, without anybody's coming to look.
  [[nodiscard]] std::string begun_and_left() const {
    if (told_->code == 0) return {};
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root_.path())) {
      auto const file = entry.path().filename().string();
      if (entry.is_directory() || !(file.starts_with("new-") || file.starts_with("coview-global-new-"))) continue;
      return "it failed, and left " + file;
    }
    return {};
  }

  /// What must hold afterwards.
  std::string end() {
    std::string wrong = begun_and_left();
    holder_->say("as new");
    if (auto const holds = holder_->hear(); holds != "ready") {
      wrong = "what another process holds is not found: " + holds;
      holder_.reset();
    }
    try {
      coview::reclaim();
      for (char const* name : {faults::free_name, faults::stale_name, "Global\\new"})
        (void)coview::mapping::create(name, 1);
    } catch (coview::error const& e) {
      wrong = std::string("afterwards: ") + e.what();
    }
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root_.path())) {
      if (entry.is_directory() || (holder_ && entry.path().filename().string().starts_with("live_"))) continue;
      if (wrong.empty()) wrong = "left: " + entry.path().filename().string();
      std::filesystem::remove(entry.path());
    }
    for (auto const& entry : std::filesystem::directory_iterator(root_.outside()))
      std::filesystem::remove(entry.path());
    return wrong;
  }

  void tell(fault const& one, std::string const& wrong) {
    ++violations_;
    std::fprintf(stderr, "violation: %s: call %zu, %s, fails with %s: %s\n", one.what->title, one.at,
                 coview_test::name_of_call(one.call.number).c_str(), std::strerror(one.error), wrong.c_str());
    std::fprintf(stderr, "  again: fault_campaign --only \"%s\" --call %zu --error %d\n", one.what->title, one.at,
                 one.error);
  }

  plan const& what_;
  coview_test::private_root root_{};
  coview_test::shared_by_forks<report> told_;
  std::optional<coview_test::child> holder_{};
  std::size_t met_ = 0;
  std::size_t succeeded_ = 0;
  std::size_t violations_ = 0;
};

bool read_option(std::string_view option, std::string_view value, plan& out) {
  if (option == "--only") {
    out.only = value;
    return true;
  }
  std::uint64_t number = 0;
  auto const [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc{} || end != value.data() + value.size()) return false;
  if (option == "--seed") out.seed = number;
  if (option == "--seconds") out.limit = std::chrono::seconds(number);
  if (option == "--call") out.call = number;
  if (option == "--error") out.error = static_cast<int>(number);
  return option == "--seed" || option == "--seconds" || option == "--call" || option == "--error";
}

bool read_arguments(int argc, char** argv, plan& out) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const option = argv[i];
    if (option == "--break") {
      out.broken = true;
    } else if (option == "--keep-going") {
      out.keep_going = true;
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
        "usage: fault_campaign [--seed S] [--seconds LIMIT] [--only OPERATION [--call N] [--error ERRNO]]\n"
        "                      [--keep-going] [--break]\n",
        stderr);
    return 2;
  }
  if (auto const why = coview_test::tracing_refused(); !why.empty()) {
    std::fprintf(stderr, "fault_campaign: no tracing here: %s\n", why.c_str());
    return skipped;
  }
  try {
    return fault_campaign(what).run();
  } catch (std::exception const& e) {
    std::fprintf(stderr, "fault_campaign: %s\n", e.what());
    return 2;
  }
}
