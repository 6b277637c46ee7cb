// SPDX-License-Identifier: Apache-2.0
// What a program asks about the machine, its processes and itself.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include <coview/win32/aclapi.h>
#include <coview/win32/psapi.h>
#include <coview/win32/sddl.h>
#include <coview/win32/shellapi.h>
#include <coview/win32/tlhelp32.h>
#include <coview/win32/versionhelpers.h>
#include <coview/win32/windows.h>

#include "win32/win32_support.hpp"

using coview_test::make_file;
using coview_test::memory;
using coview_test::scoped_handle;
using coview_test::scoped_root;
using coview_test::scoped_view;

namespace {

TEST(Snapshot, HasThisProcessItsThreadAndItsProgram) {
  scoped_handle const taken(CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD | TH32CS_SNAPMODULE, 0));
  ASSERT_NE(taken.get(), INVALID_HANDLE_VALUE);
  PROCESSENTRY32 process{};
  process.dwSize = sizeof process;
  BOOL more = Process32First(taken, &process);
  while (more && process.th32ProcessID != GetCurrentProcessId()) more = Process32Next(taken, &process);
  ASSERT_TRUE(more);
  EXPECT_STREQ(process.szExeFile, "win32_memory_test");
  EXPECT_EQ(process.th32ParentProcessID, static_cast<DWORD>(::getppid()));
  THREADENTRY32 thread{};
  thread.dwSize = sizeof thread;
  more = Thread32First(taken, &thread);
  while (more && thread.th32ThreadID != GetCurrentThreadId()) more = Thread32Next(taken, &thread);
  EXPECT_TRUE(more);
  EXPECT_EQ(thread.th32OwnerProcessID, GetCurrentProcessId());
  MODULEENTRY32W module{};
  module.dwSize = sizeof module;
  ASSERT_TRUE(Module32FirstW(taken, &module));
  EXPECT_STREQ(module.szModule, L"win32_memory_test");
}

TEST(Snapshot, EndsAndRefuses) {
  scoped_handle const taken(CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  PROCESSENTRY32W process{};
  EXPECT_FAILS(ERROR_BAD_LENGTH, FALSE, Process32FirstW(taken, &process));
  process.dwSize = sizeof process;
  THREADENTRY32 thread{};
  thread.dwSize = sizeof thread;
  EXPECT_FAILS(ERROR_NO_MORE_FILES, FALSE, Thread32First(taken, &thread));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, Process32FirstW(nullptr, &process));
  scoped_handle const event(CreateEventA(nullptr, FALSE, FALSE, nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, Process32FirstW(event, &process));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, CreateToolhelp32Snapshot(0, 0));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE,
               CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, 0x7FFFFFF0));
}

TEST(ProcessList, HasThisProcess) {
  std::vector<DWORD> ids(65536);
  DWORD bytes = 0;
  ASSERT_TRUE(EnumProcesses(ids.data(), static_cast<DWORD>(ids.size() * sizeof(DWORD)), &bytes));
  ids.resize(bytes / sizeof(DWORD));
  EXPECT_NE(std::find(ids.begin(), ids.end(), GetCurrentProcessId()), ids.end());
  std::array<char, MAX_PATH> name{};
  DWORD size = MAX_PATH;
  ASSERT_TRUE(QueryFullProcessImageNameA(GetCurrentProcess(), 0, name.data(), &size));
  EXPECT_TRUE(std::string(name.data(), size).ends_with("\\win32_memory_test"));
  EXPECT_GT(GetModuleBaseNameA(GetCurrentProcess(), nullptr, name.data(), MAX_PATH), 0U);
  EXPECT_STREQ(name.data(), "win32_memory_test");
  size = 3;
  EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, FALSE,
               QueryFullProcessImageNameA(GetCurrentProcess(), 0, name.data(), &size));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, QueryFullProcessImageNameA(nullptr, 0, name.data(), &size));
}

