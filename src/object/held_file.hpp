// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "object/evidence.hpp"
#include "object/place.hpp"
#include "os/own_descriptor.hpp"
#include "os/visibility.hpp"

namespace coview::inline object {

/// A handle in the sense of docs/lifetime.md: an object's file with this description's hold and mark on it. The
/// destructor closes (X1) and, where nobody else holds the object, takes the name along (X2).
///
/// A program can close or reuse descriptors that are not its own: another file's locks are never dropped for it
/// (os/own_descriptor.hpp).
class held_file {
 public:
  held_file() noexcept = default;
  /// The descriptor's file, as it is now, is the object's.
  held_file(os::unique_fd fd, place_ptr where, std::string file) noexcept
      : fd_(std::move(fd)), where_(std::move(where)), file_(std::move(file)) {}
  /// The same, where its status is known. `evidence`: where the slot needs it.
  held_file(os::unique_fd fd, struct ::stat const& status, place_ptr where, std::string file,
            slot_evidence evidence = {}) noexcept
      : evidence_(std::move(evidence)),
        fd_(std::move(fd), status),
        where_(std::move(where)),
        file_(std::move(file)) {}
  held_file(held_file&&) noexcept = default;
  COVIEW_PRIVATE held_file& operator=(held_file&& other) noexcept;
  held_file(held_file const&) = delete;
  held_file& operator=(held_file const&) = delete;
  ~held_file() { close(); }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] os::own_descriptor const& descriptor() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  /// Where its file stands, and what it is called there. Null and empty where it is known by its descriptor alone
  /// (`open_received_object`): then closing it removes nothing.
  [[nodiscard]] place_ptr const& where() const noexcept { return where_; }
  [[nodiscard]] std::string const& file_name() const noexcept { return file_; }
  /// What it gives besides its locks; empty in most slots.
  [[nodiscard]] slot_evidence const& evidence() const noexcept { return evidence_; }
  /// Of its file, in which filesystem it is.
  [[nodiscard]] dev_t device() const noexcept { return fd_.device(); }
  /// False where the program closed the descriptor, or another file has its number.
  [[nodiscard]] bool has_own_descriptor() const noexcept { return fd_.still_own(); }
  /// Whether the name still leads here.
  [[nodiscard]] COVIEW_PRIVATE bool still_named() const noexcept;
  /// Another description of the same file, which carries no lock (L-01). 0 or the errno; EBADF where
  /// nothing leads to it any more.
  [[nodiscard]] COVIEW_PRIVATE os::result<os::unique_fd> reopen_without_locks(bool writable) const;
  COVIEW_PRIVATE void close() noexcept;
  /// As `close`, for a description that views keep alive in the kernel: gives the locks back by themselves, and
  /// leaves the descriptor to the caller. Not for a description that a forked child shares: its locks would go too.
  /// Empty where the descriptor was not ours any more.
  COVIEW_PRIVATE os::unique_fd give_up_name() noexcept;
  /// Another handle to the same object, on a description of its own. Empty where the object has lost its name, or has
  /// none that this process knows.
  [[nodiscard]] COVIEW_PRIVATE held_file another(bool writable) const;

 private:
  void remove_name() noexcept;

  slot_evidence evidence_;
  os::own_descriptor fd_;
  place_ptr where_;
  std::string file_;  // with its slot
};

}  // namespace coview::inline object
