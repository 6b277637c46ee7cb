// SPDX-License-Identifier: Apache-2.0
// Where objects stand, and a root that is not as it should be.
#include "object/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

constexpr operation_context context{"open", "object"};

TEST(Place, FollowsCoviewRoot) {
  coview_test::scoped_root const first;
  (void)mapping::create("x", 1, {.permanent = true});
  {
    coview_test::scoped_root const second;
    EXPECT_FALSE(mapping::try_open("x"));
  }
  ::setenv("COVIEW_ROOT", first.path().c_str(), 1);
  EXPECT_TRUE(mapping::try_open("x"));
}

TEST(Place, IsDevShmOtherwise) {
  ::unsetenv("COVIEW_ROOT");
  EXPECT_EQ(root_path(), "/dev/shm");
  ::setenv("COVIEW_ROOT", "", 1);
  EXPECT_EQ(root_path(), "/dev/shm");
}

TEST(Place, LookingMakesNoDirectory) {
  coview_test::scoped_root const root;
  EXPECT_FALSE(mapping::try_open("x"));
  EXPECT_FALSE(std::filesystem::exists(root.local()));
}

TEST(Place, IsFoundOnce) {
  coview_test::scoped_root const root;
  auto const first = find_place(name_scope::local, if_missing::create, context);
  EXPECT_EQ(find_place(name_scope::local, if_missing::create, context), first);
  EXPECT_FALSE(first->gone());
  forget_places();
  EXPECT_NE(find_place(name_scope::local, if_missing::create, context), first);
  std::filesystem::remove_all(root.local());
  EXPECT_TRUE(first->gone());
}

TEST(Place, AMissingRootIsNamed) {
  ::setenv("COVIEW_ROOT", "/dev/shm/there/is/none", 1);
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "directory /dev/shm/there/is/none",
               (void)mapping::create("x", 1));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "COVIEW_ROOT must name a directory", (void)mapping::open("x"));
}

TEST(Place, ARelativeRootIsRefused) {
  ::setenv("COVIEW_ROOT", "here", 1);
  EXPECT_ERROR(std::errc::invalid_argument, "it must be an absolute path", (void)mapping::create("x", 1));
}

TEST(Place, ARootThatIsAFileIsRefused) {
  ::setenv("COVIEW_ROOT", "/etc/passwd", 1);
  EXPECT_ERROR(std::errc::not_a_directory, "/etc/passwd", (void)mapping::create("x", 1));
}

/// user::rwx, user:1000:rwx, group::r-x, mask::rwx, other::r-x as a default ACL, in the kernel's binary form.
void set_default_acl(char const* path) {
  struct entry {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
  };
  struct {
    std::uint32_t version = 2;
    std::array<entry, 5> entries{{{0x01, 7, ~0U}, {0x02, 7, 1000}, {0x04, 5, ~0U}, {0x10, 7, ~0U}, {0x20, 5, ~0U}}};
  } acl;
  ASSERT_EQ(::setxattr(path, "system.posix_acl_default", &acl, sizeof acl, 0), 0);
}

TEST(Place, ADefaultAclWouldOpenObjectsToOthers) {
  coview_test::scoped_root const root;
  ASSERT_EQ(::mkdir(root.local().c_str(), 0700), 0);
  set_default_acl(root.local().c_str());
  EXPECT_ERROR(std::errc::operation_not_permitted, "has a default ACL", (void)mapping::create("x", 1));
  set_default_acl(root.path().c_str());
  EXPECT_ERROR(std::errc::operation_not_permitted, "setfacl -k", (void)mapping::create("Global\\x", 1));
}

TEST(Place, AForkWhileOthersSearchLeavesTheChildAbleTo) {
  coview_test::scoped_root const root;
  std::atomic<bool> stop{false};
  std::thread searcher([&] {
    while (!stop) {
      forget_places();
      (void)find_place(name_scope::local, if_missing::create, context);
    }
  });
  for (int i = 0; i < 50; ++i) {
    coview_test::child const forked([](coview_test::parent_link const& parent) {
      (void)mapping::create("x" + std::to_string(::getpid()), 1);
      parent.say("created");
    });
    EXPECT_EQ(forked.hear(), "created");
  }
  stop = true;
  searcher.join();
}

