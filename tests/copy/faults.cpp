// SPDX-License-Identifier: Apache-2.0
// copy_faults: does to copiers what files, disks and people do to them, and prints who gets it right.
//
//   copy_faults [--program COVIEW] [--filesystem ext4|xfs|btrfs|tmpfs|here]… [--only TEXT]… [--case RULE]… [--quiet]
//
//   --program     the coview program, to be tried as well
//   --filesystem  where the files are; "here" is the temporary folder as it is. Default: ext4 for root, else here
//   --only        copiers whose name has this text, or "ours"
//   --quiet       only what is not right, and what was seen of it
//
// As root, the filesystems are made in a mount namespace of this process's own, on sparse files in the temporary
// folder, so that nothing of them stays, however this ends. Cases that need them are skipped otherwise. Exit status:
// 0 where ours are right in every case that ran, 77 where everything was skipped, else 1.
#include "copy/faults.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>

#include "copy/folder.hpp"
#include "copy/loop_device.hpp"

namespace {

using namespace faults;
using coview_test::folder;
using coview_test::mount_loop;

struct request {
  fs::path program;
  std::vector<std::string> filesystems;
  std::vector<std::string> only;
  std::vector<std::string> rules;
  bool quiet = false;
};

fs::path runnable(std::string const& program) {
  if (::access(program.c_str(), X_OK) != 0) std::exit((std::cerr << program << " cannot be run\n", 2));
  return fs::absolute(program);
}

request parse(int count, char** arguments) {
  request wanted;
  for (int i = 1; i < count; ++i) {
    std::string_view const word = arguments[i];
    auto const value = [&]() -> std::string {
      if (i + 1 == count) std::exit(2);
      return arguments[++i];
    };
    if (word == "--program")
      wanted.program = runnable(value());
    else if (word == "--filesystem")
      wanted.filesystems.push_back(value());
    else if (word == "--only")
      wanted.only.push_back(value());
    else if (word == "--case")
      wanted.rules.push_back(value());
    else if (word == "--quiet")
      wanted.quiet = true;
    else
      std::exit((std::cerr << "what is '" << word << "'?\n", 2));
  }
  return wanted;
}

/// The places for one filesystem; unmounted by the destructor, and by the kernel when this process is gone.
class stage {
 public:
  stage(std::string const& kind, bool may_mount) : kind_(kind) {
    if (kind == "here") {
      where_.work = base_ / "work";
      fs::create_directories(where_.work);
    } else if (may_mount) {
      auto const at = base_ / "work";
      fs::create_directories(at);
      bool const ok = kind == "tmpfs" ? ::mount("x", at.c_str(), "tmpfs", 0, "size=2500m") == 0
                                      : mount_loop(kind, base_ / "image", at, "6G");
      if (ok) where_.work = mounted(at);
    }
    if (!may_mount || where_.work.empty()) return;
    auto const tiny = base_ / "tiny";
    fs::create_directories(tiny);
    if (::mount("x", tiny.c_str(), "tmpfs", 0, "size=16m") == 0) where_.tiny = mounted(tiny);
  }
  stage(stage const&) = delete;
  stage& operator=(stage const&) = delete;
  ~stage() {
    for (auto at = mounts_.rbegin(); at != mounts_.rend(); ++at) ::umount2(at->c_str(), MNT_DETACH);
  }

  /// An ext4 of 128 MiB on a file for which its own tmpfs has 32: for each copier anew, because it breaks.
  void renew_full_device(bool may_mount) {
    if (!where_.full_device.empty())
      for (int i = 0; i < 2; ++i) {
        ::umount2(mounts_.back().c_str(), MNT_DETACH);
        mounts_.pop_back();
      }
    where_.full_device.clear();
    if (!may_mount) return;
    auto const below = base_ / "below";
    fs::create_directories(below);
    if (::mount("x", below.c_str(), "tmpfs", 0, "size=32m") != 0) return;
    mounted(below);
    auto const at = base_ / "full";
    if (mount_loop("ext4", below / "image", at, "128M")) where_.full_device = mounted(at);
  }
  [[nodiscard]] places const& where() const noexcept { return where_; }