TEST(WorkingSet, PagesOfAViewAreSharedOnceTouched) {
  scoped_handle const mapping(memory(8192));
  scoped_view const view(MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0));
  view[0] = 1;
  int on_stack = 0;
  std::array<PSAPI_WORKING_SET_EX_INFORMATION, 3> pages{};
  pages[0].VirtualAddress = static_cast<char*>(view);
  pages[1].VirtualAddress = &on_stack;
  pages[2].VirtualAddress = nullptr;
  ASSERT_TRUE(QueryWorkingSetEx(GetCurrentProcess(), pages.data(), sizeof pages));
  EXPECT_EQ(pages[0].VirtualAttributes.Valid, 1U);
  EXPECT_EQ(pages[0].VirtualAttributes.Shared, 1U);
  EXPECT_EQ(pages[0].VirtualAttributes.Win32Protection, DWORD{PAGE_READWRITE});
  EXPECT_EQ(pages[1].VirtualAttributes.Valid, 1U);
  EXPECT_EQ(pages[1].VirtualAttributes.Shared, 0U);
  EXPECT_EQ(pages[2].VirtualAttributes.Valid, 0U);
  EXPECT_FAILS(ERROR_BAD_LENGTH, FALSE, QueryWorkingSetEx(GetCurrentProcess(), pages.data(), 3));
}

TEST(WorkingSet, SizesAreRemembered) {
  SIZE_T least = 0;
  SIZE_T most = 0;
  ASSERT_TRUE(SetProcessWorkingSetSize(GetCurrentProcess(), 1 << 20, 8 << 20));
  ASSERT_TRUE(
      SetProcessWorkingSetSize(GetCurrentProcess(), MAXSIZE_T, MAXSIZE_T));  // empties it, which changes nothing
  ASSERT_TRUE(GetProcessWorkingSetSize(GetCurrentProcess(), &least, &most));
  EXPECT_EQ(least, SIZE_T{1 << 20});
  EXPECT_EQ(most, SIZE_T{8 << 20});
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SetProcessWorkingSetSize(GetCurrentProcess(), 8 << 20, 1 << 20));
  EXPECT_FAILS(ERROR_NOACCESS, FALSE, GetProcessWorkingSetSize(GetCurrentProcess(), nullptr, &most));
}

TEST(Version, IsComparedPartByPart) {
  auto const compare = [](DWORD major, DWORD minor, BYTE how) {
    OSVERSIONINFOEXW wanted{};
    wanted.dwOSVersionInfoSize = sizeof wanted;
    wanted.dwMajorVersion = major;
    wanted.dwMinorVersion = minor;
    ULONGLONG mask = 0;
    VER_SET_CONDITION(mask, VER_MAJORVERSION, how);
    VER_SET_CONDITION(mask, VER_MINORVERSION, how);
    return VerifyVersionInfoW(&wanted, VER_MAJORVERSION | VER_MINORVERSION, mask) != FALSE;
  };
  EXPECT_TRUE(compare(6, 3, VER_GREATER_EQUAL));  // 10.0 is later, although 0 is less than 3
  EXPECT_TRUE(compare(10, 0, VER_GREATER_EQUAL));
  EXPECT_FALSE(compare(10, 1, VER_GREATER_EQUAL));
  EXPECT_FALSE(compare(11, 0, VER_GREATER_EQUAL));
  EXPECT_TRUE(compare(10, 0, VER_EQUAL));
  EXPECT_TRUE(compare(11, 0, VER_LESS));
  EXPECT_TRUE(IsWindows7SP1OrGreater());
  EXPECT_TRUE(IsWindows10OrGreater());
  EXPECT_FALSE(IsWindowsServer());
  OSVERSIONINFOEXA none{};
  EXPECT_FAILS(ERROR_BAD_ARGUMENTS, FALSE, VerifyVersionInfoA(&none, 0, 0));
}

