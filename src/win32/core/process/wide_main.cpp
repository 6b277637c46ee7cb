// SPDX-License-Identifier: Apache-2.0
// The entry of programs that have wmain, WinMain or wWinMain in the place of main: a main for them, in the shared
// library only, which a program's own main goes before. C++ gives these functions a name of its own for each list of
// parameters; those that programs use are looked for.
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <string>
#include <vector>

#include <coview/win32/winbase.h>

#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): these are names that a compiler made
int wide_main_c(int, wchar_t**, wchar_t**) __asm__("wmain") __attribute__((weak));
int wide_main_none(int, wchar_t**, wchar_t**) __asm__("_Z5wmainv") __attribute__((weak));
int wide_main_two(int, wchar_t**, wchar_t**) __asm__("_Z5wmainiPPw") __attribute__((weak));
int wide_main_const(int, wchar_t**, wchar_t**) __asm__("_Z5wmainiPPKw") __attribute__((weak));
int wide_main_three(int, wchar_t**, wchar_t**) __asm__("_Z5wmainiPPwS0_") __attribute__((weak));
int window_main_c(HINSTANCE, HINSTANCE, char*, int) __asm__("WinMain") __attribute__((weak));
int window_main(HINSTANCE, HINSTANCE, char*, int) __asm__("_Z7WinMainP11HINSTANCE__S0_Pci") __attribute__((weak));
int window_wide_main_c(HINSTANCE, HINSTANCE, wchar_t*, int) __asm__("wWinMain") __attribute__((weak));
int window_wide_main(HINSTANCE, HINSTANCE, wchar_t*, int) __asm__("_Z8wWinMainP11HINSTANCE__S0_Pwi")
    __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier)

#ifdef __clang__
// C leaves it to the caller to give more arguments than are looked at; the sanitizer does not.
__attribute__((no_sanitize("function")))
#endif
COVIEW_WIN32_API int
main(int argc, char** argv) {
  using entry = int (*)(int, wchar_t**, wchar_t**);
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::vector<std::wstring> texts;
  texts.reserve(static_cast<std::size_t>(argc));
  for (int i = 0; i < argc; ++i) texts.push_back(to_wide(argv[i]));
  std::vector<wchar_t*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  std::vector<std::wstring> variables;
  for (char** at = ::environ; at != nullptr && *at != nullptr; ++at) variables.push_back(to_wide(*at));
  std::vector<wchar_t*> environment;
  environment.reserve(variables.size() + 1);
  for (auto& text : variables) environment.push_back(text.data());
  environment.push_back(nullptr);
  for (entry const one : {&wide_main_c, &wide_main_two, &wide_main_const, &wide_main_none, &wide_main_three})
    if (one != nullptr) return one(argc, pointers.data(), environment.data());

  HINSTANCE const program = GetModuleHandleA(nullptr);
  constexpr int show_usual = 10;
  // Both get the command line without the program's name.
  std::string rest;
  for (int i = 1; i < argc; ++i) rest.append(i > 1 ? " " : "").append(argv[i]);
  std::wstring wide_rest = to_wide(rest);
  for (auto const one : {&window_main_c, &window_main})
    if (one != nullptr) return one(program, nullptr, rest.data(), show_usual);
  for (auto const one : {&window_wide_main_c, &window_wide_main})
    if (one != nullptr) return one(program, nullptr, wide_rest.data(), show_usual);
  std::fputs("this program has no main, wmain or WinMain\n", stderr);
  return 1;
}

}  // extern "C"
