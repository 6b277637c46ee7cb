// SPDX-License-Identifier: Apache-2.0
// What a copy does where the filesystem fails, or can less than others: on one of our own (fuse_filesystem.hpp).
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

#include "copy/copy_calls.hpp"
#include "copy/folder.hpp"
#include "copy/fuse_filesystem.hpp"
#include "copy/loop_device.hpp"
#include "support/expect_error.hpp"

namespace {

using namespace coview_test;
using coview::copy_options;
using names = std::vector<std::string>;

/// A source folder with some files: a small one, a larger one, an empty one, a link and a directory.
struct sample {
  sample() {
    put(from / "small", noise(1000));
    put(from / "large", noise(700000));
    put(from / "empty", "");
    fs::create_symlink("small", from / "link");
    fs::create_directory(from / "d");
    put(from / "d" / "inner", noise(5000));
  }
  folder from;
  void expect_at(fs::path const& to) const {
    for (auto const* const name : {"small", "large", "empty", "d/inner"})
      EXPECT_EQ(contents(to / name), contents(from.path() / name)) << name;
    EXPECT_EQ(fs::read_symlink(to / "link"), "small");
  }
};

TEST(CopyOnFuse, CopiesThereAndBack) {
  fuse_filesystem const there;
  COVIEW_NEEDS_FUSE(there);
  sample const some;
  auto const report = coview::copy_tree({some.from.path()}, there / "tree", {});
  for (auto const& each : report.failures) ADD_FAILURE() << each.text;
  some.expect_at(there / "tree");
  folder const back;
  EXPECT_TRUE(coview::copy_tree({there / "tree"}, back / "tree", quick_tree()).failures.empty());
  some.expect_at(back / "tree");
  EXPECT_EQ(there.names(), names({"tree"}));
}

TEST(CopyOnFuse, HearsOfWhatFailsAtTheClose) {
  fuse_filesystem const there({.on_close = EDQUOT});
  COVIEW_NEEDS_FUSE(there);
  sample const some;
  for (bool const durable : {true, false}) {
    copy_options options;
    options.durable = durable;
    EXPECT_ERROR(static_cast<std::errc>(EDQUOT), "quota",
                 coview::copy_file(some.from / "large", there / "b", options));
    EXPECT_EQ(there.names(), names{});
  }
  auto const report = coview::copy_tree({some.from / "small", some.from / "large"}, there.path(), quick_tree());
  EXPECT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.files, 0U);
  EXPECT_EQ(there.names(), names{});
}

TEST(CopyOnFuse, KeepsTheOldFileWhereTheCloseFails) {
  fuse_filesystem const there({.on_close = ENOSPC});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  put(here / "a", noise(5000));
  ASSERT_EQ(::mknod((there / "b").c_str(), S_IFREG | 0644, 0), 0);
  EXPECT_ERROR(std::errc::no_space_on_device, "close", coview::copy_file(here / "a", there / "b"));
  EXPECT_EQ(status_of(there / "b").st_size, 0);
  EXPECT_EQ(there.names(), names({"b"}));
}

TEST(CopyOnFuse, HearsOfWhatFailsAtTheFlush) {
  fuse_filesystem const there({.on_fsync = EIO});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  put(here / "a", noise(5000));
  EXPECT_ERROR(std::errc::io_error, "flush", coview::copy_file(here / "a", there / "b"));
  EXPECT_EQ(there.names(), names{});
}

TEST(CopyOnFuse, ReadsFilesThatSayTheyHaveNoBytes) {
  fuse_filesystem const there({.sizes_are_zero = true});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  auto const bytes = noise(700000);
  put(there / "a", bytes);
  ASSERT_EQ(status_of(there / "a").st_size, 0);
  EXPECT_EQ(coview::copy_file(there / "a", here / "b", quick()).bytes, bytes.size());
  EXPECT_EQ(contents(here / "b"), bytes);
  EXPECT_EQ(coview::sum_file(there / "a").hash, coview::sum_file(here / "b").hash);
  EXPECT_TRUE(coview::compare_files(there / "a", here / "b").same);
  EXPECT_TRUE(coview::copy_tree({there / "a"}, here / "c", quick_tree()).failures.empty());
  EXPECT_EQ(contents(here / "c"), bytes);
}