TEST(Topology, EveryProcessorHasOneCoreOnePackageAndANode) {
  DWORD size = 0;
  EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, FALSE, GetLogicalProcessorInformation(nullptr, &size));
  std::vector<SYSTEM_LOGICAL_PROCESSOR_INFORMATION> all(size / sizeof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION));
  ASSERT_TRUE(GetLogicalProcessorInformation(all.data(), &size));
  std::array<ULONG_PTR, 5> seen{};
  for (auto const& one : all) {
    if (one.Relationship == RelationCache) continue;
    auto& mask = seen.at(static_cast<std::size_t>(one.Relationship));
    EXPECT_EQ(mask & one.ProcessorMask, 0U) << "a processor is told of twice";
    mask |= one.ProcessorMask;
  }
  EXPECT_EQ(static_cast<DWORD>(__builtin_popcountll(seen[RelationProcessorCore])), GetActiveProcessorCount(0));
  EXPECT_EQ(seen[RelationProcessorCore], seen[RelationProcessorPackage]);
  ULONG node = 99;
  EXPECT_TRUE(GetNumaHighestNodeNumber(&node));
  ULONGLONG mask = 0;
  EXPECT_TRUE(GetNumaNodeProcessorMask(static_cast<UCHAR>(node), &mask));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, GetNumaNodeProcessorMask(static_cast<UCHAR>(node + 1), &mask));
}

TEST(System, TellsWhereWindowsWouldBe) {
  std::array<char, 32> path{};
  EXPECT_EQ(GetWindowsDirectoryA(path.data(), 32), 10U);
  EXPECT_STREQ(path.data(), "C:\\Windows");
  EXPECT_EQ(GetWindowsDirectoryA(nullptr, 0), 11U);
  std::array<wchar_t, 32> wide{};
  EXPECT_EQ(GetSystemDirectoryW(wide.data(), 32), 19U);
  EXPECT_STREQ(wide.data(), L"C:\\Windows\\system32");
  BOOL emulated = TRUE;
  EXPECT_TRUE(IsWow64Process(GetCurrentProcess(), &emulated));
  EXPECT_FALSE(emulated);
  EXPECT_TRUE(FlushInstructionCache(GetCurrentProcess(), path.data(), 32));
}

TEST(CommandLine, BecomesArgumentsInOneBlock) {
  int count = 0;
  LPWSTR* const arguments = CommandLineToArgvW(LR"(prog "a b" c\"d "" e\\f)", &count);
  ASSERT_EQ(count, 5);
  EXPECT_STREQ(arguments[1], L"a b");
  EXPECT_STREQ(arguments[2], L"c\"d");
  EXPECT_STREQ(arguments[3], L"");
  EXPECT_STREQ(arguments[4], LR"(e\\f)");
  EXPECT_EQ(arguments[5], nullptr);
  EXPECT_EQ(LocalFree(arguments), nullptr);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CommandLineToArgvW(nullptr, &count));
}

TEST(CompressedSize, LeavesHolesOut) {
  scoped_root const root;
  auto const path = make_file(root, "holes", 0);
  scoped_handle const file(coview_test::open_file(path));
  SetFilePointer(file, 1 << 24, nullptr, FILE_BEGIN);
  ASSERT_TRUE(SetEndOfFile(file));
  DWORD high = 1;
  EXPECT_LT(GetCompressedFileSizeA(path.c_str(), &high), DWORD{1 << 20});
  EXPECT_EQ(high, 0U);
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, INVALID_FILE_SIZE, GetCompressedFileSizeA((path + "x").c_str(), &high));
}

TEST(NamedSecurity, IsThatOfTheObject) {
  scoped_root const root;
  scoped_handle const mapping(memory(4096, "looked-at"));
  scoped_handle const event(CreateEventA(nullptr, FALSE, FALSE, "looked-at-too"));
  for (char const* name : {"looked-at", "looked-at-too"}) {
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR whole = nullptr;
    ASSERT_EQ(GetNamedSecurityInfoA(name, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, &list,
                                    nullptr, &whole),
              DWORD{ERROR_SUCCESS})
        << name;
    EXPECT_TRUE(IsValidSecurityDescriptor(whole));
    EXPECT_NE(list, nullptr);
    LocalFree(whole);
  }
  EXPECT_EQ(GetNamedSecurityInfoA("nothing", SE_KERNEL_OBJECT, 0, nullptr, nullptr, nullptr, nullptr, nullptr),
            DWORD{ERROR_FILE_NOT_FOUND});
}

