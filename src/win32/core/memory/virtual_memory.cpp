// SPDX-License-Identifier: Apache-2.0
// Private memory and the protection of pages: VirtualAlloc, VirtualFree, VirtualProtect (R-02 to R-09, P-01 to P-06).
#include "os/virtual_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include <coview/win32/memoryapi.h>
#include <coview/win32/winbase.h>

#include "object/lifetime.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/memory/address_space.hpp"
#include "win32/core/memory/guard_pages.hpp"
#include "win32/core/memory/region.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr DWORD modifiers = PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE;
constexpr DWORD all_protections = PAGE_NOACCESS | PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE |
                                  PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

/// One protection, perhaps with a modifier; nothing but a guard goes with no access.
bool well_formed(DWORD protect) noexcept {
  DWORD const base = protect & ~modifiers & ~DWORD{PAGE_TARGETS_NO_UPDATE};
  if (base == 0 || (base & (base - 1)) != 0 || (base & all_protections) == 0) return false;
  if (base == PAGE_NOACCESS && (protect & modifiers) != 0) return false;
  return (protect & (PAGE_NOCACHE | PAGE_WRITECOMBINE)) != (PAGE_NOCACHE | PAGE_WRITECOMBINE);
}

/// A range of whole pages around what was asked for.
struct page_range {
  std::byte* begin;
  std::size_t length;
  [[nodiscard]] std::byte* end() const noexcept { return begin + length; }
};

bool make_range(void* address, SIZE_T size, std::size_t alignment, page_range& out) noexcept {
  auto const first = reinterpret_cast<std::uintptr_t>(address);
  if (size > end_of_addresses || first > end_of_addresses - size) return false;
  auto const begin = first & ~(alignment - 1);
  out = {std::bit_cast<std::byte*>(begin), whole_pages(first + size - begin)};
  return true;
}

/// P-01: what the pages of a view may become; private memory may become anything but copied.
bool permitted_in(region const& one, DWORD protect) noexcept {
  DWORD const base = protect & ~modifiers;
  if (!one.is_view()) return !protects_copying(base);
  DWORD const most = one.allocation_protect & ~modifiers;
  DWORD allowed = PAGE_NOACCESS;
  if (most != PAGE_NOACCESS) allowed |= PAGE_READONLY | PAGE_WRITECOPY;
  if (protects_writable(most)) allowed |= PAGE_READWRITE;
  if (protects_executable(most)) allowed |= PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_WRITECOPY;
  if (protects_executable(most) && protects_writable(most)) allowed |= PAGE_EXECUTE_READWRITE;
  return (base & allowed) != 0;
}

