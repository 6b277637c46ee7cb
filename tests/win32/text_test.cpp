// SPDX-License-Identifier: Apache-2.0
// Text, paths, times, environment and console: what surrounds the mappings in a ported program.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <coview/win32/conio.h>
#include <coview/win32/io.h>
#include <coview/win32/mmsystem.h>
#include <coview/win32/strsafe.h>
#include <coview/win32/tchar.h>

#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

/// An environment variable for as long as this lives.
class scoped_variable {
 public:
  scoped_variable(char const* name, std::string const& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  scoped_variable(scoped_variable const&) = delete;
  scoped_variable& operator=(scoped_variable const&) = delete;
  ~scoped_variable() { ::unsetenv(name_); }

 private:
  char const* name_;
};

DWORD path_code(std::string const& path) {
  try {
    (void)coview::win32::native_path(path);
    return ERROR_SUCCESS;
  } catch (coview::win32::win32_failure const& failure) {
    return failure.code;
  }
}

TEST(Path, DrivesAreDirectories) {
  scoped_variable const drive("COVIEW_DRIVE_E", "/mnt/data");
  scoped_variable const root("COVIEW_DRIVE_R", "/");
  auto const native = [](std::string const& path) { return coview::win32::native_path(path); };
  EXPECT_EQ(native("E:\\dir\\file"), "/mnt/data/dir/file");
  EXPECT_EQ(native("e:file"), "/mnt/data/file");
  EXPECT_EQ(native("E:"), "/mnt/data/");
  EXPECT_EQ(native("R:\\usr"), "//usr");
  EXPECT_EQ(native("\\\\?\\E:\\x"), "/mnt/data/x");
  EXPECT_EQ(native("\\dir\\x"), "/dir/x");
  EXPECT_EQ(native("a\\b/c"), "a/b/c");
  EXPECT_EQ(native("nul"), "/dev/null");
  EXPECT_EQ(native("dir\\NUL:"), "/dev/null");
  EXPECT_EQ(path_code("Q:\\x"), DWORD{ERROR_PATH_NOT_FOUND});
  EXPECT_EQ(path_code(""), DWORD{ERROR_PATH_NOT_FOUND});
  EXPECT_EQ(path_code("a*b"), DWORD{ERROR_INVALID_NAME});
  EXPECT_EQ(path_code("a\nb"), DWORD{ERROR_INVALID_NAME});
  EXPECT_EQ(path_code("\\\\server\\share"), DWORD{ERROR_BAD_NETPATH});
  EXPECT_EQ(GetLogicalDrives(), (1U << 4U) | (1U << 17U));
  std::array<char, 16> strings{};
  EXPECT_EQ(GetLogicalDriveStringsA(16, strings.data()), 8U);
  EXPECT_STREQ(strings.data() + 4, "R:\\");
}

TEST(Path, FilesOnDrivesAndFullNames) {
  scoped_root const root;
  scoped_variable const drive("COVIEW_DRIVE_E", root.path().string());
  scoped_handle const file = CreateFileA("E:\\new.txt", GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr);
  EXPECT_NE(file.get(), INVALID_HANDLE_VALUE);
  EXPECT_EQ(::access((root.path() / "new.txt").c_str(), F_OK), 0);
  std::array<char, MAX_PATH> full{};
  char* part = nullptr;
  ASSERT_GT(GetFullPathNameA("E:\\a\\..\\.\\new.txt", MAX_PATH, full.data(), &part), 0U);
  EXPECT_EQ(full.data(), (root.path() / "new.txt").string());
  EXPECT_STREQ(part, "new.txt");
  EXPECT_GT(GetDiskFreeSpaceExA("E:\\", nullptr, nullptr, nullptr), 0);
  std::array<char, 8> extension{};
  _splitpath("E:\\a\\b.txt", nullptr, nullptr, nullptr, extension.data());
  EXPECT_STREQ(extension.data(), ".txt");
}

std::string formatted(char const* format, ...) {
  std::array<char, 256> text{};
  va_list arguments;
  va_start(arguments, format);
  EXPECT_GE(_vsnprintf(text.data(), text.size(), format, arguments), 0);
  va_end(arguments);
  return text.data();
}

TEST(Text, FormatsAsMicrosoftReadsThem) {
  EXPECT_EQ(formatted("%ld %lu", LONG{-1}, DWORD{0xFFFFFFFF}), "-1 4294967295");
  EXPECT_EQ(formatted("%I64d %I64x %Iu", -5000000000LL, 0x1234567890ULL, std::size_t{7}), "-5000000000 1234567890 7");
  EXPECT_EQ(formatted("%lld %zu %hhd %hu", LLONG_MAX, std::size_t{9}, 300, 70000), "9223372036854775807 9 44 4464");
  EXPECT_EQ(formatted("%p", reinterpret_cast<void*>(0xABC)), "0000000000000ABC");
  EXPECT_EQ(formatted("%S|%ls|%ws|%hs", L"a", L"b", L"c", "d"), "a|b|c|d");
  EXPECT_EQ(formatted("[%5s][%-5s][%.2s][%*d]", "ab", "ab", "abc", 4, 7), "[   ab][ab   ][ab][   7]");
  EXPECT_EQ(formatted("%5.2f %e %G", 3.14159, 1e10, 0.5), " 3.14 1.000000e+10 0.5");
  EXPECT_EQ(formatted("%s %c%%", static_cast<char*>(nullptr), 'x'), "(null) x%");
  EXPECT_EQ(formatted("%08.3d|%+d|%#x", 5, 5, 255), "     005|+5|0xff");
}

TEST(Text, CheckedFunctionsRefuseOrCut) {
  std::array<char, 4> text{};
  EXPECT_EQ(strcpy_s(text.data(), 4, "abc"), 0);
  EXPECT_EQ(strcpy_s(text.data(), 4, "abcd"), ERANGE);
  EXPECT_STREQ(text.data(), "");
  EXPECT_EQ(strncpy_s(text.data(), 4, "abcdef", _TRUNCATE), STRUNCATE);
  EXPECT_STREQ(text.data(), "abc");
  EXPECT_EQ(strcpy_s(nullptr, 4, "a"), EINVAL);
  EXPECT_EQ(sprintf_s(text.data(), text.size(), "%d", 12345), -1);
  EXPECT_EQ(_snprintf(text.data(), text.size(), "%d", 12345), -1);
  EXPECT_EQ(_snprintf_s(text.data(), text.size(), _TRUNCATE, "%d", 12345), -1);
  EXPECT_STREQ(text.data(), "123");
  char array[4] = {};
  EXPECT_EQ(strcpy_s(array, "xyz"), 0);
  EXPECT_EQ(_countof(array), 4U);
  std::array<char, 33> digits{};
  EXPECT_STREQ(_itoa(-255, digits.data(), 16), "ffffff01");
  EXPECT_STREQ(_itoa(-255, digits.data(), 10), "-255");
}

TEST(Text, StringCchStaysWithinItsBuffer) {
  std::array<char, 6> text{};
  EXPECT_EQ(StringCchCopyA(text.data(), 6, "hello"), S_OK);
  EXPECT_EQ(StringCchCatA(text.data(), 6, "!"), STRSAFE_E_INSUFFICIENT_BUFFER);
  EXPECT_STREQ(text.data(), "hello");
  EXPECT_EQ(StringCchPrintfA(text.data(), 6, "%lu", DWORD{1234567}), STRSAFE_E_INSUFFICIENT_BUFFER);
  EXPECT_STREQ(text.data(), "12345");
  std::array<wchar_t, 4> wide{};
  EXPECT_EQ(StringCbCopyW(wide.data(), sizeof wide, L"abc"), S_OK);
  std::size_t length = 0;
  EXPECT_EQ(StringCchLengthW(wide.data(), 4, &length), S_OK);
  EXPECT_EQ(length, 3U);
  EXPECT_EQ(StringCchCopyA(nullptr, 1, "x"), STRSAFE_E_INVALID_PARAMETER);
}

TEST(Text, ConvertsBetweenUtf8AndWide) {
  std::array<wchar_t, 8> wide{};
  EXPECT_EQ(MultiByteToWideChar(CP_UTF8, 0, "a\xE2\x82\xAC", -1, nullptr, 0), 3);
  EXPECT_EQ(MultiByteToWideChar(CP_ACP, 0, "a\xE2\x82\xAC", -1, wide.data(), 8), 3);
  EXPECT_STREQ(wide.data(), L"a\u20ac");
  EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 0, MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide.data(), 2));
  EXPECT_FAILS(ERROR_NO_UNICODE_TRANSLATION, 0,
               MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "\xFF", 1, wide.data(), 8));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0, MultiByteToWideChar(CP_UTF8, 0, nullptr, 1, wide.data(), 8));
  std::array<char, 8> narrow{};
  EXPECT_EQ(WideCharToMultiByte(CP_UTF8, 0, L"\u20ac", 1, narrow.data(), 8, nullptr, nullptr), 3);
  EXPECT_LT(lstrcmpA("a", "B"), 0);
  EXPECT_LT(lstrcmpA("a", "A"), 0);
  EXPECT_EQ(lstrcmpiW(L"abC", L"ABc"), 0);
  EXPECT_EQ(lstrlenA(nullptr), 0);
  std::array<char, 32> printed{};
  EXPECT_EQ(wsprintfA(printed.data(), "%lu %s", DWORD{5}, "x"), 3);
}

