// SPDX-License-Identifier: Apache-2.0
// Heaps, and the older LocalAlloc and GlobalAlloc, all from the C library's memory.
//
// A heap keeps its blocks in a list, so that HeapDestroy frees them. Memory of LocalAlloc and GlobalAlloc is a block
// of the process's heap whose address is its handle, fixed and movable alike; so freeing what another function
// allocated for the caller (FormatMessage) works as it does on Windows. A block says whose it is, and is asked before
// it is freed.
#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>

#include <coview/win32/winbase.h>

#include "os/fork_lock.hpp"
#include "os/made_once.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;

namespace {

constexpr std::uint64_t heap_magic = 0x70616568'77656976;  // "viewheap"

/// In front of every block of a heap.
struct alignas(16) block {
  block* previous;
  block* next;
  std::size_t size;
  std::uint64_t owner;
};

struct heap {
  std::uint64_t magic = heap_magic;
  coview::os::fork_lock guard;
  block* first = nullptr;
  std::size_t used = 0;
  std::size_t most = 0;  // 0: no bound
};

constinit coview::os::made_once<heap> heap_of_process;

heap& process_heap() {
  return heap_of_process.get([] { return std::make_unique<heap>(); });
}

heap* heap_of(HANDLE handle) {
  auto* const found = static_cast<heap*>(handle);
  bool const plausible = found != nullptr && reinterpret_cast<std::uintptr_t>(found) % alignof(heap) == 0 &&
                         reinterpret_cast<std::uintptr_t>(found) > 0x10000;
  if (!plausible || found->magic != heap_magic) return fail_with<heap*>(ERROR_INVALID_HANDLE, nullptr);
  return found;
}

std::uint64_t owner_mark(heap const& in) {
  return reinterpret_cast<std::uintptr_t>(&in) ^ heap_magic;
}

void enlist(heap& in, block* one) {
  one->owner = owner_mark(in);
  one->previous = nullptr;
  one->next = in.first;
  if (in.first != nullptr) in.first->previous = one;
  in.first = one;
  in.used += one->size;
}

void delist(heap& in, block* one) {
  if (one->previous != nullptr) {
    one->previous->next = one->next;
  } else {
    in.first = one->next;
  }
  if (one->next != nullptr) one->next->previous = one->previous;
  in.used -= one->size;
  one->owner = 0;
}

block* block_of(heap const& in, void const* memory) {
  if (leads_nowhere(memory) || reinterpret_cast<std::uintptr_t>(memory) % alignof(block) != 0) return nullptr;
  auto* const one = static_cast<block*>(const_cast<void*>(memory)) - 1;
  return one->owner == owner_mark(in) ? one : nullptr;
}

bool room_for(heap const& in, std::size_t size) {
  constexpr std::size_t most = SIZE_MAX / 4;
  return size < most && (in.most == 0 || in.used + size <= in.most);
}

void* allocate(heap& in, DWORD flags, std::size_t size) {
  std::lock_guard const guard(in.guard);
  if (!room_for(in, size)) return nullptr;
  bool const zero = (flags & HEAP_ZERO_MEMORY) != 0;
  void* const raw = zero ? std::calloc(1, sizeof(block) + size) : std::malloc(sizeof(block) + size);
  if (raw == nullptr) return nullptr;
  auto* const one = static_cast<block*>(raw);
  one->size = size;
  enlist(in, one);
  return one + 1;
}

void* reallocate(heap& in, DWORD flags, void* memory, std::size_t size) {
  std::lock_guard const guard(in.guard);
  block* const old = block_of(in, memory);
  if (old == nullptr) return fail_with<void*>(ERROR_INVALID_PARAMETER, nullptr);
  std::size_t const before = old->size;
  if (size > before && ((flags & HEAP_REALLOC_IN_PLACE_ONLY) != 0 || !room_for(in, size - before)))
    return fail_with<void*>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
  delist(in, old);
  void* const raw = std::realloc(static_cast<void*>(old), sizeof(block) + size);
  if (raw == nullptr) {
    enlist(in, old);
    return fail_with<void*>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
  }
  auto* const one = static_cast<block*>(raw);
  one->size = size;
  enlist(in, one);
  if (size > before && (flags & HEAP_ZERO_MEMORY) != 0)
    std::memset(reinterpret_cast<char*>(one + 1) + before, 0, size - before);
  return one + 1;
}

// LocalAlloc and GlobalAlloc: blocks of the process's heap.

void* plain_allocate(bool zero, std::size_t size) {
  void* const made = allocate(process_heap(), zero ? HEAP_ZERO_MEMORY : 0, size);
  return made == nullptr ? fail_with<void*>(ERROR_NOT_ENOUGH_MEMORY, nullptr) : made;
}

void* plain_reallocate(void* memory, std::size_t size, UINT flags) {
  if ((flags & LMEM_MODIFY) != 0) return memory;
  if (memory == nullptr) return plain_allocate((flags & LMEM_ZEROINIT) != 0, size);
  return reallocate(process_heap(), (flags & LMEM_ZEROINIT) != 0 ? HEAP_ZERO_MEMORY : 0, memory, size);
}

/// The memory itself, with ERROR_INVALID_HANDLE, where it is no block.
void* plain_free(void* memory) {
  if (memory == nullptr || HeapFree(&process_heap(), 0, memory) != FALSE) return nullptr;
  return fail_with(ERROR_INVALID_HANDLE, memory);
}

std::size_t plain_size(void* memory) {
  auto& in = process_heap();
  std::lock_guard const guard(in.guard);
  block const* const one = block_of(in, memory);
  return one == nullptr ? fail_with<std::size_t>(ERROR_INVALID_HANDLE, 0) : one->size;
}

}  // namespace

