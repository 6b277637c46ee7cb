// SPDX-License-Identifier: Apache-2.0
// Cases that filesystems and places make, most of them on one of our own (fuse_filesystem.hpp): those that fail late,
// that can do less than others, or that say what is not so. And sources that meet.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "copy/faults.hpp"
#include "copy/folder.hpp"
#include "copy/fuse_filesystem.hpp"
#include "os/fd.hpp"

namespace faults {
namespace {

using coview_test::contents;
using coview_test::folder;
using coview_test::fuse_faults;
using coview_test::fuse_filesystem;
using coview_test::noise;
using coview_test::put;
using coview_test::status_of;

constexpr std::size_t some_bytes = 700000;

/// A method that was asked for by name may say that it cannot.
bool may_refuse(copier const& who) {
  return who.name.starts_with("its ");
}

std::string left_in(fs::path const& directory, std::string const& but) {
  for (auto const& each : fs::directory_iterator(directory))
    if (each.path().filename() != but) return each.path().filename();
  return {};
}

/// Whether everything came over.
verdict judged_bytes(copier const& who, ending const& e, fs::path const& target, std::string const& bytes) {
  if (e.killed) return wrong("killed");
  if (!e.ok()) return may_refuse(who) ? right("error") : wrong("error");
  if (!fs::exists(target)) return wrong("exit 0, no file");
  auto const got = contents(target);
  if (got == bytes) return right("all bytes");
  return wrong(got.empty()                 ? "exit 0, an empty file"
               : got.size() < bytes.size() ? "exit 0, a short file"
                                           : "exit 0, other bytes");
}

verdict fails_late(copier const& who, places const&, fuse_faults const& faults) {
  for (bool const over : {false, true}) {
    fuse_filesystem const there(faults);
    if (!there.mounted()) return skipped(there.why_not());
    folder here;
    put(here / "source", noise(some_bytes));
    auto const target = there / "target";
    if (over && ::mknod(target.c_str(), S_IFREG | 0644, 0) != 0) return skipped("no file could be made");
    at_work work(who, here / "source", target);
    auto const e = work.wait();
    if (e.killed) return wrong("killed");
    if (e.ok()) return wrong("exit 0, the bytes are lost");
    if (!over && fs::exists(target)) return wrong("error, a file under the final name");
    if (over && (!fs::exists(target) || status_of(target).st_size != 0)) return wrong("error, the old file is lost");
    if (!left_in(there.path(), "target").empty()) return wrong("error, a temporary is left");
  }
  return right("error, the old file");
}

verdict reads(copier const& who, places const& where, fuse_faults const& faults) {
  fuse_filesystem const there(faults);
  if (!there.mounted()) return skipped(there.why_not());
  folder here(where.work);
  put(there / "source", noise(some_bytes));
  at_work work(who, there / "source", here / "target");
  auto const e = work.wait();
  return judged_bytes(who, e, here / "target", noise(some_bytes));
}

verdict writes(copier const& who, places const& where, fuse_faults const& faults, bool over) {
  fuse_filesystem const there(faults);
  if (!there.mounted()) return skipped(there.why_not());
  folder here(where.work);
  put(here / "source", noise(some_bytes));
  if (over) put(there / "target", "what was there before");
  at_work work(who, here / "source", there / "target");
  auto const e = work.wait();
  return judged_bytes(who, e, there / "target", noise(some_bytes));
}

verdict names_are_one(copier const& who, places const& where, fuse_faults const& faults, std::string const& one,
                      std::string const& other) {
  if (!who.copies_trees) return skipped("copies no trees");
  fuse_filesystem const there(faults);
  if (!there.mounted()) return skipped(there.why_not());
  folder here(where.work);
  fs::create_directory(here / "t");
  put(here / "t" / one, "one");
  put(here / "t" / other, "other");
  at_work work(who, {{}, there.path(), usual_rate, {here / "t"}});
  auto const e = work.wait();
  if (e.killed) return wrong("killed");
  if (e.ok()) return wrong("exit 0, one of them is lost");
  auto const got = fs::exists(there / "t" / one) ? contents(there / "t" / one) : "";
  return got == "one" || got == "other" ? right("error, one stays") : wrong("error, neither is there");
}

verdict trees_meet(copier const& who, places const& where) {
  if (!who.copies_trees) return skipped("copies no trees");
  folder here(where.work);
  for (std::string const each : {"a", "b"}) {
    fs::create_directories(here / each / "t");
    put(here / each / "t" / "file", each);
  }
  fs::create_directory(here / "into");
  at_work work(who, {{}, here / "into", usual_rate, {here / "a" / "t", here / "b" / "t"}});
  auto const e = work.wait();
  auto const got = contents(here / "into" / "t" / "file");
  if (e.ok()) return wrong(got == "a" ? "exit 0, the second is lost" : "exit 0, the first is lost");
  return got == "a" ? right("error, the first stays") : wrong("error, the first is lost");
}

verdict directory_is_there(copier const& who, places const& where) {
  if (!who.copies_trees) return skipped("copies no trees");
  folder here(where.work);
  fs::create_directories(here / "t");
  put(here / "t" / "file", "bytes");
  ::chmod((here / "t").c_str(), 0755);
  fs::create_directories(here / "into" / "t");
  ::chmod((here / "into" / "t").c_str(), 0700);
  at_work work(who, {{}, here / "into", usual_rate, {here / "t"}});
  auto const e = work.wait();
  if (!e.ok() || contents(here / "into" / "t" / "file") != "bytes") return wrong("error");
  return (status_of(here / "into" / "t").st_mode & 0777U) == 0700 ? right("it stays 0700") : wrong("0755 now");
}

verdict standard_output(copier const& who, places const& where) {
  folder here(where.work);
  put(here / "source", "bytes for standard output");
  fs::create_symlink("/proc/self/fd/1", here / "target");
  at_work work(who, here / "source", here / "target");
  auto const e = work.wait();
  if (!fs::is_symlink(fs::symlink_status(here / "target"))) return wrong("the link is replaced");
  if (!e.ok()) return may_refuse(who) ? right("error") : wrong("error");
  return e.said.find("bytes for standard output") != std::string::npos ? right("its bytes")
                                                                       : wrong("exit 0, no bytes");
}

verdict mounted_on(copier const& who, places const& where) {
  folder here(where.work);
  put(here / "source", noise(some_bytes));
  put(here / "below", "what was there before");
  put(here / "target", "what is mounted on");
  if (::mount((here / "below").c_str(), (here / "target").c_str(), nullptr, MS_BIND, nullptr) != 0)
    return skipped("needs root");
  at_work work(who, here / "source", here / "target");
  auto const e = work.wait();
  auto answer = judged_bytes(who, e, here / "target", noise(some_bytes));
  ::umount2((here / "target").c_str(), MNT_DETACH);
  return answer;
}

bool set_append_only(fs::path const& directory, bool wanted) {
  coview::os::unique_fd const fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int flags = 0;
  if (!fd || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) return false;
  flags = wanted ? flags | FS_APPEND_FL : flags & ~FS_APPEND_FL;
  return ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0;
}

verdict append_only_directory(copier const& who, places const& where) {
  folder here(where.work);
  put(here / "source", noise(some_bytes));
  auto const into = here / "into";
  fs::create_directory(into);
  if (!set_append_only(into, true)) return skipped("needs root, and a filesystem that has such directories");
  at_work work(who, here / "source", into / "target");
  auto const e = work.wait();
  auto answer = judged_bytes(who, e, into / "target", noise(some_bytes));
  if (auto const left = left_in(into, "target"); !left.empty()) answer = wrong("a temporary is left for ever");
  set_append_only(into, false);
  return answer;
}

verdict message_queue(copier const& who, places const& where) {
  folder here(where.work);
  auto const queues = here / "queues";
  fs::create_directory(queues);
  if (::mount("coview-test", queues.c_str(), "mqueue", 0, nullptr) != 0) return skipped("no message queues");
  auto const queue = queues / "coview-test-faults";
  verdict answer = skipped("no queue could be made");
  if (::mknod(queue.c_str(), S_IFREG | 0600, 0) == 0) {
    at_work work(who, queue, here / "target");
    auto const e = work.wait();
    answer = judged_bytes(who, e, here / "target", contents(queue));
    fs::remove(queue);
  }
  ::umount2(queues.c_str(), MNT_DETACH);
  return answer;
}

template <class Case, class... Rest>
auto with(Case const& one, Rest... rest) {
  return [=](copier const& who, places const& where) { return one(who, where, rest...); };
}

}  // namespace

std::vector<fault_case> filesystem_cases() {
  return {
      {"F1", "a quota that is told at the close", with(fails_late, fuse_faults{.on_close = EDQUOT})},
      {"F2", "the flush fails", with(fails_late, fuse_faults{.on_fsync = EIO})},
      {"F3", "a file says it has no bytes", with(reads, fuse_faults{.sizes_are_zero = true})},
      {"F4", "it says it has more", with(reads, fuse_faults{.size_is_off = 300000})},
      {"F5", "it says it has fewer", with(reads, fuse_faults{.size_is_off = -300000})},
      {"F6", "all is said to be a hole", with(reads, fuse_faults{.all_are_holes = true})},
      {"F7", "some is said to be a hole", with(reads, fuse_faults{.has_false_holes = true})},
      {"F8", "a message queue's file", message_queue},
      {"F9", "no permissions can be set", with(writes, fuse_faults{.on_chmod = EPERM}, false)},
      {"F10", "nothing can be renamed or linked",
       with(writes, fuse_faults{.on_rename = EPERM, .on_link = EPERM}, true)},
      {"F11", "no other file can be made", with(writes, fuse_faults{.on_create_hidden = EACCES}, true)},
      {"F12", "something is mounted on the target", mounted_on},
      {"F13", "an append-only directory", append_only_directory},
      {"F14", "target is a link to standard output", standard_output},
      {"F15", "two names in one, by case",
       with(names_are_one, fuse_faults{.folds_case = true}, std::string("Name"), std::string("name"))},
      {"F16", "two names in one, by accents",
       with(names_are_one, fuse_faults{.normalises = true}, std::string("caf\xc3\xa9"), std::string("cafe\xcc\x81"))},
      {"F17", "two trees of one name", trees_meet},
      {"F18", "a directory that was there", directory_is_there},
  };
}

}  // namespace faults
