// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/object.hpp"

#include <coview/win32/handleapi.h>
#include <coview/win32/winbase.h>

namespace coview::win32 {
namespace {

struct generic_rights {
  ACCESS_MASK read;
  ACCESS_MASK write;
  ACCESS_MASK execute;
  ACCESS_MASK all;
};

constexpr ACCESS_MASK wait_for = SYNCHRONIZE;

generic_rights rights_of(object::kind what) noexcept {
  using enum object::kind;
  switch (what) {
    case mapping:
      return {READ_CONTROL | SECTION_QUERY | SECTION_MAP_READ, READ_CONTROL | SECTION_MAP_WRITE,
              READ_CONTROL | SECTION_MAP_EXECUTE, SECTION_ALL_ACCESS};
    case mutex:
      return {READ_CONTROL | MUTANT_QUERY_STATE, READ_CONTROL, READ_CONTROL | wait_for, MUTANT_ALL_ACCESS};
    case event:
    case semaphore:  // the same numbers under other names
      return {READ_CONTROL | 1U, READ_CONTROL | EVENT_MODIFY_STATE, READ_CONTROL | wait_for, EVENT_ALL_ACCESS};
    case timer:
      return {READ_CONTROL | TIMER_QUERY_STATE, READ_CONTROL | TIMER_MODIFY_STATE, READ_CONTROL | wait_for,
              TIMER_ALL_ACCESS};
    case file:
    case find:
    case change:
    case console:
    case pipe:
      return {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS};
    case thread:
      return {READ_CONTROL | THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION,
              READ_CONTROL | THREAD_TERMINATE | THREAD_SUSPEND_RESUME | THREAD_SET_CONTEXT | THREAD_SET_INFORMATION,
              READ_CONTROL | wait_for | THREAD_QUERY_LIMITED_INFORMATION | THREAD_SET_LIMITED_INFORMATION,
              THREAD_ALL_ACCESS};
    case process:
      return {READ_CONTROL | PROCESS_VM_READ | PROCESS_QUERY_INFORMATION,
              READ_CONTROL | PROCESS_CREATE_PROCESS | PROCESS_CREATE_THREAD | PROCESS_VM_OPERATION |
                  PROCESS_VM_WRITE | PROCESS_DUP_HANDLE | PROCESS_SET_QUOTA | PROCESS_SET_INFORMATION |
                  PROCESS_SUSPEND_RESUME,
              READ_CONTROL | wait_for | PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_ALL_ACCESS};
    case token:
      return {READ_CONTROL | TOKEN_QUERY, READ_CONTROL | TOKEN_ADJUST_PRIVILEGES, READ_CONTROL, TOKEN_ALL_ACCESS};
    case job:
    case snapshot:
    case watch:
    case timer_queue:
    case other:
      break;
  }
  return {READ_CONTROL, READ_CONTROL, READ_CONTROL, STANDARD_RIGHTS_ALL | SPECIFIC_RIGHTS_ALL};
}

}  // namespace

object::~object() = default;

void object::drop_reference() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

bool object::add_handle() noexcept {
  auto count = handles_.load(std::memory_order_relaxed);
  do {
    if (count == given_up) return false;
  } while (!handles_.compare_exchange_weak(count, count + 1, std::memory_order_acq_rel));
  add_reference();
  return true;
}

void object::drop_handle() noexcept {
  // The current process and thread can be asked for again (H-10), and have no name that would go.
  bool const for_good = kind_ != kind::process && kind_ != kind::thread;
  auto count = handles_.load(std::memory_order_relaxed);
  while (!handles_.compare_exchange_weak(count, count == 1 && for_good ? given_up : count - 1,
                                         std::memory_order_acq_rel)) {
  }
  if (count == 1) last_handle_closed();
  drop_reference();
}

ACCESS_MASK all_rights(object::kind what) noexcept {
  return rights_of(what).all;
}

ACCESS_MASK specific_rights(object::kind what, ACCESS_MASK wanted) noexcept {
  auto const rights = rights_of(what);
  ACCESS_MASK granted = wanted & 0x01FFFFFFU;
  if ((wanted & GENERIC_READ) != 0) granted |= rights.read;
  if ((wanted & GENERIC_WRITE) != 0) granted |= rights.write;
  if ((wanted & GENERIC_EXECUTE) != 0) granted |= rights.execute;
  if ((wanted & (GENERIC_ALL | MAXIMUM_ALLOWED)) != 0) granted |= rights.all;
  return granted;
}

std::optional<ACCESS_MASK> rights_of_duplicate(object const& what, ACCESS_MASK source, DWORD desired,
                                               DWORD options) noexcept {
  if ((options & DUPLICATE_SAME_ACCESS) != 0) return source;
  auto rights = specific_rights(what.what(), desired);
  if ((desired & MAXIMUM_ALLOWED) != 0) rights = (rights & what.permitted()) | source;
  if ((rights & ~source & ~what.permitted()) != 0) return {};
  return rights;
}

}  // namespace coview::win32
