// SPDX-License-Identifier: Apache-2.0
#include "object/evidence.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "object/name.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview::inline object {
namespace {

/// The first byte of a name's range: 43 bits of its hash, and 20 for the slot, which is all that an offset has. Two
/// names with one range look for each other's objects, and find none.
std::int64_t first_byte(std::string_view base) {
  constexpr std::size_t digits = 11;
  constexpr std::uint64_t hash_bits = (std::uint64_t{1} << 43U) - 1;
  auto const text = base.substr(base.size() - std::min(digits, base.size()));
  std::uint64_t hash = 0;
  std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  return static_cast<std::int64_t>((hash & hash_bits) * slot_limit);
}

std::int64_t byte_of(std::string_view file) {
  file_name_parts parts;
  parse_file_name(file, name_scope::global, parts);
  return first_byte(parts.base) + parts.slot;
}

}  // namespace

bool needs_evidence(name_scope scope, std::string_view file) {
  if (scope != name_scope::global || file.size() < 2) return false;
  if (file[file.size() - 2] == '.' && file.back() < static_cast<char>('0' + first_evident_slot)) return false;
  file_name_parts parts;
  return parse_file_name(file, scope, parts) && parts.slot >= first_evident_slot;
}

slot_evidence& slot_evidence::operator=(slot_evidence&& other) noexcept {
  if (this != &other) {
    drop();
    description_ = std::move(other.description_);
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

int slot_evidence::give(place const& where, std::string_view file) {
  drop();
  auto fresh = os::open_at(where.directory.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!fresh) return fresh.error();
  auto const status = os::status(fresh->get());
  if (!status) return status.error();
  switch (os::try_share_byte(fresh->get(), byte_of(file))) {
    case os::lock_answer::taken:
      break;
    case os::lock_answer::
        refused:  // a stranger has it exclusively, for which he must be able to write to a directory
      return EBUSY;
    case os::lock_answer::failed:
      return errno;
  }
  description_ = std::move(*fresh);
  device_ = status->st_dev;
  inode_ = status->st_ino;
  return 0;
}

void slot_evidence::drop() noexcept {
  if (description_ && !still_own()) (void)description_.release();
  description_.reset();
}

bool slot_evidence::still_own() const noexcept {
  auto const now = os::status(description_.get());
  return now && now->st_dev == device_ && now->st_ino == inode_;
}

os::result<bool> evident(place const& where, std::string_view file, slot_evidence const* own) {
  int const asking = own != nullptr && *own ? own->fd() : where.directory.get();
  return os::shared_by_another(asking, byte_of(file), 1);
}

os::result<bool> any_evident(place const& where, std::string_view base) {
  return os::shared_by_another(where.directory.get(), first_byte(base) + first_evident_slot,
                               slot_limit - first_evident_slot);
}

}  // namespace coview::inline object
