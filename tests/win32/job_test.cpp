// SPDX-License-Identifier: Apache-2.0
// Job objects: members that end together, also where the holder is killed; limits and counts.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <string>

#include <coview/win32/windows.h>

#include "win32_support.hpp"

namespace {

using coview_test::child;
using coview_test::parent_link;
using coview_test::scoped_handle;

class Win32Job : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

/// A process that sleeps, and one that it has started in turn; the second's number on `said`.
struct family {
  child parent;
  pid_t grandchild = 0;
  family()
      : parent([](parent_link const& link) {
          child const below([](parent_link const&) {
            for (;;) ::pause();
          });
          link.say(std::to_string(below.pid()));
          for (;;) ::pause();
        }) {
    grandchild = std::stoi(parent.hear());
  }
  [[nodiscard]] HANDLE open() const {
    return OpenProcess(PROCESS_ALL_ACCESS, FALSE, static_cast<DWORD>(parent.pid()));
  }
};

bool until_gone(pid_t id) {
  for (int i = 0; i < 6000; ++i) {
    if (::kill(id, 0) != 0) return true;
    ::usleep(10000);
  }
  return false;
}

void kill_on_close(HANDLE job) {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  EXPECT_TRUE(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
}

TEST_F(Win32Job, TerminateEndsMembersAndWhatTheyStarted) {
  family one;
  scoped_handle const job = CreateJobObjectA(nullptr, nullptr);
  scoped_handle const process = one.open();
  BOOL in = TRUE;
  EXPECT_TRUE(IsProcessInJob(process, job, &in));
  EXPECT_FALSE(in);
  EXPECT_TRUE(AssignProcessToJobObject(job, process));
  EXPECT_TRUE(AssignProcessToJobObject(job, process));
  EXPECT_TRUE(IsProcessInJob(process, job, &in));
  EXPECT_TRUE(in);

  std::array<std::byte, 256> room{};
  auto* const list = reinterpret_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(room.data());
  DWORD used = 0;
  EXPECT_TRUE(QueryInformationJobObject(job, JobObjectBasicProcessIdList, list, room.size(), &used));
  EXPECT_EQ(list->NumberOfProcessIdsInList, 2U);
  EXPECT_EQ(list->ProcessIdList[0], static_cast<ULONG_PTR>(one.parent.pid()));
  EXPECT_EQ(list->ProcessIdList[1], static_cast<ULONG_PTR>(one.grandchild));
  EXPECT_FAILS(ERROR_MORE_DATA, FALSE,
               QueryInformationJobObject(job, JobObjectBasicProcessIdList, list, sizeof *list, &used));
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts{};
  EXPECT_TRUE(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &counts, sizeof counts, nullptr));
  EXPECT_EQ(counts.ActiveProcesses, 2U);

  EXPECT_TRUE(TerminateJobObject(job, 7));
  EXPECT_EQ(one.parent.wait(), 128 + SIGKILL);
  EXPECT_TRUE(until_gone(one.grandchild));
  EXPECT_TRUE(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &counts, sizeof counts, nullptr));
  EXPECT_EQ(counts.ActiveProcesses, 0U);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, AssignProcessToJobObject(job, process));  // it has ended
}

TEST_F(Win32Job, TheLastHandleEndsMembers) {
  family one;
  HANDLE const job = CreateJobObjectW(nullptr, nullptr);
  scoped_handle const process = one.open();
  EXPECT_TRUE(AssignProcessToJobObject(job, process));
  kill_on_close(job);
  HANDLE second = nullptr;
  EXPECT_TRUE(
      DuplicateHandle(GetCurrentProcess(), job, GetCurrentProcess(), &second, 0, FALSE, DUPLICATE_SAME_ACCESS));
  CloseHandle(job);
  EXPECT_EQ(::kill(one.parent.pid(), 0), 0);
  CloseHandle(second);
  EXPECT_EQ(one.parent.wait(), 128 + SIGKILL);
  EXPECT_TRUE(until_gone(one.grandchild));
}