TEST(CopyOnFuse, ReadsFilesWhoseSizesAreNotWhatTheyHave) {
  for (long const off : {-100000L, -1L, 1L, 100000L, 100L << 20U}) {
    fuse_filesystem const there({.size_is_off = off});
    COVIEW_NEEDS_FUSE(there);
    folder const here;
    auto const bytes = noise(700000);
    put(there / "a", bytes);
    ASSERT_EQ(status_of(there / "a").st_size, 700000 + off);
    EXPECT_EQ(coview::copy_file(there / "a", here / "b", quick()).bytes, bytes.size()) << off;
    EXPECT_EQ(contents(here / "b"), bytes) << off;
    EXPECT_EQ(coview::sum_file(there / "a").hash, coview::sum_file(here / "b").hash) << off;
    EXPECT_TRUE(coview::copy_tree({there / "a"}, here / "c", quick_tree()).failures.empty());
    EXPECT_EQ(contents(here / "c"), bytes) << off;
    // And there, where its own size is told wrong.
    coview::copy_file(here / "b", there / "back", quick());
    coview::copy_file(there / "back", here / "back", quick());
    EXPECT_EQ(contents(here / "back"), bytes) << off;
  }
}

TEST(CopyOnFuse, ReadsWhatIsCalledAHole) {
  fuse_filesystem const there({.has_false_holes = true});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  auto bytes = noise(3U << 20U);
  std::fill_n(bytes.begin() + (1 << 20), 1 << 20, '\0');
  put(there / "a", bytes);
  for (auto const method : {coview::copy_method::automatic, coview::copy_method::in_kernel,
                            coview::copy_method::mapped, coview::copy_method::direct, coview::copy_method::buffered})
    for (auto const resume : {false, true}) {
      try {
        coview::copy_file(there / "a", here / "b", quick({.method = method, .resume = resume}));
      } catch (coview::error const& e) {
        ASSERT_EQ(e.code(), std::errc::operation_not_supported) << e.what();
        continue;
      }
      EXPECT_EQ(contents(here / "b"), bytes) << coview::to_string(method) << (resume ? ", with a journal" : "");
    }
  coview::copy_file(there / "a", here / "c", quick());
  EXPECT_LE(status_of(here / "c").st_blocks * 512, (2 << 20) + 65536) << "zeros there are holes all the same";
  EXPECT_EQ(coview::sum_file(there / "a").hash, coview::sum_file(here / "c").hash);
  EXPECT_TRUE(coview::compare_files(there / "a", here / "c").same);
}

TEST(CopyOnFuse, ReadsFilesThatAreHolesAllOver) {
  fuse_filesystem const there({.all_are_holes = true});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  auto const bytes = noise(700000);
  put(there / "a", bytes);
  for (auto const method : {coview::copy_method::automatic, coview::copy_method::in_kernel,
                            coview::copy_method::mapped, coview::copy_method::buffered}) {
    try {
      coview::copy_file(there / "a", here / "b", quick({.method = method}));
    } catch (coview::error const& e) {
      ASSERT_EQ(e.code(), std::errc::operation_not_supported) << e.what();
      continue;
    }
    EXPECT_EQ(contents(here / "b"), bytes) << coview::to_string(method);
  }
  EXPECT_EQ(coview::sum_file(there / "a").hash, coview::sum_file(here / "b").hash);
}

TEST(CopyOnFuse, RefusesTwoSourcesThatMeetInOneName) {
  fuse_filesystem const there({.folds_case = true});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  fs::create_directories(here / "t/sub");
  for (auto const* const each : {"t/Name", "t/name", "t/sub/FILE", "t/sub/file"}) put(here / each, each);
  auto const report = coview::copy_tree({here / "t"}, there / "t", quick_tree());
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.files, 2U);
  for (auto const& each : report.failures) {
    EXPECT_EQ(each.code, std::errc::file_exists) << each.text;
    EXPECT_NE(each.text.find("another of the sources"), std::string::npos) << each.text;
    // What is there is the other one, whole.
    auto const text = contents(each.target);
    EXPECT_NE(text, contents(each.source));
    EXPECT_FALSE(text.empty());
  }
}

