// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

struct header {
  std::array<char, 16> magic{'c', 'o', 'v', 'i', 'e', 'w', ' ', 'c', 'o', 'p', 'y', ' ', 'j', '1', '\n', '\0'};
  std::uint64_t block_size = journal::block_size;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed_seconds = 0;
  std::int64_t changed_nanoseconds = 0;
  std::int64_t status_seconds = 0;
  std::int64_t status_nanoseconds = 0;
  std::uint64_t reserved = 0;
};
static_assert(sizeof(header) == 88);

struct note_record {
  std::uint64_t block;
  std::uint64_t high;
  std::uint64_t low;
};
static_assert(sizeof(note_record) == 24);

header header_of(source_file const& source) {
  auto const& is = source.before;
  header h;
  h.device = is.st_dev;
  h.inode = is.st_ino;
  h.size = static_cast<std::uint64_t>(is.st_size);
  h.changed_seconds = is.st_mtim.tv_sec;
  h.changed_nanoseconds = is.st_mtim.tv_nsec;
  h.status_seconds = is.st_ctim.tv_sec;
  h.status_nanoseconds = is.st_ctim.tv_nsec;
  return h;
}

bool is_trusted(int fd) {
  auto const is = os::status(fd);
  return is && S_ISREG(is->st_mode) && is->st_nlink == 1 && is->st_uid == ::geteuid();
}

}  // namespace

journal::journal(int directory, std::string const& name, source_file const& source, bool fresh,
                 std::filesystem::path const& shown) {
  if (fresh) os::unlink_at(directory, name.c_str());
  int const flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  auto opened = os::open_at(directory, name.c_str(), flags, S_IRUSR | S_IWUSR);
  if (opened && !is_trusted(opened->get())) {  // not ours: out of the way with it
    os::unlink_at(directory, name.c_str());
    opened = os::open_at(directory, name.c_str(), flags | O_EXCL, S_IRUSR | S_IWUSR);
  }
  if (!opened) fail("create the journal for", shown, opened.error());
  fd_ = std::move(*opened);
  header const expected = header_of(source);
  header found{};
  std::memset(static_cast<void*>(&found), 0, sizeof found);
  auto const got = os::read_at(fd_.get(), std::as_writable_bytes(std::span(&found, 1)), 0);
  if (got && *got == sizeof found && std::memcmp(&found, &expected, sizeof found) == 0) {
    goes_on_ = true;
    std::array<note_record, 1024> some{};
    for (std::uint64_t at = sizeof(header);;) {
      auto const more = os::read_at(fd_.get(), std::as_writable_bytes(std::span(some)), at);
      auto const count = more ? *more / sizeof(note_record) : 0;  // a torn last one is not one
      for (auto const& each : std::span(some).first(count)) notes_[each.block] = {each.high, each.low};
      at += count * sizeof(note_record);
      if (count < some.size()) {
        // Without what is left of a torn one, the next would begin in its middle.
        if (int const failure = os::resize(fd_.get(), at); failure != 0) fail("read the journal for", shown, failure);
        return;
      }
    }
  }
  int failure = os::resize(fd_.get(), 0);
  if (failure == 0) failure = os::write_at(fd_.get(), std::as_bytes(std::span(&expected, 1)), 0);
  if (failure != 0) fail("write the journal for", shown, failure);
}

block_hash const* journal::noted(std::uint64_t block) const {
  auto const found = notes_.find(block);
  return found == notes_.end() ? nullptr : &found->second;
}

int journal::note(std::uint64_t block, block_hash const& hash) {
  note_record const record{block, hash.high, hash.low};
  return os::write_at(fd_.get(), std::as_bytes(std::span(&record, 1)),
                      0);  // O_APPEND: to the end, whatever the offset
}

}  // namespace coview::copying
