// SPDX-License-Identifier: Apache-2.0
// What others can put in the way: each obstacle has its own clear error, and nothing is followed, waited for or
// removed.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <gtest/gtest.h>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>
#include <coview/sync_status.hpp>

#include "object/layout.hpp"
#include "object/name.hpp"
#include "object/place.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

class Obstacles : public testing::Test {
 protected:
  Obstacles() {
    (void)mapping::create("first", 1);  // makes the user's directory
    file_ = root_.local() / slot_file(require_name("x", "").file, 0);
  }

  void expect_refused(std::string const& text) {
    EXPECT_ERROR(std::errc::operation_not_permitted, text, (void)mapping::open("x"));
    EXPECT_ERROR(std::errc::operation_not_permitted, text, (void)mapping::open("x", access::read_only));
    EXPECT_ERROR(std::errc::operation_not_permitted, text, (void)mapping::create("x", 1));
    EXPECT_ERROR(std::errc::operation_not_permitted, text, (void)mapping::open_or_create("x", 1));
    EXPECT_ERROR(std::errc::operation_not_permitted, text, (void)stat("x"));
    EXPECT_TRUE(list().empty());
    (void)reclaim();
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(file_)));
  }

  /// A live object's file, whose header a test then changes.
  os::unique_fd raw_file() { return std::move(*os::open(file_.c_str(), O_RDWR)); }

  coview_test::scoped_root root_;
  std::filesystem::path file_;
};

TEST_F(Obstacles, ASymbolicLink) {
  auto const victim = root_.path() / "victim";
  std::ofstream(victim) << "precious";
  std::filesystem::create_symlink(victim, file_);
  expect_refused("a symbolic link is in the way: " + file_.string());
  EXPECT_EQ(std::filesystem::file_size(victim), 8U);
}

TEST_F(Obstacles, AFifo) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  expect_refused("a FIFO is in the way");
}

TEST_F(Obstacles, ADirectory) {
  std::filesystem::create_directory(file_);
  expect_refused("a directory is in the way");
}

TEST_F(Obstacles, AHardLink) {
  auto const victim = root_.path() / "victim";
  std::ofstream(victim) << "precious";
  std::filesystem::create_hard_link(victim, file_);
  expect_refused("a second name (a hard link)");
  EXPECT_EQ(std::filesystem::file_size(victim), 8U);
}

TEST_F(Obstacles, AFileOfAnotherUser) {
  NEEDS_ROOT();
  std::ofstream(file_) << "planted";
  ASSERT_EQ(::chown(file_.c_str(), 1000, 1000), 0);
  expect_refused("its file belongs to user 1000");
}

TEST_F(Obstacles, AnUnheldFileOfRubbishIsStale) {
  std::ofstream(file_) << "rubbish";
  EXPECT_FALSE(mapping::try_open("x"));
  std::ofstream(file_) << "rubbish again";
  EXPECT_TRUE(mapping::create("x", 1));
}

TEST_F(Obstacles, AHeldFileOfRubbishIsNamed) {
  std::ofstream(file_) << std::string(200, 'r');
  auto const holder = raw_file();
  ASSERT_EQ(os::try_hold(holder.get()), os::lock_answer::taken);
  ASSERT_EQ(os::try_mark(holder.get()), os::lock_answer::taken);
  EXPECT_ERROR(std::errc::bad_message, "not a coview object", (void)mapping::open("x"));
  EXPECT_ERROR(std::errc::file_exists, "taken", (void)mapping::create("x", 1));
  auto const info = stat("x");
  EXPECT_EQ(info.state, object_state::incompatible);
  EXPECT_EQ(info.problem, "its file is not a coview object");
}

TEST_F(Obstacles, AnotherLayoutVersionIsRefusedAndKept) {
  for (std::uint32_t const version :
       {layout::version - 1, layout::version + 1}) {  // an older library's, a newer one's
    auto const memory = mapping::create("x", 100);
    ASSERT_EQ(
        os::write_at(raw_file().get(), std::as_bytes(std::span(&version, 1)), offsetof(layout::header, version)), 0);
    EXPECT_ERROR(std::errc::not_supported, "another layout version than this library reads (2)",
                 (void)mapping::open("x"));
    EXPECT_EQ(stat("x").state, object_state::incompatible);
    EXPECT_TRUE(memory.still_named());
  }
}