TEST(CopyOnFuse, RefusesTwoSourcesWhoseNamesAreOneWhenNormalised) {
  fuse_filesystem const there({.normalises = true});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  std::string const composed = "caf\xc3\xa9";
  std::string const decomposed = "cafe\xcc\x81";
  fs::create_directory(here / "t");
  for (auto const& each : {composed, decomposed}) {
    put(here / ("t/" + each), each);
    fs::create_directory(here / ("t/d-" + each));
    put(here / ("t/d-" + each) / "in", each);
  }
  auto const report = coview::copy_tree({here / "t"}, there / "t", quick_tree());
  ASSERT_EQ(report.failures.size(), 2U);
  for (auto const& each : report.failures) EXPECT_EQ(each.code, std::errc::file_exists) << each.text;
  EXPECT_EQ(report.files, 2U);
}

TEST(CopyOnFuse, KeepsTheOldFileWhereItsBackupWouldChangeWithIt) {
  for (auto const& faults : {fuse_faults{.on_rename = EPERM}, fuse_faults{.on_create_hidden = EACCES}}) {
    fuse_filesystem const there(faults);
    COVIEW_NEEDS_FUSE(there);
    folder const here;
    put(here / "a", "new");
    put(there / "b", "old");
    copy_options options = quick();
    options.backup.kind = coview::backup_kind::simple;
    EXPECT_ERROR(static_cast<std::errc>(faults.on_rename != 0 ? EPERM : EACCES), "back up",
                 coview::copy_file(here / "a", there / "b", options));
    EXPECT_EQ(contents(there / "b"), "old");
  }
}

