// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <new>
#include <set>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "object/evidence.hpp"
#include "oracle.hpp"
#include "support/private_root.hpp"
#include "support/shared_by_forks.hpp"
#include "support/stepper.hpp"
#include "support/strangers.hpp"

namespace schedule {
namespace {

constexpr std::size_t most_steps = 20'000;  // of a run; one that needs more hangs
constexpr std::size_t most_processes = 8;
constexpr std::size_t steps_for_reaper = 400;  // after all others are gone

/// Words in memory that all processes share.
class words {
 public:
  words() {
    for (auto& each : *all_) new (&each) word{};
  }
  word& operator[](std::size_t i) const { return (*all_)[i]; }

 private:
  coview_test::shared_by_forks<std::array<word, most_processes>> all_;
};

class scheduled_run {
 public:
  scheduled_run(cast const& who, std::filesystem::path const& root, bool traced)
      : who_(who), root_(root), traced_(traced), judge_(users(who), who.strangers) {
    if (who_.reaper) stop_reaper_ = ::eventfd(0, EFD_CLOEXEC);
  }
  scheduled_run(scheduled_run const&) = delete;
  scheduled_run& operator=(scheduled_run const&) = delete;
  ~scheduled_run() {
    if (stop_reaper_ >= 0) ::close(stop_reaper_);
  }

  outcome run(scheduler const& choose) {
    around_ = who_.around;
    around_.stop_reaper = stop_reaper_;
    if (who_.strangers) plant_strangers_files();
    for (std::size_t i = 0; i < who_.before.size(); ++i) {
      auto& one = start(who_.before[i]);
      while (one.alive() && !over()) move({puppets_.size() - 1});
    }
    std::size_t const first = puppets_.size();
    for (auto const& script : who_.scripts) start(script);
    alive_.assign(puppets_.begin() + static_cast<std::ptrdiff_t>(first), puppets_.end());
    for (std::size_t last = 0; !over() && others_are_left(first);) {
      auto next = choose({.puppets = alive_, .steps = out_.steps, .last = last});
      last = next.process;
      next.process += first;
      move(next);
    }
    if (who_.reaper && out_.wrong.empty()) let_reaper_leave();
    for (auto const& p : owned_) out_.steps_of.push_back(steps_[p.get()]);
    out_.steps_of.erase(out_.steps_of.begin(), out_.steps_of.begin() + static_cast<std::ptrdiff_t>(first));
    owned_.clear();
    if (out_.wrong.empty()) look_at_what_is_left();
    out_.checks = judge_.checks();
    return std::move(out_);
  }

 private:
  static std::vector<uid_t> users(cast const& who) {
    std::vector<uid_t> out;
    for (auto const& s : who.before) out.push_back(s.user);
    for (auto const& s : who.scripts) out.push_back(s.user);
    return out;
  }

  void plant_strangers_files() const {
    for (auto const& name : around_.names) {
      for (unsigned slot = 0; slot < coview::first_evident_slot; ++slot)
        coview_test::plant_strangers_file(root_, name, slot);
    }
  }

  puppet& start(script const& what) {
    std::size_t const index = owned_.size();
    owned_.push_back(std::make_unique<puppet>(
        what.user, [this, &what, index] { perform(what, around_, words_[index]); },
        [this, index] {
          word const& said = words_[index];
          if (traced_)
            note(index, std::string(said.done ? "has done: " : "begins: ") + name_of(said.now.what) + " " +
                            std::to_string(said.now.name) +
                            (said.error != 0 ? std::string(" -> ") + said.text.data() : "") +
                            (said.object != 0 ? " object " + std::to_string(said.object) : ""));
          judge_.said(index, said);
        }));
    puppets_.push_back(owned_.back().get());
    ended_.push_back(false);
    return *owned_.back();
  }

  [[nodiscard]] bool over() {
    if (out_.wrong.empty()) out_.wrong = judge_.wrong();
    if (out_.wrong.empty() && out_.steps > most_steps) out_.wrong = "somebody hangs";
    return !out_.wrong.empty();
  }

  /// Somebody besides the reaper.
  [[nodiscard]] bool others_are_left(std::size_t first) const {
    std::size_t const end = puppets_.size() - (who_.reaper ? 1 : 0);
    for (std::size_t i = first; i < end; ++i) {
      if (puppets_[i]->alive()) return true;
    }
    return false;
  }

