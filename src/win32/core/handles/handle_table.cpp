// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/handle_table.hpp"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <new>

#include <coview/win32/handleapi.h>

#include "os/fork_lock.hpp"
#include "win32/core/handles/kinds.hpp"

namespace coview::win32 {

alignas(handle_table::entry) constinit std::array<
    std::byte, most_handles * sizeof(handle_table::entry)> handle_table::storage = {};
constinit thread_local handle_table::reader* handle_table::mine = nullptr;

namespace {

using reader = handle_table::reader;

/// What changes when handles come and go. Never destroyed: handles are closed after everything else.
struct writers {
  os::static_fork_lock lock;
  std::uint32_t free = 0;   // 0: none; entry 0 is never used, so that NULL is no handle
  std::uint32_t fresh = 1;  // from here on never used
  std::uint32_t in_use = 0;
};
constinit writers all;
constinit std::atomic<reader*> readers{nullptr};
constinit thread_local bool thread_has_ended = false;

class locked {
 public:
  locked() noexcept { all.lock.lock(); }
  ~locked() { all.lock.unlock(); }
  locked(locked const&) = delete;
  locked& operator=(locked const&) = delete;
};

int membarrier(int command) noexcept {
  return static_cast<int>(::syscall(SYS_membarrier, command, 0, 0));
}

/// To register takes milliseconds where the process has other threads already: the kernel waits for all processors.
/// So it is done when the library is loaded, as a rule before there are any.
[[gnu::constructor]] void register_early() {
  membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

/// After this, whatever another thread stored before it took a look is visible here.
void see_all_readers() noexcept {
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0) return;
  membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0) return;
  std::abort();  // Linux has it since 4.14; without it a close could free what another thread looks at
}

/// False where this thread itself looks at the entry: a signal handler that closes what it interrupted.
bool wait_for_readers(std::uint32_t index, reader const* me) noexcept {
  // A look takes nanoseconds, unless its thread was stopped in it. One of a lower real-time priority on this CPU goes
  // on only when this one sleeps.
  constexpr int yields = 64;
  constexpr timespec rest{0, 50'000};
  int times = 0;
  for (auto* one = readers.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    while (one->looks_at.load(std::memory_order_acquire) == index) {
      if (one == me) return false;
      if (++times < yields) {
        ::sched_yield();
      } else {
        ::syscall(SYS_nanosleep, &rest, nullptr);  // by the C library it would be a cancellation point
      }
    }
  }
  return true;
}

/// A forked child has one thread: what the others looked at, nobody looks at any more.
void forget_other_threads(reader const* me) noexcept {
  for (auto* one = readers.load(std::memory_order_relaxed); one != nullptr; one = one->next) {
    if (one == me) continue;
    one->looks_at.store(0, std::memory_order_relaxed);
    one->in_use.store(false, std::memory_order_relaxed);
  }
}

/// The word goes back with the thread.
struct word_of_thread {
  reader* word = nullptr;
  reader** place = nullptr;
  ~word_of_thread() {
    if (word == nullptr) return;
    thread_has_ended = true;
    *place = nullptr;
    word->in_use.store(false, std::memory_order_release);
  }
};
thread_local word_of_thread kept;

HANDLE handle_of(std::uint32_t index) noexcept {
  return std::bit_cast<HANDLE>(std::uintptr_t{index} << 2U);
}

}  // namespace

/// A child that was forked while another thread looked at a handle must not wait for that thread.
void handle_table::mind_forks() {
  ::pthread_atfork(nullptr, nullptr, [] { forget_other_threads(mine); });
}

reader* handle_table::enlist() noexcept {
  // After the destructors of a thread's objects began, there is nobody left to give a word back.
  if (thread_has_ended) return nullptr;
  for (auto* one = readers.load(std::memory_order_acquire); one != nullptr; one = one->next) {
    bool unused = false;
    if (one->in_use.compare_exchange_strong(unused, true, std::memory_order_acq_rel)) {
      mine = one;
      break;
    }
  }
  if (mine == nullptr) {
    auto* const made = new (std::nothrow) reader;
    if (made == nullptr) return nullptr;
    made->next = readers.load(std::memory_order_relaxed);
    while (!readers.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
    }
    mine = made;
  }
  kept.word = mine;
  kept.place = &mine;
  return mine;
}

object* handle_table::pin_by_lock(std::uint32_t index, ACCESS_MASK& access) noexcept {
  locked const guard;  // what is in the table now is taken out, and given back, under this lock or after it
  auto* const found = entry_at(index).what.load(std::memory_order_acquire);
  if (found == nullptr) return nullptr;
  access = entry_at(index).access.load(std::memory_order_relaxed);
  found->add_reference();
  return found;
}

HANDLE handle_table::insert(object& what, ACCESS_MASK access, DWORD flags) noexcept {
  if (!what.add_handle()) return fail_with<HANDLE>(ERROR_INVALID_HANDLE, nullptr);
  std::uint32_t index = 0;
  {
    locked const guard;
    if (all.free != 0) {
      index = all.free;
      all.free = entry_at(index).flags.load(std::memory_order_relaxed);
    } else if (all.fresh < most_handles) {
      index = all.fresh++;
    }
    if (index != 0) {
      ++all.in_use;
      entry_at(index).access.store(access, std::memory_order_relaxed);
      entry_at(index).flags.store(flags, std::memory_order_relaxed);
      entry_at(index).what.store(&what, std::memory_order_release);
    }
  }
  if (index != 0) return handle_of(index);
  what.drop_handle();
  return fail_with<HANDLE>(ERROR_NO_SYSTEM_RESOURCES, nullptr);
}

bool handle_table::insert_at(HANDLE handle, object& what, ACCESS_MASK access, DWORD flags) noexcept {
  auto const index = index_of(handle);
  if (index == 0 || !what.add_handle()) return false;
  {
    locked const guard;
    for (; all.fresh <= index; ++all.fresh) {
      entry_at(all.fresh).flags.store(all.free, std::memory_order_relaxed);
      all.free = all.fresh;
    }
    std::uint32_t before = 0;
    auto candidate = all.free;
    while (candidate != 0 && candidate != index) {
      before = candidate;
      candidate = entry_at(candidate).flags.load(std::memory_order_relaxed);
    }
    if (candidate == index) {
      auto const next = entry_at(index).flags.load(std::memory_order_relaxed);
      if (before == 0) {
        all.free = next;
      } else {
        entry_at(before).flags.store(next, std::memory_order_relaxed);
      }
      ++all.in_use;
      entry_at(index).access.store(access, std::memory_order_relaxed);
      entry_at(index).flags.store(flags, std::memory_order_relaxed);
      entry_at(index).what.store(&what, std::memory_order_release);
      return true;
    }
  }
  what.drop_handle();
  return false;
}

BOOL handle_table::close(HANDLE handle) noexcept {
  auto const index = index_of(handle);
  object* what = nullptr;
  {
    locked const guard;
    auto& entry = entry_at(index);
    what = entry.what.load(std::memory_order_relaxed);
    if (what == nullptr) return refuse(ERROR_INVALID_HANDLE);
    if ((entry.flags.load(std::memory_order_relaxed) & HANDLE_FLAG_PROTECT_FROM_CLOSE) != 0)
      return refuse(ERROR_INVALID_HANDLE);
    entry.what.store(nullptr, std::memory_order_relaxed);
  }
  see_all_readers();
  bool const unseen = wait_for_readers(index, mine);
  {
    locked const guard;
    entry_at(index).flags.store(all.free, std::memory_order_relaxed);
    all.free = index;
    --all.in_use;
  }
  if (!unseen) what->add_reference();  // stays for ever, rather than go under the one that it interrupted
  what->drop_handle();
  return TRUE;
}

bool handle_table::look(HANDLE handle, facts& out) noexcept {
  auto const index = index_of(handle);
  locked const guard;
  auto const& entry = entry_at(index);
  if (entry.what.load(std::memory_order_relaxed) == nullptr) return false;
  out = {entry.access.load(std::memory_order_relaxed), entry.flags.load(std::memory_order_relaxed)};
  return true;
}

bool handle_table::change_flags(HANDLE handle, DWORD mask, DWORD flags) noexcept {
  auto const index = index_of(handle);
  locked const guard;
  auto& entry = entry_at(index);
  if (entry.what.load(std::memory_order_relaxed) == nullptr) return false;
  auto const kept_flags = entry.flags.load(std::memory_order_relaxed) & ~mask;
  entry.flags.store(kept_flags | (flags & mask), std::memory_order_relaxed);
  return true;
}

HANDLE handle_table::next_inheritable(HANDLE after) noexcept {
  locked const guard;
  for (auto index = index_of(after) + 1; index < all.fresh; ++index) {
    if (entry_at(index).what.load(std::memory_order_relaxed) == nullptr) continue;
    if ((entry_at(index).flags.load(std::memory_order_relaxed) & HANDLE_FLAG_INHERIT) != 0) return handle_of(index);
  }
  return nullptr;
}

std::uint32_t handle_table::count() noexcept {
  locked const guard;
  return all.in_use;
}

object_ptr<> pin_any(HANDLE handle, ACCESS_MASK& access) noexcept {
  object_ptr<> found;
  if (handle == current_process_handle()) {
    found = entry_of(object::kind::process).current();
    access = PROCESS_ALL_ACCESS;
  } else if (handle == current_thread_handle()) {
    found = entry_of(object::kind::thread).current();
    access = THREAD_ALL_ACCESS;
  } else if (!is_pseudo_handle(handle)) {
    handle_guard const in_use(handle);
    access = in_use.access();
    found = in_use.pin();
  }
  if (!found) set_error(ERROR_INVALID_HANDLE);
  return found;
}

}  // namespace coview::win32
