// SPDX-License-Identifier: Apache-2.0
// view::construct_once: the lock and the note that it is done lie in the page before the mapping's payload.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>

#include <coview/mapping.hpp>

#include "memory/handle.hpp"
#include "sync/sync_object.hpp"
#include "sync/this_thread.hpp"

namespace coview {
namespace {

/// Whether there is such a thread, of whatever user.
bool exists(std::uint32_t thread) noexcept {
  return ::syscall(SYS_tkill, thread, 0) == 0 || errno != ESRCH;
}

/// Locks, however long another one constructs: as long as that one exists. Unlocks, also where the constructor throws
/// or the thread is cancelled in it.
class once_lock {
 public:
  once_lock(node_ref ref, operation_context const& context) : ref_(ref) {
    constexpr std::chrono::seconds between_looks(1);
    for (std::uint32_t seen = 0;;) {
      if (lock(ref_, std::chrono::steady_clock::now() + between_looks) != lock_outcome::refused) return;
      auto const owner = owner_of(ref_.node.state.load(std::memory_order_relaxed));
      // This thread itself is not the owner, or it had the lock by now.
      bool const untrue = owner != 0 && (owner == this_thread::get().id() || !exists(owner));
      if (untrue && seen == owner) {  // twice the same: the kernel would have said so, had it been the owner
        context.fail(EBUSY, "its state names thread " + std::to_string(owner) + ", which does not construct anything",
                     "somebody who may write there wrote it: make the mapping anew");
      }
      seen = untrue ? owner : 0;
    }
  }
  ~once_lock() { unlock(ref_); }
  once_lock(once_lock const&) = delete;
  once_lock& operator=(once_lock const&) = delete;

 private:
  node_ref ref_;
};

os::unique_fd description_of(detail::handle const& from, operation_context const& context) {
  auto fd = from.object ? from.object.reopen_without_locks(true)
                        : os::result<os::unique_fd>(os::unique_fd(::fcntl(from.payload(), F_DUPFD_CLOEXEC, 0)));
  if (!fd || !*fd) context.fail(fd ? errno : fd.error());
  return std::move(*fd);
}

}  // namespace

void view::construct_once_with(void (*construct)(void*), void* argument) const {
  operation_context const context{"construct in", "view"};
  if (rights_ != access::read_write)
    context.fail(EACCES, "it is not a read-write view", "map it with access::read_write");
  if (!handle_) context.fail(ENOTSUP, "it does not keep its name", "map it without keeps_name = false");
  if (handle_->file_backed) context.fail(ENOTSUP, "it shows a file, whose bytes are its own");

  auto const description = description_of(*handle_, context);
  page_use const page(description.get(), context);
  std::atomic_ref<std::uint32_t> const constructed(page->facts().constructed);
  if (constructed.load(std::memory_order_acquire) != 0) return;
  once_lock const guard(page->ref(), context);  // abandoned or not: what is half constructed is constructed anew
  if (constructed.load(std::memory_order_relaxed) != 0) return;
  construct(argument);
  constructed.store(1, std::memory_order_release);  // pairs with the acquire above, in another process
}

}  // namespace coview
