// SPDX-License-Identifier: Apache-2.0
#include "win32/core/files/file_object.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <mutex>

#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/files/sharing.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/handles/named_cache.hpp"

namespace coview::win32 {
namespace {

// Locks of programs stay below the zones of sharing.hpp; Windows has offsets up to 2^64.
constexpr std::uint64_t lock_space = std::uint64_t{1} << 62U;

constexpr char const* attribute_name = "user.DOSATTRIB";
constexpr DWORD stored_attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
                                    FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

DWORD from_status(struct ::stat const& status, DWORD stored, bool known) {
  DWORD attributes = known ? stored & stored_attributes : 0;
  if (S_ISDIR(status.st_mode) && known) attributes |= stored & FILE_ATTRIBUTE_READONLY;
  if (S_ISDIR(status.st_mode)) {
    attributes |= FILE_ATTRIBUTE_DIRECTORY;
  } else if (!known && S_ISREG(status.st_mode)) {
    attributes |= FILE_ATTRIBUTE_ARCHIVE;  // what Windows gives to every new file
  } else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    attributes |= FILE_ATTRIBUTE_DEVICE;
  }
  if ((status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) attributes |= FILE_ATTRIBUTE_READONLY;
  return attributes == 0 ? FILE_ATTRIBUTE_NORMAL : attributes;
}

DWORD parse_attributes(std::array<char, 32> const& text, ssize_t length, bool& known) {
  DWORD value = 0;
  known = false;
  if (length < 3 || text[0] != '0' || text[1] != 'x') return 0;
  auto const answer = std::from_chars(text.data() + 2, text.data() + length, value, 16);
  known = answer.ec == std::errc();
  return value;
}

}  // namespace

DWORD attributes_of(std::string const& path, struct ::stat const& status) {
  std::array<char, 32> text{};
  bool known = false;
  auto const length = ::getxattr(path.c_str(), attribute_name, text.data(), text.size());
  DWORD const stored = parse_attributes(text, length, known);
  return from_status(status, stored, known);
}

DWORD attributes_of(int fd, struct ::stat const& status) {
  std::array<char, 32> text{};
  bool known = false;
  auto const length = ::fgetxattr(fd, attribute_name, text.data(), text.size());
  DWORD const stored = parse_attributes(text, length, known);
  return from_status(status, stored, known);
}

int set_attributes(std::string const& path, DWORD attributes) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (is_device(status.st_mode)) return EACCES;
  constexpr mode_t all_write = S_IWUSR | S_IWGRP | S_IWOTH;
  mode_t const old = status.st_mode & 07777U;
  mode_t mode = old;
  if (!S_ISDIR(status.st_mode)) {
    if ((attributes & FILE_ATTRIBUTE_READONLY) != 0) {
      mode &= ~all_write;
    } else if ((mode & all_write) == 0) {
      mode |= S_IWUSR;
    }
  }
  // The attribute first: a file without write permission takes none.
  bool const was_read_only = (old & all_write) == 0;
  if (was_read_only && mode != old && ::chmod(path.c_str(), mode) != 0) return errno;
  DWORD const usual = S_ISREG(status.st_mode) ? FILE_ATTRIBUTE_ARCHIVE : 0;
  // A directory's permissions decide who may add to it, which its read-only attribute does not: that is only kept.
  DWORD const kept = S_ISDIR(status.st_mode) ? stored_attributes | FILE_ATTRIBUTE_READONLY : stored_attributes;
  DWORD const wanted = attributes & kept;
  if (wanted == usual) {
    ::removexattr(path.c_str(), attribute_name);
  } else {
    std::array<char, 16> text{};
    int const length = std::snprintf(text.data(), text.size(), "0x%x", wanted);
    // A filesystem without such attributes keeps the read-only bit alone.
    ::setxattr(path.c_str(), attribute_name, text.data(), static_cast<std::size_t>(length), 0);
  }
  if (!was_read_only && mode != old && ::chmod(path.c_str(), mode) != 0) return errno;
  return 0;
}

namespace {

/// Under which the end of the process finds it; no object's name has two backslashes at its end.
std::string key_at_exit(file_object const& file) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(&file)) + "\\\\";
}

}  // namespace

file_object::file_object(os::unique_fd fd, std::string path, DWORD flags, mode_t mode)
    : object(type), fd_(std::move(fd)), path_(std::move(path)), flags_(flags), mode_(mode) {}

file_object::~file_object() {
  if (doomed_by_.load(std::memory_order_relaxed) != 0) named_cache::forget(key_at_exit(*this), *this);
  if (lent_) (void)fd_.release().release();  // 0, 1 and 2 outlive every handle to them
}

std::string file_object::path() const {
  std::lock_guard const guard(path_guard_);
  return path_;
}

void file_object::moved_to(std::string path) {
  std::lock_guard const guard(path_guard_);
  path_ = std::move(path);
}

bool file_object::is_overlapped() const noexcept {
  return (flags_ & FILE_FLAG_OVERLAPPED) != 0;
}

void file_object::delete_at_close(bool yes) {
  if (yes && doomed_by_.exchange(::getpid(), std::memory_order_relaxed) == 0)
    named_cache::remember(key_at_exit(*this), *this);
  doomed_.store(yes, std::memory_order_relaxed);
}