TEST_F(Obstacles, AnEventOfAnOlderLayoutIsRefusedByEveryCall) {
  auto const made = event::create("x", reset::automatic, true);
  std::uint32_t const version = layout::version - 1;  // its pulses and resets stand in other bits
  ASSERT_EQ(os::write_at(raw_file().get(), std::as_bytes(std::span(&version, 1)), offsetof(layout::header, version)),
            0);
  constexpr char const* sentence = "another layout version than this library reads (2)";
  EXPECT_ERROR(std::errc::not_supported, sentence, (void)event::open("x"));
  EXPECT_ERROR(std::errc::not_supported, sentence, (void)event::try_open("x"));
  EXPECT_ERROR(std::errc::not_supported, sentence, (void)event::open_or_create("x", reset::manual));
  EXPECT_ERROR(std::errc::bad_message, sentence, (void)status_of("x"));
}

TEST_F(Obstacles, AnObjectUnderAnotherName) {
  auto const memory = mapping::create("y", 100);
  auto const other = root_.local() / slot_file(require_name("y", "").file, 0);
  std::filesystem::rename(other, file_);
  EXPECT_ERROR(std::errc::bad_message, "an object of another name, 'y'", (void)mapping::open("x"));
}

TEST_F(Obstacles, AnObjectOfAnotherKind) {
  auto const memory = mapping::create("x", 100);
  std::uint8_t const kind = static_cast<std::uint8_t>(object_kind::mutex);
  ASSERT_EQ(os::write_at(raw_file().get(), std::as_bytes(std::span(&kind, 1)), offsetof(layout::header, kind)), 0);
  EXPECT_ERROR(std::errc::invalid_argument, "an object of another kind", (void)mapping::open("x"));
  EXPECT_ERROR(std::errc::invalid_argument, "an object of another kind", (void)mapping::open_or_create("x", 1));
}

TEST_F(Obstacles, ADirectoryThatOthersMayEnter) {
  coview_test::scoped_root const other;
  ASSERT_EQ(::mkdir(other.local().c_str(), 0700), 0);
  ASSERT_EQ(::chmod(other.local().c_str(), 0750), 0);
  EXPECT_ERROR(std::errc::operation_not_permitted, "others may enter directory", (void)mapping::create("x", 1));
  EXPECT_ERROR(std::errc::operation_not_permitted, "others may enter directory", (void)list());
}

TEST_F(Obstacles, NoDescriptorsLeft) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "the sanitizer needs descriptors of its own to look at an exception";
#endif
#endif
  auto const memory = mapping::create("x", 4096);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit const none{3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_ERROR(std::errc::too_many_files_open, "ulimit -n", (void)mapping::open("x"));
  EXPECT_ERROR(std::errc::too_many_files_open, "ulimit -n", (void)mapping::create("y", 1));
  EXPECT_ERROR(std::errc::too_many_files_open, "ulimit -n", (void)mapping::anonymous(1));
  EXPECT_ERROR(std::errc::too_many_files_open, "ulimit -n", (void)mapping::file(file_));
  EXPECT_ERROR(std::errc::too_many_files_open, "", (void)list());
  EXPECT_ERROR(std::errc::too_many_files_open, "", (void)stat("x"));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(mapping::try_open("x"));
}

TEST_F(Obstacles, NoSpace) {
  NEEDS_ROOT();
  std::filesystem::create_directory(root_.path() / "small");
  coview_test::scoped_tmpfs const small(root_.path() / "small", "size=1m,mode=1777");
  ASSERT_TRUE(small.ok());
  ::setenv("COVIEW_ROOT", (root_.path() / "small").c_str(), 1);
  EXPECT_ERROR(std::errc::no_space_on_device, "has 1", (void)mapping::create("x", std::uint64_t{2} << 20U));
  EXPECT_ERROR(std::errc::no_space_on_device, "is full", (void)mapping::create("x", (1U << 20U) - 1));
  EXPECT_ERROR(std::errc::no_space_on_device, "is full", (void)mapping::create("Global\\x", (1U << 20U) - 1));
  EXPECT_FALSE(mapping::try_open("x"));
  EXPECT_TRUE(list().empty());

  auto const sparse = mapping::create("sparse", std::uint64_t{4} << 20U, {.reserve = true});
  auto const seen = sparse.map();
  EXPECT_ERROR(std::errc::bad_address, "no memory", seen.prefault());  // an error, where a touch would be a SIGBUS
  EXPECT_ERROR(std::errc::bad_address, "no memory",
               (void)sparse.map(access::read_write, 0, to_end, {.prefault = true}));
  (void)remove("sparse", {.force = true});
  EXPECT_FALSE(sparse.still_named());
}

