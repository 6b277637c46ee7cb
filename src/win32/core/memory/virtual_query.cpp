// SPDX-License-Identifier: Apache-2.0
// What is at an address: VirtualQuery and its relatives (Q-01 to Q-05, W-04).
#include <algorithm>
#include <bit>

#include <coview/win32/memoryapi.h>
#include <coview/win32/winbase.h>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/memory/address_space.hpp"
#include "win32/core/memory/guard_pages.hpp"
#include "win32/core/memory/region.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

/// D12: a page that was written to has stopped being copied on write.
DWORD after_copy(DWORD protect) noexcept {
  DWORD const others = protect & ~(DWORD{PAGE_WRITECOPY} | PAGE_EXECUTE_WRITECOPY);
  return others | ((protect & PAGE_WRITECOPY) != 0 ? PAGE_READWRITE : PAGE_EXECUTE_READWRITE);
}

struct run_facts {
  DWORD state;
  DWORD protect;
  std::size_t end;
};

/// What holds at an offset, and up to where.
run_facts run_at(region const& one, std::size_t offset) {
  auto const facts = one.pages.at(offset);
  auto end = std::min(one.pages.run_end(offset), one.length);
  if (facts.protect == 0) return {MEM_RESERVE, 0, end};
  if (one.reserved != nullptr) {
    std::size_t change = end;
    bool const there = is_committed(one, offset, change);
    end = std::min(end, change);
    if (!there) return {MEM_RESERVE, 0, end};
  }
  if ((facts.protect & PAGE_GUARD) != 0) {  // page by page: those that were touched have lost it
    bool const guarded = guard_pages::is_guarded(one.base + offset);
    return {MEM_COMMIT, guarded ? facts.protect : facts.protect & ~DWORD{PAGE_GUARD}, std::min(end, offset + page)};
  }
  if (facts.copied && protects_copying(facts.protect)) {
    std::size_t pages = 0;
    auto const address = reinterpret_cast<std::uintptr_t>(one.base) + offset;
    bool const own = is_own_page(address, (end - offset) / page, pages);
    end = std::min(end, offset + (pages * page));
    return {MEM_COMMIT, own ? after_copy(facts.protect) : facts.protect, end};
  }
  return {MEM_COMMIT, facts.protect, end};
}

MEMORY_BASIC_INFORMATION describe(region const& one, std::size_t offset) {
  auto const first = run_at(one, offset);
  auto end = first.end;
  while (end < one.length) {
    auto const next = run_at(one, end);
    if (next.state != first.state || next.protect != first.protect) break;
    end = next.end;
  }
  MEMORY_BASIC_INFORMATION out{};
  out.BaseAddress = one.base + offset;
  out.AllocationBase = one.base;
  out.AllocationProtect = one.allocation_protect;
  out.RegionSize = end - offset;
  out.State = first.state;
  out.Protect = first.protect;
  out.Type = one.type;
  return out;
}

MEMORY_BASIC_INFORMATION describe(foreign_range const& one, std::uintptr_t address, std::uintptr_t end) {
  MEMORY_BASIC_INFORMATION out{};
  out.BaseAddress = std::bit_cast<PVOID>(address);
  out.RegionSize = end - address;
  if (!one.mapped) {
    out.State = MEM_FREE;
    out.Protect = PAGE_NOACCESS;
    return out;
  }
  out.AllocationBase = std::bit_cast<PVOID>(one.allocation);
  out.AllocationProtect = one.allocation_protect;
  out.State = MEM_COMMIT;
  out.Protect = one.protect;
  out.Type = one.type;
  return out;
}

SIZE_T query(void const* address, PMEMORY_BASIC_INFORMATION out, SIZE_T length) {
  if (length < sizeof *out) return fail_with<SIZE_T>(ERROR_BAD_LENGTH, 0);
  auto const at = reinterpret_cast<std::uintptr_t>(address) & ~(page - 1);
  if (at >= end_of_addresses) return fail_with<SIZE_T>(ERROR_INVALID_PARAMETER, 0);
  if (leads_nowhere(out)) return fail_with<SIZE_T>(ERROR_NOACCESS, 0);
  regions all;
  if (auto const* const ours = all.find(std::bit_cast<void*>(at)); ours != nullptr) {
    *out = describe(*ours, ours->offset_of(std::bit_cast<void*>(at)));
    return sizeof *out;
  }
  foreign_range range;
  if (!find_foreign(at, range)) return fail_with<SIZE_T>(ERROR_NOT_SUPPORTED, 0);
  // The kernel shows neighbours that are alike as one; ours have their own entry.
  auto end = range.end;
  if (auto const* const next = all.next(std::bit_cast<void*>(at)); next != nullptr)
    end = std::min(end, reinterpret_cast<std::uintptr_t>(next->base));
  *out = describe(range, at, end);
  return sizeof *out;
}