/// Gives the pages a protection; those of a shared view that are to be copied on write are mapped again, privately.
int apply(region& one, std::size_t begin, std::size_t end, DWORD protect) {
  int const wanted = kernel_protection(protect);
  while (begin < end) {
    auto const facts = one.pages.at(begin);
    auto const stop = std::min(one.pages.run_end(begin), end);
    bool const copy = one.is_view() && protects_copying(protect);
    bool const share = one.is_view() && facts.copied && protects_writable(protect);
    bool copied = facts.copied;
    int failure = 0;
    if ((copy && !facts.copied) || share) {
      copied = copy;
      int const fd = one.from->descriptor(!copy);
      void* const mapped =
          ::mmap(one.base + begin, stop - begin, wanted, (copy ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED, fd,
                 static_cast<off_t>(one.from->payload_offset() + one.offset + begin));
      failure = mapped == MAP_FAILED ? errno : 0;
    } else {
      failure = os::protect(one.base + begin, stop - begin, wanted);
    }
    if (failure != 0) return failure;
    one.pages.set(begin, stop, {protect, copied});
    guard_pages::note(one.base + begin, stop - begin, protect);
    begin = stop;
  }
  return 0;
}

DWORD code_of(int failure) noexcept {
  if (failure == EACCES || failure == EPERM) return ERROR_ACCESS_DENIED;
  return failure == ENOMEM ? ERROR_COMMITMENT_LIMIT : error_from_errno(failure);
}

/// What is too much for the machine is refused here, as Windows does, and not by the kernel's OOM killer later.
void require_commit(std::size_t length) {
  try {
    require_memory(length, {"commit", "memory"});
  } catch (error const&) {
    throw_code(ERROR_COMMITMENT_LIMIT);
  }
}

LPVOID reserve(void* preferred, SIZE_T size, bool commit, DWORD protect) {
  page_range range{};
  if (!make_range(preferred, size, granularity, range)) throw_code(ERROR_INVALID_PARAMETER);
  if (commit) require_commit(range.length);
  int const bits = commit ? kernel_protection(protect) : PROT_NONE;
  regions all;
  if (preferred != nullptr && all.occupied(range.begin, range.length)) throw_code(ERROR_INVALID_ADDRESS);
  auto const mapped = map_at_granule(preferred == nullptr ? nullptr : range.begin, range.length, bits,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!mapped) throw_code(mapped.error() == ENOMEM ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_ADDRESS);
  region made;
  made.base = *mapped;
  made.length = range.length;
  made.allocation_protect = protect;
  made.pages = page_runs(range.length, {commit ? protect : 0, false});
  all.add(std::move(made));
  if (commit) guard_pages::note(*mapped, range.length, protect);
  return *mapped;
}

void commit_in_view(region& view, std::size_t begin, std::size_t end, DWORD protect) {
  if (!permitted_in(view, protect)) throw_code(ERROR_INVALID_PARAMETER);
  if (view.from->file_backed()) throw_code(ERROR_ACCESS_DENIED);
  if (view.reserved == nullptr) {  // committed from the start: what changes is the protection
    if (int const failure = apply(view, begin, end, protect)) throw_code(code_of(failure));
    return;
  }
  if (int const failure = commit_reserved(view, begin, end))
    throw_code(failure == ENOMEM || failure == ENOSPC ? ERROR_COMMITMENT_LIMIT : error_from_errno(failure));
  view.pages.set(begin, end, {protect, view.pages.at(begin).copied});
  open_up(view, begin, end);
  if (int const failure = apply(view, begin, end, protect)) throw_code(code_of(failure));
}

LPVOID commit(void* address, SIZE_T size, DWORD protect) {
  page_range range{};
  if (!make_range(address, size, page, range)) throw_code(ERROR_INVALID_PARAMETER);
  regions all;
  auto* const one = all.find(range.begin);
  if (one == nullptr || range.end() > one->end()) throw_code(ERROR_INVALID_ADDRESS);
  auto const begin = one->offset_of(range.begin);
  if (one->is_view()) {
    commit_in_view(*one, begin, begin + range.length, protect);
  } else {
    if (!permitted_in(*one, protect)) throw_code(ERROR_INVALID_PARAMETER);
    require_commit(range.length);
    if (int const failure = apply(*one, begin, begin + range.length, protect)) throw_code(code_of(failure));
  }
  return range.begin;
}

LPVOID allocate(void* address, SIZE_T size, DWORD how, DWORD protect) {
  constexpr DWORD resets = MEM_RESET | MEM_RESET_UNDO;
  constexpr DWORD known = MEM_COMMIT | MEM_RESERVE | resets | MEM_TOP_DOWN | MEM_WRITE_WATCH | MEM_LARGE_PAGES;
  if (size == 0 || (how & ~known) != 0 || (how & (MEM_COMMIT | MEM_RESERVE | resets)) == 0)
    throw_code(ERROR_INVALID_PARAMETER);
  if (!well_formed(protect)) throw_code(ERROR_INVALID_PARAMETER);
  if ((how & MEM_LARGE_PAGES) != 0) throw_code(ERROR_PRIVILEGE_NOT_HELD);
  if ((how & resets) != 0) {
    if (how != MEM_RESET && how != MEM_RESET_UNDO) throw_code(ERROR_INVALID_PARAMETER);
    regions all;
    page_range range{};
    auto* const one = make_range(address, size, page, range) ? all.find(range.begin) : nullptr;
    if (one == nullptr || range.end() > one->end()) throw_code(ERROR_INVALID_ADDRESS);
    return range.begin;  // a hint: the contents may go, and need not
  }
  bool const commits = (how & MEM_COMMIT) != 0;
  bool const reserves = (how & MEM_RESERVE) != 0 || address == nullptr;
  if (reserves && protects_copying(protect)) throw_code(ERROR_INVALID_PARAMETER);
  return reserves ? reserve(address, size, commits, protect) : commit(address, size, protect);
}

void decommit(region& one, std::size_t begin, std::size_t end) {
  void* const emptied = ::mmap(one.base + begin, end - begin, PROT_NONE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (emptied == MAP_FAILED) throw_code(ERROR_NOT_ENOUGH_MEMORY);
  one.pages.set(begin, end, {0, false});
  guard_pages::note(one.base + begin, end - begin, 0);
}

BOOL release(void* address, SIZE_T size, DWORD how) {
  if (how != MEM_RELEASE && how != MEM_DECOMMIT) return refuse(ERROR_INVALID_PARAMETER);
  if (how == MEM_RELEASE && size != 0) return refuse(ERROR_INVALID_PARAMETER);
  page_range range{};
  if (!make_range(address, size, page, range)) return refuse(ERROR_INVALID_PARAMETER);
  regions all;
  auto* const one = all.find(range.begin);
  if (one == nullptr) return refuse(ERROR_INVALID_ADDRESS);
  if (one->is_view()) return refuse(ERROR_INVALID_PARAMETER);  // R-06, U-03
  bool const at_base = range.begin == one->base;
  if (how == MEM_DECOMMIT && size != 0) {
    if (range.end() > one->end()) return refuse(ERROR_INVALID_PARAMETER);
    auto const begin = one->offset_of(range.begin);
    decommit(*one, begin, begin + range.length);
    return TRUE;
  }
  if (!at_base) return refuse(ERROR_INVALID_ADDRESS);
  if (how == MEM_DECOMMIT) {
    decommit(*one, 0, one->length);
    return TRUE;
  }
  auto const length = one->length;
  all.remove(*one);
  unmap_granules(range.begin, length);
  return TRUE;
}

/// Of memory that this layer did not make: its first page's protection, and whether all of it is there.
bool foreign_protection(page_range const& range, DWORD& protect) {
  auto at = reinterpret_cast<std::uintptr_t>(range.begin);
  auto const end = at + range.length;
  for (bool first = true; at < end; first = false) {
    foreign_range found;
    if (!find_foreign(at, found) || !found.mapped) return false;
    if (first) protect = found.protect;
    at = found.end;
  }
  return true;
}

BOOL protect_foreign(page_range const& range, DWORD wanted, PDWORD old) {
  DWORD before = 0;
  if (!foreign_protection(range, before)) return refuse(ERROR_INVALID_ADDRESS);
  DWORD const base = protects_copying(wanted) ? DWORD{PAGE_READWRITE} : wanted;
  if (int const failure = os::protect(range.begin, range.length, kernel_protection(base)))
    return refuse(code_of(failure));
  *old = before;
  return TRUE;
}

/// What VirtualQuery would say of the page, as the old protection.
DWORD protection_now(void const* address) {
  MEMORY_BASIC_INFORMATION facts{};
  return VirtualQuery(address, &facts, sizeof facts) == 0 ? 0 : facts.Protect;
}

BOOL protect_pages(void* address, SIZE_T size, DWORD wanted, PDWORD old) {
  if (leads_nowhere(old)) return refuse(ERROR_NOACCESS);  // P-03
  page_range range{};
  DWORD before = 0;
  if (!well_formed(wanted)) {
    *old = 0;
    return refuse(ERROR_INVALID_PARAMETER);  // P-02
  }
  if (size == 0 || !make_range(address, size, page, range)) return refuse(ERROR_INVALID_PARAMETER);
  {
    regions all;
    if (all.find(range.begin) == nullptr) return protect_foreign(range, wanted, old);
  }
  before = protection_now(range.begin);  // takes the lock by itself
  regions all;
  auto* const one = all.find(range.begin);
  if (one == nullptr || range.end() > one->end()) return refuse(ERROR_INVALID_ADDRESS);
  auto const begin = one->offset_of(range.begin);
  auto const end = begin + range.length;
  for (auto at = begin; at < end;) {  // P-04
    std::size_t run = one->pages.run_end(at);
    if (one->pages.at(at).protect == 0) return refuse(ERROR_INVALID_ADDRESS);
    if (one->reserved != nullptr && !is_committed(*one, at, run)) return refuse(ERROR_INVALID_ADDRESS);
    at = run;
  }
  if (!permitted_in(*one, wanted)) {
    *old = 0;
    return refuse(ERROR_INVALID_PARAMETER);
  }
  if (one->reserved != nullptr) open_up(*one, begin, end);
  if (int const failure = apply(*one, begin, end, wanted)) return refuse(code_of(failure));
  *old = before;
  return TRUE;
}

BOOL lock_pages(void* address, SIZE_T size, bool lock) {
  page_range range{};
  if (size == 0 || !make_range(address, size, page, range)) return refuse(ERROR_INVALID_PARAMETER);
  for (auto* at = range.begin; lock && at < range.end(); at += page) {
    if (guard_pages::trip(at)) return refuse(STATUS_GUARD_PAGE_VIOLATION);  // a touch like any other
  }
  int const answer = lock ? ::mlock(range.begin, range.length) : ::munlock(range.begin, range.length);
  if (answer == 0) return TRUE;
  int const failure = errno;
  if (IsBadReadPtr(range.begin, range.length) != FALSE) return refuse(lock ? ERROR_NOACCESS : ERROR_NOT_LOCKED);
  return refuse(failure == EPERM || failure == ENOMEM || failure == EAGAIN ? ERROR_WORKING_SET_QUOTA
                                                                           : error_from_errno(failure));
}

BOOL prefetch(ULONG_PTR count, WIN32_MEMORY_RANGE_ENTRY const* ranges, ULONG flags) {
  if (count == 0 || ranges == nullptr || flags != 0) return refuse(ERROR_INVALID_PARAMETER);
  for (ULONG_PTR i = 0; i < count; ++i) {
    page_range range{};
    if (make_range(ranges[i].VirtualAddress, ranges[i].NumberOfBytes, page, range))
      os::advise(range.begin, range.length, MADV_WILLNEED);  // a hint, whatever comes of it
  }
  return TRUE;
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

LPVOID VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect) {
  return guarded([&] { return allocate(lpAddress, dwSize, flAllocationType, flProtect); }, nullptr);
}

PVOID VirtualAllocFromApp(PVOID BaseAddress, SIZE_T Size, ULONG AllocationType, ULONG Protection) {
  return VirtualAlloc(BaseAddress, Size, AllocationType, Protection);
}

BOOL VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType) {
  return guarded([&] { return release(lpAddress, dwSize, dwFreeType); }, FALSE);
}

BOOL VirtualProtect(LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect, PDWORD lpflOldProtect) {
  return guarded([&] { return protect_pages(lpAddress, dwSize, flNewProtect, lpflOldProtect); }, FALSE);
}

BOOL VirtualLock(LPVOID lpAddress, SIZE_T dwSize) {
  return guarded([&] { return lock_pages(lpAddress, dwSize, true); }, FALSE);
}

BOOL VirtualUnlock(LPVOID lpAddress, SIZE_T dwSize) {
  return guarded([&] { return lock_pages(lpAddress, dwSize, false); }, FALSE);
}

SIZE_T GetLargePageMinimum() {
  return coview::os::huge_page_size;
}

BOOL PrefetchVirtualMemory(HANDLE /*hProcess*/, ULONG_PTR NumberOfEntries, PWIN32_MEMORY_RANGE_ENTRY VirtualAddresses,
                           ULONG Flags) {
  return prefetch(NumberOfEntries, VirtualAddresses, Flags);
}

DWORD DiscardVirtualMemory(PVOID VirtualAddress, SIZE_T Size) {
  page_range range{};
  if (Size == 0 || !make_range(VirtualAddress, Size, page, range)) return ERROR_INVALID_PARAMETER;
  // Committed pages of one piece of private memory, and nothing beside it: what lies there is somebody else's.
  regions all;
  auto const* const one = all.find(range.begin);
  if (one == nullptr || one->is_view() || range.end() > one->end()) return ERROR_INVALID_PARAMETER;
  auto const end = one->offset_of(range.begin) + range.length;
  for (auto at = one->offset_of(range.begin); at < end; at = one->pages.run_end(at)) {
    if (!protects_writable(one->pages.at(at).protect & ~modifiers)) return ERROR_INVALID_PARAMETER;
  }
  return coview::os::advise(range.begin, range.length, MADV_DONTNEED) == 0 ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

DWORD OfferVirtualMemory(PVOID /*VirtualAddress*/, SIZE_T Size, OFFER_PRIORITY /*Priority*/) {
  return Size == 0 ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;  // an offer need not be taken
}

DWORD ReclaimVirtualMemory(void const* /*VirtualAddress*/, SIZE_T Size) {
  return Size == 0 ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;
}