TEST_F(Win32Job, WithoutTheLimitTheyLive) {
  family one;
  scoped_handle const process = one.open();
  HANDLE const job = CreateJobObjectA(nullptr, nullptr);
  kill_on_close(job);
  EXPECT_TRUE(AssignProcessToJobObject(job, process));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION none{};
  EXPECT_TRUE(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &none, sizeof none));
  CloseHandle(job);
  EXPECT_EQ(WaitForSingleObject(process, 100), WAIT_TIMEOUT);
  one.parent.kill();
  ::kill(one.grandchild, SIGKILL);
}

TEST_F(Win32Job, AHolderThatIsKilledTakesThemAlong) {
  for (int round = 0; round < 20; ++round) {
    child member([](parent_link const&) {
      for (;;) ::pause();
    });
    child holder([&](parent_link const& link) {
      HANDLE const job = CreateJobObjectA(nullptr, nullptr);
      kill_on_close(job);
      HANDLE const process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, static_cast<DWORD>(member.pid()));
      link.say(AssignProcessToJobObject(job, process) != FALSE ? "assigned" : "not assigned");
      for (;;) ::pause();
    });
    ASSERT_EQ(holder.hear(), "assigned");
    holder.kill();
    EXPECT_EQ(member.wait(), 128 + SIGKILL);
  }
}

TEST_F(Win32Job, LimitsAreAppliedOrRefused) {
  child member([](parent_link const&) {
    for (;;) ::pause();
  });
  scoped_handle const process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, static_cast<DWORD>(member.pid()));
  scoped_handle const job = CreateJobObjectA(nullptr, nullptr);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  auto& basic = limits.BasicLimitInformation;
  basic.LimitFlags =
      JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_PRIORITY_CLASS | JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
  basic.PriorityClass = BELOW_NORMAL_PRIORITY_CLASS;
  basic.ActiveProcessLimit = 1;
  // The whole address space: a smaller one could end the member, where a sanitizer's own memory counts as well.
  limits.ProcessMemoryLimit = SIZE_T{1} << 47U;
  EXPECT_TRUE(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
  ASSERT_TRUE(AssignProcessToJobObject(job, process));
  rlimit most{};
  EXPECT_EQ(::prlimit(member.pid(), RLIMIT_DATA, nullptr, &most), 0);
  EXPECT_EQ(most.rlim_max, limits.ProcessMemoryLimit);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(member.pid())), 10);
  EXPECT_FAILS(ERROR_NOT_ENOUGH_QUOTA, FALSE, AssignProcessToJobObject(job, GetCurrentProcess()));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION back{};
  EXPECT_TRUE(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &back, sizeof back, nullptr));
  EXPECT_EQ(back.BasicLimitInformation.LimitFlags, basic.LimitFlags);
  EXPECT_EQ(back.ProcessMemoryLimit, limits.ProcessMemoryLimit);

  basic.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME;
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE,
               SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
  basic.LimitFlags = 0x80000000;
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
               SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
  basic.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
               SetInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof basic));
  EXPECT_FAILS(ERROR_BAD_LENGTH, FALSE, SetInformationJobObject(job, JobObjectBasicLimitInformation, &basic, 8));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
               SetInformationJobObject(job, static_cast<JOBOBJECTINFOCLASS>(14), &basic, sizeof basic));
  EXPECT_FAILS(ERROR_NOACCESS, FALSE,
               SetInformationJobObject(job, JobObjectExtendedLimitInformation, nullptr, sizeof limits));
}

TEST_F(Win32Job, NamesAndOtherHandlesAreRefused) {
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, nullptr, CreateJobObjectA(nullptr, "job"));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, "job"));
  scoped_handle const job = CreateJobObjectA(nullptr, nullptr);
  scoped_handle const event = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, AssignProcessToJobObject(job, event));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, AssignProcessToJobObject(event, GetCurrentProcess()));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, TerminateJobObject(event, 1));
  scoped_handle weak;
  HANDLE narrowed = nullptr;
  EXPECT_TRUE(DuplicateHandle(GetCurrentProcess(), job, GetCurrentProcess(), &narrowed, JOB_OBJECT_QUERY, FALSE, 0));
  weak = scoped_handle(narrowed);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, TerminateJobObject(weak, 1));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, WAIT_FAILED, WaitForSingleObject(job, 0));
}

}  // namespace