TEST(Text, MessagesWithInserts) {
  std::array<char, 64> text{};
  char const* values[] = {"one", "two"};
  EXPECT_EQ(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%2 %1!5s!%%%0x", 0, 0,
                           text.data(), 64, reinterpret_cast<va_list*>(const_cast<char**>(values))),
            10U);
  EXPECT_STREQ(text.data(), "two   one%");
  EXPECT_FAILS(ERROR_MR_MID_NOT_FOUND, 0U,
               FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, nullptr, 0x7ABCDEF, 0, text.data(), 64, nullptr));
  EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 0U,
               FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, nullptr, ERROR_ACCESS_DENIED, 0, text.data(), 4, nullptr));
  for (int const code : {2, 3, 5, 6, 8, 32, 80, 87, 112, 183, 288, 298, 487, 998, 1006, 1132, 1224, 1450, 1455})
    EXPECT_GT(
        FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, nullptr, static_cast<DWORD>(code), 0, text.data(), 64, nullptr) +
            FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr,
                           static_cast<DWORD>(code), 0, std::array<char, 200>{}.data(), 200, nullptr),
        0U)
        << code;
  testing::internal::CaptureStderr();
  EXPECT_EQ(MessageBoxA(nullptr, "text", "title", MB_YESNO | MB_DEFBUTTON2), IDNO);
  EXPECT_EQ(MessageBoxA(nullptr, "text", nullptr, MB_OK), IDOK);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "title: text\nError: text\n");
}