bool is_readable(DWORD protect) noexcept {
  return protect != 0 && (protect & (PAGE_NOACCESS | PAGE_GUARD)) == 0;
}
bool is_writable(DWORD protect) noexcept {
  return is_readable(protect) && (protects_writable(protect) || protects_copying(protect));
}

/// Whether every page of a range may be touched.
bool all_pages(void const* begin, SIZE_T count, bool (*good)(DWORD)) {
  auto at = reinterpret_cast<std::uintptr_t>(begin);
  auto const end = at + count;
  if (end < at) return false;
  while (at < end) {
    MEMORY_BASIC_INFORMATION facts{};
    if (query(std::bit_cast<void*>(at), &facts, sizeof facts) == 0) return false;
    if (facts.State != MEM_COMMIT || !good(facts.Protect)) return false;
    at = reinterpret_cast<std::uintptr_t>(facts.BaseAddress) + facts.RegionSize;
  }
  return true;
}

template <class Char>
BOOL is_bad_string(Char const* text, UINT_PTR most) {
  return guarded(
      [&] {
        auto const at = reinterpret_cast<std::uintptr_t>(text);
        for (std::size_t i = 0; i < most; ++i) {
          if ((i == 0 || (at + (i * sizeof(Char))) % page < sizeof(Char)) &&
              !all_pages(text + i, sizeof(Char), is_readable))
            return TRUE;
          if (text[i] == 0) return FALSE;
        }
        return FALSE;
      },
      TRUE);
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

SIZE_T VirtualQuery(LPCVOID lpAddress, PMEMORY_BASIC_INFORMATION lpBuffer, SIZE_T dwLength) {
  return guarded([&] { return query(lpAddress, lpBuffer, dwLength); }, SIZE_T{0});
}

BOOL QueryVirtualMemoryInformation(HANDLE /*Process*/, void const* VirtualAddress,
                                   WIN32_MEMORY_INFORMATION_CLASS MemoryInformationClass, PVOID MemoryInformation,
                                   SIZE_T MemoryInformationSize, PSIZE_T ReturnSize) {
  return guarded(
      [&] {
        if (MemoryInformationClass != MemoryRegionInfo || MemoryInformation == nullptr)
          return refuse(ERROR_INVALID_PARAMETER);
        if (MemoryInformationSize < sizeof(WIN32_MEMORY_REGION_INFORMATION)) return refuse(ERROR_BAD_LENGTH);
        MEMORY_BASIC_INFORMATION facts{};
        if (query(VirtualAddress, &facts, sizeof facts) == 0) return FALSE;
        if (facts.State == MEM_FREE) return refuse(ERROR_INVALID_ADDRESS);
        WIN32_MEMORY_REGION_INFORMATION out{};
        out.AllocationBase = facts.AllocationBase;
        out.AllocationProtect = facts.AllocationProtect;
        out.Private = facts.Type == MEM_PRIVATE;
        out.MappedDataFile = facts.Type == MEM_MAPPED;
        out.MappedImage = facts.Type == MEM_IMAGE;
        auto at = static_cast<std::byte*>(facts.AllocationBase);
        for (;;) {
          MEMORY_BASIC_INFORMATION part{};
          if (query(at, &part, sizeof part) == 0 || part.AllocationBase != facts.AllocationBase) break;
          out.RegionSize += part.RegionSize;
          if (part.State == MEM_COMMIT) out.CommitSize += part.RegionSize;
          at += part.RegionSize;
        }
        *static_cast<WIN32_MEMORY_REGION_INFORMATION*>(MemoryInformation) = out;
        if (ReturnSize != nullptr) *ReturnSize = sizeof out;
        return TRUE;
      },
      FALSE);
}

BOOL IsBadReadPtr(void const* lp, UINT_PTR ucb) {
  return guarded([&] { return all_pages(lp, ucb, is_readable) ? FALSE : TRUE; }, TRUE);
}

BOOL IsBadWritePtr(LPVOID lp, UINT_PTR ucb) {
  return guarded([&] { return all_pages(lp, ucb, is_writable) ? FALSE : TRUE; }, TRUE);
}

BOOL IsBadStringPtrA(LPCSTR lpsz, UINT_PTR ucchMax) {
  return is_bad_string(lpsz, ucchMax);
}

BOOL IsBadStringPtrW(LPCWSTR lpsz, UINT_PTR ucchMax) {
  return is_bad_string(lpsz, ucchMax);
}
