// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/temporary.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

#include "copy/shared/block_hash.hpp"
#include "copy/shared/failure.hpp"
#include "object/utf8.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview::copying {
namespace {

constexpr int slots = 8;

/// ".NAME.HASH.": readable, and short enough for the longest name a filesystem has.
std::string stem_of(std::string const& name) {
  constexpr std::size_t readable = 160;  // of whole characters: some filesystems take no others
  auto const sum = hash_of(std::as_bytes(std::span(name)));
  std::array<char, 17> hash{};
  std::snprintf(hash.data(), hash.size(), "%016llx", static_cast<unsigned long long>(sum.low));
  std::string stem = ".";
  stem.append(name, 0, utf8::whole_characters(name, readable)).append(".").append(hash.data()).append(".");
  return stem;
}

std::string slot_name(std::string const& stem, std::string const& slot) {
  return stem + slot + ".coview-copy";
}

std::string random_slot() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<std::uint64_t>(::getpid());
  std::string slot = "r";
  slot.append(std::to_string(random));
  return slot;
}

/// O_NONBLOCK: a FIFO that somebody put there must not stop us.
constexpr int existing_flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

bool is_ours(struct ::stat const& found) {
  return S_ISREG(found.st_mode) && found.st_nlink == 1 && found.st_uid == ::geteuid();
}

/// A directory in which entries can be made and nothing else.
bool is_append_only(int directory) {
  struct ::statx found {};
  return ::statx(directory, "", AT_EMPTY_PATH, 0, &found) == 0 && (found.stx_attributes & STATX_ATTR_APPEND) != 0;
}

/// Errors that say "not here", of giving a file another name.
bool means_impossible(int errno_value) {
  switch (errno_value) {
    case EPERM:   // an append-only directory; another user's file in a sticky one; a filesystem without renaming
    case EACCES:  //
    case EBUSY:   // something is mounted on it
    case EXDEV:   // two filesystems that look like one (overlays)
    case ENOSYS:  //
    case EINVAL:  //
    case EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}

}  // namespace

temporary::temporary(target_place const& target, left_over rule) : target_(target), stem_(stem_of(target.name)) {
  if (is_append_only(target.directory) && make_unnamed()) return;
  for (int slot = 0; slot < slots; ++slot)
    if (try_slot(slot_name(stem_, std::to_string(slot)), rule)) return;
  // Every one in use by another copy, or squatted by a stranger.
  if (try_slot(slot_name(stem_, random_slot()), rule)) return;
  fail("create a temporary file for", target_.shown, EBUSY, "others use every name for it",
       "wait until the other copies to this target are done");
}

