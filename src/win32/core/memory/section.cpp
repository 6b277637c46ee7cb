// SPDX-License-Identifier: Apache-2.0
#include "win32/core/memory/section.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "os/file.hpp"
#include "os/virtual_memory.hpp"
#include "win32/core/files/sharing.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/named_cache.hpp"
#include "win32/core/memory/region.hpp"

namespace coview::win32 {
namespace {

constinit std::atomic<std::uint32_t> forks{0};

[[gnu::constructor]] void count_forks() {
  ::pthread_atfork([] { forks.fetch_add(1, std::memory_order_relaxed); }, nullptr, nullptr);
}

bool is_writable(int fd) noexcept {
  return fd >= 0 && (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

}  // namespace

std::uint32_t forks_so_far() noexcept {
  return forks.load(std::memory_order_relaxed);
}

int kernel_protection(DWORD protect) noexcept {
  int bits = PROT_NONE;
  if ((protect & PAGE_GUARD) != 0) return bits;
  if ((protect & (PAGE_READONLY | PAGE_EXECUTE_READ)) != 0) bits |= PROT_READ;
  if (protects_writable(protect) || protects_copying(protect)) bits |= PROT_READ | PROT_WRITE;
  if (protects_executable(protect)) bits |= PROT_EXEC | PROT_READ;
  return bits;
}

section::section(parts made) : object(type), parts_(std::move(made)), forks_(forks_so_far()) {}

section::~section() = default;

int section::descriptor(bool writable) noexcept {
  int const present = own_descriptor();
  if (present < 0 || !writable || !protects_writable(parts_.protect)) return present;
  std::lock_guard const guard(reopening_);
  if (writable_ && writable_.still_own()) return writable_.get();
  if (is_writable(present)) return present;
  auto again = parts_.name && !parts_.payload
                   ? parts_.name.reopen_without_locks(true)
                   : os::open(("/proc/self/fd/" + std::to_string(present)).c_str(), O_RDWR);
  if (!again) {
    errno = again.error();
    return -1;
  }
  writable_ = std::move(*again);
  return writable_.get();
}

void section::know_by(std::string key) {
  key_ = std::move(key);
  named_cache::remember(key_, *this);
}

void section::forget() noexcept {
  if (!key_.empty()) named_cache::forget(key_, *this);
}

bool section::opened_for_writing() const noexcept {
  return is_writable(any_descriptor());
}

void section::last_handle_closed() noexcept {
  forget();
  std::lock_guard const guard(closing_);
  if (!parts_.name) return;
  if (parts_.payload || views_.load(std::memory_order_acquire) == 0) {
    parts_.name.close();
    return;
  }
  if (forks_ == forks_so_far()) {
    parts_.payload = parts_.name.give_up_name();
    return;
  }
  // A forked child shares the description, whose locks must stay for it. So the views of this process move to
  // another.
  auto other = parts_.name.reopen_without_locks(is_writable(parts_.name.fd()));
  if (other) {
    regions::move_views(*this, other->get());
    parts_.payload = std::move(*other);
  }
  parts_.name.close();
}

ACCESS_MASK section::permitted() const noexcept {
  return permitted_by(parts_.security, parts_.creator);
}

bool section::is_same(object const& other) const noexcept {
  if (this == &other) return true;
  if (other.what() != type) return false;
  auto const& that = static_cast<section const&>(other);
  auto const& here = parts_.name ? parts_.name.fd() : any_descriptor();
  auto const& there = that.parts_.name ? that.parts_.name.fd() : that.any_descriptor();
  // Two sections of one file are two objects, unless they have one name.
  if (parts_.file_backed && (!parts_.name || !that.parts_.name)) return false;
  auto const mine = os::status(here);
  auto const its = os::status(there);
  return mine && its && os::same_file(*mine, *its);
}

bool section::prepare_transfer(object_transfer& out) {
  bool const named = static_cast<bool>(parts_.name);
  out.put(named);
  if (named) out.add_held(parts_.name, is_writable(parts_.name.fd()));
  bool const separate = static_cast<bool>(parts_.payload);
  if (separate) out.add(sharing::section_description(parts_.payload.get(), is_writable(parts_.payload.get())));
  if (named) return true;  // the rest stands in its header
  out.put(parts_.size);
  out.put(parts_.protect);
  out.put(parts_.flags);
  out.put(parts_.file_backed);
  return separate;
}

ACCESS_MASK section::provable(ACCESS_MASK claimed) const noexcept {
  if (is_writable(any_descriptor()) || (permitted() & SECTION_MAP_WRITE) != 0) return claimed;
  return claimed & ~ACCESS_MASK{SECTION_MAP_WRITE};
}

namespace {

/// What the header in the object's file says counts, as for whoever opens the name.
object_ptr<> adopt_named(object_transfer& from) {
  object_name name;
  auto opened = from.take_object(name);
  if (!opened || opened->header.kind != object_kind::mapping) return {};
  auto made = parts_from_header(opened->header);
  if (made.file_backed) {
    made.payload = from.take_fd();
    auto const file = os::status(made.payload.get());
    bool const is_target = file && S_ISREG(file->st_mode) && file->st_dev == opened->header.target_device &&
                           file->st_ino == opened->header.target_inode;
    if (!is_target || !opened_for_reading(made.payload.get())) return {};
    // Opened for reading, it stays so: to open it again with this process's rights is what the name is for.
    if (!is_writable(made.payload.get()) && protects_writable(made.protect)) made.protect = PAGE_READONLY;
  }
  made.name = std::move(opened->file);
  if (made.file_backed) sharing::declare_section(made.payload.get(), made.size, protects_writable(made.protect));
  return make_object<section>(std::move(made));
}

object_ptr<> adopt_unnamed(object_transfer& from) {
  section::parts made;
  made.payload = from.take_fd();
  made.size = from.take<std::uint64_t>();
  made.protect = from.take<DWORD>();
  made.flags = from.take<DWORD>();
  made.file_backed = from.take<bool>();
  auto const file = os::status(made.payload.get());
  if (!file || !S_ISREG(file->st_mode) || !opened_for_reading(made.payload.get())) return {};
  if (!made.file_backed && !is_memory_file(made.payload.get(), unnamed_label)) return {};
  if (made.size == 0 || made.size > static_cast<std::uint64_t>(file->st_size)) return {};
  if (!is_one_protection(made.protect) || (made.flags & ~known_section_flags) != 0) return {};
  if (protects_writable(made.protect) && !is_writable(made.payload.get())) return {};
  if (made.file_backed) sharing::declare_section(made.payload.get(), made.size, protects_writable(made.protect));
  return make_object<section>(std::move(made));
}

}  // namespace

object_ptr<> adopt_section(object_transfer& from) {
  return from.take<bool>() ? adopt_named(from) : adopt_unnamed(from);
}

section::parts parts_from_header(object_header const& header) {
  section::parts made;
  made.security = from_header(header.annex);
  made.creator = header.creator_user;
  made.payload_offset = header.payload_offset;
  made.file_backed = header.file_backed;
  made.protect = made.security.section & page_protections;
  made.flags = made.security.section & known_section_flags;
  // Made through another interface of this library, or by nobody who kept to the rules.
  if (made.security.win32 == 0 || !is_one_protection(made.protect)) {
    made.protect = PAGE_READWRITE;
    made.flags = SEC_COMMIT;
  }
  made.size = header.file_backed ? header.payload_size : os::round_up(header.payload_size, page);
  return made;
}

}  // namespace coview::win32