TEST(CopyOnFuse, RefusesLinksFifosAndDirectoriesThatMeetInOneName) {
  fuse_filesystem const there({.folds_case = true});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  fs::create_directories(here / "t");
  fs::create_symlink("x", here / "t/Link");
  fs::create_symlink("y", here / "t/link");
  ASSERT_EQ(::mkfifo((here / "t/Fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((here / "t/fifo").c_str(), 0600), 0);
  fs::create_directory(here / "t/D");
  fs::create_directory(here / "t/d");
  auto options = quick_tree();
  options.special = true;
  auto const report = coview::copy_tree({here / "t"}, there / "t", options);
  ASSERT_EQ(report.failures.size(), 3U);
  for (auto const& each : report.failures) EXPECT_EQ(each.code, std::errc::file_exists) << each.text;
}

TEST(CopyOnFuse, CopiesWherePermissionsCannotBeSet) {
  fuse_filesystem const there({.on_chmod = EPERM});
  COVIEW_NEEDS_FUSE(there);
  sample const some;
  auto const report = coview::copy_file(some.from / "small", there / "b", quick());
  EXPECT_EQ(contents(there / "b"), contents(some.from / "small"));
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings.front().find("the permissions"), std::string::npos);
  auto const tree = coview::copy_tree({some.from.path()}, there / "tree", quick_tree());
  for (auto const& each : tree.failures) ADD_FAILURE() << each.text;
  some.expect_at(there / "tree");
  EXPECT_EQ(tree.warnings.size(), 1U) << "told once";
}

TEST(CopyOnFuse, CopiesWhereNothingCanBeRenamed) {
  for (int const failure : {EPERM, ENOSYS, EXDEV, EOPNOTSUPP}) {
    fuse_filesystem const there({.on_rename = failure, .on_link = EPERM});
    COVIEW_NEEDS_FUSE(there);
    sample const some;
    auto const first = coview::copy_file(some.from / "small", there / "b", quick());
    EXPECT_EQ(first.warnings.size(), 1U);
    EXPECT_EQ(contents(there / "b"), contents(some.from / "small"));
    coview::copy_file(some.from / "large", there / "b", quick());  // over it
    EXPECT_EQ(contents(there / "b"), contents(some.from / "large"));
    auto const tree = coview::copy_tree({some.from.path()}, there / "tree", quick_tree());
    for (auto const& each : tree.failures) ADD_FAILURE() << each.text;
    some.expect_at(there / "tree");
    EXPECT_EQ(tree.warnings.size(), 1U) << "told once";
    EXPECT_EQ(there.names(), names({"b", "tree"}));
  }
}

TEST(CopyOfMadeUpFiles, EndsThoughNothingCanBeReadFromAQueueNow) {
  if (!own_mounts()) GTEST_SKIP() << "nothing can be mounted here";
  folder const queues;
  if (::mount("coview-test", queues.path().c_str(), "mqueue", 0, nullptr) != 0) GTEST_SKIP() << "no message queues";
  folder const here;
  ASSERT_EQ(::mknod((queues / "coview-test-queue").c_str(), S_IFREG | 0600, 0), 0);
  auto const bytes = coview::copy_file(queues / "coview-test-queue", here / "b", quick()).bytes;
  auto const copied = contents(here / "b");
  fs::remove(queues / "coview-test-queue");
  ::umount2(queues.path().c_str(), MNT_DETACH);
  EXPECT_GT(bytes, 0U);
  EXPECT_TRUE(copied.starts_with("QSIZE:0")) << copied;
}

TEST(CopyOnFuse, NeverReplacesWhereRenamingAlwaysDoes) {
  for (int const on_link : {0, EPERM}) {
    fuse_filesystem const there({.on_no_replace = EINVAL, .on_link = on_link});
    COVIEW_NEEDS_FUSE(there);
    folder const here;
    put(here / "a", "new");
    copy_options options = quick();
    options.existing = coview::existing_target::refuse;
    coview::copy_file(here / "a", there / "b", options);
    EXPECT_EQ(contents(there / "b"), "new");
    EXPECT_ERROR(std::errc::file_exists, "b'", coview::copy_file(here / "a", there / "b", options));
    EXPECT_EQ(there.names(), names({"b"}));
  }
}

TEST(CopyOnFuse, MakesFilesOfTheirOwnWhereNothingCanBeLinked) {
  fuse_filesystem const there({.on_link = EPERM});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  fs::create_directory(here / "t");
  put(here / "t/a", "bytes");
  for (auto const* const each : {"t/b", "t/c"}) fs::create_hard_link(here / "t/a", here / each);
  auto const report = coview::copy_tree({here / "t"}, there / "t", quick_tree());
  for (auto const& each : report.failures) ADD_FAILURE() << each.text;
  for (auto const* const each : {"t/a", "t/b", "t/c"}) EXPECT_EQ(contents(there / each), "bytes");
  EXPECT_EQ(report.warnings.size(), 1U) << "told once";
}

TEST(CopyOnFuse, WritesIntoTheFileWhereNothingCanBeMadeBesideIt) {
  fuse_filesystem const there({.on_create_hidden = EACCES});
  COVIEW_NEEDS_FUSE(there);
  folder const here;
  put(here / "a", noise(9000));
  put(there / "b", "old, and no longer than this");
  auto const report = coview::copy_file(here / "a", there / "b", quick());
  EXPECT_EQ(contents(there / "b"), noise(9000));
  EXPECT_EQ(report.warnings.size(), 1U);
}

TEST(CopyOnFuse, UpdatesByTheTimesThatTheTargetCanKeep) {
  for (unsigned const grain : {1U, 2U}) {
    fuse_filesystem const there({.grain = grain});
    COVIEW_NEEDS_FUSE(there);
    folder const here;
    put(here / "a", "one");
    struct ::timespec const times[2] = {{1700000001, 700000000}, {1700000001, 700000000}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (here / "a").c_str(), times, 0), 0);
    copy_options options = quick();
    options.existing = coview::existing_target::update;
    EXPECT_FALSE(coview::copy_file(here / "a", there / "b", options).skipped);
    EXPECT_TRUE(coview::copy_file(here / "a", there / "b", options).skipped);
    struct ::timespec const later[2] = {{1700000004, 0}, {1700000004, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (here / "a").c_str(), later, 0), 0);
    EXPECT_FALSE(coview::copy_file(here / "a", there / "b", options).skipped);
  }
}

}  // namespace