void file_object::last_handle_closed() noexcept {
  if (doomed_by_.load(std::memory_order_relaxed) != 0) named_cache::forget(key_at_exit(*this), *this);
  if (!doomed() || path_.empty() || doomed_by_.load(std::memory_order_relaxed) != ::getpid()) return;
  // Only the file that was opened: somebody may have moved it away and put another one in its place.
  auto const mine = fd_.look();
  struct ::stat there {};
  if (!mine || ::lstat(path_.c_str(), &there) != 0 || !os::same_file(*mine, there) || is_device(mine->st_mode))
    return;
  if (directory()) {
    ::rmdir(path_.c_str());
  } else {
    ::unlink(path_.c_str());
  }
}

bool file_object::prepare_transfer(object_transfer& out) {
  if (!usable()) return false;
  out.what = type;
  out.add_duplicate(fd());
  out.put(flags_);
  return true;
}

ACCESS_MASK file_object::provable(ACCESS_MASK claimed) const noexcept {
  if (!opened_for_reading(fd())) claimed &= ~ACCESS_MASK{FILE_READ_DATA};
  if (!opened_for_writing(fd())) claimed &= ~ACCESS_MASK{FILE_WRITE_DATA | FILE_APPEND_DATA};
  return claimed;
}

object_ptr<> adopt_file(object_transfer& from) {
  auto fd = from.take_fd();
  auto const flags = from.take<DWORD>();
  if (!fd) return {};
  struct ::stat status {};
  if (::fstat(fd.get(), &status) != 0) return {};
  std::string path;
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    path = target_of(fd.get());
    struct ::stat there {};
    bool const stands_there =
        ::lstat(path.c_str(), &there) == 0 && there.st_dev == status.st_dev && there.st_ino == status.st_ino;
    if (!stands_there) path.clear();  // removed, or out of this process's sight
  }
  // Deleting at the last close is its creator's business.
  return make_object<file_object>(std::move(fd), std::move(path), flags & ~DWORD{FILE_FLAG_DELETE_ON_CLOSE},
                                  status.st_mode);
}

bool file_object::byte_range::meets(byte_range const& other) const noexcept {
  if (length == 0 || other.length == 0) return false;
  std::uint64_t const last = offset + (length - 1);
  std::uint64_t const other_last = other.offset + (other.length - 1);
  return offset <= other_last && other.offset <= last;
}

bool file_object::own_conflict(byte_range const& context) const noexcept {
  return std::any_of(locks_.begin(), locks_.end(), [&context](byte_range const& held) {
    return (held.exclusive || context.exclusive) && held.meets(context);
  });
}

int file_object::ask_kernel(byte_range const& range, short lock_type, bool wait) const noexcept {
  std::uint64_t const offset = std::min(range.offset, lock_space - 1);
  std::uint64_t const length = std::min(range.length, lock_space - offset);
  if (length == 0) return 0;  // l_len 0 would mean: to the end
  struct ::flock request {};
  request.l_type = lock_type;
  request.l_whence = SEEK_SET;
  request.l_start = static_cast<off_t>(offset);
  request.l_len = static_cast<off_t>(length);
  int answer = 0;
  do {
    answer = ::fcntl(fd(), wait ? F_OFD_SETLKW : F_OFD_SETLK, &request);
  } while (answer != 0 && errno == EINTR);
  if (answer == 0) return 0;
  // A description without the right for this kind of lock takes the other kind: better too strict than none.
  if (errno == EBADF && lock_type != F_UNLCK) {
    request.l_type = lock_type == F_WRLCK ? F_RDLCK : F_WRLCK;
    answer = ::fcntl(fd(), wait ? F_OFD_SETLKW : F_OFD_SETLK, &request);
    if (answer == 0) return 0;
  }
  return errno;
}

DWORD file_object::lock(std::uint64_t offset, std::uint64_t length, bool exclusive, bool wait) {
  if (length != 0 && offset + (length - 1) < offset) return ERROR_INVALID_LOCK_RANGE;
  byte_range const context{offset, length, exclusive};
  std::unique_lock guard(lock_guard_);
  while (own_conflict(context)) {
    if (!wait) return ERROR_LOCK_VIOLATION;
    lock_changed_.wait(guard);
  }
  locks_.push_back(context);  // before the kernel is asked: nobody of this process asks for the same meanwhile
  guard.unlock();
  int const failure = ask_kernel(context, exclusive ? F_WRLCK : F_RDLCK, wait);
  if (failure == 0) return ERROR_SUCCESS;
  guard.lock();
  auto const mine = std::find_if(locks_.rbegin(), locks_.rend(), [&context](byte_range const& held) {
    return held.offset == context.offset && held.length == context.length && held.exclusive == context.exclusive;
  });
  if (mine != locks_.rend()) locks_.erase(std::next(mine).base());
  lock_changed_.notify_all();
  return failure == EAGAIN || failure == EACCES ? ERROR_LOCK_VIOLATION : error_from_errno(failure);
}

DWORD file_object::unlock(std::uint64_t offset, std::uint64_t length) {
  std::lock_guard const guard(lock_guard_);
  auto const held = std::find_if(locks_.begin(), locks_.end(), [offset, length](byte_range const& one) {
    return one.offset == offset && one.length == length;
  });
  if (held == locks_.end()) return ERROR_NOT_LOCKED;
  byte_range const gone = *held;
  locks_.erase(held);
  ask_kernel(gone, F_UNLCK, false);
  for (auto const& left : locks_)  // shared locks may overlap, and the kernel has let go of their common part too
    if (left.meets(gone)) ask_kernel(left, left.exclusive ? F_WRLCK : F_RDLCK, false);
  lock_changed_.notify_all();
  return ERROR_SUCCESS;
}

}  // namespace coview::win32
