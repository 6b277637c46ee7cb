// SPDX-License-Identifier: Apache-2.0
// view::construct_once: the lock and the note that it is done lie in the page before the mapping's payload.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

/// One call, from the look at whether it is constructed to the end of constructing it. Unlocks also where the
/// constructor throws or the thread is cancelled in it.
///
/// Whoever may write the mapping can store any owner there. So the wait has a deadline, and is cut short where the
/// owner is a thread that does not exist, or where somebody has come to the end of constructing all the same.
class once_lock {
 public:
  once_lock(page_use const& page, operation_context const& context)
      : ref_(page->ref()), constructed_(page->facts().constructed), context_(context) {}
  ~once_lock() {
    if (taken_) unlock(ref_);
  }
  once_lock(once_lock const&) = delete;
  once_lock& operator=(once_lock const&) = delete;

  [[nodiscard]] bool is_constructed() const noexcept {
    return constructed_.load(std::memory_order_acquire) != 0;  // pairs with the release in `set_constructed`
  }
  void set_constructed() noexcept { constructed_.store(1, std::memory_order_release); }

  /// Until this thread may construct, it is constructed, or time is up: false. Abandoned or not: what is half
  /// constructed is constructed anew.
  bool take(os::deadline const& until) {
    constexpr std::chrono::seconds between_looks(1);
    for (std::uint32_t untrue_before = 0;;) {
      auto const next_look = std::chrono::steady_clock::now() + between_looks;
      os::deadline const look = until ? std::min(*until, next_look) : next_look;
      taken_ = lock(ref_, look) != lock_outcome::refused;
      if (taken_ || is_constructed()) return true;
      auto const owner = owner_of(ref_.node.state.load(std::memory_order_relaxed));
      // This thread itself is not the owner, or it had the lock by now.
      bool const untrue = owner != 0 && (owner == this_thread::get().id() || !exists(owner));
      if (untrue && untrue_before == owner) {  // twice the same: the kernel would have said so, had it been the owner
        context_.fail(EBUSY,
                      "its state names thread " + std::to_string(owner) + ", which does not construct anything",
                      "somebody who may write there wrote it: make the mapping anew");
      }
      if (os::is_over(until)) return false;
      untrue_before = untrue ? owner : 0;
    }
  }

 private:
  node_ref ref_;
  std::atomic_ref<std::uint32_t> constructed_;
  operation_context const& context_;
  bool taken_ = false;
};

/// For the page before the payload: of a named object one without its locks.
os::unique_fd description_of(detail::handle const& from, operation_context const& context) {
  from.require_own_payload(context);
  auto fd = from.object ? from.object.reopen_without_locks(true)
                        : os::new_descriptor(::fcntl(from.payload(), F_DUPFD_CLOEXEC, 0));
  if (!fd) context.fail(fd.error());
  return std::move(*fd);
}

constexpr std::chrono::seconds usual_patience(10);

}  // namespace

void view::construct_once_with(void (*construct)(void*), void* argument) const {
  if (construct_once_by(usual_patience, construct, argument)) return;
  operation_context{"construct in", "view"}.fail(
      EBUSY, "another thread has been constructing it for " + std::to_string(usual_patience.count()) + " seconds",
      "wait longer with construct_once_until; if nobody constructs, somebody who may write there says so: make the "
      "mapping anew");
}

bool view::construct_once_by(timeout const& until, void (*construct)(void*), void* argument) const {
  operation_context const context{"construct in", "view"};
  if (rights_ != access::read_write)
    context.fail(EACCES, "it is not a read-write view", "map it with access::read_write");
  if (!handle_) context.fail(ENOTSUP, "it does not keep its name", "map it without keeps_name = false");
  if (handle_->file_backed) context.fail(ENOTSUP, "it shows a file, whose bytes are its own");

  auto const description = description_of(*handle_, context);
  page_use const page(description.get(), context);
  once_lock once(page, context);
  if (once.is_constructed()) return true;
  if (!once.take(until.deadline())) return false;
  if (once.is_constructed()) return true;
  construct(argument);
  once.set_constructed();
  return true;
}

}  // namespace coview
