// SPDX-License-Identifier: Apache-2.0
#include "win32/core/memory/region.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <mutex>

#include "win32/core/memory/guard_pages.hpp"

namespace coview::win32 {
namespace {

/// Where views are put: upwards in a part of the address space that was once found free, so that one mmap(2) is
/// enough for an aligned address. Whatever else maps something there is avoided, not overwritten.
class arena {
 public:
  /// A guess; 0 where there is no arena.
  std::uintptr_t propose(std::size_t length) noexcept {
    for (auto& one : freed_) {  // the page tables are there already
      if (one.length == length && one.base != 0) return std::exchange(one.base, 0);
    }
    if (begin_ == 0) find();
    if (begin_ == 0 || length > size_) return 0;
    if (next_ + length > begin_ + size_) next_ = begin_ + granularity;
    return std::exchange(next_, next_ + length);
  }
  void remember(std::uintptr_t base, std::size_t length) noexcept {
    freed_.at(oldest_) = {base, length};
    oldest_ = (oldest_ + 1) % freed_.size();
  }

 private:
  void find() noexcept {
    for (std::size_t size = std::size_t{1} << 40U; size >= std::size_t{1} << 30U; size >>= 2U) {
      void* const found = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (found == MAP_FAILED) continue;
      ::munmap(found, size);
      begin_ = whole_granules(reinterpret_cast<std::uintptr_t>(found));
      size_ = size - granularity;
      // The kernel takes page tables down with the last mapping in their 2 MiB, and making them anew takes longer
      // than the mapping: the first granule stays, inaccessible.
      (void)::mmap(std::bit_cast<void*>(begin_), granularity, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
      next_ = begin_ + granularity;
      return;
    }
  }

  struct range {
    std::uintptr_t base;
    std::size_t length;
  };
  std::array<range, 8> freed_{};
  std::size_t oldest_ = 0;
  std::uintptr_t begin_ = 0;
  std::size_t size_ = 0;
  std::uintptr_t next_ = 0;
};
using the_arena = os::process_wide<arena>;

os::result<std::byte*> map_exactly(std::uintptr_t where, std::size_t length, int protection, int flags, int fd,
                                   std::uint64_t offset) noexcept {
  void* const preferred = std::bit_cast<void*>(where);
  void* const got =
      ::mmap(preferred, length, protection, flags | MAP_FIXED_NOREPLACE, fd, static_cast<off_t>(offset));
  if (got == MAP_FAILED) return os::result<std::byte*>::failure(errno);
  if (got != preferred) {
    ::munmap(got, length);
    return os::result<std::byte*>::failure(EEXIST);
  }
  return static_cast<std::byte*>(got);
}

/// Where guesses fail: takes more than is needed, and gives back what is too much.
os::result<std::byte*> map_with_slack(std::size_t length, int protection, int flags, int fd,
                                      std::uint64_t offset) noexcept {
  std::size_t const slack = length + granularity;
  void* const taken = ::mmap(nullptr, slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (taken == MAP_FAILED) return os::result<std::byte*>::failure(errno);
  auto const first = reinterpret_cast<std::uintptr_t>(taken);
  auto const aligned = whole_granules(first);
  void* const got =
      ::mmap(std::bit_cast<void*>(aligned), length, protection, flags | MAP_FIXED, fd, static_cast<off_t>(offset));
  if (got == MAP_FAILED) {
    int const failure = errno;
    ::munmap(taken, slack);
    return os::result<std::byte*>::failure(failure);
  }
  if (aligned > first) ::munmap(taken, aligned - first);
  if (aligned + length < first + slack)
    ::munmap(std::bit_cast<void*>(aligned + length), first + slack - aligned - length);
  return static_cast<std::byte*>(got);
}

}  // namespace

page_facts page_runs::at(std::size_t offset) const noexcept {
  if (runs_.empty()) return first_;
  auto const after = std::upper_bound(runs_.begin(), runs_.end(), offset,
                                      [](std::size_t at, run const& one) { return at < one.begin; });
  return std::prev(after)->facts;
}

std::size_t page_runs::run_end(std::size_t offset) const noexcept {
  auto const after = std::upper_bound(runs_.begin(), runs_.end(), offset,
                                      [](std::size_t at, run const& one) { return at < one.begin; });
  return after == runs_.end() ? length_ : after->begin;
}

void page_runs::set(std::size_t begin, std::size_t end, page_facts facts) {
  if (begin >= end) return;
  std::vector<run> changed;
  changed.reserve(runs_.size() + 3);
  auto const push = [&](std::size_t at, page_facts what) {
    if (changed.empty() || changed.back().facts != what) changed.push_back({at, what});
  };
  auto const behind = end < length_ ? at(end) : page_facts{};
  if (runs_.empty() && begin > 0) push(0, first_);
  for (auto const& one : runs_) {
    if (one.begin < begin) push(one.begin, one.facts);
  }
  push(begin, facts);
  if (end < length_) push(end, behind);
  for (auto const& one : runs_) {
    if (one.begin > end) push(one.begin, one.facts);
  }
  runs_ = std::move(changed);
}

regions::arena_made_first::arena_made_first() noexcept {
  the_arena::make();
}
namespace {
[[gnu::constructor]] void make_regions() {
  regions const made;
}
}  // namespace

region* regions::find(void const* address) noexcept {
  auto* const at = const_cast<std::byte*>(static_cast<std::byte const*>(address));
  auto found = all_->upper_bound(at);
  if (found == all_->begin()) return nullptr;
  --found;
  return at < found->second.end() ? &found->second : nullptr;
}

region& regions::add(region made) {
  auto* const base = made.base;
  return all_->insert_or_assign(base, std::move(made)).first->second;
}

void regions::remove(region& one) {
  guard_pages::note(one.base, one.length, 0);
  all_->erase(one.base);
}

bool regions::occupied(std::byte* begin, std::size_t length) noexcept {
  if (find(begin) != nullptr) return true;
  auto const after = all_->lower_bound(begin);
  return after != all_->end() && after->first < begin + length;
}

region* regions::next(void const* address) noexcept {
  auto const found = all_->lower_bound(const_cast<std::byte*>(static_cast<std::byte const*>(address)));
  return found == all_->end() ? nullptr : &found->second;
}

void regions::move_views(section& from, int fd) noexcept {
  regions all;
  for (auto& [base, one] : *all.all_) {
    if (one.from.get() != &from) continue;
    for (std::size_t at = 0; at < one.length;) {
      auto const facts = one.pages.at(at);
      auto const end = std::min(one.pages.run_end(at), one.length);
      if (!facts.copied && one.reserved == nullptr) {
        // Where it fails the pages stay as they were: the view is whole, and keeps the name.
        static_cast<void>(::mmap(base + at, end - at, kernel_protection(facts.protect), MAP_SHARED | MAP_FIXED, fd,
                                 static_cast<off_t>(from.payload_offset() + one.offset + at)));
      }
      at = end;
    }
  }
}

os::result<std::byte*> map_at_granule(void* preferred, std::size_t length, int protection, int flags, int fd,
                                      std::uint64_t offset) noexcept {
  if (preferred != nullptr)
    return map_exactly(reinterpret_cast<std::uintptr_t>(preferred), length, protection, flags, fd, offset);
  auto const room = whole_granules(length);
  if (room < length) return os::result<std::byte*>::failure(ENOMEM);
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto const where = the_arena::access()->propose(room);
    if (where == 0) break;
    auto mapped = map_exactly(where, length, protection, flags, fd, offset);
    if (mapped || mapped.error() != EEXIST) return mapped;
  }
  return map_with_slack(length, protection, flags, fd, offset);
}

void unmap_granules(std::byte* base, std::size_t length) noexcept {
  ::munmap(base, length);
  the_arena::access()->remember(reinterpret_cast<std::uintptr_t>(base), whole_granules(length));
}

}  // namespace coview::win32