 private:
  fs::path mounted(fs::path const& at) {
    mounts_.push_back(at);
    return at;
  }
  std::string kind_;
  folder base_;
  places where_;
  std::vector<fs::path> mounts_;
};

bool matches(std::vector<std::string> const& wanted, std::string const& name) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](std::string const& text) {
           return text == "ours" ? name == "coview copy" || name == "copy_file" || name.starts_with("its ")
                                 : name.find(text) != std::string::npos;
         });
}

bool is_ours(std::string const& name) {
  return matches({"ours"}, name);
}

/// A case that cannot even be run is no answer, and not a right one.
verdict answer_of(fault_case const& one, copier const& who, places const& where) {
  who.seen->clear();
  try {
    return one.run(who, where);
  } catch (std::exception const& e) {
    return {verdict::kind::wrong, std::string("could not be judged: ") + e.what()};
  }
}

std::string cell(verdict const& v) {
  switch (v.what) {
    case verdict::kind::right:
      return v.how;
    case verdict::kind::wrong:
      return "**" + v.how + "**";
    case verdict::kind::skipped:
      return "–";
  }
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  auto wanted = parse(count, arguments);
  bool const may_mount = coview_test::own_mounts();
  if (wanted.filesystems.empty()) wanted.filesystems = {may_mount ? "ext4" : "here"};
  std::vector<copier> who;
  for (auto& each : copiers(wanted.program))
    if (matches(wanted.only, each.name)) who.push_back(std::move(each));
  int failed = 0;
  int ran = 0;
  std::map<std::string, std::pair<int, int>> score;
  for (auto const& kind : wanted.filesystems) {
    stage here(kind, may_mount);
    if (here.where().work.empty()) {
      std::cout << kind << ": skipped, it needs root, a loop device and mkfs." << kind << '\n';
      continue;
    }
    if (!wanted.quiet) {
      std::cout << "\nOn " << kind << ":\n\n| |";
      for (auto const& each : who) std::cout << ' ' << each.name << " |";
      std::cout << "\n|---|";
      for (std::size_t i = 0; i < who.size(); ++i) std::cout << "---|";
      std::cout << '\n';
    }
    for (auto const& one : cases()) {
      if (!wanted.rules.empty() &&
          std::find(wanted.rules.begin(), wanted.rules.end(), one.rule) == wanted.rules.end())
        continue;
      if (!wanted.quiet) std::cout << "| " << one.rule << ' ' << one.name << " |" << std::flush;
      for (auto const& each : who) {
        if (one.rule == "H3") here.renew_full_device(may_mount);
        auto const answer = answer_of(one, each, here.where());
        if (answer.what != verdict::kind::skipped) ++ran;
        bool const is_wrong = answer.what == verdict::kind::wrong;
        if (is_wrong && is_ours(each.name)) ++failed;
        bool const ran_it = answer.what != verdict::kind::skipped;
        score[each.name].first += ran_it && !is_wrong ? 1 : 0;
        score[each.name].second += ran_it ? 1 : 0;
        if (!wanted.quiet) std::cout << ' ' << cell(answer) << " |" << std::flush;
        if (wanted.quiet && is_wrong)
          std::cout << kind << ": " << one.rule << ' ' << one.name << ": " << each.name << ": " << answer.how << '\n'
                    << *each.seen << std::flush;
      }
      if (!wanted.quiet) std::cout << '\n';
    }
  }
  if (!wanted.quiet) {
    std::cout << "| **right in** |";
    for (auto const& each : who)
      std::cout << ' ' << score[each.name].first << " of " << score[each.name].second << " |";
    std::cout << '\n';
  }
  if (ran == 0) return 77;
  return failed == 0 ? 0 : 1;
}
