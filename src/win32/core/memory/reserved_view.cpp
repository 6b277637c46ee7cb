// SPDX-License-Identifier: Apache-2.0
// Views of reserved sections. A page of such a section is committed exactly when its file has it: the
// file begins as one hole, and committing fills a part of it, for all processes at once. A view starts out
// inaccessible. A process opens its pages up when it commits them, and when it touches what another process has
// committed: the touch faults, the handler asks the file, and lets the page through.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "os/fault_handler.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/memory/region.hpp"

namespace coview::win32 {

/// Read by the handler without any lock; never freed, used again.
struct reserved_view {
  std::atomic<std::byte*> base{nullptr};  // nullptr: nobody's
  std::atomic<std::size_t> length{0};
  std::atomic<int> fd{-1};
  std::atomic<std::uint64_t> file_offset{0};
  std::atomic<int> protection{PROT_NONE};
  std::atomic<std::atomic<std::uint64_t>*> opened{nullptr};  // a bit a page: this process has its protection right
  std::atomic<std::size_t> words{0};
  os::unique_fd owned;
  reserved_view* next = nullptr;
};

namespace {

constinit std::atomic<reserved_view*> views{nullptr};
constinit os::fault_handler handler;

constexpr std::size_t bits = 64;

/// Says that the page's protection here is what it should be; false where it was said before.
bool note_opened(reserved_view& view, std::size_t index) noexcept {
  auto* const words = view.opened.load(std::memory_order_acquire);
  if (words == nullptr) return false;
  std::uint64_t const bit = std::uint64_t{1} << (index % bits);
  return (words[index / bits].fetch_or(bit, std::memory_order_acq_rel) & bit) == 0;
}

bool file_has(int fd, std::uint64_t offset) noexcept {
  return ::lseek(fd, static_cast<off_t>(offset), SEEK_DATA) == static_cast<off_t>(offset);
}

/// Only what a handler of signals may do: atomics, lseek, mprotect.
bool let_through(void* address) noexcept {
  auto* const at = static_cast<std::byte*>(address);
  for (auto* one = views.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    auto* const base = one->base.load(std::memory_order_acquire);
    if (base == nullptr || at < base || at >= base + one->length.load(std::memory_order_relaxed)) continue;
    auto const offset = static_cast<std::size_t>(at - base) & ~(page - 1);
    if (!file_has(one->fd.load(std::memory_order_relaxed), one->file_offset.load(std::memory_order_relaxed) + offset))
      return false;
    if (!note_opened(*one, offset / page)) return false;  // opened up, and still a fault: a real one
    return ::mprotect(base + offset, page, one->protection.load(std::memory_order_relaxed)) == 0;
  }
  return false;
}

void on_fault(int /*signal*/, siginfo_t* facts, void* context) {
  int const saved = errno;
  bool const done = let_through(facts->si_addr);
  errno = saved;
  if (!done) handler.pass_on(facts, context);
}

constinit bool is_installed = false;

/// Under the lock of the regions, as everything that changes the views.
void install_handler() {
  if (!is_installed) is_installed = handler.install(SIGSEGV, on_fault);
}

reserved_view* unused_view() {
  for (auto* one = views.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    if (one->words.load(std::memory_order_relaxed) == 0) return one;
  }
  auto* const made = new reserved_view;
  made->next = views.load(std::memory_order_relaxed);
  while (!views.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
  }
  return made;
}

int descriptor_of(region const& view) noexcept {
  return view.from->own_descriptor();
}

std::uint64_t in_file(region const& view, std::size_t offset) noexcept {
  return view.from->payload_offset() + view.offset + offset;
}

}  // namespace

bool let_reserved_through(void* address) noexcept {
  return let_through(address);
}

reserved_view* watch_reserved(region const& view) {
  install_handler();
  std::size_t const pages = view.length / page;
  std::size_t const words = ((pages + bits - 1) / bits) * sizeof(std::uint64_t);
  // Its own: the section's may be closed while the view stays.
  int const fd = ::fcntl(descriptor_of(view), F_DUPFD_CLOEXEC, 0);
  os::unique_fd owned(fd);
  void* const map = ::mmap(nullptr, words, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED || !owned) throw std::bad_alloc();
  auto* const made = unused_view();
  made->words.store(words, std::memory_order_relaxed);
  made->opened.store(static_cast<std::atomic<std::uint64_t>*>(map), std::memory_order_relaxed);
  made->length.store(view.length, std::memory_order_relaxed);
  made->fd.store(fd, std::memory_order_relaxed);
  made->owned = std::move(owned);
  made->file_offset.store(in_file(view, 0), std::memory_order_relaxed);
  made->protection.store(kernel_protection(view.allocation_protect), std::memory_order_relaxed);
  made->base.store(view.base, std::memory_order_release);
  return made;
}

void forget_reserved(reserved_view* view) noexcept {
  if (view == nullptr) return;
  view->base.store(nullptr, std::memory_order_release);
  view->fd.store(-1, std::memory_order_relaxed);
  view->owned.reset();
  ::munmap(view->opened.exchange(nullptr), view->words.load(std::memory_order_relaxed));
  view->words.store(0, std::memory_order_release);
}

int commit_reserved(region& view, std::size_t begin, std::size_t end) noexcept {
  // Filled through a view of its own, for this one may be read-only: a hole that is read is filled as well.
  int const fd = descriptor_of(view);
  void* const pages =
      ::mmap(nullptr, end - begin, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(in_file(view, begin)));
  if (pages == MAP_FAILED) return errno;
  int const failure = os::populate(static_cast<std::byte*>(pages), end - begin, false);
  ::munmap(pages, end - begin);
  return failure == EFAULT ? ENOSPC : failure;
}

bool is_committed(region const& view, std::size_t offset, std::size_t& run_end) noexcept {
  auto const position = static_cast<off_t>(in_file(view, offset));
  auto const first = static_cast<off_t>(in_file(view, 0));
  int const fd = descriptor_of(view);
  bool const there = file_has(fd, static_cast<std::uint64_t>(position));
  auto const change = ::lseek(fd, position, there ? SEEK_HOLE : SEEK_DATA);
  run_end = change < 0 ? view.length : std::min(static_cast<std::size_t>(change - first), view.length);
  return there;
}

void open_up(region& view, std::size_t begin, std::size_t end) noexcept {
  if (view.reserved == nullptr) return;
  while (begin < end) {
    std::size_t change = end;
    if (!is_committed(view, begin, change)) {
      begin = change;
      continue;
    }
    change = std::min(change, end);
    for (; begin < change; begin += page) {
      if (note_opened(*view.reserved, begin / page))
        ::mprotect(view.base + begin, page, kernel_protection(view.pages.at(begin).protect));
    }
  }
}

}  // namespace coview::win32
