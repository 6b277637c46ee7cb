// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "object/fail.hpp"
#include "object/header.hpp"
#include "object/name.hpp"
#include "object/place.hpp"
#include "object/sighting.hpp"
#include "os/fd.hpp"

/// The lifetime of a name: docs/lifetime.md, step by step, with its numbers. "A file on which nobody holds the lock
/// does not exist." Nothing else in the library creates, opens or unlinks object files.
///
/// Thread and process safety: every function may race with itself and the others, in any process, and any process may
/// be killed between any two steps.
namespace coview {

/// A handle in the sense of docs/lifetime.md: an object's file with this description's hold and mark on it. The
/// destructor closes (X1) and, where nobody else holds the object, takes the name along (X2).
class held_file {
 public:
  held_file() noexcept = default;
  held_file(os::unique_fd fd, place_ptr where, std::string file) noexcept
      : fd_(std::move(fd)), where_(std::move(where)), file_(std::move(file)) {}
  held_file(held_file&&) noexcept = default;
  held_file& operator=(held_file&& other) noexcept;
  held_file(held_file const&) = delete;
  held_file& operator=(held_file const&) = delete;
  ~held_file() { close(); }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  /// Where its file stands, and what it is called there.
  [[nodiscard]] place_ptr const& where() const noexcept { return where_; }
  [[nodiscard]] std::string const& file_name() const noexcept { return file_; }
  /// Whether the name still leads here.
  [[nodiscard]] bool still_named() const noexcept;
  /// Another description of the same file, which carries no lock (L-01). 0 or the errno.
  [[nodiscard]] os::result<os::unique_fd> reopen_without_locks(bool writable) const;
  void close() noexcept;
  /// As `close`, for a description that views keep alive in the kernel: gives the locks back by themselves, and
  /// leaves the descriptor to the caller. Not for a description that a forked child shares: its locks would go too.
  os::unique_fd give_up_name() noexcept;
  /// Another handle to the same object, on a description of its own. Empty where the object has lost its name.
  [[nodiscard]] held_file another(bool writable) const;

 private:
  void remove_name() noexcept;

  os::unique_fd fd_;
  place_ptr where_;
  std::string file_;  // with its slot
};

/// An open object: the handle, and its header as it was read and checked.
struct open_object {
  held_file file;
  object_header header;
};

/// O1 to O5. Empty where nobody holds the name.
/// Errors: errc::permission_denied, errc::not_supported, errc::bad_message, errc::operation_not_permitted,
/// errc::device_or_resource_busy and what open(2) says.
std::optional<open_object> try_open_object(object_name const& name, bool writable, operation_context const& context);

/// How an object's file is made.
struct new_object {
  mode_t mode = 0600;
  bool permanent = false;
  object_header header;               ///< kind, options, size, target; name, times and creator are filled in
  std::vector<std::byte> state = {};  ///< what stands at layout::state_offset from the beginning; empty: zeros
  /// Called between C5 and C6: the file is whole, and nobody can see it yet. What it throws ends the creation.
  std::function<void(place const& where, std::string const& file)> before_visible = {};
};

/// C1 to C6. Empty where the name exists. The payload is committed unless the header says `reserve`.
/// Errors: as try_open_object, and errc::no_space_on_device, errc::not_enough_memory, errc::file_too_large.
std::optional<open_object> try_create_object(object_name const& name, new_object wanted,
                                             operation_context const& context);

/// Opens, or creates where nobody holds the name; `created` tells.
open_object open_or_create_object(object_name const& name, new_object const& wanted, bool& created,
                                  operation_context const& context);

/// Fails with errc::not_enough_memory for what the system's memory and swap, or a memory cgroup of this process, cannot
/// hold: asking the kernel would end in its OOM killer. Only asked for sizes of 16 MiB and more; believes in any size
/// where /proc is not mounted.
void require_memory(std::uint64_t bytes, operation_context const& context);

/// Looks for a name through all its slots; gives stale files back on the way. `live`, `hidden`, `alien`, or `absent`.
sighting find_object(place_ptr const& where, object_name const& name, operation_context const& context);

/// Takes the name away though it is held. 0 or the errno.
int unlink_by_force(place_ptr const& where, std::string const& file);

}  // namespace coview
