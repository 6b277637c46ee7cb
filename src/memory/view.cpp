// SPDX-License-Identifier: Apache-2.0
// How a range of a mapping is mapped, checked and looked after in the address space of this process.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <coview/mapping.hpp>

#include "memory/handle.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"

namespace coview {
namespace {

using detail::handle;

std::string range_text(std::uint64_t offset, std::uint64_t length) {
  return std::to_string(length) + " bytes at " + std::to_string(offset);
}

int protection_of(access rights) {
  return rights == access::read_only ? PROT_READ : PROT_READ | PROT_WRITE;
}

/// Whether something opened or mapped for `most` may be used for `wanted`.
bool permits(access most, access wanted) {
  return most == access::read_write || wanted != access::read_write;
}

/// The range as whole pages of the file: what mmap takes.
struct page_range {
  std::uint64_t offset;
  std::size_t length;
  std::size_t before;  // bytes between the first page's begin and the first byte asked for
};

page_range whole_pages(std::uint64_t offset, std::uint64_t length) {
  auto const before = static_cast<std::size_t>(offset % os::page_size());
  return {offset - before, static_cast<std::size_t>(length) + before, before};
}

/// The length that was asked for, once it is known to lie inside the mapping (V-02, V-05 to V-08).
std::uint64_t require_range(std::uint64_t size, std::uint64_t offset, std::uint64_t length,
                            operation_context const& context) {
  if (offset <= size && length == to_end) return size - offset;
  if (offset <= size && length <= size - offset) return length;
  context.fail(ERANGE, "the range " +
                           (length == to_end ? "from " + std::to_string(offset) : range_text(offset, length)) +
                           " goes beyond its " + std::to_string(size) + " bytes");
}

/// A file can have become shorter since it was opened, and touching what is not there would be a SIGBUS.
void require_file_length(handle const& from, std::uint64_t offset, std::uint64_t length,
                         operation_context const& context) {
  auto const status = os::status(from.payload());
  if (!status) context.fail(status.error());
  auto const end = from.payload_offset + offset + length;
  if (static_cast<std::uint64_t>(status->st_size) >= end) return;
  context.fail(ERANGE, "its file became shorter: it has " + std::to_string(status->st_size) +
                           " bytes, and the range ends at " + std::to_string(end));
}

/// Where the caller's address puts the first page; nullptr for anywhere.
std::byte* base_asked_for(void* address, page_range const& pages, operation_context const& context) {
  if (address == nullptr) return nullptr;
  auto const value = reinterpret_cast<std::uintptr_t>(address);
  if (value % os::page_size() != pages.before || value < os::page_size()) {
    context.fail(EINVAL, "the address asked for does not lie in its page as the offset does",
                 "both must have the same remainder by " + std::to_string(os::page_size()));
  }
  return static_cast<std::byte*>(address) - pages.before;
}

[[noreturn]] void fail_to_map(int failure, std::uint64_t length, operation_context const& context) {
  if (failure == EEXIST)
    context.fail(EADDRINUSE, "the address range asked for is taken", "ask for another one, or for none");
  if (failure == ENOMEM) {
    struct ::rlimit limit {};
    bool const limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    context.fail(failure,
                 "no range of " + std::to_string(length) + " free addresses, or too many views (vm.max_map_count)",
                 limited ? "map a part of it, or raise the limit of addresses with 'ulimit -v'" : "map a part of it");
  }
  if (failure == ENODEV) context.fail(failure, "files of its filesystem cannot be mapped", "copy it to another one");
  if (failure == EAGAIN) {
    context.fail(failure, "the program locks its memory (mlockall), and may lock no more", "raise 'ulimit -l'");
  }
  context.fail(failure);
}

/// For a view that does not count as a handle.
os::unique_fd description_without_locks(handle const& from, bool writable, operation_context const& context) {
  auto fd = from.object.reopen_without_locks(writable);
  if (!fd) context.fail(fd.error());
  return std::move(*fd);
}

int advice_value(advice what) {
  switch (what) {
    case advice::sequential:
      return MADV_SEQUENTIAL;
    case advice::random:
      return MADV_RANDOM;
    case advice::will_need:
      return MADV_WILLNEED;
    case advice::huge_pages:
      return MADV_HUGEPAGE;
    case advice::no_dump:
      return MADV_DONTDUMP;
    case advice::normal:
      break;
  }
  return MADV_NORMAL;
}

constexpr char const* no_memory_behind = "there is no memory, or no file, behind a page of it";

}  // namespace

view mapping::map() const {
  return map(rights());
}

view mapping::map(access rights, std::uint64_t offset, std::uint64_t length, map_options const& options) const {
  if (!handle_)
    operation_context{"map a view of", "an empty mapping"}.fail(EBADF, "it was moved from, closed, or never opened");
  auto const& from = *handle_;
  operation_context const context{"map a view of", from.what(), from.name};
  from.require_own_payload(context);
  if (!permits(from.rights, rights)) {
    context.fail(EACCES, "its handle was opened for reading only",
                 "open it with access::read_write, or map it read-only or copy-on-write");
  }
  length = require_range(from.size, offset, length, context);
  view made;
  made.rights_ = made.mapped_rights_ = rights;
  if (options.keeps_name) made.handle_ = handle_;
  if (length == 0) return made;
  if (from.file_backed) require_file_length(from, offset, length, context);

  auto const pages = whole_pages(from.payload_offset + offset, length);
  os::unique_fd unlocked;  // the kernel keeps the description as long as the view is there; this descriptor may go
  if (!options.keeps_name && !from.separate)
    unlocked = description_without_locks(from, rights == access::read_write, context);
  bool const huge = from.huge_pages && pages.before == 0 && pages.offset % os::huge_page_size == 0;
  auto const mapped = os::map_file(
      base_asked_for(options.address, pages, context), pages.length, protection_of(rights),
      rights == access::copy_on_write ? os::sharing::copied : os::sharing::shared,
      unlocked ? unlocked.get() : from.payload(), pages.offset, huge ? os::huge_page_size : os::page_size());
  if (!mapped) fail_to_map(mapped.error(), length, context);
  made.base_ = *mapped;
  made.mapped_ = pages.length;
  made.data_ = made.base_ + pages.before;
  made.size_ = static_cast<std::size_t>(length);
  if (from.huge_pages) made.advise(advice::huge_pages);
  if (options.prefault) made.prefault();
  return made;
}

view::view(view&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      base_(std::exchange(other.base_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)),
      rights_(other.rights_),
      mapped_rights_(other.mapped_rights_),
      handle_(std::move(other.handle_)) {}

view& view::operator=(view&& other) noexcept {
  if (this != &other) {
    unmap();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    base_ = std::exchange(other.base_, nullptr);
    mapped_ = std::exchange(other.mapped_, 0);
    rights_ = other.rights_;
    mapped_rights_ = other.mapped_rights_;
    handle_ = std::move(other.handle_);
  }
  return *this;
}

view::~view() {
  unmap();
}

void view::unmap() noexcept {
  // First the range, then the handle: the range keeps the description, and with it the name, alive.
  if (base_ != nullptr) os::unmap(base_, mapped_);
  base_ = data_ = nullptr;
  mapped_ = size_ = 0;
  handle_.reset();
}

void view::check(std::uint64_t offset, std::size_t length, std::size_t alignment) const {
  operation_context const context{"look into", "view"};
  if (offset > size_ || length > size_ - offset) {
    context.fail(ERANGE, range_text(offset, length) + " go beyond its " + std::to_string(size_) + " bytes");
  }
  if (reinterpret_cast<std::uintptr_t>(data_ + offset) % alignment != 0) {
    context.fail(EINVAL,
                 "offset " + std::to_string(offset) + " is not aligned to " + std::to_string(alignment) + " bytes");
  }
}

view::span_of_pages view::pages_of(char const* operation, std::uint64_t offset, std::uint64_t length) const {
  length = require_range(size_, offset, length, {operation, "view"});
  if (length == 0) return {base_, 0};
  std::byte* const first = data_ + offset;
  std::size_t const before = reinterpret_cast<std::uintptr_t>(first) % os::page_size();
  return {first - before, static_cast<std::size_t>(length) + before};
}

void view::flush(std::uint64_t offset, std::uint64_t length) const {
  auto const range = pages_of("flush", offset, length);
  if (range.length == 0 || mapped_rights_ != access::read_write) return;
  // msync with MS_SYNC writes the data and what is needed to find it again, as fdatasync does, and reports its
  // errors.
  if (int const failure = os::synchronise(range.first, range.length))
    operation_context{"flush", "view"}.fail(failure);
}

void view::prefault(std::uint64_t offset, std::uint64_t length) const {
  auto const range = pages_of("prefault", offset, length);
  if (range.length == 0) return;
  int const failure = os::populate(range.first, range.length, rights_ == access::read_write);
  if (failure == 0) return;
  operation_context const context{"prefault", "view"};
  if (failure == EFAULT) context.fail(failure, no_memory_behind, "'coview doctor' shows how much there is");
  context.fail(failure);
}

void view::advise(advice what, std::uint64_t offset, std::uint64_t length) const {
  auto const range = pages_of("advise", offset, length);
  if (range.length != 0)
    os::advise(range.first, range.length, advice_value(what));  // advice that is not taken changes nothing
}

void view::protect(access rights) {
  operation_context const context{"protect", "view"};
  bool const allowed = rights == access::read_only || rights == mapped_rights_;
  if (!allowed) context.fail(EACCES, "it was not mapped for that", "map another view with these rights");
  if (base_ != nullptr) {
    if (int const failure = os::protect(base_, mapped_, protection_of(rights))) context.fail(failure);
  }
  rights_ = rights;
}

}  // namespace coview
