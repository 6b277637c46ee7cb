// SPDX-License-Identifier: Apache-2.0
// The parent of a kill campaign. It kills one process after the other at random moments, waits for its end at once,
// takes over its log and starts another. After each period it kills all of them, has the logs judged, and looks at
// what is left.
#include "campaign.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <coview/object.hpp>

#include "object/evidence.hpp"
#include "payload.hpp"
#include "support/shared_by_forks.hpp"
#include "support/strangers.hpp"

namespace campaign {
namespace {

using clock = std::chrono::steady_clock;

/// Becomes this user for good. Dumpable, as a process that had always been this user's would be.
void become(uid_t user) {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0)
    ::_exit(2);
  ::prctl(PR_SET_DUMPABLE, 1);
}

class runner {
 public:
  runner(plan const& what, std::filesystem::path root)
      : what_(what), root_(std::move(root)), random_(what.seed), board_(*memory_) {
    assignment_.shared = &board_;
    assignment_.seed = what.seed;
    assignment_.several_users = !what.users.empty();
    assignment_.fault = what.fault;
    // As many again for children that the workers fork.
    assignment_.slots = std::min(max_slots, what.workers * 2);
    for (std::size_t i = 0; i < what.names; ++i) {
      assignment_.names.push_back((what.users.empty() ? "campaign/" : "Global\\campaign/") + std::to_string(i));
    }
    killed_.resize(assignment_.slots);
  }

  outcome run() {
    auto const start = clock::now();
    while (out_.kills < what_.kills && clock::now() - start < what_.limit && out_.found.violations == 0) {
      period(start + what_.limit);
      ++out_.periods;
    }
    require_busy_is_rare();
    out_.seconds = std::chrono::duration<double>(clock::now() - start).count();
    return std::move(out_);
  }

 private:
  void period(clock::time_point end) {
    prepare_slots();
    assignment_.ask_for_holders = out_.periods % 3 == 1;  // see rule R2 of oracle.hpp
    bool const strangers = !what_.users.empty() && out_.periods % 2 == 1 && what_.fault == sabotage::none;
    if (strangers) plant_strangers_files();
    for (std::uint32_t i = 0; i < what_.workers; ++i) start(i);
    for (std::size_t kills = 0; kills < what_.period && out_.kills < what_.kills; ++kills) {
      if (clock::now() >= end || board_.complaints.load() != 0) break;
      pause();
      kill_one();
      reap(WNOHANG);
      replace();
      if (!strangers_files_.empty() && random_.one_in(64)) remove_a_strangers_file();
    }
    kill_all();
    judge_period();
    look_at_what_is_left();
    take_complaints();
  }

  /// Two dead strangers' files stand in the way of every name: what is made stands behind them. Now and then one of
  /// them goes, as when its owner logs out and all that is his in /dev/shm is removed.
  void plant_strangers_files() {
    strangers_files_.clear();
    for (auto const& name : assignment_.names) {
      for (unsigned slot = 0; slot < coview::first_evident_slot; ++slot)
        strangers_files_.push_back({coview_test::plant_strangers_file(root_, name, slot), slot});
    }
  }

  void remove_a_strangers_file() {
    auto const which = strangers_files_.begin() + static_cast<std::ptrdiff_t>(random_.below(strangers_files_.size()));
    struct ::stat status {};
    if (::stat(which->path.c_str(), &status) == 0 && status.st_uid == coview_test::stranger_of(which->slot)) {
      ::unlink(which->path.c_str());
    }
    strangers_files_.erase(which);
  }

  // Processes.

  void prepare_slots() {
    for (std::uint32_t i = 0; i < assignment_.slots; ++i) {
      board_.slots[i].pid.store(0);
      board_.slots[i].count.store(0);
      board_.slots[i].reserved_by.store(i < what_.workers ? i : nobody);
    }
  }

  void start(std::uint32_t index) {
    killed_[index] = 0;
    uid_t const user = what_.users.empty() ? ::geteuid() : what_.users[random_.below(what_.users.size())];
    board_.slots[index].user.store(user);
    std::uint64_t const seed = random_.next();
    pid_t const pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
      if (!what_.users.empty()) become(user);
      work(assignment_, index, seed);
      ::_exit(1);
    }
    board_.slots[index].pid.store(pid);
    ++out_.processes;
  }

  void replace() {
    for (std::uint32_t i = 0; i < what_.workers; ++i) {
      if (board_.slots[i].pid.load() == 0) start(i);
    }
  }

  /// Up to a few hundred microseconds of work for the others, now and then a few milliseconds.
  void pause() {
    auto const most = random_.one_in(16) ? 4000U : 400U;
    ::usleep(static_cast<useconds_t>(random_.below(most)));
  }

  void kill_one() {
    auto const index = static_cast<std::uint32_t>(random_.below(assignment_.slots));
    pid_t const pid = board_.slots[index].pid.load();
    if (pid == 0) return;
    if (random_.one_in(8)) return freeze(index, pid);
    kill(index, pid);
    wait_for(index, pid);
  }

