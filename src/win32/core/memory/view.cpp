// SPDX-License-Identifier: Apache-2.0
// Views of sections: mapping, unmapping, writing back (V-*, W-*, U-*, F-*).
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include <coview/win32/memoryapi.h>
#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/kinds.hpp"
#include "win32/core/memory/region.hpp"
#include "win32/core/memory/section.hpp"

namespace coview::win32 {
namespace {

constexpr std::uint64_t end_of_user_space = 0x00007FFF'FFFF0000U;
constexpr DWORD map_flags = FILE_MAP_RESERVE | FILE_MAP_TARGETS_INVALID | FILE_MAP_LARGE_PAGES;

/// What dwDesiredAccess makes of the view's pages: the table in the reference, section 6.
DWORD protection_of_access(DWORD access) noexcept {
  bool const execute = (access & FILE_MAP_EXECUTE) != 0;
  if ((access & FILE_MAP_WRITE) != 0) return execute ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
  if ((access & FILE_MAP_READ) != 0) return execute ? PAGE_EXECUTE_READ : PAGE_READONLY;
  if ((access & FILE_MAP_COPY) != 0) return execute ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
  return PAGE_NOACCESS;
}

/// Rights that a handle needs for pages with this protection (O-08, O-09, V-10).
ACCESS_MASK rights_for(DWORD protect) noexcept {
  ACCESS_MASK needed = protects_writable(protect) ? SECTION_MAP_WRITE : SECTION_MAP_READ;
  if (protects_executable(protect)) needed |= SECTION_MAP_EXECUTE;
  return needed;
}

/// Whether the section itself, whatever the handle may do, has pages like that.
bool section_permits(section const& from, DWORD protect) noexcept {
  if (protects_writable(protect) && !protects_writable(from.protect())) return false;
  return !protects_executable(protect) || protects_executable(from.protect());
}

struct view_request {
  DWORD protect;
  std::uint64_t offset;
  std::uint64_t length;  // 0: to the end
  void* base;
};

/// V-02 to V-08: the length, or a code.
DWORD fit_range(section const& from, view_request& wanted) noexcept {
  if (wanted.offset >= from.size()) return ERROR_ACCESS_DENIED;
  auto const rest = from.size() - wanted.offset;
  if (wanted.length == 0) wanted.length = rest;
  return wanted.length <= rest ? ERROR_SUCCESS : ERROR_ACCESS_DENIED;
}

/// Nobody can have cut a file off below a section, but for programs that know nothing of sections: touching what is
/// not there would be a SIGBUS.
bool file_is_long_enough(section const& from, view_request const& wanted) noexcept {
  if (!from.file_backed()) return true;
  auto const status = os::status(from.any_descriptor());
  return status && static_cast<std::uint64_t>(status->st_size) >= wanted.offset + wanted.length;
}

DWORD code_of_mapping(int failure) noexcept {
  switch (failure) {
    case EEXIST:
    case EINVAL:
      return ERROR_INVALID_ADDRESS;  // V-17
    case EACCES:
    case EPERM:
      return ERROR_ACCESS_DENIED;
    case EBADF:  // the program closed the section's descriptor
      return ERROR_INVALID_HANDLE;
    default:
      return ERROR_NOT_ENOUGH_MEMORY;  // V-11
  }
}

os::result<std::byte*> map_pages(section& from, view_request const& wanted, std::size_t length,
                                 bool copied) noexcept {
  int const fd = from.descriptor(protects_writable(wanted.protect));
  if (fd < 0) return os::result<std::byte*>::failure(errno);
  int const protection = from.reserved() ? PROT_NONE : kernel_protection(wanted.protect);
  int const flags = (copied ? MAP_PRIVATE : MAP_SHARED) | (from.reserved() ? MAP_NORESERVE : 0);
  auto const offset = from.payload_offset() + wanted.offset;
  auto mapped = map_at_granule(wanted.base, length, protection, flags, fd, offset);
  // A place mounted without the right to execute, as /dev/shm often is: the pages can be read, at least.
  if (!mapped && mapped.error() == EPERM && (protection & PROT_EXEC) != 0)
    mapped = map_at_granule(wanted.base, length, protection & ~PROT_EXEC, flags, fd, offset);
  return mapped;
}

/// Maps what a handle leads to; the handle is in use, so that its object stays.
LPVOID map_section(section& from, view_request wanted) {
  if (!section_permits(from, wanted.protect)) {
    // D4 for writing: the handle may do more than the section. A section that does not execute never has.
    bool const write = protects_writable(wanted.protect) && !protects_executable(wanted.protect);
    return fail_with<LPVOID>(write ? ERROR_INVALID_PARAMETER : ERROR_ACCESS_DENIED, nullptr);
  }
  if (DWORD const code = fit_range(from, wanted)) return fail_with<LPVOID>(code, nullptr);
  if (!file_is_long_enough(from, wanted)) return fail_with<LPVOID>(ERROR_ACCESS_DENIED, nullptr);

  bool const copied = protects_copying(wanted.protect);
  region made;
  made.length = whole_pages(static_cast<std::size_t>(wanted.length));
  made.allocation_protect = wanted.protect | ((from.flags() & SEC_NOCACHE) != 0 ? PAGE_NOCACHE : 0) |
                            ((from.flags() & SEC_WRITECOMBINE) != 0 ? PAGE_WRITECOMBINE : 0);
  made.type = (from.flags() & SEC_IMAGE) != 0 ? MEM_IMAGE : MEM_MAPPED;
  made.offset = wanted.offset;
  made.pages = page_runs(made.length, {made.allocation_protect, copied});
  from.view_mapped();
  auto const mapped = map_pages(from, wanted, made.length, copied);
  if (!mapped) {
    from.view_unmapped();
    return fail_with<LPVOID>(code_of_mapping(mapped.error()), nullptr);
  }
  made.base = *mapped;
  from.add_reference();
  made.from = object_ptr<section>(&from);
  try {
    regions all;
    auto& added = all.add(std::move(made));
    if (from.reserved()) {
      added.reserved = watch_reserved(added);
      open_up(added, 0, added.length);
    }
  } catch (std::bad_alloc const&) {
    ::munmap(*mapped, whole_pages(static_cast<std::size_t>(wanted.length)));
    from.view_unmapped();
    return fail_with<LPVOID>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
  }
  return *mapped;
}

/// The checks that come before the handle is looked at (V-01, V-08, V-16).
DWORD check_place(view_request const& wanted) noexcept {
  if (wanted.offset % granularity != 0 || reinterpret_cast<std::uintptr_t>(wanted.base) % granularity != 0)
    return ERROR_MAPPED_ALIGNMENT;
  if (wanted.length > end_of_user_space || wanted.offset > INT64_MAX) return ERROR_INVALID_PARAMETER;
  return ERROR_SUCCESS;
}

LPVOID map_view(HANDLE mapping, view_request const& wanted) noexcept {
  return guarded(
      [&]() -> LPVOID {
        if (DWORD const code = check_place(wanted)) return fail_with<LPVOID>(code, nullptr);
        handle_guard const in_use(mapping);
        auto* const from = in_use.as<section>(rights_for(wanted.protect));
        return from == nullptr ? nullptr : map_section(*from, wanted);
      },
      nullptr);
}

LPVOID map_access(HANDLE mapping, DWORD access, std::uint64_t offset, SIZE_T length, void* base) noexcept {
  return map_view(mapping, {protection_of_access(access & ~map_flags), offset, length, base});
}

/// Takes a view out of the table, and its pages out of the address space; the section goes with the last reference.
bool unmap_view(void const* address) noexcept {
  object_ptr<section> from;
  {
    regions all;
    auto* const found = all.find(address);
    if (found == nullptr || !found->is_view()) return false;
    forget_reserved(found->reserved);
    auto* const base = found->base;
    auto const length = found->length;
    from = std::move(found->from);
    all.remove(*found);
    unmap_granules(base, length);
  }
  from->view_unmapped();
  return true;
}

/// F-01 to F-07.
BOOL flush(void const* address, SIZE_T count) noexcept {
  std::byte* begin = nullptr;
  std::size_t length = 0;
  {
    regions all;
    auto* const found = all.find(address);
    if (found == nullptr) return refuse(ERROR_INVALID_ADDRESS);
    if (!found->is_view()) return TRUE;  // F-04
    auto const offset = found->offset_of(address);
    auto const rest = found->length - offset;
    if (count > rest) return refuse(ERROR_INVALID_PARAMETER);
    if (!found->from->file_backed() || protects_copying(found->allocation_protect)) return TRUE;  // F-03, W-05
    begin = found->base + (offset & ~(page - 1));
    length = whole_pages((offset & (page - 1)) + (count == 0 ? rest : count));
  }
  // Not under the lock: it can take long. A view that is unmapped meanwhile is the caller's mistake, and ENOMEM.
  int const failure = os::synchronise(begin, length);
  if (failure == ENOMEM) return refuse(ERROR_INVALID_ADDRESS);
  return failure == 0 ? TRUE : refuse(error_from_errno(failure));
}

bool is_this_process(HANDLE process) noexcept {
  if (is_invalid_value(process)) return true;
  ACCESS_MASK access = 0;
  auto const what = pin_any(process, access);
  if (!what || what->what() != object::kind::process) {
    set_error(ERROR_INVALID_HANDLE);
    return false;
  }
  auto const self = entry_of(object::kind::process).current();
  if (self && what->is_same(*self)) return true;
  set_error(ERROR_NOT_SUPPORTED);
  return false;
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

LPVOID MapViewOfFile(HANDLE hFileMappingObject, DWORD dwDesiredAccess, DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                     SIZE_T dwNumberOfBytesToMap) {
  return map_access(hFileMappingObject, dwDesiredAccess, (std::uint64_t{dwFileOffsetHigh} << 32U) | dwFileOffsetLow,
                    dwNumberOfBytesToMap, nullptr);
}

LPVOID MapViewOfFileEx(HANDLE hFileMappingObject, DWORD dwDesiredAccess, DWORD dwFileOffsetHigh,
                       DWORD dwFileOffsetLow, SIZE_T dwNumberOfBytesToMap, LPVOID lpBaseAddress) {
  return map_access(hFileMappingObject, dwDesiredAccess, (std::uint64_t{dwFileOffsetHigh} << 32U) | dwFileOffsetLow,
                    dwNumberOfBytesToMap, lpBaseAddress);
}

LPVOID MapViewOfFileExNuma(HANDLE hFileMappingObject, DWORD dwDesiredAccess, DWORD dwFileOffsetHigh,
                           DWORD dwFileOffsetLow, SIZE_T dwNumberOfBytesToMap, LPVOID lpBaseAddress,
                           DWORD /*nndPreferred*/) {
  return MapViewOfFileEx(hFileMappingObject, dwDesiredAccess, dwFileOffsetHigh, dwFileOffsetLow, dwNumberOfBytesToMap,
                         lpBaseAddress);
}

PVOID MapViewOfFileFromApp(HANDLE hFileMappingObject, ULONG DesiredAccess, ULONG64 FileOffset,
                           SIZE_T NumberOfBytesToMap) {
  return map_access(hFileMappingObject, DesiredAccess, FileOffset, NumberOfBytesToMap, nullptr);
}

PVOID MapViewOfFile3(HANDLE FileMapping, HANDLE Process, PVOID BaseAddress, ULONG64 Offset, SIZE_T ViewSize,
                     ULONG AllocationType, ULONG PageProtection, MEM_EXTENDED_PARAMETER* ExtendedParameters,
                     ULONG ParameterCount) {
  return guarded(
      [&]() -> PVOID {
        if (!is_this_process(Process)) return nullptr;
        constexpr DWORD base_protections = PAGE_NOACCESS | PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY |
                                           PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
        DWORD const protect = PageProtection & ~(DWORD{PAGE_NOCACHE} | PAGE_WRITECOMBINE);
        bool const one = protect != 0 && (protect & (protect - 1)) == 0 && (protect & base_protections) != 0;
        bool const parameters = ParameterCount == 0 || ExtendedParameters != nullptr;
        if (!one || !parameters || (AllocationType & ~DWORD{MEM_RESERVE | MEM_TOP_DOWN}) != 0)
          return fail_with<PVOID>(ERROR_INVALID_PARAMETER, nullptr);  // placeholders among them
        return map_view(FileMapping, {protect, Offset, ViewSize, BaseAddress});
      },
      nullptr);
}

PVOID MapViewOfFile3FromApp(HANDLE FileMapping, HANDLE Process, PVOID BaseAddress, ULONG64 Offset, SIZE_T ViewSize,
                            ULONG AllocationType, ULONG PageProtection, MEM_EXTENDED_PARAMETER* ExtendedParameters,
                            ULONG ParameterCount) {
  return MapViewOfFile3(FileMapping, Process, BaseAddress, Offset, ViewSize, AllocationType, PageProtection,
                        ExtendedParameters, ParameterCount);
}

PVOID MapViewOfFileNuma2(HANDLE FileMappingHandle, HANDLE ProcessHandle, ULONG64 Offset, PVOID BaseAddress,
                         SIZE_T ViewSize, ULONG AllocationType, ULONG PageProtection, ULONG /*PreferredNode*/) {
  return MapViewOfFile3(FileMappingHandle, ProcessHandle, BaseAddress, Offset, ViewSize, AllocationType,
                        PageProtection, nullptr, 0);
}

BOOL UnmapViewOfFile(LPCVOID lpBaseAddress) {
  return unmap_view(lpBaseAddress) ? TRUE : refuse(ERROR_INVALID_ADDRESS);  // U-01, U-02
}

BOOL UnmapViewOfFileEx(PVOID BaseAddress, ULONG UnmapFlags) {
  // U-05: a placeholder cannot be preserved where there is none.
  if ((UnmapFlags & ~ULONG{MEM_UNMAP_WITH_TRANSIENT_BOOST}) != 0) return refuse(ERROR_INVALID_PARAMETER);
  return UnmapViewOfFile(BaseAddress);
}

BOOL UnmapViewOfFile2(HANDLE Process, PVOID BaseAddress, ULONG UnmapFlags) {
  return is_this_process(Process) ? UnmapViewOfFileEx(BaseAddress, UnmapFlags) : FALSE;
}

BOOL FlushViewOfFile(LPCVOID lpBaseAddress, SIZE_T dwNumberOfBytesToFlush) {
  return flush(lpBaseAddress, dwNumberOfBytesToFlush);
}
