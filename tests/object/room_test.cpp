// SPDX-License-Identifier: Apache-2.0
// Dead objects never make a create fail: what they take is given back first.
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "os/file.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// A tmpfs of its own, with limits.
class Room : public testing::Test {
 protected:
  static void leave_stale(std::string const& name, std::uint64_t size) {
    child dead([&](parent_link const& parent) {
      auto const held = mapping::create(name, size);
      parent.say("created");
      (void)parent.hear();
    });
    ASSERT_EQ(dead.hear(), "created");
    dead.kill();
  }

  coview_test::scoped_root root_{01777};
};

TEST_F(Room, OfTheDeadIsGivenBack) {
  NEEDS_ROOT();
  coview_test::scoped_tmpfs const small(root_.path(), "size=8m,mode=1777");
  ASSERT_TRUE(small.ok());
  for (char const* dead : {"dead", "Global\\dead"}) {
    for (std::uint64_t const size : {5 * mebibyte, 6 * mebibyte}) {
      leave_stale(dead, size);
      auto const memory = mapping::create("x", 5 * mebibyte);
      EXPECT_EQ(memory.size(), 5 * mebibyte);
    }
  }
  auto const living = mapping::create("living", 5 * mebibyte);
  EXPECT_ERROR(std::errc::no_space_on_device, "left", (void)mapping::create("x", 5 * mebibyte));
}

TEST_F(Room, OfTheDeadsInodesIsGivenBack) {
  NEEDS_ROOT();
  coview_test::scoped_tmpfs const small(root_.path(), "nr_inodes=6,mode=1777");
  ASSERT_TRUE(small.ok());
  for (int i = 0; i < 4; ++i) leave_stale("dead" + std::to_string(i), 1);
  auto const first = mapping::create("x", 1);
  auto const second = event::create("y", reset::manual);
  auto const third = mapping::create("Global\\z", 1);
  auto const fourth = mapping::create("w", 1);
  EXPECT_ERROR(std::errc::no_space_on_device, "", (void)mapping::create("v", 1));
}

TEST_F(Room, IsMadeWhereTheFilesystemIsMounted) {
  NEEDS_ROOT();
  coview_test::scoped_tmpfs const small(root_.path(), "size=1m,nr_inodes=4,mode=1777");
  ASSERT_TRUE(small.ok());
  auto const mounted = root_.path().string() + "'";
  EXPECT_ERROR(std::errc::no_space_on_device, "remount,size=SIZE " + mounted,
               (void)mapping::create("x", mebibyte - 1));
  std::vector<event> all;
  auto const fill = [&] {
    for (int i = 0; i < 4; ++i) all.push_back(event::create("e" + std::to_string(i), reset::manual));
  };
  EXPECT_ERROR(std::errc::no_space_on_device, "remount,nr_inodes=NUMBER " + mounted, fill());
}

TEST_F(Room, OfAnotherFilesystemIsNotMadeByMounting) {
  EXPECT_EQ(os::mount_point_of("/"), "/");
  EXPECT_EQ(os::mount_point_of("/proc/self/"), "/proc");
  EXPECT_EQ(os::mount_point_of("/nowhere/at/all"), "/nowhere/at/all");
}

/// In a child whose /proc/self says that it is in the memory group of this directory.
std::string in_a_group(std::filesystem::path const& directory, bool unified,
                       std::function<std::string()> const& body) {
  child grouped([&](parent_link const& parent) {
    auto const said = [&](char const* file, std::string const& text) {
      auto const path = directory / (std::string("said-") + file);
      std::ofstream(path) << text;
      return ::mount(path.c_str(), (std::string("/proc/self/") + file).c_str(), nullptr, MS_BIND, nullptr) == 0;
    };
    bool const own = coview_test::own_mounts();
    std::string const mounted = "30 20 0:27 / " + directory.string();
    bool const there =
        own && said("cgroup", unified ? "0::/\n" : "4:memory:/\n") &&
        said("mountinfo", mounted + (unified ? " rw - cgroup2 cgroup2 rw\n" : " rw - cgroup cgroup rw,memory\n"));
    parent.say(there ? body() : "no group");
  });
  return grouped.hear();
}

TEST_F(Room, ThatAMemoryGroupLeavesIsNamedWithWhatHelps) {
  NEEDS_ROOT();
  auto const group = root_.path() / "group";
  std::filesystem::create_directory(group);
  auto const write = [&](char const* file, std::string const& text) { std::ofstream(group / file) << text; };
  write("memory.max", "41943040\n");  // of version 2
  write("memory.current", "20971520\n");
  write("memory.swap.max", "0\n");
  write("memory.limit_in_bytes", "41943040\n");  // of version 1, as its limit together with swap
  write("memory.memsw.limit_in_bytes", "41943040\n");
  write("memory.usage_in_bytes", "20971520\n");
  write("memory.memsw.usage_in_bytes", "20971520\n");
  auto const create = [](std::uint64_t size, create_options const& options) -> std::string {
    try {
      return mapping::create("x", size, options).size() == size ? "created" : "another size";
    } catch (error const& e) {
      return std::to_string(e.code().value()) + " " + e.what();
    }
  };
  for (bool const unified : {false, true}) {
    SCOPED_TRACE(unified ? "version 2" : "version 1");
    auto const refused = in_a_group(group, unified, [&] { return create(32 * mebibyte, {}); });
    if (refused == "no group") GTEST_SKIP() << "this kernel lets nobody mount over /proc/self";
    EXPECT_TRUE(refused.starts_with(std::to_string(ENOMEM))) << refused;
    EXPECT_NE(refused.find("needs 33554432 bytes, and the memory cgroup of this process has 20971520 left"),
              std::string::npos)
        << refused;
    EXPECT_NE(refused.find("memory.max; for a container --memory"), std::string::npos) << refused;
    EXPECT_NE(refused.find("'reserve'"), std::string::npos) << refused;
    // What the remedy says helps.
    EXPECT_EQ(in_a_group(group, unified, [&] { return create(32 * mebibyte, {.reserve = true}); }), "created");
    EXPECT_EQ(in_a_group(group, unified, [&] { return create(17 * mebibyte, {}); }), "created");
  }
}

}  // namespace
}  // namespace coview
