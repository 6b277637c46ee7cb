// SPDX-License-Identifier: Apache-2.0
// The calls of handleapi.h: closing, duplicating and comparing handles, whatever they lead to.
#include <coview/win32/handleapi.h>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/kinds.hpp"
#include "win32/core/handles/passing.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;

namespace {

constexpr DWORD flags_for(BOOL inherit) noexcept {
  return inherit != FALSE ? HANDLE_FLAG_INHERIT : 0;
}

/// One of the two processes of DuplicateHandle.
struct party {
  object_ptr<> other;  // empty: this process
};

/// False with a code where the handle means no process, or does not let this one duplicate.
bool find_party(HANDLE process, party& out) {
  if (is_invalid_value(process)) return true;  // the pseudo-handle has the same value
  ACCESS_MASK access = 0;
  auto what = pin_any(process, access);
  if (!what || what->what() != object::kind::process) return refuse(ERROR_INVALID_HANDLE) != FALSE;
  if ((access & PROCESS_DUP_HANDLE) == 0) return refuse(ERROR_ACCESS_DENIED) != FALSE;
  auto const self = entry_of(object::kind::process).current();
  if (!self || !what->is_same(*self)) out.other = std::move(what);
  return true;
}

void close_source(party const& source, HANDLE handle) noexcept {
  DWORD const code = last_error;
  guarded(
      [&] {
        if (source.other) {
          close_handle_of(*source.other, handle);
        } else {
          CloseHandle(handle);
        }
        return true;
      },
      false);
  last_error = code;
}

/// The source's object, in this process. The other process closes its handle itself, where it is to.
passed take_from(party const& source, HANDLE handle, DWORD desired, DWORD options) {
  if (source.other) return pull_handle(*source.other, handle, desired, options);
  ACCESS_MASK access = 0;
  auto what = pin_any(handle, access);
  if (!what) throw_code(ERROR_INVALID_HANDLE);
  auto const granted = rights_of_duplicate(*what, access, desired, options);
  if (!granted) throw_code(ERROR_ACCESS_DENIED);
  return {std::move(what), *granted};
}

/// A handle that is to be replaced by one like it stays what it is: only its flags may change. False where it is
/// protected, or no handle; then the usual way tells why.
bool keep_instead(HANDLE handle, LPHANDLE out, BOOL inherit) {
  handle_table::facts facts{};
  if (!handle_table::look(handle, facts) || (facts.flags & HANDLE_FLAG_PROTECT_FROM_CLOSE) != 0) return false;
  if (!handle_table::change_flags(handle, HANDLE_FLAG_INHERIT, inherit != FALSE ? HANDLE_FLAG_INHERIT : 0))
    return false;
  constexpr std::uintptr_t low_bits = 3;  // G-05
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle is a number
  *out = reinterpret_cast<HANDLE>(reinterpret_cast<std::uintptr_t>(handle) & ~low_bits);
  return true;
}

BOOL duplicate(party const& source, HANDLE handle, party const& target, LPHANDLE out, DWORD desired, BOOL inherit,
               DWORD options) {
  auto const found = take_from(source, handle, desired, options);
  if (out == nullptr) return TRUE;
  auto* const made = target.other ? push_handle(*target.other, *found.what, found.access, flags_for(inherit))
                                  : handle_table::insert(*found.what, found.access, flags_for(inherit));
  if (made == nullptr) return FALSE;
  *out = made;
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
        party source;
        party target;
        if (!find_party(hSourceProcessHandle, source)) return FALSE;
        bool const closes = (dwOptions & DUPLICATE_CLOSE_SOURCE) != 0;
        bool const has_target = find_party(hTargetProcessHandle, target);
        bool const within = has_target && !source.other && !target.other && lpTargetHandle != nullptr;
        if (within && closes && (dwOptions & DUPLICATE_SAME_ACCESS) != 0 &&
            keep_instead(hSourceHandle, lpTargetHandle, bInheritHandle))
          return TRUE;
        BOOL const done = has_target ? guarded(
                                           [&] {
                                             return duplicate(source, hSourceHandle, target, lpTargetHandle,
                                                              dwDesiredAccess, bInheritHandle, dwOptions);
                                           },
                                           FALSE)
                                     : FALSE;
        // H-08: also where duplicating it failed. Another process that was asked for it has closed it already.
        if (closes && (!source.other || !has_target)) close_source(source, hSourceHandle);
        return done;
      },
      FALSE);
}

BOOL GetHandleInformation(HANDLE hObject, LPDWORD lpdwFlags) {
  handle_table::facts facts{};
  if (!handle_table::look(hObject, facts)) return refuse(ERROR_INVALID_HANDLE);
  if (leads_nowhere(lpdwFlags)) return refuse(ERROR_NOACCESS);
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