TEST(AbsoluteDescriptor, HasTheSameParts) {
  PSECURITY_DESCRIPTOR given = nullptr;
  ASSERT_TRUE(ConvertStringSecurityDescriptorToSecurityDescriptorA("O:BAG:SYD:(A;;GA;;;WD)", SDDL_REVISION_1, &given,
                                                                   nullptr));
  DWORD whole = 0;
  DWORD list = 0;
  DWORD audit = 0;
  DWORD owner = 0;
  DWORD group = 0;
  EXPECT_FAILS(
      ERROR_INSUFFICIENT_BUFFER, FALSE,
      MakeAbsoluteSD(given, nullptr, &whole, nullptr, &list, nullptr, &audit, nullptr, &owner, nullptr, &group));
  EXPECT_EQ(whole, sizeof(SECURITY_DESCRIPTOR));
  std::vector<std::byte> list_bytes(list);
  std::vector<std::byte> owner_bytes(owner);
  std::vector<std::byte> group_bytes(group);
  SECURITY_DESCRIPTOR made{};
  ASSERT_TRUE(MakeAbsoluteSD(given, &made, &whole, reinterpret_cast<PACL>(list_bytes.data()), &list, nullptr, &audit,
                             owner_bytes.data(), &owner, group_bytes.data(), &group));
  EXPECT_TRUE(IsValidSecurityDescriptor(&made));
  LPSTR text = nullptr;
  ASSERT_TRUE(ConvertSecurityDescriptorToStringSecurityDescriptorA(
      &made, SDDL_REVISION_1, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
      &text, nullptr));
  EXPECT_STREQ(text, "O:BAG:SYD:(A;;GA;;;WD)");
  LocalFree(text);
  EXPECT_FAILS(
      ERROR_BAD_DESCRIPTOR_FORMAT, FALSE,
      MakeAbsoluteSD(&made, &made, &whole, nullptr, &list, nullptr, &audit, nullptr, &owner, nullptr, &group));
  LocalFree(given);
}

TEST(Sddl, RightsWithoutAWordOfTheirOwnAreSeveral) {
  for (char const* text :
       {"D:(A;OICI;GXGR;;;AU)", "D:(A;;SDGXGWGR;;;AU)", "D:(A;;0x1301bf;;;BU)", "D:(A;;FA;;;SY)"}) {
    PSECURITY_DESCRIPTOR made = nullptr;
    ASSERT_TRUE(ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &made, nullptr));
    LPSTR back = nullptr;
    ASSERT_TRUE(ConvertSecurityDescriptorToStringSecurityDescriptorA(made, SDDL_REVISION_1, DACL_SECURITY_INFORMATION,
                                                                     &back, nullptr));
    EXPECT_STREQ(back, text);
    LocalFree(back);
    LocalFree(made);
  }
}

TEST(Sid, GarbageIsNone) {
  for (std::uintptr_t const value :
       {std::uintptr_t{0}, std::uintptr_t{3}, ~std::uintptr_t{0}, std::uintptr_t{0x12345678}}) {
    auto* const garbage = reinterpret_cast<PSID>(value);
    EXPECT_FALSE(IsValidSid(garbage));
    LPSTR text = nullptr;
    EXPECT_FAILS(ERROR_INVALID_SID, FALSE, ConvertSidToStringSidA(garbage, &text));
    EXPECT_FAILS(ERROR_INVALID_SID, FALSE, EqualSid(garbage, garbage));
  }
}

TEST(LocalMemory, HasTheSizeThatWasAskedFor) {
  HLOCAL const block = LocalAlloc(LPTR, 100);
  EXPECT_EQ(LocalSize(block), 100U);
  EXPECT_EQ(GlobalSize(block), 100U);
  EXPECT_EQ(LocalFree(block), nullptr);
  auto* const garbage = reinterpret_cast<HLOCAL>(0x7777);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, garbage, LocalFree(garbage));
}

}  // namespace
