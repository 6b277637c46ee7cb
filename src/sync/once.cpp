// SPDX-License-Identifier: Apache-2.0
// view::construct_once: the lock and the note that it is done lie in the page before the mapping's payload.
#include <fcntl.h>

#include <atomic>
#include <cerrno>

#include <coview/mapping.hpp>

#include "memory/handle.hpp"
#include "sync/sync_object.hpp"

namespace coview {
namespace {

/// Unlocks, also where the constructor throws.
class once_lock {
 public:
  explicit once_lock(robust_node& node) : node_(node) { (void)lock(node_, {}); }
  ~once_lock() { unlock(node_); }
  once_lock(once_lock const&) = delete;
  once_lock& operator=(once_lock const&) = delete;

 private:
  robust_node& node_;
};

os::unique_fd description_of(detail::handle const& from, operation_context const& context) {
  auto fd = from.object ? from.object.reopen_without_locks(true)
                        : os::result<os::unique_fd>(os::unique_fd(::fcntl(from.payload(), F_DUPFD_CLOEXEC, 0)));
  if (!fd || !*fd) context.fail(fd ? errno : fd.error());
  return std::move(*fd);
}

}  // namespace

void view::construct_once_with(std::function<void()> const& construct) const {
  operation_context const context{"construct in", "view"};
  if (rights_ != access::read_write)
    context.fail(EACCES, "it is not a read-write view", "map it with access::read_write");
  if (!handle_) context.fail(ENOTSUP, "it does not keep its name", "map it without keeps_name = false");
  if (handle_->file_backed) context.fail(ENOTSUP, "it shows a file, whose bytes are its own");

  auto const description = description_of(*handle_, context);
  auto const page = state_page::map(description.get(), {}, context);
  std::atomic_ref<std::uint32_t> const constructed(page->facts().constructed);
  if (constructed.load(std::memory_order_acquire) != 0) return;
  once_lock const guard(page->node());  // abandoned or not: what is half constructed is constructed anew
  if (constructed.load(std::memory_order_relaxed) != 0) return;
  construct();
  constructed.store(1, std::memory_order_release);  // pairs with the acquire above, in another process
}

}  // namespace coview