TEST(Time, TicksShareAnOriginAndFilesHaveTheirTime_I05) {
  DWORD const before = GetTickCount();
  DWORD const now = timeGetTime();
  DWORD const after = static_cast<DWORD>(GetTickCount64());
  EXPECT_LE(now - before, after - before);
  EXPECT_EQ(timeBeginPeriod(1), MMRESULT{TIMERR_NOERROR});
  EXPECT_EQ(timeEndPeriod(1), MMRESULT{TIMERR_NOERROR});
  LARGE_INTEGER frequency{};
  LARGE_INTEGER first{};
  LARGE_INTEGER second{};
  ASSERT_TRUE(QueryPerformanceFrequency(&frequency));
  EXPECT_EQ(frequency.QuadPart, 10'000'000);
  QueryPerformanceCounter(&first);
  QueryPerformanceCounter(&second);
  EXPECT_GE(second.QuadPart, first.QuadPart);
}

TEST(Time, ConversionsAgree) {
  FILETIME const epoch{0xD53E8000, 0x019DB1DE};  // 1970
  SYSTEMTIME parts{};
  ASSERT_TRUE(FileTimeToSystemTime(&epoch, &parts));
  EXPECT_EQ(parts.wYear, 1970);
  EXPECT_EQ(parts.wDayOfWeek, 4);
  FILETIME back{};
  ASSERT_TRUE(SystemTimeToFileTime(&parts, &back));
  EXPECT_EQ(CompareFileTime(&epoch, &back), 0);
  parts.wMonth = 2;
  parts.wDay = 30;
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SystemTimeToFileTime(&parts, &back));
  FILETIME zero{};
  ASSERT_TRUE(FileTimeToSystemTime(&zero, &parts));
  EXPECT_EQ(parts.wYear, 1601);
  WORD date = 0;
  WORD time = 0;
  FILETIME const in_2020{0, 0x01D5D000};
  ASSERT_TRUE(FileTimeToDosDateTime(&in_2020, &date, &time));
  EXPECT_EQ((date >> 9) + 1980, 2020);
  // Up to the next even second, across a minute too. (Wine cuts.)
  SYSTEMTIME odd{2020, 2, 0, 28, 23, 58, 59, 0};
  FILETIME of_odd{};
  ASSERT_TRUE(SystemTimeToFileTime(&odd, &of_odd));
  ASSERT_TRUE(FileTimeToDosDateTime(&of_odd, &date, &time));
  EXPECT_EQ(time, (23 << 11) | (59 << 5) | 0);
}