TEST_F(Obstacles, AReadOnlyFileSystem) {
  NEEDS_ROOT();
  std::filesystem::create_directory(root_.path() / "fixed");
  coview_test::scoped_tmpfs const fixed(root_.path() / "fixed", "size=1m,mode=1777");
  ASSERT_TRUE(fixed.ok());
  ::setenv("COVIEW_ROOT", (root_.path() / "fixed").c_str(), 1);
  (void)mapping::create("old", 1, {.permanent = true});
  forget_places();  // what is open for writing cannot be remounted
  ASSERT_TRUE(fixed.make_read_only());
  EXPECT_ERROR(std::errc::read_only_file_system, "set COVIEW_ROOT", (void)mapping::create("x", 1));
  EXPECT_ERROR(std::errc::read_only_file_system, "set COVIEW_ROOT", (void)mapping::create("Global\\x", 1));
  EXPECT_FALSE(mapping::try_open("x"));
  EXPECT_TRUE(mapping::try_open("old", access::read_only));
}

TEST_F(Obstacles, SizesThatCannotBe) {
  EXPECT_ERROR(std::errc::invalid_argument, "its size is 0 bytes", (void)mapping::create("x", 0));
  EXPECT_ERROR(std::errc::invalid_argument, "its size is 0 bytes", (void)mapping::open_or_create("x", 0));
  EXPECT_ERROR(std::errc::invalid_argument, "its size is 0 bytes", (void)mapping::anonymous(0));
  for (std::uint64_t const size : {~std::uint64_t{0}, std::uint64_t{1} << 63U, (std::uint64_t{1} << 63U) - 1}) {
    EXPECT_ERROR(std::errc::file_too_large, "no file can have", (void)mapping::create("x", size));
    EXPECT_ERROR(std::errc::file_too_large, "no file can have", (void)mapping::create("x", size, {.reserve = true}));
  }
  EXPECT_ERROR(std::errc::no_space_on_device, "it needs", (void)mapping::create("x", std::uint64_t{1} << 60U));
  EXPECT_ERROR(std::errc::not_enough_memory, "bytes, and the system has",
               (void)mapping::anonymous(std::uint64_t{1} << 60U));
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Obstacles, MoreThanTheAddressSpaceCannotBeMapped) {
  auto const memory = mapping::create("x", std::uint64_t{1} << 60U, {.reserve = true});
  EXPECT_EQ(memory.size(), std::uint64_t{1} << 60U);
  EXPECT_ERROR(std::errc::not_enough_memory, "map a part of it", (void)memory.map());
  EXPECT_EQ(memory.map(access::read_write, std::uint64_t{1} << 59U, 100).size(), 100U);
}

TEST_F(Obstacles, ModesThatCannotBe) {
  EXPECT_ERROR(std::errc::invalid_argument, "bits beyond 0777", (void)mapping::create("x", 1, {.mode = 01600}));
  EXPECT_ERROR(std::errc::invalid_argument, "does not let its owner read",
               (void)mapping::create("x", 1, {.mode = 0066}));
}

TEST_F(Obstacles, TheUmaskChangesNothing) {
  for (mode_t const mask : {mode_t{0}, mode_t{022}, mode_t{077}, mode_t{0777}}) {
    mode_t const before = ::umask(mask);
    coview_test::scoped_root const fresh;
    {
      auto const memory = mapping::create("x", 1, {.mode = 0664});
      EXPECT_EQ(stat("x").mode, 0664U) << mask;
      struct ::stat directory {};
      EXPECT_EQ(::stat(fresh.local().c_str(), &directory), 0);
      EXPECT_EQ(directory.st_mode & 0777U, 0700U) << mask;
    }
    ::umask(before);
  }
}

}  // namespace
}  // namespace coview
