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
#include "os/visibility.hpp"
#include "sync/state_layout.hpp"
#include "sync/wait_point.hpp"

/// Named synchronisation objects: a handle, and the page in which the state lies.
namespace coview::inline sync {

/// A page of an object's file followed by a private one, so that a node at the end of the first has its state in
/// shared memory and its links in memory that no other process can write. Owns both.
///
/// Invariants:
/// 1. One file has one of them in a process, however often it is opened (`shared_page`).
/// 2. It stays mapped while a thread of this process has the node on its robust list, whoever closes what and
///    whatever others write into the shared part: `listed_by` says so, in the private one.
/// 3. The private part is empty in a forked child (MADV_WIPEONFORK), which owns nothing of its parent's.
class state_page {
 public:
  state_page(state_page const&) = delete;
  state_page& operator=(state_page const&) = delete;
  ~state_page();

  /// Device and inode: which file's page it is.
  using file_id = std::pair<dev_t, ino_t>;

  /// The first page of the file. The description must carry no lock: a mapping must not keep the name.
  static std::shared_ptr<state_page> map(int fd, file_id const& file, operation_context const& context);

  [[nodiscard]] node_ref ref() const noexcept { return {node(), &links().listed_by}; }
  [[nodiscard]] robust_node& node() const noexcept {
    return *reinterpret_cast<robust_node*>(base_ + layout::node_offset);
  }
  [[nodiscard]] std::atomic<holder_id>& listed_by() const noexcept { return links().listed_by; }
  [[nodiscard]] layout::sync_facts& facts() const noexcept {
    return *reinterpret_cast<layout::sync_facts*>(base_ + layout::state_offset);
  }
  [[nodiscard]] layout::timer_schedule& schedule() const noexcept {
    return *reinterpret_cast<layout::timer_schedule*>(base_ + layout::schedule_offset);
  }
  [[nodiscard]] file_id const& file() const noexcept { return file_; }

 private:
  /// The beginning of the private page: the node's links, and what stands beside them.
  struct private_part {
    void* previous;
    void* next;
    std::atomic<holder_id> listed_by;
  };
  static_assert(layout::node_offset + offsetof(robust_node, previous) == layout::first_page);

  state_page(std::byte* base, file_id file) noexcept : base_(base), file_(std::move(file)) {}
  [[nodiscard]] private_part& links() const noexcept {
    return *reinterpret_cast<private_part*>(base_ + layout::first_page);
  }
  std::byte* base_;
  file_id file_;
};

/// A file's page in this process, kept by whoever uses it and by invariant 2.
class page_use {
 public:
  page_use() noexcept = default;
  /// `fd`: as for state_page::map.
  page_use(int fd, operation_context const& context);
  page_use(page_use&&) noexcept = default;
  page_use& operator=(page_use&&) = delete;
  ~page_use();
  state_page* operator->() const noexcept { return page_.get(); }

 private:
  std::shared_ptr<state_page> page_;
};

}  // namespace coview::inline sync

namespace coview::detail {

/// What the handles of one kind share. The kind, and what stands in `facts`, never change once the object exists.
struct sync_object {
  held_file file;
  page_use page;  // the same one for all handles of a process: a lock taken through one is released through any
  std::string name;
  object_kind kind = object_kind::mutex;
  wait_point point;  // its node, rules and order
  bool created = false;
  std::array<std::uint8_t, 40> annex = {};  // as it stands in the header
  std::uint32_t creator_user = 0;

  explicit sync_object(page_use mapped) : page(std::move(mapped)) {}
  sync_object(sync_object const&) = delete;
  sync_object& operator=(sync_object const&) = delete;

  [[nodiscard]] robust_node& node() const noexcept { return *point.node; }
  [[nodiscard]] state_rules rules() const noexcept { return point.rules; }
};

}  // namespace coview::detail

namespace coview::inline sync {

using sync_ptr = std::shared_ptr<detail::sync_object>;

/// The object behind a handle. Errors: errc::bad_file_descriptor for an empty one.
[[noreturn]] void fail_of_empty(char const* operation, char const* what);
inline detail::sync_object& behind(sync_ptr const& handle, char const* operation, char const* what) {
  if (!handle) [[unlikely]]
    fail_of_empty(operation, what);
  return *handle;
}
/// Its name; empty for an empty one.
std::string const& name_of(sync_ptr const& handle) noexcept;

/// The pid namespace of this process. Errors: errc::not_supported where nothing tells.
std::uint64_t require_pid_namespace(operation_context const& context);

/// What a new object starts with.
struct sync_description {
  object_kind kind;
  layout::sync_facts facts;
  std::uint64_t state;                      // of its node
  std::array<std::uint8_t, 40> annex = {};  // of its header
  /// A mutex that is made is owned by this thread, at each instant from when others can see it: killed, it is
  /// abandoned, or was never seen. One that is there already is not locked.
  bool owned = false;
};

/// How a caller wants the name.
enum class name_use : std::uint8_t { create, open, try_open, open_or_create };

/// Opens or creates. Null where `try_open` finds nothing. `accept` is asked of what is there, if it is of the kind.
/// Errors: errc::not_supported where thread IDs mean something else than to the object's creator, or nothing tells.
COVIEW_PRIVATE sync_ptr open_sync(std::string_view name, name_use use, sync_description const& description,
                                  sync_options const& options, operation_context const& context,
                                  acceptance const& accept = {});

/// The handle of an object that is open: its file, and what its header says.
COVIEW_PRIVATE sync_ptr adopt_sync(open_object opened, object_name const& name, bool created,
                                   operation_context const& context);

}  // namespace coview::inline sync