  void move(decision const& what) {
    puppet& one = *puppets_[what.process];
    long const number = one.next().number;
    ++out_.steps;
    ++steps_[&one];
    std::size_t const at = out_.trace.size();
    long result = 0;
    switch (what.what) {
      case decision::kind::go:
        result = one.advance();
        break;
      case decision::kind::kill_before:
        one.kill_before();
        ++out_.kills;
        break;
      case decision::kind::kill_after:
        one.kill_after();
        ++out_.kills;
        break;
    }
    if (traced_) {
      static constexpr std::array told{"", "killed before ", "killed after "};
      out_.trace.insert(out_.trace.begin() + static_cast<std::ptrdiff_t>(at),
                        "process " + std::to_string(what.process) + ": " +
                            told.at(static_cast<std::size_t>(what.what)) + coview_test::name_of_call(number) + " = " +
                            std::to_string(result));
    }
    if (number == SYS_unlinkat || number == SYS_renameat2 ||
#ifdef SYS_unlink
        number == SYS_unlink ||
#endif
        !one.alive())
      judge_.look_at_names();
    if (!one.alive() && !ended_[what.process]) {
      ended_[what.process] = true;
      judge_.ended(what.process);
      if (one.where() == puppet::state::signalled)
        out_.wrong =
            "process " + std::to_string(what.process) + " was ended by signal " + std::to_string(one.status());
      if (one.where() == puppet::state::exited && one.status() != 0)
        out_.wrong = "process " + std::to_string(what.process) + " exited with " + std::to_string(one.status());
    }
  }

  void let_reaper_leave() {
    std::size_t const index = puppets_.size() - 1;
    for (std::size_t i = 0; i < steps_for_reaper && puppets_[index]->alive() && !over(); ++i) move({index});
    std::uint64_t const one = 1;
    (void)!::write(stop_reaper_, &one, sizeof one);
    while (puppets_[index]->alive() && !over()) move({index});
  }

  void note(std::size_t process, std::string text) {
    out_.trace.push_back("process " + std::to_string(process) + " " + std::move(text));
  }

  /// As each user: nothing is there but what is permanent, and every name can be had. Then nothing is left.
  void look_at_what_is_left() {
    std::set<uid_t> all;
    for (uid_t const user : users(who_)) all.insert(user);
    for (uid_t const user : all)
      in_child(user, [&] {
        for (auto const& name : around_.names) {
          try {
            coview::remove(name);
          } catch (coview::error const&) {  // another user's, or none
          }
        }
        coview::reclaim();
      });
    in_child(0, [] { coview::reclaim(); });
    for (uid_t const user : all)
      in_child(user, [&] {
        for (auto const& name : around_.names) (void)coview::mapping::create(name, 1);
        if (!coview::list().empty()) throw std::runtime_error("the list is not empty");
      });
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root_)) {
      if (!entry.is_directory() && out_.wrong.empty()) out_.wrong = "left: " + entry.path().filename().string();
    }
  }

  template <class Body>
  void in_child(uid_t user, Body const& body) {
    pid_t const pid = ::fork();
    if (pid == 0) {
      coview_test::become_user(user);
      try {
        body();
      } catch (std::exception const& e) {
        words_[0].text = {};
        std::string(e.what()).copy(words_[0].text.data(), words_[0].text.size() - 1);
        ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0 && out_.wrong.empty()) out_.wrong = std::string("afterwards: ") + words_[0].text.data();
  }

  cast const& who_;
  std::filesystem::path root_;
  bool traced_;
  oracle judge_;
  words words_{};
  setting around_{};
  std::vector<std::unique_ptr<puppet>> owned_{};
  std::vector<puppet*> puppets_{};
  std::vector<puppet*> alive_{};
  std::vector<bool> ended_{};
  std::map<puppet const*, std::size_t> steps_{};
  outcome out_{};
  int stop_reaper_ = -1;
};

}  // namespace

outcome run(cast const& who, scheduler const& choose, std::filesystem::path const& root, bool traced) {
  return scheduled_run(who, root, traced).run(choose);
}

}  // namespace schedule