TEST(Environment, VariablesAndDirectories) {
  std::array<char, MAX_PATH> text{};
  EXPECT_FAILS(ERROR_ENVVAR_NOT_FOUND, 0U, GetEnvironmentVariableA("COVIEW_TEST_NONE", text.data(), 10));
  EXPECT_TRUE(SetEnvironmentVariableA("COVIEW_TEST_ONE", "value"));
  EXPECT_EQ(GetEnvironmentVariableA("coview_test_one", text.data(), MAX_PATH), 5U);
  EXPECT_EQ(GetEnvironmentVariableA("COVIEW_TEST_ONE", text.data(), 3), 6U);
  EXPECT_EQ(ExpandEnvironmentStringsA("[%COVIEW_TEST_ONE%] %none% 5%", text.data(), MAX_PATH), 18U);
  EXPECT_STREQ(text.data(), "[value] %none% 5%");
  EXPECT_TRUE(SetEnvironmentVariableA("COVIEW_TEST_ONE", nullptr));
  EXPECT_NE(std::string(GetCommandLineA()).find("win32_text_test"), std::string::npos);
  ASSERT_GT(GetModuleFileNameA(nullptr, text.data(), MAX_PATH), 0U);
  EXPECT_NE(std::string(text.data()).rfind('\\'), std::string::npos);
  EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, 4U, GetModuleFileNameA(nullptr, text.data(), 4));
  EXPECT_NE(GetModuleHandleA(nullptr), nullptr);
  EXPECT_NE(GetModuleHandleA("KERNEL32.DLL"), nullptr);
  EXPECT_FAILS(ERROR_PROC_NOT_FOUND, nullptr, GetProcAddress(GetModuleHandleA("kernel32"), "NoSuchFunction"));
  EXPECT_FAILS(ERROR_MOD_NOT_FOUND, nullptr, GetModuleHandleA("no_such_library.dll"));
}

TEST(Heap, BlocksBelongToTheirHeap) {
  HANDLE const heap = HeapCreate(0, 0, 0);
  ASSERT_NE(heap, nullptr);
  auto* const block = static_cast<char*>(HeapAlloc(heap, HEAP_ZERO_MEMORY, 100));
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block[99], 0);
  EXPECT_EQ(HeapSize(heap, 0, block), 100U);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, HeapFree(GetProcessHeap(), 0, block));
  auto* const larger = static_cast<char*>(HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, 200));
  ASSERT_NE(larger, nullptr);
  EXPECT_EQ(larger[199], 0);
  (void)HeapAlloc(heap, 0, 50);
  EXPECT_TRUE(HeapDestroy(heap));  // frees what is left; the leak sanitizer looks on
  HLOCAL const local = LocalAlloc(LPTR, 10);
  EXPECT_EQ(LocalLock(local), local);
  EXPECT_EQ(LocalFree(local), nullptr);
}

TEST(Console, StandardHandlesAndKeys) {
  HANDLE const out = GetStdHandle(STD_OUTPUT_HANDLE);
  EXPECT_EQ(GetStdHandle(STD_OUTPUT_HANDLE), out);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, INVALID_HANDLE_VALUE, GetStdHandle(7));
  EXPECT_EQ(_get_osfhandle(1), reinterpret_cast<intptr_t>(out));
  scoped_root const root;
  scoped_handle const file = open_file(make_file(root, "f", 1));
  DWORD mode = 0;
  DWORD written = 0;
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, GetConsoleMode(file, &mode));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, WriteConsoleA(file, "x", 1, &written, nullptr));
  EXPECT_EQ(_ungetch('q'), 'q');
  EXPECT_EQ(_kbhit(), 1);
  EXPECT_EQ(_getch(), 'q');
  EXPECT_EQ(GetConsoleOutputCP(), 65001U);
}

TEST(Io, NumbersAndHandlesLeadToOneFile) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 100);
  FILE* stream = nullptr;
  ASSERT_EQ(fopen_s(&stream, path.c_str(), "r+b"), 0);
  auto* const handle = reinterpret_cast<HANDLE>(_get_osfhandle(_fileno(stream)));
  EXPECT_EQ(reinterpret_cast<HANDLE>(_get_osfhandle(_fileno(stream))), handle);
  EXPECT_EQ(GetFileSize(handle, nullptr), 100U);
  scoped_handle const mapping = CreateFileMappingA(handle, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  EXPECT_NE(mapping.get(), nullptr);
  std::fclose(stream);
  CloseHandle(handle);

  HANDLE const file = open_file(path);
  int const fd = _open_osfhandle(reinterpret_cast<intptr_t>(file), 0);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(_filelength(fd), 100);
  EXPECT_EQ(_close(fd), 0);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(file));  // the number had taken it over
}

}  // namespace
