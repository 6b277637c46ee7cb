// SPDX-License-Identifier: Apache-2.0
// What synchronises the threads of one process without handles: critical sections, slim locks, condition variables,
// one-time initialisation, barriers, waiting on an address.
#include <algorithm>

#include <coview/win32/winbase.h>

#include "sync/robust_list.hpp"
#include "sync/spin.hpp"
#include "sync/wait_point.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/sync/address_wait.hpp"
#include "win32/core/sync/slim_lock.hpp"

using namespace coview::win32;

namespace {

using word = std::atomic<std::uint32_t>;
static_assert(sizeof(word) == sizeof(LONG) && word::is_always_lock_free);

/// A field of a public structure as the atomic that it is here; nothing else touches it while it is in use.
template <class Atomic>
Atomic& atomic_at(void* field) noexcept {
  return *static_cast<Atomic*>(field);
}

word& word_in(LONG& field) noexcept {
  return atomic_at<word>(&field);
}
/// The first half of a pointer-sized field; the other stays 0.
word& word_in(PVOID& field) noexcept {
  return atomic_at<word>(&field);
}

plain_lock lock_in(CRITICAL_SECTION& section) noexcept {
  return plain_lock(word_in(section.LockCount));
}

/// The owner's thread ID, in a field that is as wide as a handle.
using owner_word = std::atomic<std::uintptr_t>;
owner_word& owner_of(CRITICAL_SECTION& section) noexcept {
  return atomic_at<owner_word>(&section.OwningThread);
}
std::uintptr_t myself() {
  return coview::this_thread::get().id();
}

void own(CRITICAL_SECTION& section, std::uintptr_t me) noexcept {
  owner_of(section).store(me, std::memory_order_relaxed);
  section.RecursionCount = 1;
}

bool owned_again(CRITICAL_SECTION& section, std::uintptr_t me) noexcept {
  if (owner_of(section).load(std::memory_order_relaxed) != me) return false;
  ++section.RecursionCount;
  return true;
}

/// A condition variable is a number that changes with each wake-up; bit 0 says that somebody may sleep.
constexpr std::uint32_t somebody_sleeps = 1;
constexpr std::uint32_t one_change = 2;

std::uint32_t announce(word& changes) noexcept {
  return changes.fetch_or(somebody_sleeps, std::memory_order_seq_cst) | somebody_sleeps;
}

void change(word& changes, bool all) noexcept {
  auto seen = changes.load(std::memory_order_seq_cst);
  if ((seen & somebody_sleeps) == 0) return;
  // One of several may sleep on: the bit stays until everybody is woken.
  std::uint32_t wanted = 0;
  do {
    wanted = seen + one_change;
    if (all) wanted &= ~somebody_sleeps;
  } while (!changes.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst));
  if (all) {
    wake_everybody(changes);
  } else {
    wake(changes, 1);
  }
}

BOOL time_is_up() noexcept {
  return refuse(ERROR_TIMEOUT);
}

/// An INIT_ONCE: the two low bits say how far it is, the others are the context.
enum : std::uint64_t { untouched = 0, in_progress = 1, in_progress_async = 3, done = 2, state_bits = 3 };
using once_word = std::atomic<std::uint64_t>;
once_word& state_of(PINIT_ONCE once) noexcept {
  return atomic_at<once_word>(&once->Ptr);
}
PVOID context_in(std::uint64_t state) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): it is stored as a number
  return reinterpret_cast<PVOID>(state & ~std::uint64_t{state_bits});
}

word& arrivals(LPSYNCHRONIZATION_BARRIER barrier) noexcept {
  return atomic_at<word>(&barrier->Reserved1);
}
word& generation(LPSYNCHRONIZATION_BARRIER barrier) noexcept {
  return atomic_at<word>(&barrier->Reserved4);
}

}  // namespace

