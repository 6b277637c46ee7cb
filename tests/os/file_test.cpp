// SPDX-License-Identifier: Apache-2.0
#include "os/file.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

#include "os/memory.hpp"
#include "os/virtual_memory.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

class File : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

TEST_F(File, ADescriptorClosesItself) {
  int raw = -1;
  {
    auto const fd = open(root_.path().c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_TRUE(fd);
    raw = fd->get();
    EXPECT_EQ(::fcntl(raw, F_GETFD), FD_CLOEXEC);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

TEST_F(File, AMovedDescriptorHasOneOwner) {
  auto fd = std::move(*open(root_.path().c_str(), O_RDONLY));
  int const raw = fd.get();
  unique_fd other = std::move(fd);
  EXPECT_FALSE(fd);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(other.get(), raw);
}

TEST_F(File, OpenAnswersWithTheErrno) {
  EXPECT_EQ(open((root_.path() / "none").c_str(), O_RDONLY).error(), ENOENT);
}

TEST_F(File, CommitTakesMemoryAndGrowsTheFile) {
  auto const fd = std::move(*open((root_.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  constexpr std::uint64_t size = (std::uint64_t{64} << 20U) + 5000;  // more than one step of the loop inside
  ASSERT_EQ(commit(fd.get(), 0, size), 0);
  auto const status = os::status(fd.get());
  EXPECT_EQ(status->st_size, static_cast<off_t>(size));
  EXPECT_GE(status->st_blocks * 512, static_cast<blkcnt_t>(size));
}

TEST_F(File, CommitSurvivesAStormOfSignals) {  // tmpfs undoes a whole fallocate for each of them
  struct sigaction ignore {};
  ignore.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &ignore, nullptr), 0);
  itimerval const storm{{0, 500}, {0, 500}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &storm, nullptr), 0);
  auto const fd = std::move(*open((root_.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  int const failure = commit(fd.get(), 0, std::uint64_t{1} << 20U);
  itimerval const calm{};
  ::setitimer(ITIMER_REAL, &calm, nullptr);
  EXPECT_EQ(failure, 0);
  EXPECT_EQ(os::status(fd.get())->st_size, off_t{1} << 20U);
}

TEST_F(File, CommitGoesOnWhereEverySecondCallIsInterrupted) {  // a step of 64 MiB would never come to its end
  struct sigaction ignore {};
  ignore.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &ignore, nullptr), 0);
  auto const fd = std::move(*open((root_.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  itimerval const storm{{0, 100}, {0, 100}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &storm, nullptr), 0);
  int const failure = commit(fd.get(), 0, std::uint64_t{24} << 20U);
  itimerval const calm{};
  ::setitimer(ITIMER_REAL, &calm, nullptr);
  EXPECT_EQ(failure, 0);
  EXPECT_EQ(os::status(fd.get())->st_blocks, (24 << 20U) / 512);
}

/// From now on fallocate(2) does not exist for this process, as in some sandboxes.
bool forbid_fallocate() {
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog const program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(File, CommitNeedsNoFallocate) {
  coview_test::child const sandboxed([&](coview_test::parent_link const& parent) {
    auto const fd = std::move(*open((root_.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
    std::array<std::byte, 3> const bytes{std::byte{1}, std::byte{2}, std::byte{3}};
    bool ok = write_at(fd.get(), bytes, 5000) == 0 && resize(fd.get(), 20'000) == 0 && forbid_fallocate();
    ok = ok && commit(fd.get(), 4097, 100'000) == 0;
    std::array<std::byte, 3> back{};
    ok = ok && read_at(fd.get(), back, 5000) && back == bytes;  // what stood there still does
    auto const after = status(fd.get());
    parent.say(ok ? std::to_string(after->st_size) + " " + std::to_string(after->st_blocks * 512 / 4096) : "failed");
  });
  EXPECT_EQ(sandboxed.hear(), "104097 25");
}

TEST_F(File, ReadsStopAtTheEndAndWritesAreWhole) {
  auto const fd = std::move(*open((root_.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  std::array<std::byte, 10> bytes{};
  bytes.fill(std::byte{7});
  ASSERT_EQ(write_at(fd.get(), bytes, 5), 0);
  std::array<std::byte, 100> back{};
  EXPECT_EQ(*read_at(fd.get(), back, 10), 5U);
  EXPECT_EQ(back[0], std::byte{7});
  EXPECT_EQ(write_at(-1, bytes, 0), EBADF);
}

TEST_F(File, EntriesAreAllButTheDots) {
  for (char const* name : {"a", "b", "c"}) (void)open((root_.path() / name).c_str(), O_RDWR | O_CREAT, 0600);
  auto const directory = open(root_.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto names = *entries(directory->get());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(entries(-1).error(), EBADF);
}

TEST_F(File, AlignedMappingsAreAlignedAndLeaveNothingReserved) {
  auto const fd = std::move(*open((root_.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(resize(fd.get(), huge_page_size), 0);
  auto const mapped = map_file(nullptr, huge_page_size, 1, sharing::shared, fd.get(), 0, huge_page_size);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(*mapped) % huge_page_size, 0U);
  unmap(*mapped, huge_page_size);
}

TEST_F(File, CommitsNoMoreOfATmpfsThanThereIsMemory) {
  auto const memory = available_memory();
  ASSERT_TRUE(memory);
  auto const fd = anonymous_file("coview-test");
  ASSERT_TRUE(fd);
  EXPECT_EQ(commit(fd->get(), 0, *memory * 2), ENOSPC);
  EXPECT_EQ(status(fd->get())->st_size, 0);
}

}  // namespace
}  // namespace coview::os
