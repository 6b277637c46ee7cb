// SPDX-License-Identifier: Apache-2.0
#include "win32/core/memory/guard_pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <new>

#include "win32/core/memory/region.hpp"
#include "win32/core/memory/section.hpp"

namespace coview::win32::guard_pages {
namespace {

constexpr std::size_t bits = 64;

/// Pages that got their guards together. Never freed, for a handler may look at it; used again
/// where no guard is left.
struct range {
  std::atomic<std::byte*> base{nullptr};  // nullptr: unused
  std::atomic<std::size_t> pages{0};
  std::atomic<int> protection{0};  // of the kernel, without the guard
  std::atomic<std::atomic<std::uint64_t>*> guarded{nullptr};
  std::size_t room = 0;  // words
  range* next = nullptr;
};
constinit std::atomic<range*> ranges{nullptr};

std::atomic<std::uint64_t>& word_of(range const& one, std::size_t index) noexcept {
  return *(one.guarded.load(std::memory_order_acquire) + index / bits);
}
constexpr std::uint64_t bit_of(std::size_t index) noexcept {
  return std::uint64_t{1} << (index % bits);
}

/// The page's number in a range; false where it is in none of it.
bool index_in(range const& one, void const* address, std::size_t& index) noexcept {
  auto const* const at = static_cast<std::byte const*>(address);
  auto const* const base = one.base.load(std::memory_order_acquire);
  if (base == nullptr || at < base) return false;
  index = static_cast<std::size_t>(at - base) / page;
  return index < one.pages.load(std::memory_order_relaxed);
}

bool has_guards(range const& one) noexcept {
  for (std::size_t i = 0; i < one.pages.load(std::memory_order_relaxed); i += bits) {
    if (word_of(one, i).load(std::memory_order_relaxed) != 0) return true;
  }
  return false;
}

void forget(std::byte* begin, std::size_t length) noexcept {
  for (auto* one = ranges.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    auto* const base = one->base.load(std::memory_order_relaxed);
    if (base == nullptr) continue;
    auto* const end = base + one->pages.load(std::memory_order_relaxed) * page;
    if (begin >= end || begin + length <= base) continue;
    for (auto* at = std::max(begin, base); at < std::min(begin + length, end); at += page) {
      std::size_t const index = static_cast<std::size_t>(at - base) / page;
      word_of(*one, index).fetch_and(~bit_of(index), std::memory_order_acq_rel);
    }
    if (!has_guards(*one)) one->base.store(nullptr, std::memory_order_release);
  }
}

range& unused(std::size_t words) {
  for (auto* one = ranges.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    if (one->base.load(std::memory_order_relaxed) == nullptr && one->room >= words) return *one;
  }
  void* const memory =
      ::mmap(nullptr, words * sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* const made = new range;
  made->guarded.store(static_cast<std::atomic<std::uint64_t>*>(memory), std::memory_order_relaxed);
  made->room = words;
  made->next = ranges.load(std::memory_order_relaxed);
  ranges.store(made, std::memory_order_release);
  return *made;
}

}  // namespace

void note(std::byte* begin, std::size_t length, DWORD protect) {
  forget(begin, length);
  if ((protect & PAGE_GUARD) == 0) return;
  std::size_t const pages = length / page;
  auto& one = unused((pages + bits - 1) / bits);
  for (std::size_t i = 0; i < pages; i += bits) {
    std::size_t const left = pages - i;
    word_of(one, i).store(left >= bits ? ~std::uint64_t{0} : bit_of(left) - 1, std::memory_order_relaxed);
  }
  one.pages.store(pages, std::memory_order_relaxed);
  one.protection.store(kernel_protection(protect & ~DWORD{PAGE_GUARD}), std::memory_order_relaxed);
  one.base.store(begin, std::memory_order_release);
}

bool trip(void* address) noexcept {
  for (auto* one = ranges.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    std::size_t index = 0;
    if (!index_in(*one, address, index)) continue;
    if ((word_of(*one, index).fetch_and(~bit_of(index), std::memory_order_acq_rel) & bit_of(index)) == 0) continue;
    auto* const base = one->base.load(std::memory_order_relaxed);
    return ::mprotect(base + index * page, page, one->protection.load(std::memory_order_relaxed)) == 0;
  }
  return false;
}

bool is_guarded(void const* address) noexcept {
  for (auto* one = ranges.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    std::size_t index = 0;
    if (index_in(*one, address, index) && (word_of(*one, index).load(std::memory_order_acquire) & bit_of(index)) != 0)
      return true;
  }
  return false;
}

}  // namespace coview::win32::guard_pages
