// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include <coview/mutex.hpp>

#include "object/lifetime.hpp"
#include "sync/gate.hpp"
#include "sync/lock_state.hpp"
#include "sync/state_layout.hpp"

/// Named synchronisation objects: a handle, and the page in which the state lies.
namespace coview {

/// A page of an object's file followed by a private one, so that a node at the end of the first has its state in
/// shared memory and its links in memory that no other process can write. Owns both.
class state_page {
 public:
  state_page(state_page const&) = delete;
  state_page& operator=(state_page const&) = delete;
  ~state_page();

  /// Device and inode: which file's page it is.
  using file_id = std::pair<dev_t, ino_t>;

  /// The first page of the file. The description must carry no lock: a mapping must not keep the name.
  static std::shared_ptr<state_page> map(int fd, file_id const& file, operation_context const& context);

  [[nodiscard]] robust_node& node() const noexcept {
    return *reinterpret_cast<robust_node*>(base_ + layout::node_offset);
  }
  [[nodiscard]] layout::sync_facts& facts() const noexcept {
    return *reinterpret_cast<layout::sync_facts*>(base_ + layout::state_offset);
  }
  [[nodiscard]] file_id const& file() const noexcept { return file_; }
  /// Locks of the mutex in it, recursive ones counted, that threads of this process have. Belongs to the owner of the
  /// mutex.
  std::atomic<std::uint32_t>& locks() noexcept { return locks_; }

 private:
  state_page(std::byte* base, file_id file) noexcept : base_(base), file_(std::move(file)) {}
  std::byte* base_;
  file_id file_;
  std::atomic<std::uint32_t> locks_{0};
};

namespace detail {

/// What the handles of one kind share. The kind, and what stands in `facts`, never change once the object exists.
struct sync_object {
  held_file file;
  std::shared_ptr<state_page>
      page;  // the same one for all handles of a process: a lock taken through one is released through any
  std::string name;
  object_kind kind = object_kind::mutex;
  gate_kind gate = gate_kind::manual;
  std::uint32_t maximum = 1;
  bool created = false;
  std::uint64_t order = 0;                  // the same in all processes, different for all objects: its inode
  std::array<std::uint8_t, 40> annex = {};  // as it stands in the header
  std::uint32_t creator_user = 0;

  sync_object() = default;
  sync_object(sync_object const&) = delete;
  sync_object& operator=(sync_object const&) = delete;
  ~sync_object();

  [[nodiscard]] robust_node& node() const noexcept { return page->node(); }
};

}  // namespace detail

using sync_ptr = std::shared_ptr<detail::sync_object>;

/// The object behind a handle. Errors: errc::bad_file_descriptor for an empty one.
[[noreturn]] void refuse_empty(char const* operation, char const* what);
inline detail::sync_object& behind(sync_ptr const& handle, char const* operation, char const* what) {
  if (!handle) [[unlikely]]
    refuse_empty(operation, what);
  return *handle;
}
/// Its name; empty for an empty one.
std::string const& name_of(sync_ptr const& handle) noexcept;

/// What a new object starts with.
struct sync_description {
  object_kind kind;
  layout::sync_facts facts;
  std::uint64_t state;                      // of its node
  std::array<std::uint8_t, 40> annex = {};  // of its header
};

/// How a caller wants the name.
enum class name_wish : std::uint8_t { create, open, try_open, open_or_create };

/// Locking a mutex through a handle, and the note that keeps its page while this process owns it.
lock_outcome lock_noted(detail::sync_object& object, os::deadline const& until);
lock_outcome try_lock_noted(detail::sync_object& object);
/// False where this thread does not own it.
bool unlock_noted(detail::sync_object& object);
/// As if it had not been locked.
void give_back_noted(detail::sync_object& object);

/// Opens or creates. Null where `try_open` finds nothing.
sync_ptr open_sync(std::string_view name, name_wish wish, sync_description const& description,
                   sync_options const& options, operation_context const& context);

/// The handle of an object that is open: its file, and what its header says.
sync_ptr adopt_sync(open_object opened, object_name const& name, bool created, operation_context const& context);

}  // namespace coview
