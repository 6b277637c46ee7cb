// SPDX-License-Identifier: Apache-2.0
#include "sync_fleet.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>
#include <thread>

#include "support/shared_by_forks.hpp"

namespace sync_campaign {
namespace {

using clock = std::chrono::steady_clock;

// A thousand times what a freeze takes on a busy machine: past it, somebody runs for ever.
constexpr auto patience = std::chrono::seconds(30);

/// A process as the kernel sees it.
struct observed {
  char state = '?';
  std::uint64_t switches = 0;  // how often it went to sleep
  friend bool operator==(observed const&, observed const&) = default;
};

observed look_at(pid_t pid) {
  std::array<char, 4096> text{};
  int const fd = ::open(("/proc/" + std::to_string(pid) + "/status").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  auto const length = ::read(fd, text.data(), text.size());
  ::close(fd);
  std::string_view const all(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  auto const after = [&](std::string_view key) {
    auto const at = all.find(key);
    return at == std::string_view::npos ? std::string_view{} : all.substr(at + key.size());
  };
  auto const state = after("State:\t");
  auto const switches = after("\nvoluntary_ctxt_switches:\t");
  if (state.empty() || switches.empty()) return {};
  return {state.front(), std::strtoull(switches.data(), nullptr, 10)};
}

bool waits(position where) {
  return where.what == doing::waiting_any || where.what == doing::waiting_all;
}
bool is_paused(position where) {
  return where.what == doing::paused || where.what == doing::paused_inside;
}

constexpr std::array<char const*, 7> words{"starts",           "runs", "pauses", "pauses inside", "waits for any of",
                                           "waits for all of", "puts"};

class fleet {
 public:
  fleet(plan const& what, scenario& play) : what_(what), play_(play), random_(what.seed) {
    if (::pipe2(pipe_.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  }
  fleet(fleet const&) = delete;
  fleet& operator=(fleet const&) = delete;
  ~fleet() {
    for (std::uint32_t i = 0; i < what_.workers; ++i) end(i);
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

  outcome run() {
    auto const begin = clock::now();
    for (std::uint32_t i = 0; i < what_.workers; ++i) start(i);
    while (out_.kills < what_.kills && clock::now() - begin < what_.limit && out_.violations.empty()) {
      std::this_thread::sleep_for(std::chrono::microseconds(random_.below(3000)));
      if (random_.one_in(4)) {  // nobody was killed since they went on: there is no excuse for anything
        freeze();
        thaw();
        continue;
      }
      auto const victim = choose();
      strike(victim);
      bool const at_once = random_.one_in(2);
      if (at_once) start(victim);
      freeze();
      // Whoever stands inside while all others sleep is the one that they wait for.
      if (out_.violations.empty() && random_.one_in(3)) strike_inside();
      thaw();
      if (board_->slots[victim].pid.load() == 0) start(victim);
    }
    out_.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    for (std::uint32_t i = 0; i < what_.workers; ++i) out_.operations += board_->slots[i].operations.load();
    return out_;
  }

 private:
  void start(std::uint32_t index) {
    slot& place = board_->slots[index];
    place.where.store({});
    for (auto& one : place.taken) one.store(0);
    for (auto& one : place.put) one.store(0);
    auto const seed = random_.next();
    pid_t const pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid > 0) {
      place.pid.store(pid);
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)::nice(10);  // the killer is to come in between
    worker self(*board_, index, pipe_[0], seed);
    try {
      play_.prepare(self);
      for (;;) {
        play_.step(self);
        place.operations.fetch_add(1, std::memory_order_relaxed);
      }
    } catch (std::exception const& e) {
      self.complain(std::string("an exception: ") + e.what());
    }
    ::_exit(1);
  }

  void end(std::uint32_t index) {
    slot& place = board_->slots[index];
    pid_t const pid = place.pid.exchange(0);
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// Kills one at whatever it is doing, and waits until the kernel has done what it does then.
  void strike(std::uint32_t index) {
    board_->doubts.fetch_add(1);
    board_->kills.fetch_add(1);
    end(index);
    play_.killed(board_->slots[index]);
    ++out_.kills;
  }

  /// Anybody; or rather one that was woken and has not acted yet.
  std::uint32_t choose() {
    auto const first = static_cast<std::uint32_t>(random_.below(what_.workers));
    if (random_.one_in(2)) return first;
    for (std::uint32_t i = 0; i < what_.workers; ++i) {
      auto const at = (first + i) % what_.workers;
      slot const& place = board_->slots[at];
      if (waits(place.where.load()) && look_at(place.pid.load()).state == 'R') return at;
    }
    return first;
  }

  void strike_inside() {
    for (std::uint32_t i = 0; i < what_.workers; ++i) {
      if (board_->slots[i].pid.load() == 0 || board_->slots[i].where.load().what != doing::paused_inside) continue;
      strike(i);
      still();
      check();
      start(i);
      still();
      check();
      return;
    }
  }

  void freeze() {
    ++out_.freezes;
    board_->frozen.store(1);
    auto const begin = clock::now();
    still();
    out_.longest = std::max(out_.longest, std::chrono::duration<double>(clock::now() - begin).count());
    check();
  }

  /// Waits until nobody moves: all of them asleep, twice, and none of them awake in between.
  void still() {
    auto const until = clock::now() + patience;
    std::array<observed, most_workers> before{};
    for (;;) {
      bool moved = false;
      for (std::uint32_t i = 0; i < what_.workers && !moved; ++i) {
        slot const& place = board_->slots[i];
        if (place.pid.load() == 0) continue;
        auto const seen = look_at(place.pid.load());
        auto const where = place.where.load();
        moved = seen.state != 'S' || !(waits(where) || is_paused(where)) || !(seen == before.at(i));
        before.at(i) = seen;
      }
      if (!moved) return;
      if (board_->complaints.load() != 0) return;
      if (clock::now() > until) {
        report("somebody runs for ever");
        return;
      }
      std::this_thread::sleep_for(std::chrono::microseconds(30));
    }
  }

  void check() {
    if (auto const count = board_->complaints.load(); count != 0) {
      for (std::size_t i = 0; i < std::min<std::size_t>(count, board_->texts.size()); ++i)
        report(board_->texts.at(i).data());
      return;
    }
    for (std::uint32_t i = 0; i < what_.workers && out_.violations.empty(); ++i) {
      slot const& place = board_->slots[i];
      if (place.pid.load() != 0 && waits(place.where.load())) check_waiter(i, place.where.load());
    }
    for (auto const& object : play_.objects) {
      if (out_.violations.empty()) check_owner(object);
    }
    if (!out_.violations.empty()) return;
    if (auto const wrong = play_.judge(*board_); !wrong.empty()) report(wrong);
  }

  /// Nobody is going to act: who sleeps must not have what it sleeps for, and must be seen to sleep by the next one
  /// to act.
  void check_waiter(std::uint32_t index, position where) {
    ++out_.waiters_seen;
    bool const all = where.what == doing::waiting_all;
    std::size_t missing = 0;
    std::size_t marked = 0;
    std::string there;
    for (std::size_t k = 0; k < play_.objects.size(); ++k) {
      if ((where.objects >> k & 1U) == 0) continue;
      auto const& object = play_.objects[k];
      auto const word = static_cast<std::uint32_t>(object.node->state.load());
      bool const is_there = object.is_lock ? (word & coview::owner_mask) == 0 : (word & coview::owner_died) != 0;
      if (is_there) {
        there = object.name;
        continue;
      }
      ++missing;
      if ((word & coview::waiters) != 0) {
        ++marked;
      } else if (!all) {
        report("worker " + std::to_string(index) + " sleeps on " + object.name + ", and WAITERS is not set");
      }
    }
    // Who waits for all sleeps only on what was missing when it went to sleep.
    if (all && missing > 0 && marked == 0)
      report("worker " + std::to_string(index) + " sleeps for all, and WAITERS is set nowhere");
    if ((all && missing == 0) || (!all && !there.empty()))
      report("worker " + std::to_string(index) + " sleeps, and " + (all ? "everything" : there) + " is there");
  }

  /// A lock is owned by one that lives and has stopped inside; nothing is reserved while nobody moves.
  void check_owner(watched const& object) {
    auto const owner = static_cast<pid_t>(object.node->state.load() & coview::owner_mask);
    if (owner == 0) return;
    for (std::uint32_t i = 0; i < what_.workers; ++i) {
      slot const& place = board_->slots[i];
      if (place.pid.load() == owner && place.where.load().what == doing::paused_inside && object.is_lock) return;
    }
    report(object.name + " is owned or reserved by " + std::to_string(owner) + ", who is not there to give it back");
  }

  void thaw() {
    if (!out_.violations.empty()) return;
    play_.before_thaw(*board_);
    std::array<char, most_workers> bytes{};
    std::size_t stopped = 0;
    for (std::uint32_t i = 0; i < what_.workers; ++i) {
      if (board_->slots[i].pid.load() != 0 && is_paused(board_->slots[i].where.load())) ++stopped;
    }
    board_->frozen.store(0);
    if (stopped > 0 && ::write(pipe_[1], bytes.data(), stopped) < 0) report("the pipe is broken");
  }

  /// The first finding says where everybody was.
  void report(std::string const& text) {
    if (out_.violations.empty()) {
      for (auto const& object : play_.objects) std::fprintf(stderr, "  %s\n", describe(object).c_str());
      for (std::uint32_t i = 0; i < what_.workers; ++i) {
        slot const& place = board_->slots[i];
        auto const where = place.where.load();
        std::fprintf(stderr, "  worker %u, process %d (%c): %s %#x, %llu operations\n", i, place.pid.load(),
                     place.pid.load() > 0 ? look_at(place.pid.load()).state : '-',
                     words.at(static_cast<std::size_t>(where.what)), where.objects,
                     static_cast<unsigned long long>(place.operations.load()));
      }
    }
    out_.violations.push_back(text + " (after " + std::to_string(out_.kills) + " kills)");
  }

  plan const& what_;
  scenario& play_;
  random_numbers random_;
  coview_test::shared_by_forks<board> board_;
  std::array<int, 2> pipe_{-1, -1};
  outcome out_{};
};

}  // namespace

void board::complain(std::string_view text) {
  auto const at = complaints.load();
  if (at < texts.size()) {
    auto& place = texts.at(at);
    std::memcpy(place.data(), text.data(), std::min(text.size(), place.size() - 1));
  }
  complaints.fetch_add(1);
}

void worker::pause(bool inside) const {
  if (shared_.frozen.load() == 0) return;
  now({inside ? doing::paused_inside : doing::paused, 0, 0});
  char byte = 0;
  while (::read(begin_, &byte, 1) < 0 && errno == EINTR) {
  }
  now({doing::running, 0, 0});
}

void worker::complain(std::string const& text) const {
  shared_.complain("worker " + std::to_string(index_) + ": " + text);
}

std::string describe(watched const& object) {
  auto const state = object.node->state.load();
  auto const word = static_cast<std::uint32_t>(state);
  std::array<char, 160> line{};
  (void)std::snprintf(line.data(), line.size(), "%s: owner %u%s%s, upper half %llu", object.name.c_str(),
                      word & coview::owner_mask, (word & coview::owner_died) != 0 ? ", bit 30" : "",
                      (word & coview::waiters) != 0 ? ", WAITERS" : "",
                      static_cast<unsigned long long>(state >> 32U));
  return line.data();
}

outcome run(plan const& what, scenario& play) {
  return fleet(what, play).run();
}

}  // namespace sync_campaign