VOID InitializeCriticalSection(LPCRITICAL_SECTION section) {
  InitializeCriticalSectionEx(section, 0, 0);
}
BOOL InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD spin_count) {
  return InitializeCriticalSectionEx(section, spin_count, 0);
}
BOOL InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spin_count, DWORD /*flags*/) {
  *section = {};
  section->LockCount = static_cast<LONG>(plain_lock::free);
  SetCriticalSectionSpinCount(section, spin_count);
  return TRUE;
}
DWORD SetCriticalSectionSpinCount(LPCRITICAL_SECTION section, DWORD spin_count) {
  constexpr DWORD most = 0x00ffffff;  // the highest byte has flags
  constexpr ULONG_PTR usual = 100;
  auto const before = static_cast<DWORD>(section->SpinCount);
  section->SpinCount = std::max<ULONG_PTR>(spin_count & most, usual);
  return before;
}
VOID EnterCriticalSection(LPCRITICAL_SECTION section) {
  auto const me = myself();
  if (owned_again(*section, me)) return;
  lock_in(*section).take(static_cast<std::uint32_t>(section->SpinCount));
  own(*section, me);
}
BOOL TryEnterCriticalSection(LPCRITICAL_SECTION section) {
  auto const me = myself();
  if (owned_again(*section, me)) return TRUE;
  if (!lock_in(*section).try_take()) return FALSE;
  own(*section, me);
  return TRUE;
}
VOID LeaveCriticalSection(LPCRITICAL_SECTION section) {
  if (--section->RecursionCount > 0) return;
  owner_of(*section).store(0, std::memory_order_relaxed);
  lock_in(*section).give_back();
}
VOID DeleteCriticalSection(LPCRITICAL_SECTION section) {
  *section = {};
}

VOID InitializeSRWLock(PSRWLOCK lock) {
  lock->Ptr = nullptr;
}
VOID AcquireSRWLockExclusive(PSRWLOCK lock) {
  shared_lock_word(word_in(lock->Ptr)).write();
}
VOID AcquireSRWLockShared(PSRWLOCK lock) {
  shared_lock_word(word_in(lock->Ptr)).read();
}
BOOLEAN TryAcquireSRWLockExclusive(PSRWLOCK lock) {
  return shared_lock_word(word_in(lock->Ptr)).try_write() ? 1 : 0;
}
BOOLEAN TryAcquireSRWLockShared(PSRWLOCK lock) {
  return shared_lock_word(word_in(lock->Ptr)).try_read() ? 1 : 0;
}
VOID ReleaseSRWLockExclusive(PSRWLOCK lock) {
  shared_lock_word(word_in(lock->Ptr)).end_write();
}
VOID ReleaseSRWLockShared(PSRWLOCK lock) {
  shared_lock_word(word_in(lock->Ptr)).end_read();
}

VOID InitializeConditionVariable(PCONDITION_VARIABLE variable) {
  variable->Ptr = nullptr;
}
BOOL SleepConditionVariableCS(PCONDITION_VARIABLE variable, PCRITICAL_SECTION section, DWORD milliseconds) {
  auto& changes = word_in(variable->Ptr);
  auto const until = deadline_in(milliseconds);
  auto const before = announce(changes);
  LeaveCriticalSection(section);
  bool in_time = true;
  while (in_time && changes.load(std::memory_order_seq_cst) == before) in_time = sleep_on(changes, before, until);
  in_time = in_time || (changes.load(std::memory_order_seq_cst) | somebody_sleeps) != before;
  EnterCriticalSection(section);
  return in_time ? TRUE : time_is_up();
}
BOOL SleepConditionVariableSRW(PCONDITION_VARIABLE variable, PSRWLOCK lock, DWORD milliseconds, ULONG flags) {
  auto& changes = word_in(variable->Ptr);
  bool const shared = (flags & CONDITION_VARIABLE_LOCKMODE_SHARED) != 0;
  auto const until = deadline_in(milliseconds);
  auto const before = announce(changes);
  shared ? ReleaseSRWLockShared(lock) : ReleaseSRWLockExclusive(lock);
  bool in_time = true;
  while (in_time && changes.load(std::memory_order_seq_cst) == before) in_time = sleep_on(changes, before, until);
  in_time = in_time || (changes.load(std::memory_order_seq_cst) | somebody_sleeps) != before;
  shared ? AcquireSRWLockShared(lock) : AcquireSRWLockExclusive(lock);
  return in_time ? TRUE : time_is_up();
}
VOID WakeConditionVariable(PCONDITION_VARIABLE variable) {
  change(word_in(variable->Ptr), false);
}
VOID WakeAllConditionVariable(PCONDITION_VARIABLE variable) {
  change(word_in(variable->Ptr), true);
}

