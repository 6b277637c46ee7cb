// SPDX-License-Identifier: Apache-2.0
#include "object/held_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <new>
#include <utility>

#include "object/name_removal.hpp"
#include "object/names_left.hpp"
#include "object/probe.hpp"
#include "os/cancellation.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview::inline object {

held_file& held_file::operator=(held_file&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::move(other.fd_);
    evidence_ = std::move(other.evidence_);
    where_ = std::move(other.where_);
    file_ = std::move(other.file_);
  }
  return *this;
}

bool held_file::still_named() const noexcept {
  if (!fd_) return false;
  auto const now = fd_.look();
  return now && now->st_nlink > 0 && (!evidence_ || evidence_.still_own());
}

os::result<os::unique_fd> held_file::reopen_without_locks(bool writable) const {
  int const flags = writable ? O_RDWR : O_RDONLY;
  auto again = os::result<os::unique_fd>::failure(ENOENT);
  if (where_) again = os::open_at(where_->directory.get(), file_.c_str(), flags | object_flags);
  if (again) {
    if (auto const found = os::status(again->get()); found && fd_.leads_to(*found)) return again;
  }
  // The name was taken away, or belongs to a later object; the kernel still knows the file by our descriptor.
  if (!fd_.still_own()) return os::result<os::unique_fd>::failure(EBADF);
  again = os::open(("/proc/self/fd/" + std::to_string(fd_.get())).c_str(), flags | O_NONBLOCK | O_NOCTTY);
  if (!again) return again;
  auto const found = os::status(again->get());  // another thread can have reused the descriptor between the two
  return found && fd_.leads_to(*found) ? std::move(again) : os::result<os::unique_fd>::failure(EBADF);
}

void held_file::close() noexcept {
  if (!fd_) return;
  fd_.reset();  // X1
  remove_name();
}

os::unique_fd held_file::give_up_name() noexcept {
  if (!fd_) return {};
  auto fd = fd_.release();
  if (fd) {
    os::drop_mark(fd.get());  // X1, in the order in which the kernel drops them when it closes a description
    os::drop(fd.get());
  }
  remove_name();
  return fd;
}

void held_file::remove_name() noexcept {
  if (!where_) return;
  os::not_cancelled const until_removed;  // half of the calls below are cancellation points
  evidence_.drop();
  try {
    // X2. Whether the directory's descriptor still leads there is asked where the file is not found: a system call
    // less.
    auto const swept = sweep_file(*where_, file_, sweeper::without_d, &fd_);
    if (swept.what == sweep_answer::refused) note_name_left(where_, file_);  // X3
    bool const elsewhere = swept.what == sweep_answer::gone || swept.failure != 0;
    if (elsewhere && !where_->directory.still_own()) {
      if (auto const where = usable(where_)) sweep_file(*where, file_, sweeper::without_d, &fd_);
    }
  } catch (std::bad_alloc const&) {
    // Without memory the file stays: garbage that nobody can observe, until the next create, open or list.
  }
  where_.reset();
}

held_file held_file::another(bool writable) const {
  if (!fd_ || !where_ || !fd_.still_own()) return {};
  auto again = os::open_at(where_->directory.get(), file_.c_str(), (writable ? O_RDWR : O_RDONLY) | object_flags);
  if (!again) return {};
  // This handle's own locks keep everybody from sweeping or replacing the file, so none of the steps can be refused.
  auto const found = os::status(again->get());
  if (!found || !fd_.leads_to(*found)) return {};
  slot_evidence evidence;
  if (evidence_ && evidence.give(*where_, file_) != 0) return {};
  if (os::try_hold(again->get()) != os::lock_answer::taken || os::try_mark(again->get()) != os::lock_answer::taken) {
    return {};
  }
  return {std::move(*again), *found, where_, file_, std::move(evidence)};
}

}  // namespace coview::inline object
