// SPDX-License-Identifier: Apache-2.0
// Functions with a defect each, which the fuzzer must find.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#define COVIEW_WIN32_STRICT_WORDS
#include <coview/win32/windows.h>

#include "win32/fuzz/arguments.hpp"

namespace coview_fuzz {
namespace {

std::string outside_file;

/// Keeps a descriptor where it fails.
BOOL leaks(LPCSTR name) {
  int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (name == nullptr || fd < 0) return FALSE;
  return FALSE;
}

/// Believes a number that a caller gave.
BOOL follows(DWORD index) {
  static char table[16];
  constexpr std::size_t distance = std::size_t{1} << 33U;
  return index < sizeof table ? table[index] : (table + distance)[std::size_t{index} * 4096] != 0;
}

/// Writes into a file that is none of its business.
BOOL writes(HANDLE) {
  int const fd = ::open(outside_file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd >= 0 && ::write(fd, "x", 1) == 1) ::close(fd);
  return TRUE;
}

BOOL hangs(DWORD number) {
  while (number > 100) ::pause();
  return TRUE;
}

}  // namespace

std::vector<function> broken_functions(std::filesystem::path const& outside) {
  outside_file = outside / "file";
  return {described("leaks", &leaks), described("follows", &follows), described("writes", &writes),
          described("hangs", &hangs)};
}

}  // namespace coview_fuzz