VOID InitOnceInitialize(PINIT_ONCE once) {
  once->Ptr = nullptr;
}
BOOL InitOnceBeginInitialize(LPINIT_ONCE once, DWORD flags, PBOOL pending, LPVOID* context) {
  auto& state = state_of(once);
  bool const async = (flags & INIT_ONCE_ASYNC) != 0;
  if ((flags & ~(INIT_ONCE_CHECK_ONLY | INIT_ONCE_ASYNC)) != 0 || (async && (flags & INIT_ONCE_CHECK_ONLY) != 0))
    return refuse(ERROR_INVALID_PARAMETER);
  for (;;) {
    auto seen = state.load(std::memory_order_acquire);
    if ((seen & state_bits) == done) {
      if (context != nullptr) *context = context_in(seen);
      *pending = FALSE;
      return TRUE;
    }
    if ((flags & INIT_ONCE_CHECK_ONLY) != 0) {
      *pending = TRUE;
      return refuse(ERROR_GEN_FAILURE);
    }
    bool const fresh = seen == untouched;
    if (!fresh && async != (seen == in_progress_async)) return refuse(ERROR_INVALID_PARAMETER);
    if (fresh && !state.compare_exchange_strong(seen, async ? in_progress_async : in_progress)) continue;
    if (fresh || async) {
      *pending = TRUE;
      return TRUE;
    }
    wait_on_address(&once->Ptr, &seen, sizeof seen, {});
  }
}
BOOL InitOnceComplete(LPINIT_ONCE once, DWORD flags, LPVOID context) {
  auto& state = state_of(once);
  bool const async = (flags & INIT_ONCE_ASYNC) != 0;
  bool const failed = (flags & INIT_ONCE_INIT_FAILED) != 0;
  auto const value = reinterpret_cast<std::uint64_t>(context);
  if ((flags & ~(INIT_ONCE_ASYNC | INIT_ONCE_INIT_FAILED)) != 0 || (async && failed) || (value & state_bits) != 0 ||
      (failed && context != nullptr))
    return refuse(ERROR_INVALID_PARAMETER);
  std::uint64_t expected = async ? in_progress_async : in_progress;
  if (!state.compare_exchange_strong(expected, failed ? std::uint64_t{untouched} : value | done)) {
    // Of several that try at once, the first to be done wins.
    return refuse(ERROR_GEN_FAILURE);
  }
  wake_by_address(&once->Ptr);
  return TRUE;
}
BOOL InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN routine, PVOID parameter, LPVOID* context) {
  BOOL pending = FALSE;
  if (InitOnceBeginInitialize(once, 0, &pending, context) == FALSE) return FALSE;
  if (pending == FALSE) return TRUE;
  // The caller's own variable is what the routine fills; where it has none, there is nothing to fill.
  if (routine(once, parameter, context) == FALSE) {
    InitOnceComplete(once, INIT_ONCE_INIT_FAILED, nullptr);
    return FALSE;
  }
  if (InitOnceComplete(once, 0, context != nullptr ? *context : nullptr) != FALSE) return TRUE;
  // A value that cannot be kept, for its lowest bits are taken: the next one tries again.
  DWORD const code = last_error;
  InitOnceComplete(once, INIT_ONCE_INIT_FAILED, nullptr);
  return refuse(code);
}

BOOL InitializeSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier, LONG total, LONG /*spin_count*/) {
  if (total < 1) return refuse(ERROR_INVALID_PARAMETER);
  *barrier = {};
  barrier->Reserved1 = barrier->Reserved2 = static_cast<DWORD>(total);
  return TRUE;
}
BOOL EnterSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier, DWORD /*flags*/) {
  auto const mine = generation(barrier).load(std::memory_order_acquire);
  if (arrivals(barrier).fetch_sub(1, std::memory_order_acq_rel) == 1) {
    arrivals(barrier).store(barrier->Reserved2, std::memory_order_relaxed);
    generation(barrier).store(mine + 1, std::memory_order_release);
    wake_everybody(generation(barrier));
    return TRUE;
  }
  while (generation(barrier).load(std::memory_order_acquire) == mine) sleep_on(generation(barrier), mine, {});
  return FALSE;
}
BOOL DeleteSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER /*barrier*/) {
  return TRUE;
}

BOOL WaitOnAddress(VOID volatile* address, PVOID compare, SIZE_T size, DWORD milliseconds) {
  if (address == nullptr || compare == nullptr || !is_wait_size(size)) return refuse(ERROR_INVALID_PARAMETER);
  return wait_on_address(address, compare, size, deadline_in(milliseconds)) ? TRUE : time_is_up();
}
VOID WakeByAddressSingle(PVOID address) {
  wake_by_address(address);
}
VOID WakeByAddressAll(PVOID address) {
  wake_by_address(address);
}