/// Descriptors of this process that lead to a directory.
std::vector<int> descriptors_of(std::filesystem::path const& directory) {
  std::vector<int> found;
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone) == directory)
      found.push_back(std::stoi(entry.path().filename().string()));
  }
  return found;
}

/// Daemons close all descriptors that they do not know, and then open their own.
TEST(Place, IsFoundAgainWhereTheProgramClosedItsDescriptor) {
  for (bool const reused : {false, true}) {
    for (std::string const scope : {"", "Global\\"}) {
      coview_test::scoped_root const root(01777);
      auto const other = root.path() / "other";
      std::filesystem::create_directory(other);
      auto held = mapping::create(scope + "held", 1);
      auto const numbers = descriptors_of(scope.empty() ? root.local() : root.path());
      ASSERT_EQ(numbers.size(), 1U);
      ::close(numbers[0]);
      if (reused) {
        int const fd = ::open(other.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd != numbers[0]) {
          ASSERT_EQ(::dup3(fd, numbers[0], O_CLOEXEC), numbers[0]);
          ::close(fd);
        }
      }
      auto made = mapping::create(scope + "made", 1);
      EXPECT_EQ(std::filesystem::path(stat(scope + "made").file).parent_path(),
                scope.empty() ? root.local() : root.path());
      EXPECT_TRUE(mapping::try_open(scope + "held"));
      EXPECT_EQ(list().size(), 2U);
      EXPECT_TRUE(held.map(access::read_write, 0, 1, {.keeps_name = false}));
      held.close();
      EXPECT_FALSE(mapping::try_open(scope + "held"));
      made.close();
      EXPECT_TRUE(root.files().empty());  // also what stood in a directory whose descriptor was gone
      EXPECT_TRUE(std::filesystem::is_empty(other));
      if (reused) {
        EXPECT_NE(::fcntl(numbers[0], F_GETFD), -1);
        ::close(numbers[0]);
      }
    }
  }
}

/// Lets `number` lead to `path`, or nowhere where that is empty.
void give_number(int number, std::filesystem::path const& path) {
  ::close(number);
  if (path.empty()) return;
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd == number) return;
  ASSERT_EQ(::dup3(fd, number, O_CLOEXEC), number);
  ::close(fd);
}

/// Opening and closing look at the directory's descriptor only where they do not find what they look for.
TEST(Place, OpeningAndClosingFindTheDirectoryAgain) {
  for (std::string const scope : {"", "Global\\"}) {
    coview_test::scoped_root const root(01777);
    auto const other = root.path() / "other";
    std::filesystem::create_directory(other);
    for (auto const& now :
         {std::filesystem::path(), other, std::filesystem::path("/"), std::filesystem::path("/proc/self/status")}) {
      auto held = mapping::create(scope + "held", 1);
      auto const directory = scope.empty() ? root.local() : root.path();
      auto numbers = descriptors_of(directory);
      ASSERT_EQ(numbers.size(), 1U);
      give_number(numbers[0], now);
      EXPECT_TRUE(mapping::try_open(scope + "held")) << now;
      EXPECT_FALSE(mapping::try_open(scope + "another")) << now;
      if (!now.empty()) ::close(numbers[0]);

      numbers = descriptors_of(directory);
      ASSERT_EQ(numbers.size(), 1U);
      give_number(numbers[0], now);
      held.close();
      EXPECT_TRUE(root.files().empty()) << now;
      if (!now.empty()) ::close(numbers[0]);
      forget_places();
    }
    EXPECT_TRUE(std::filesystem::is_empty(other));
  }
}

TEST(Place, IsTheOneThatWasObeyedWhileItsVariableStays) {
  coview_test::scoped_root const root;
  auto const first = find_place(name_scope::local, if_missing::create, context);
  EXPECT_EQ(find_place(name_scope::local, if_missing::create, context, descriptor_check::later), first);
  ::unsetenv("COVIEW_ROOT");
  EXPECT_NE(root_path(), root.path());
  ::setenv("COVIEW_ROOT", root.path().c_str(), 1);
  EXPECT_EQ(find_place(name_scope::local, if_missing::create, context), first);
}

}  // namespace
}  // namespace coview
