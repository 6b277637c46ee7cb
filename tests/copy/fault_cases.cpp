// SPDX-License-Identifier: Apache-2.0
// The cases, in the order of their rules, and what counts as right in each: the bytes are all there, or an error says
// why not and the target is as it was, with nothing left beside it.
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include <coview/copy.hpp>

#include "copy/faults.hpp"
#include "copy/folder.hpp"

namespace faults {
namespace {

using coview_test::contents;
using coview_test::folder;
using coview_test::noise;
using coview_test::overwrite;
using coview_test::put;
using coview_test::status_of;

std::string const old_bytes = "what was there before";

std::string how_it_ended(ending const& e) {
  if (e.killed) return std::string("killed by ") + ::sigabbrev_np(e.status);
  return e.status == 0 ? "exit 0" : "error";
}

/// A source folder and a target folder side by side.
struct pair_of_folders {
  explicit pair_of_folders(fs::path const& from, fs::path const& to) : in(from), out(to) {}
  explicit pair_of_folders(fs::path const& both) : in(both), out(both) {}
  folder in;
  folder out;
  fs::path source = in / "source";
  fs::path target = out / "target";
};

/// Bytes of a size, made once a size: a few hundred MiB take a while.
std::string const& bulk(std::uint64_t size) {
  static std::string bytes;
  if (bytes.size() != size) bytes = noise(size);
  return bytes;
}

std::string what_is_at(fs::path const& target) {
  struct ::stat is {};
  if (::lstat(target.c_str(), &is) != 0)
    return errno == ENOENT ? "no file" : std::string("something that cannot be looked at: ") + std::strerror(errno);
  if (static_cast<std::size_t>(is.st_size) == old_bytes.size() && contents(target) == old_bytes)
    return "the old file";
  return std::to_string(static_cast<std::uint64_t>(is.st_size) / mebi) + " MiB under the final name";
}

/// Whether the filesystem has given up, so that nobody can remove anything. That it has, only trying tells.
bool removes_nothing(fs::path const& left) {
  if (::unlink(left.c_str()) == 0) return false;
  return errno == EROFS || errno == EIO || errno == EUCLEAN || errno == EBADMSG;
}

/// After an error: nothing under the final name but what was there before, and nothing beside it.
verdict judged_failure(ending const& e, pair_of_folders const& here, bool had_old) {
  auto const there = what_is_at(here.target);
  if (e.killed) return wrong(how_it_ended(e) + ", " + there);
  if (there != (had_old ? "the old file" : "no file")) return wrong(how_it_ended(e) + ", " + there);
  for (auto const& name : here.out.names()) {
    if (name == here.target.filename()) continue;
    return removes_nothing(here.out / name) ? right("error, and the filesystem is read-only now")
                                            : wrong("error, a temporary is left");
  }
  return right("error, " + there);
}

/// Runs until it was caught in the middle; false where it cannot be.
template <class Break>
bool in_the_middle(copier const& who, pair_of_folders const& here, ending& e, Break const& do_break) {
  constexpr auto enough = 4 * mebi;
  constexpr auto slowest = 10 * mebi;
  int const attempts = who.stops_itself ? 1 : 10;
  auto rate = usual_rate;
  for (int attempt = 0; attempt < attempts; ++attempt, rate = std::max(slowest, rate / 2)) {
    put(here.source, bulk(who.enough_bytes));
    fs::remove(here.target);
    put(here.target, old_bytes);
    at_work work(who, {here.source, here.target, rate, {}, enough});
    if (!(who.stops_itself ? work.has_stopped() : work.stop_in_the_middle(here.out.path(), enough))) {
      e = work.wait();
      if (!e.ok()) return true;  // it ended by itself, badly: that is an answer
      continue;
    }
    // Of one that was looked at, on a busy machine: it can be through, with everything in place but its exit.
    if (fs::file_size(here.target) == who.enough_bytes && coview::compare_files(here.source, here.target).same)
      continue;
    do_break(work);
    work.go_on();
    e = work.wait();
    return true;
  }
  return false;
}

verdict source_truncated(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  ending e;
  if (!in_the_middle(who, here, e, [&](at_work&) { fs::resize_file(here.source, mebi); }))
    return right("done at once");  // a clone
  if (!e.ok()) return judged_failure(e, here, true);
  auto const size = fs::file_size(here.target);
  if (size == who.enough_bytes && contents(here.target) == bulk(size)) return right("all of it");
  if (size == who.enough_bytes) return wrong("exit 0, full size, but not the bytes");
  return wrong("exit 0, a short file");
}

verdict source_rewritten(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  ending e;
  std::string const mark(mebi, '!');
  auto const rewrite = [&](at_work&) {
    overwrite(here.source, 0, mark);
    overwrite(here.source, who.enough_bytes - mark.size(), mark);
  };
  if (!in_the_middle(who, here, e, rewrite)) return right("done at once");
  if (!e.ok()) return judged_failure(e, here, true);
  auto const got = contents(here.target);
  bool const begins = got.compare(0, mark.size(), mark) == 0;
  bool const ends = got.compare(got.size() - mark.size(), mark.size(), mark) == 0;
  return begins == ends ? right("one state of it") : wrong("exit 0, a mix of old and new");
}

/// The bytes are the same all the time.
verdict touched(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  ending e;
  auto const touch = [&](at_work&) {
    auto const other = here.in / "another name";
    fs::remove(other);
    fs::rename(here.source, other);
    fs::create_hard_link(other, here.source);
    ::chmod(other.c_str(), 0600);
  };
  if (!in_the_middle(who, here, e, touch)) return right("done at once");
  if (!e.ok()) return wrong(how_it_ended(e));
  return contents(here.target) == bulk(who.enough_bytes) ? right("all of it") : wrong("exit 0, other bytes");
}

verdict no_space(copier const& who, places const& where, bool had_old) {
  if (where.tiny.empty()) return skipped("needs a tmpfs of its own");
  pair_of_folders here(where.work, where.tiny);
  put(here.source, bulk(24 * mebi));
  if (had_old) put(here.target, old_bytes);
  at_work work(who, here.source, here.target);
  auto const e = work.wait();
  if (e.ok()) return wrong("exit 0");
  return judged_failure(e, here, had_old);
}

verdict device_full(copier const& who, places const& where) {
  if (where.full_device.empty()) return skipped("needs a loop device");
  pair_of_folders here(where.work, where.full_device);
  put(here.source, bulk(48 * mebi));
  at_work work(who, here.source, here.target);
  auto const e = work.wait();
  return e.ok() ? wrong("exit 0, the bytes are lost") : judged_failure(e, here, false);
}

verdict made_up_files(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  for (auto const* const source :
       {"/proc/version", "/proc/filesystems", "/sys/kernel/mm/transparent_hugepage/enabled"}) {
    std::error_code none;
    fs::remove(here.target, none);
    at_work work(who, source, here.target);
    auto const e = work.wait();
    bool const same = fs::exists(here.target) && contents(here.target) == contents(source);
    if (e.ok() && !same)
      return wrong(std::string("exit 0, ") + (source[1] == 'p' ? "an empty file" : "another file"));
    if (e.killed) return wrong(how_it_ended(e));
    if (!e.ok() && fs::exists(here.target)) return wrong("error, a file is left");
    if (!e.ok()) return who.name.starts_with("its ") ? right("error") : wrong("error");
  }
  return right("all bytes");
}

verdict same_file(copier const& who, places const& where) {
  for (auto const* const kind : {"itself", "a hard link", "a symbolic link"}) {
    folder const here(where.work);
    put(here / "a", old_bytes);
    auto target = here / "a";
    if (kind[2] == 'h') fs::create_hard_link(here / "a", target = here / "b");
    if (kind[2] == 's') fs::create_symlink("a", target = here / "b");
    at_work work(who, here / "a", target);
    auto const e = work.wait();
    if (contents(here / "a") != old_bytes) return wrong(how_it_ended(e) + ", the source is lost (" + kind + ")");
    if (e.killed) return wrong(how_it_ended(e));
  }
  return right("refused");
}

verdict secret(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  put(here.source, "secret");
  ::chmod(here.source.c_str(), 0600);
  for (bool const over : {false, true}) {
    fs::remove(here.target);
    if (over) put(here.target, old_bytes);
    if (over) ::chmod(here.target.c_str(), 0644);
    at_work work(who, here.source, here.target);
    if (!work.wait().ok()) return wrong("error");
    if ((status_of(here.target).st_mode & 077U) != 0) return wrong(over ? "0644, over an old file" : "0644");
  }
  return right("0600");
}

verdict link_to_victim(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  put(here.source, "bytes");
  put(here.in / "victim", old_bytes);
  fs::create_symlink(here.in / "victim", here.target);
  at_work work(who, here.source, here.target);
  work.wait();
  return contents(here.in / "victim") == old_bytes ? right("the link is replaced")
                                                   : wrong("written through the link");
}

verdict killed(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  ending e;
  if (!in_the_middle(who, here, e, [](at_work& work) { work.kill(); })) return right("done at once");
  if (auto const there = what_is_at(here.target); there != "the old file") return wrong(there);
  bool const left = here.out.names().size() > 1;
  put(here.source, "bytes");
  at_work again(who, here.source, here.target);
  if (!again.wait().ok() || contents(here.target) != "bytes") return wrong("the old file, and the next one fails");
  if (here.out.names().size() > 1) return wrong("the old file, and a temporary for ever");
  return right(left ? "the old file; the next one clears" : "the old file");
}

verdict nothing_in_it(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  put(here.source, "");
  at_work work(who, here.source, here.target);
  auto const e = work.wait();
  return e.ok() && fs::exists(here.target) && fs::file_size(here.target) == 0 ? right("an empty file")
                                                                              : wrong(how_it_ended(e));
}

verdict fifo(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  ::mkfifo(here.source.c_str(), 0600);
  pid_t const writer = ::fork();
  if (writer == 0) {
    int const fd = ::open(here.source.c_str(), O_WRONLY | O_CLOEXEC);
    ::_exit(::write(fd, "five!", 5) == 5 ? 0 : 1);
  }
  at_work work(who, here.source, here.target);
  auto const e = work.wait();
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  if (e.killed) return wrong(how_it_ended(e));
  if (!fs::exists(here.target)) return e.ok() ? wrong("exit 0, no file") : right("refused");
  return contents(here.target) == "five!" ? right("its bytes") : wrong(how_it_ended(e) + ", an empty file");
}

verdict size_limit(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  put(here.source, bulk(8 * mebi));
  at_work work(who, {here.source, here.target, usual_rate}, [] {
    struct ::rlimit const limit{mebi, mebi};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    struct ::rlimit const no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
  });
  auto const e = work.wait();
  if (e.ok()) return wrong("exit 0");
  return judged_failure(e, here, false);
}

verdict larger_than_a_call(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  put(here.source, "");
  auto const size = (std::uint64_t{2} << 30U) + 12345;
  fs::resize_file(here.source, size);
  overwrite(here.source, 4096, "beginning");
  overwrite(here.source, size - 4, "end!");
  at_work work(who, here.source, here.target);
  auto const e = work.wait();
  if (!e.ok()) return wrong(how_it_ended(e));
  return coview::compare_files(here.source, here.target).same ? right("all of it") : wrong("exit 0, other bytes");
}

verdict grows(copier const& who, places const& where) {
  pair_of_folders here(where.work);
  put(here.source, bulk(8 * mebi));
  pid_t const appender = ::fork();
  if (appender == 0) {
    int const fd = ::open(here.source.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    std::string const more(mebi, '+');
    for (int i = 0; i < 120; ++i)
      if (::write(fd, more.data(), more.size()) < 0) break;
    ::_exit(0);
  }
  at_work work(who, here.source, here.target);
  auto const e = work.wait();
  ::waitpid(appender, nullptr, 0);
  if (e.killed) return wrong(how_it_ended(e));
  if (!e.ok()) return judged_failure(e, here, false);
  auto const compared = coview::compare_files(here.source, here.target);
  bool const is_beginning = compared.same || compared.first_difference == fs::file_size(here.target);
  return is_beginning ? right("ends, with a beginning of it") : wrong("exit 0, other bytes");
}

verdict across(copier const& who, places const& where) {
  if (where.tiny.empty()) return skipped("needs a tmpfs of its own");
  for (bool const back : {false, true}) {
    pair_of_folders here(back ? where.tiny : where.work, back ? where.work : where.tiny);
    put(here.source, bulk(5 * mebi));
    at_work work(who, here.source, here.target);
    auto const e = work.wait();
    if (!e.ok()) {
      // A method that was asked for by name may say that it cannot.
      auto const answer = judged_failure(e, here, false);
      return who.name.starts_with("its ") ? answer : wrong("error");
    }
    if (contents(here.target) != bulk(5 * mebi)) return wrong("exit 0, other bytes");
  }
  return right("all of it");
}

}  // namespace

std::vector<fault_case> const& cases() {
  static std::vector<fault_case> const all = [] {
    std::vector<fault_case> every{
        {"H1", "source truncated meanwhile", source_truncated},
        {"H2", "no space", [](auto const& c, auto const& p) { return no_space(c, p, false); }},
        {"H3", "device full below the filesystem", device_full},
        {"H4", "files of /proc and /sys", made_up_files},
        {"H5", "one file under two names", same_file},
        {"H6", "a secret stays one", secret},
        {"H7", "target is a link to a victim", link_to_victim},
        {"H8", "killed in the middle", killed},
        {"H9", "zero length", nothing_in_it},
        {"H9b", "a FIFO", fifo},
        {"H9c", "ulimit -f", size_limit},
        {"H10", "more than 2 GiB", larger_than_a_call},
        {"H11", "source rewritten meanwhile", source_rewritten},
        {"H12", "no space, over a good file", [](auto const& c, auto const& p) { return no_space(c, p, true); }},
        {"H15", "source grows without end", grows},
        {"H17", "between two filesystems", across},
        {"H18", "source renamed, linked, chmodded", touched},
    };
    auto more = filesystem_cases();
    std::move(more.begin(), more.end(), std::back_inserter(every));
    return every;
  }();
  return all;
}

}  // namespace faults
