// SPDX-License-Identifier: Apache-2.0
// The calls of handleapi.h: closing, duplicating and comparing handles, whatever they lead to.
#include <coview/win32/handleapi.h>

#include "win32/handles/handle_table.hpp"

using namespace coview::win32;

namespace {

/// Whether a handle means this very process. FALSE with a code where it means none, or another one.
BOOL is_this_process(HANDLE process) {
  if (is_invalid_value(process)) return TRUE;  // the pseudo-handle has the same value
  ACCESS_MASK access = 0;
  auto const what = pin_any(process, access);
  if (!what || what->what() != object::kind::process) return refuse(ERROR_INVALID_HANDLE);
  if ((access & PROCESS_DUP_HANDLE) == 0) return refuse(ERROR_ACCESS_DENIED);
  auto const self = current_process_object != nullptr ? current_process_object() : object_ptr<>();
  if (self && what->is_same(*self)) return TRUE;
  return refuse(ERROR_NOT_SUPPORTED);  // a process's table is its own; inheritance is the way (docs/porting.md)
}

/// What a duplicate may do; false with a code where that is more than the object lets this process have (H-06, H-07).
bool duplicate_rights(object const& what, ACCESS_MASK source, DWORD desired, DWORD options, ACCESS_MASK& out) {
  if ((options & DUPLICATE_SAME_ACCESS) != 0) {
    out = source;
    return true;
  }
  out = specific_rights(what.what(), desired);
  if ((desired & MAXIMUM_ALLOWED) != 0) out = (out & what.permitted()) | source;
  if ((out & ~source & ~what.permitted()) == 0) return true;
  set_error(ERROR_ACCESS_DENIED);
  return false;
}

BOOL duplicate(HANDLE source, LPHANDLE target, DWORD desired, BOOL inherit, DWORD options) {
  ACCESS_MASK access = 0;
  auto const what = pin_any(source, access);
  if (!what) return FALSE;
  ACCESS_MASK granted = 0;
  if (!duplicate_rights(*what, access, desired, options, granted)) return FALSE;
  if (target == nullptr) return TRUE;
  auto* const made = handle_table::insert(*what, granted, inherit != FALSE ? HANDLE_FLAG_INHERIT : 0);
  if (made == nullptr) return FALSE;
  *target = made;
  return TRUE;
}

}  // namespace

BOOL CloseHandle(HANDLE hObject) {
  if (is_pseudo_handle(hObject) || is_invalid_value(hObject)) return TRUE;  // H-02
  return handle_table::close(hObject);
}

BOOL DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle,
                     LPHANDLE lpTargetHandle, DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwOptions) {
  return guarded(
      [&] {
        if (is_this_process(hSourceProcessHandle) == FALSE) return FALSE;
        BOOL done = is_this_process(hTargetProcessHandle);
        if (done != FALSE)
          done = duplicate(hSourceHandle, lpTargetHandle, dwDesiredAccess, bInheritHandle, dwOptions);
        if ((dwOptions & DUPLICATE_CLOSE_SOURCE) != 0) {  // H-08: also where duplicating it failed
          DWORD const code = last_error;
          CloseHandle(hSourceHandle);
          last_error = code;
        }
        return done;
      },
      FALSE);
}

BOOL GetHandleInformation(HANDLE hObject, LPDWORD lpdwFlags) {
  handle_table::facts facts{};
  if (!handle_table::look(hObject, facts)) return refuse(ERROR_INVALID_HANDLE);
  if (lpdwFlags == nullptr) return refuse(ERROR_NOACCESS);
  *lpdwFlags = facts.flags;
  return TRUE;
}

BOOL SetHandleInformation(HANDLE hObject, DWORD dwMask, DWORD dwFlags) {
  constexpr DWORD known = HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE;
  if ((dwMask & ~known) != 0) return refuse(ERROR_INVALID_PARAMETER);
  return handle_table::change_flags(hObject, dwMask, dwFlags) ? TRUE : refuse(ERROR_INVALID_HANDLE);
}

BOOL CompareObjectHandles(HANDLE hFirstObjectHandle, HANDLE hSecondObjectHandle) {
  return guarded(
      [&] {
        ACCESS_MASK unused = 0;
        auto const first = pin_any(hFirstObjectHandle, unused);
        auto const second = first ? pin_any(hSecondObjectHandle, unused) : object_ptr<>();
        if (!first || !second) return FALSE;
        if (first->is_same(*second)) return TRUE;
        return refuse(ERROR_NOT_SAME_OBJECT);
      },
      FALSE);
}