HANDLE GetProcessHeap() {
  return &process_heap();
}

HANDLE HeapCreate(DWORD /*flOptions*/, SIZE_T dwInitialSize, SIZE_T dwMaximumSize) {
  if (dwMaximumSize != 0 && dwInitialSize > dwMaximumSize) return fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
  auto* const made = new (std::nothrow) heap;
  if (made == nullptr) return fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
  made->most = dwMaximumSize;
  return made;
}

BOOL HeapDestroy(HANDLE hHeap) {
  heap* const gone = heap_of(hHeap);
  if (gone == nullptr) return FALSE;
  if (gone == &process_heap()) return refuse(ERROR_INVALID_HANDLE);
  for (block* one = gone->first; one != nullptr;) {
    block* const next = one->next;
    std::free(one);
    one = next;
  }
  gone->magic = 0;
  delete gone;
  return TRUE;
}

LPVOID HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes) {
  heap* const in = heap_of(hHeap);
  if (in == nullptr) return nullptr;
  void* const made = allocate(*in, dwFlags, dwBytes);
  return made == nullptr ? fail_with<void*>(ERROR_NOT_ENOUGH_MEMORY, nullptr) : made;
}

LPVOID HeapReAlloc(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem, SIZE_T dwBytes) {
  heap* const in = heap_of(hHeap);
  return in == nullptr ? nullptr : reallocate(*in, dwFlags, lpMem, dwBytes);
}

BOOL HeapFree(HANDLE hHeap, DWORD /*dwFlags*/, LPVOID lpMem) {
  heap* const in = heap_of(hHeap);
  if (in == nullptr) return FALSE;
  if (lpMem == nullptr) return TRUE;
  std::lock_guard const guard(in->guard);
  block* const one = block_of(*in, lpMem);
  if (one == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  delist(*in, one);
  std::free(one);
  return TRUE;
}

SIZE_T HeapSize(HANDLE hHeap, DWORD /*dwFlags*/, LPCVOID lpMem) {
  heap* const in = heap_of(hHeap);
  block const* const one = in == nullptr ? nullptr : block_of(*in, lpMem);
  return one == nullptr ? static_cast<SIZE_T>(-1) : one->size;
}

BOOL HeapValidate(HANDLE hHeap, DWORD /*dwFlags*/, LPCVOID lpMem) {
  heap* const in = heap_of(hHeap);
  if (in == nullptr) return FALSE;
  return lpMem == nullptr || block_of(*in, lpMem) != nullptr ? TRUE : FALSE;
}

SIZE_T HeapCompact(HANDLE hHeap, DWORD /*dwFlags*/) {
  return heap_of(hHeap) == nullptr ? 0 : 1U << 20U;
}

BOOL HeapLock(HANDLE hHeap) {
  return heap_of(hHeap) == nullptr ? FALSE : refuse(ERROR_NOT_SUPPORTED);
}
BOOL HeapUnlock(HANDLE hHeap) {
  return heap_of(hHeap) == nullptr ? FALSE : refuse(ERROR_NOT_LOCKED);
}
BOOL HeapSetInformation(HANDLE /*HeapHandle*/, HEAP_INFORMATION_CLASS /*HeapInformationClass*/,
                        PVOID /*HeapInformation*/, SIZE_T /*HeapInformationLength*/) {
  return TRUE;
}

HLOCAL LocalAlloc(UINT uFlags, SIZE_T uBytes) {
  return plain_allocate((uFlags & LMEM_ZEROINIT) != 0, uBytes);
}
HLOCAL LocalReAlloc(HLOCAL hMem, SIZE_T uBytes, UINT uFlags) {
  return plain_reallocate(hMem, uBytes, uFlags);
}
HLOCAL LocalFree(HLOCAL hMem) {
  return plain_free(hMem);
}
SIZE_T LocalSize(HLOCAL hMem) {
  return plain_size(hMem);
}
LPVOID LocalLock(HLOCAL hMem) {
  return hMem;
}
BOOL LocalUnlock(HLOCAL hMem) {
  return hMem == nullptr ? refuse(ERROR_INVALID_HANDLE) : fail_with(DWORD{ERROR_SUCCESS}, FALSE);
}
HLOCAL LocalHandle(LPCVOID pMem) {
  return const_cast<void*>(pMem);
}
UINT LocalFlags(HLOCAL hMem) {
  return hMem == nullptr ? UINT{LMEM_INVALID_HANDLE} : 0;
}
HGLOBAL GlobalAlloc(UINT uFlags, SIZE_T dwBytes) {
  return plain_allocate((uFlags & GMEM_ZEROINIT) != 0, dwBytes);
}
HGLOBAL GlobalReAlloc(HGLOBAL hMem, SIZE_T dwBytes, UINT uFlags) {
  return plain_reallocate(hMem, dwBytes, uFlags);
}
HGLOBAL GlobalFree(HGLOBAL hMem) {
  return plain_free(hMem);
}
SIZE_T GlobalSize(HGLOBAL hMem) {
  return plain_size(hMem);
}
LPVOID GlobalLock(HGLOBAL hMem) {
  return hMem;
}
BOOL GlobalUnlock(HGLOBAL hMem) {
  return LocalUnlock(hMem);
}
HGLOBAL GlobalHandle(LPCVOID pMem) {
  return const_cast<void*>(pMem);
}
UINT GlobalFlags(HGLOBAL hMem) {
  return LocalFlags(hMem);
}
