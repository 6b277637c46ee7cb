// SPDX-License-Identifier: Apache-2.0
// The list is made from the headers, as docs/win32-functions.md is: who declares a function has it called here.
#define COVIEW_WIN32_STRICT_WORDS  // the functions alone, and no overloads of them
#include <coview/win32/aclapi.h>
#include <coview/win32/conio.h>
#include <coview/win32/direct.h>
#include <coview/win32/io.h>
#include <coview/win32/malloc.h>
#include <coview/win32/mmsystem.h>
#include <coview/win32/process.h>
#include <coview/win32/psapi.h>
#include <coview/win32/sddl.h>
#include <coview/win32/search.h>
#include <coview/win32/share.h>
#include <coview/win32/shellapi.h>
#include <coview/win32/shlwapi.h>
#include <coview/win32/stdio.h>
#include <coview/win32/stdlib.h>
#include <coview/win32/string.h>
#include <coview/win32/strsafe.h>
#include <coview/win32/sys/stat.h>
#include <coview/win32/sys/timeb.h>
#include <coview/win32/tchar.h>
#include <coview/win32/time.h>
#include <coview/win32/tlhelp32.h>
#include <coview/win32/wchar.h>
#include <coview/win32/windows.h>
#include <coview/win32/winsock2.h>

#include "win32/fuzz/arguments.hpp"

namespace coview_fuzz {

std::vector<function> const& all_functions() {
  static std::vector<function> const all = {
#define COVIEW_DECLARED(name) described(#name, &name),
#include "declared_functions.inc"
#undef COVIEW_DECLARED
  };
  return all;
}

}  // namespace coview_fuzz
