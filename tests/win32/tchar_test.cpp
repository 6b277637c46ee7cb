// SPDX-License-Identifier: Apache-2.0
// A source of both widths, compiled wide: tchar.h, the W functions and wide output.
#define UNICODE
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cwchar>
#include <gtest/gtest.h>
#include <string>

#include <coview/win32/tchar.h>
#include <coview/win32/windows.h>

#include "support/scoped_root.hpp"

namespace {

using coview_test::scoped_root;

/// What goes to standard output while `body` runs.
template <class Body>
std::string printed(Body body) {
  testing::internal::CaptureStdout();
  body();
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(Tchar, IsWide) {
  static_assert(sizeof(TCHAR) == sizeof(wchar_t));
  EXPECT_EQ(_tcslen(_T("four")), 4U);
  std::array<TCHAR, 8> text{};
  EXPECT_EQ(_tcscpy_s(text.data(), text.size(), _T("abc")), 0);
  EXPECT_EQ(_tcscat_s(text.data(), text.size(), TEXT("def")), 0);
  EXPECT_EQ(_tcsicmp(text.data(), _T("ABCDEF")), 0);
  EXPECT_EQ(_tcscat_s(text.data(), text.size(), _T("gh")), ERANGE);
  EXPECT_EQ(text[0], 0);  // what does not fit leaves nothing
  EXPECT_EQ(_stprintf_s(text.data(), text.size(), _T("%d-%s"), 7, _T("x")), 3);
  EXPECT_STREQ(text.data(), L"7-x");
  EXPECT_EQ(_ttoi(_T("-42")), -42);
  TCHAR words[] = _T("a,b");
  TCHAR* context = nullptr;
  EXPECT_STREQ(_tcstok_s(words, _T(","), &context), L"a");
  EXPECT_STREQ(_tcstok_s(nullptr, _T(","), &context), L"b");
  EXPECT_EQ(_totupper(_T('q')), static_cast<wint_t>(L'Q'));
}

TEST(Tchar, WideAndNarrowOutputMix) {
  std::string const text = printed([] {
    _tprintf(_T("%s %S %d|"), _T("wide"), "narrow", 1);
    std::printf("%s %S|", "narrow", L"wide \u20ac");
    _putts(_T("line"));
    _fputts(_T("end"), stdout);
  });
  EXPECT_EQ(text, "wide narrow 1|narrow wide \xE2\x82\xAC|line\nend");
}

TEST(Tchar, SystemFunctionsTakeWideNames) {
  scoped_root const root;
  HANDLE const mapping = CreateFileMapping(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 64, TEXT("caf\u00e9"));
  ASSERT_NE(mapping, nullptr);
  HANDLE const same = OpenFileMappingA(FILE_MAP_READ, FALSE, "caf\xC3\xA9");  // NM-15
  EXPECT_NE(same, nullptr);
  CloseHandle(same);
  CloseHandle(mapping);

  std::wstring const path = std::wstring(root.path().wstring()) + L"\\\u4e2d.txt";
  HANDLE const file = CreateFile(path.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr);
  ASSERT_NE(file, INVALID_HANDLE_VALUE);
  CloseHandle(file);
  EXPECT_EQ(::access((root.path() / "\xE4\xB8\xAD.txt").c_str(), F_OK), 0);
  WIN32_FIND_DATA found{};
  HANDLE const search = FindFirstFile((root.path().wstring() + L"\\*.txt").c_str(), &found);
  ASSERT_NE(search, INVALID_HANDLE_VALUE);
  EXPECT_STREQ(static_cast<wchar_t*>(found.cFileName), L"\u4e2d.txt");
  FindClose(search);
  FILE* stream = nullptr;
  EXPECT_EQ(_tfopen_s(&stream, path.c_str(), _T("rt, ccs=UTF-8")), 0);
  ASSERT_NE(stream, nullptr);
  std::fclose(stream);
  EXPECT_TRUE(DeleteFile(path.c_str()));
}

TEST(Tchar, Scans) {
  int number = 0;
  std::array<TCHAR, 8> word{};
  EXPECT_EQ(_stscanf_s(_T("12 word"), _T("%d %s"), &number, word.data(), static_cast<unsigned>(word.size())), 2);
  EXPECT_EQ(number, 12);
  EXPECT_STREQ(word.data(), L"word");
  EXPECT_EQ(_stscanf_s(_T("toolongword"), _T("%s"), word.data(), 4U), 0);
  DWORD hex = 0;
  long long large = 0;
  EXPECT_EQ(_stscanf_s(_T("ff,123456789012"), _T("%lx,%I64d"), &hex, &large), 2);
  EXPECT_EQ(hex, 0xFFU);
  EXPECT_EQ(large, 123456789012);
}

TEST(Tchar, ErrorTextsAreWide) {
  LPTSTR text = nullptr;
  DWORD const length = FormatMessage(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM, nullptr,
                                     ERROR_ACCESS_DENIED, 0, reinterpret_cast<LPTSTR>(&text), 0, nullptr);
  ASSERT_GT(length, 2U);
  EXPECT_EQ(std::wstring(text).substr(length - 2), L"\r\n");
  LocalFree(text);
}

}  // namespace
