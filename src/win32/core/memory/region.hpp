// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "os/fd.hpp"
#include "os/process_wide.hpp"
#include "win32/core/memory/section.hpp"

/// The allocations of this process's address space that this layer made: views of sections, and private memory. Each
/// begins at a multiple of 64 KiB (V-03) and remembers what Windows would say of each of its pages.
namespace coview::win32 {

inline constexpr std::size_t granularity = 0x10000;
inline constexpr std::size_t page = 4096;

constexpr std::size_t whole_pages(std::size_t bytes) noexcept {
  return (bytes + page - 1) & ~(page - 1);
}
constexpr std::size_t whole_granules(std::size_t bytes) noexcept {
  return (bytes + granularity - 1) & ~(granularity - 1);
}

/// What holds for pages that follow each other.
struct page_facts {
  DWORD protect = 0;    ///< 0: only reserved
  bool copied = false;  ///< mapped privately, so that a written page is this process's own
  bool operator==(page_facts const&) const = default;
};

/// The pages of a region, as runs of equal facts.
class page_runs {
 public:
  page_runs() = default;
  page_runs(std::size_t length, page_facts all) : length_(length), first_(all) {}

  [[nodiscard]] page_facts at(std::size_t offset) const noexcept;
  /// Where the run that `offset` is in ends.
  [[nodiscard]] std::size_t run_end(std::size_t offset) const noexcept;
  void set(std::size_t begin, std::size_t end, page_facts facts);

 private:
  struct run {
    std::size_t begin;
    page_facts facts;
  };
  std::size_t length_ = 0;
  page_facts first_;       // from 0 on, where there are no runs: the common case, which allocates nothing
  std::vector<run> runs_;  // sorted; the first begins at 0
};

/// Of a view of a reserved section: which of its pages this process has opened up so far. Also read by the handler of
/// faults.
struct reserved_view;

struct region {
  std::byte* base = nullptr;
  std::size_t length = 0;  ///< whole pages
  DWORD allocation_protect = 0;
  DWORD type = MEM_PRIVATE;
  object_ptr<section> from;  ///< null: private memory
  std::uint64_t offset = 0;  ///< in the section
  page_runs pages;
  reserved_view* reserved = nullptr;

  [[nodiscard]] std::byte* end() const noexcept { return base + length; }
  [[nodiscard]] std::size_t offset_of(void const* address) const noexcept {
    return static_cast<std::size_t>(static_cast<std::byte const*>(address) - base);
  }
  [[nodiscard]] bool is_view() const noexcept { return static_cast<bool>(from); }
};

/// All of them, by the address at which they begin. Locked as long as it lives; a fork waits for it.
class regions {
 public:
  /// The region that an address is in; nullptr where it is in none.
  [[nodiscard]] region* find(void const* address) noexcept;
  region& add(region made);
  void remove(region& one);
  /// Whether something of ours is in the range.
  [[nodiscard]] bool occupied(std::byte* begin, std::size_t length) noexcept;
  /// The first region that begins at or after the address; nullptr: none.
  [[nodiscard]] region* next(void const* address) noexcept;

  /// Maps the shared pages of all views of a section again, from another descriptor of the same file.
  static void move_views(section& from, int fd) noexcept;

 private:
  /// Before the table: `unmap_granules` takes the arena's lock while the table's is taken.
  struct arena_made_first {
    arena_made_first() noexcept;
  };
  arena_made_first arena_;
  using table = std::map<std::byte*, region>;
  os::process_wide<table>::access all_;
};

/// A range of addresses that begins at a multiple of 64 KiB, mapped as mmap(2) would. `preferred` nullptr: anywhere.
/// EEXIST where the preferred address is taken.
os::result<std::byte*> map_at_granule(void* preferred, std::size_t length, int protection, int flags, int fd,
                                      std::uint64_t offset) noexcept;
/// Unmaps, and keeps the addresses in mind for the next one of that length.
void unmap_granules(std::byte* base, std::size_t length) noexcept;

// Reserved sections, in reserved_view.cpp.

/// Whether a fault at the address was the first touch of a page of a reserved view that is committed meanwhile: the
/// page can be used now, and the access be made again. Async-signal-safe.
bool let_reserved_through(void* address) noexcept;

/// Begins to watch a view of a reserved section, all of whose pages are inaccessible at first.
reserved_view* watch_reserved(region const& view);
void forget_reserved(reserved_view* view) noexcept;
/// Commits pages in the section. 0 or the errno.
int commit_reserved(region& view, std::size_t begin, std::size_t end) noexcept;
/// Whether the page is committed, by whomever; `run_end` is where that changes.
bool is_committed(region const& view, std::size_t offset, std::size_t& run_end) noexcept;
/// Opens up here what another process has committed.
void open_up(region& view, std::size_t begin, std::size_t end) noexcept;

}  // namespace coview::win32
