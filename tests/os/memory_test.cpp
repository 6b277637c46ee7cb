// SPDX-License-Identifier: Apache-2.0
#include "os/memory.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

/// A machine in a directory: `proc` as /proc/self, and groups with files of numbers.
class Memory : public testing::Test {
 protected:
  Memory() { std::filesystem::create_directory(root_.path() / "proc"); }

  void write(std::string const& file, std::string const& text) const {
    auto const path = root_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void describe(std::string const& memberships, std::string const& mounts) const {
    write("proc/cgroup", memberships);
    write("proc/mountinfo", mounts);
  }
  [[nodiscard]] std::string at(std::string const& directory) const { return root_.path() / directory; }
  [[nodiscard]] std::optional<std::uint64_t> left(std::uint64_t free_swap = 0) const {
    return available_in_cgroups(root_.path() / "proc", free_swap);
  }

  coview_test::scoped_root root_;
};

TEST_F(Memory, IsKnown) {
  EXPECT_GT(available_memory().value_or(0), 0U);
}

TEST_F(Memory, OfAGroupIsWhatItsLimitLeaves) {
  describe("0::/a/b\n", "30 20 0:27 / " + at("cg") + " rw shared:9 - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(left(), std::nullopt);
  write("cg/a/b/memory.max", "max\n");
  write("cg/a/memory.max", "1000\n");
  write("cg/a/memory.current", "400\n");
  EXPECT_EQ(left(), 600U);  // of the group above
  write("cg/a/b/memory.max", "300\n");
  write("cg/a/b/memory.current", "200\n");
  EXPECT_EQ(left(), 100U);
  write("cg/a/b/memory.high", "250\n");
  EXPECT_EQ(left(), 50U);
  write("cg/a/b/memory.stat", "anon 5\nfile 40\nshmem 10\n");  // the cache of files would be given up
  EXPECT_EQ(left(), 80U);
  EXPECT_EQ(left(1000), 680U + 400U);
  write("cg/a/b/memory.swap.max", "7\n");
  write("cg/a/b/memory.swap.current", "2\n");
  EXPECT_EQ(left(1000), 85U);
  write("cg/a/b/memory.current", "500\n");  // over the limit
  EXPECT_EQ(left(), 30U);
}

TEST_F(Memory, OfAGroupOfTheFirstVersion) {
  describe("7:cpu,cpuacct:/x\n4:memory:/a\n0::/\n",
           "30 20 0:26 / " + at("cpu") + " rw - cgroup cgroup rw,cpu,cpuacct\n" +  //
               "31 20 0:27 / " + at("mem") + " rw - cgroup cgroup rw,memory\n");
  write("mem/memory.limit_in_bytes", "9223372036854771712\n");
  write("mem/a/memory.limit_in_bytes", "1000\n");
  write("mem/a/memory.usage_in_bytes", "900\n");
  write("mem/a/memory.stat", "cache 1\ntotal_cache 50\ntotal_shmem 20\n");
  EXPECT_EQ(left(), 130U);
  EXPECT_EQ(left(1000), 1130U);
  write("mem/a/memory.memsw.limit_in_bytes", "1200\n");
  write("mem/a/memory.memsw.usage_in_bytes", "1000\n");
  EXPECT_EQ(left(1000), 230U);
}

TEST_F(Memory, OfAContainerThatSeesAPartOfTheTree) {
  write("cg/memory.max", "100\n");
  std::string const tail = " " + at("cg") + " rw - cgroup2 cgroup2 rw\n";
  for (char const* root : {"/box/1", "/elsewhere"}) {
    describe("0::/box/1\n", "30 20 0:27 " + std::string(root) + tail);
    EXPECT_EQ(left(), 100U) << root;
  }
  describe("0::/../other\n", "30 20 0:27 /" + tail);
  EXPECT_EQ(left(), 100U);
}

TEST_F(Memory, OfGroupsThatSayNothingIsNotLimited) {
  for (char const* memberships : {"", "garbage\n", "0:\n", ":::\n", "0::nowhere\n"}) {
    describe(memberships, "\n1\n30 20 0:27 / /nowhere\n30 20 0:27 / /nowhere rw - cgroup2\n");
    EXPECT_EQ(left(), std::nullopt) << memberships;
  }
}

}  // namespace
}  // namespace coview::os