  void kill(std::uint32_t index, pid_t pid) {
    killed_[index] = board_.now();
    ::kill(pid, SIGKILL);
    ++out_.kills;
  }

  /// Stops a process in the middle of whatever it does, lets the others meet it, and then kills it or lets it go on.
  void freeze(std::uint32_t index, pid_t pid) {
    ++out_.freezes;
    ::kill(pid, SIGSTOP);
    pause();
    if (random_.one_in(2)) {
      ::kill(pid, SIGCONT);
    } else {
      kill(index, pid);
      wait_for(index, pid);
    }
  }

  void wait_for(std::uint32_t index, pid_t pid) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    harvest(index, pid);
  }

  /// Takes over the logs of processes that left by themselves. False where there is no process any more.
  bool reap(int options) {
    for (;;) {
      pid_t const pid = ::waitpid(-1, nullptr, options);
      if (pid == 0) return true;
      if (pid < 0 && errno == EINTR) continue;
      if (pid < 0) return false;
      for (std::uint32_t i = 0; i < assignment_.slots; ++i) {
        if (board_.slots[i].pid.load() == pid) harvest(i, pid);
      }
    }
  }

  void harvest(std::uint32_t index, pid_t pid) {
    slot& from = board_.slots[index];
    life gone{.pid = pid, .uid = from.user.load(), .killed = killed_[index], .reaped = board_.now(), .events = {}};
    std::uint32_t const count = from.count.load(std::memory_order_acquire);
    gone.events.assign(from.events.begin(), from.events.begin() + count);
    lives_.push_back(std::move(gone));
    killed_[index] = 0;
    from.count.store(0);
    from.pid.store(0);
    if (index >= what_.workers) from.reserved_by.store(nobody);
    // It may have been killed between taking a slot for a child and making the child.
    for (std::uint32_t i = what_.workers; i < assignment_.slots; ++i) {
      slot& other = board_.slots[i];
      if (other.reserved_by.load() == index && other.pid.load() == 0) {
        other.count.store(0);
        other.reserved_by.store(nobody);
      }
    }
  }

  void kill_all() {
    for (;;) {
      for (std::uint32_t i = 0; i < assignment_.slots; ++i) {
        pid_t const pid = board_.slots[i].pid.load();
        if (pid == 0 || killed_[i] != 0) continue;
        killed_[i] = board_.now();
        ::kill(pid, SIGKILL);
      }
      if (!reap(WNOHANG)) return;
      ::sched_yield();
    }
  }

  // Judgement.

  /// "Busy" is an answer where a process that has a lock is not let run for two seconds, as on an overloaded machine;
  /// a name that stays blocked would give it again and again.
  void require_busy_is_rare() {
    constexpr std::size_t calls_for_one = 1000;
    constexpr std::size_t always_allowed = 10;
    findings const& f = out_.found;
    std::size_t const calls = f.creates + f.opens + f.absents + f.taken + f.denials;
    if (f.busies > always_allowed + calls / calls_for_one) out_.found.violation("busy far too often");
  }

  void judge_period() {
    out_.found += judge(lives_, what_.names);
    lives_.clear();
  }

  /// In a process of its own for each user, then as the one who may reclaim everything.
  void look_at_what_is_left() {
    std::uint64_t const seed = random_.next();
    std::vector<uid_t> users = what_.users;
    if (users.empty()) users.push_back(::geteuid());
    for (uid_t const user : users) {
      in_child(user, [&] { check_nothing_is_left(assignment_, seed); });
    }
    in_child(::geteuid(), [&] {
      try {
        coview::reclaim();
      } catch (std::exception const& e) {
        board_.complain(std::string("reclaim failed: ") + e.what());
      }
    });
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root_)) {
      if (!entry.is_directory()) out_.found.violation("left after reclaim: " + entry.path().string());
    }
  }

  template <class Body>
  void in_child(uid_t user, Body const& body) {
    pid_t const pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
      if (user != ::geteuid()) become(user);
      body();
      ::_exit(0);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0)
      out_.found.violation("a process that looked at what is left ended with " + std::to_string(status));
  }

  void take_complaints() {
    std::uint32_t const count = board_.complaints.exchange(0);
    for (std::uint32_t i = 0; i < count; ++i) {
      bool const written = i < board_.complaint_texts.size() && board_.complaint_texts[i].ready.exchange(0) != 0;
      out_.found.violation(written ? board_.complaint_texts[i].text.data()
                                   : "a complaint that was not written to its end");
    }
  }

  struct strangers_file {
    std::filesystem::path path;
    unsigned slot = 0;
  };

  plan const& what_;
  std::filesystem::path root_;
  std::vector<strangers_file> strangers_files_{};
  random_numbers random_;
  coview_test::shared_by_forks<board> memory_;
  board& board_;
  assignment assignment_{};
  std::vector<stamp> killed_{};
  std::vector<life> lives_{};
  outcome out_{};
};

}  // namespace

outcome run(plan const& what, std::filesystem::path const& root) {
  return runner(what, root).run();
}

}  // namespace campaign