/// T1 to T3. False: try another name.
bool temporary::try_slot(std::string const& name, left_over rule) {
  for (int attempt = 0; attempt < 16; ++attempt) {
    auto made =
        os::open_at(target_.directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (!made && made.error() == ENAMETOOLONG && stem_.size() > 24) {
      stem_ = "." + stem_.substr(stem_.size() - 18);  // the hash alone
      return try_slot(slot_name(stem_, "0"), rule);
    }
    bool const found = !made && made.error() == EEXIST;
    if (!made && !found) fail("create a temporary file for", target_.shown, made.error());
    if (found) {
      made = os::open_at(target_.directory, name.c_str(), existing_flags);
      if (!made && made.error() == ENOENT) continue;
      if (!made) return false;
      auto const what = os::status(made->get());
      if (!what || !is_ours(*what)) {
        if (what && what->st_nlink == 0) continue;  // cleared in this moment
        return false;
      }
    }
    fd_ = std::move(*made);
    name_ = name;
    auto const lock = os::try_sweep(fd_.get());
    if (lock == os::lock_answer::refused) return false;
    // A filesystem without locks (some network ones): then what a killed copy left cannot be told from what is in
    // use.
    if (lock == os::lock_answer::failed && found) return false;
    if (!still_named()) continue;
    found_ = found;
    if (found && rule == left_over::clear) {
      os::unlink_at(target_.directory, journal_name().c_str());
      os::unlink_at(target_.directory, name.c_str());
      found_ = false;
      continue;
    }
    return true;
  }
  return false;
}

/// T3.
bool temporary::still_named() const {
  auto const open = os::status(fd_.get());
  auto const named = os::status_at(target_.directory, name_.c_str());
  return open && named && os::same_file(*open, *named);
}

/// What killed copies left in the other slots.
void temporary::clear_others() const {
  for (int slot = 0; slot < slots; ++slot) {
    std::string const name = slot_name(stem_, std::to_string(slot));
    if (name == name_) continue;
    auto const other = os::open_at(target_.directory, name.c_str(), existing_flags);
    if (!other) {
      if (slot > 0) break;  // slots are filled from the bottom up
      continue;
    }
    auto const what = os::status(other->get());
    if (!what || !is_ours(*what) || os::try_sweep(other->get()) != os::lock_answer::taken) continue;
    auto const named = os::status_at(target_.directory, name.c_str());
    if (!named || !os::same_file(*what, *named)) continue;
    os::unlink_at(target_.directory, (name + ".journal").c_str());
    os::unlink_at(target_.directory, name.c_str());
  }
}

bool temporary::make_unnamed() {
  auto made = os::open_at(target_.directory, ".", O_RDWR | O_TMPFILE, S_IRUSR | S_IWUSR);
  if (!made) return false;
  fd_ = std::move(*made);
  unnamed_ = true;
  return true;
}

temporary::~temporary() {
  if (!fd_ || placed_ || kept_ || unnamed_) return;
  remove_journal();
  os::unlink_at(target_.directory, name_.c_str());
}

/// Always before the file it belongs to goes, so that no journal is ever alone.
void temporary::remove_journal() const {
  if (has_journal_) os::unlink_at(target_.directory, journal_name().c_str());
}

/// P2 of placed_files.hpp. EEXIST where it is not free; in one step where the filesystem can, else by a link,
/// which never replaces.
int temporary::take_free_name() {
  int const to = target_.directory;
  char const* const name = target_.name.c_str();
  if (unnamed_) {
    auto const path = "/proc/self/fd/" + std::to_string(fd_.get());
    return os::errno_unless(::linkat(AT_FDCWD, path.c_str(), to, name, AT_SYMLINK_FOLLOW) == 0);
  }
  int failure = os::errno_unless(::renameat2(to, name_.c_str(), to, name, RENAME_NOREPLACE) == 0);
  if (failure != EINVAL && failure != ENOSYS && failure != EOPNOTSUPP) return failure;
  failure = os::errno_unless(::linkat(to, name_.c_str(), to, name, 0) == 0);
  if (failure == 0) return os::unlink_at(to, name_.c_str());
  if (failure == EEXIST) return failure;
  // Neither: then look, and rename.
  std::unique_lock<std::mutex> const one_at_a_time =
      target_.placed != nullptr ? std::unique_lock(target_.placed->replacing()) : std::unique_lock<std::mutex>();
  if (os::status_at(to, name)) return EEXIST;
  return os::errno_unless(::renameat(to, name_.c_str(), to, name) == 0);
}

/// P3 of placed_files.hpp.
int temporary::replace_name() {
  int const to = target_.directory;
  char const* const name = target_.name.c_str();
  if (unnamed_) return EPERM;
  std::unique_lock<std::mutex> one_at_a_time;
  if (target_.placed != nullptr) {
    one_at_a_time = std::unique_lock(target_.placed->replacing());
    auto const there = os::status_at(to, name);
    if (there && target_.placed->has(*there)) {
      fail("replace", target_.shown, EEXIST, "another of the sources was just copied there",
           "copy them to different directories");
    }
  }
  return os::errno_unless(::renameat(to, name_.c_str(), to, name) == 0);
}

temporary::outcome temporary::put_in_place(bool may_replace) {
  remove_journal();
  has_journal_ = false;
  auto const mine = os::status(fd_.get());
  if (!mine) fail("look at", target_.shown, mine.error());
  if (target_.placed != nullptr) target_.placed->add(*mine);  // P1 of placed_files.hpp
  struct noted {
    placed_files* all;
    struct ::stat const& file;
    ~noted() {
      if (all != nullptr) all->remove(file);
    }
  } note{target_.placed, *mine};
  // A name that nobody may take from a sibling is taken as a free one first; so is one that may not be replaced.
  bool const free_first = !may_replace || unnamed_ || target_.placed != nullptr;
  int failure = free_first ? take_free_name() : EEXIST;
  if (failure == EEXIST && !may_replace) return outcome::taken;
  if (failure == EEXIST) failure = replace_name();
  if (means_impossible(failure)) {
    why_ = failure;
    return outcome::not_possible;
  }
  if (failure != 0) fail("put in place", target_.shown, failure);
  note.all = nullptr;
  placed_ = true;
  if (!unnamed_) clear_others();
  return outcome::placed;
}

}  // namespace coview::copying
