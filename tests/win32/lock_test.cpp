// SPDX-License-Identifier: Apache-2.0
// What synchronises threads without handles: critical sections, slim locks, condition variables, one-time
// initialisation, barriers, addresses, interlocked operations (I-*) and thread-local storage.
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/win32/windows.h>

#include "support/asleep.hpp"

namespace {

int a_target = 0;

template <class Body>
void in_threads(int count, Body body) {
  std::vector<std::thread> all;
  for (int i = 0; i < count; ++i) all.emplace_back(body);
  for (auto& one : all) one.join();
}

TEST(Win32CriticalSection, KeepsOthersOut) {
  CRITICAL_SECTION section;
  InitializeCriticalSection(&section);
  int counter = 0;
  in_threads(4, [&] {
    for (int i = 0; i < 2000; ++i) {
      EnterCriticalSection(&section);
      EnterCriticalSection(&section);  // recursive
      ++counter;
      LeaveCriticalSection(&section);
      LeaveCriticalSection(&section);
    }
  });
  EXPECT_EQ(counter, 8000);
  EnterCriticalSection(&section);
  EXPECT_TRUE(TryEnterCriticalSection(&section));
  std::thread([&] { EXPECT_FALSE(TryEnterCriticalSection(&section)); }).join();
  LeaveCriticalSection(&section);
  LeaveCriticalSection(&section);
  std::thread([&] {
    EXPECT_TRUE(TryEnterCriticalSection(&section));
    LeaveCriticalSection(&section);
  }).join();
  DeleteCriticalSection(&section);
}

TEST(Win32CriticalSection, CountsAsProgramsReadIt) {
  CRITICAL_SECTION section;
  InitializeCriticalSection(&section);
  auto const& count = section.LockCount;
  EXPECT_EQ(count, -1);
  EnterCriticalSection(&section);
  EnterCriticalSection(&section);
  EXPECT_EQ(count, -2);
  EXPECT_EQ(section.RecursionCount, 2);
  std::atomic<pid_t> waiter{0};
  std::thread other([&] {
    waiter = ::gettid();
    EnterCriticalSection(&section);
    LeaveCriticalSection(&section);
  });
  while (waiter == 0) std::this_thread::yield();
  ASSERT_TRUE(coview_test::until_asleep(::getpid(), waiter));
  EXPECT_EQ(InterlockedCompareExchange(&section.LockCount, 0, 0), -6);
  LeaveCriticalSection(&section);
  LeaveCriticalSection(&section);
  other.join();
  EXPECT_EQ(count, -1);
  DeleteCriticalSection(&section);
}

TEST(Win32CriticalSection, AZeroedOneIsFree) {
  static CRITICAL_SECTION section;
  int counter = 0;
  in_threads(4, [&] {
    for (int i = 0; i < 2000; ++i) {
      EnterCriticalSection(&section);
      ++counter;
      LeaveCriticalSection(&section);
    }
  });
  EXPECT_EQ(counter, 8000);
}

TEST(Win32CriticalSection, RemembersItsSpinCount) {
  CRITICAL_SECTION section;
  EXPECT_TRUE(InitializeCriticalSectionAndSpinCount(&section, 4000));
  EXPECT_EQ(SetCriticalSectionSpinCount(&section, 100), 4000U);
  DeleteCriticalSection(&section);
}

TEST(Win32SlimLock, ManyReadersOrOneWriter) {
  SRWLOCK lock = SRWLOCK_INIT;
  AcquireSRWLockShared(&lock);
  EXPECT_TRUE(TryAcquireSRWLockShared(&lock));
  EXPECT_FALSE(TryAcquireSRWLockExclusive(&lock));
  ReleaseSRWLockShared(&lock);
  ReleaseSRWLockShared(&lock);
  EXPECT_TRUE(TryAcquireSRWLockExclusive(&lock));
  EXPECT_FALSE(TryAcquireSRWLockShared(&lock));
  ReleaseSRWLockExclusive(&lock);

  int counter = 0;
  std::atomic<int> inside{0};
  in_threads(4, [&] {
    for (int i = 0; i < 2000; ++i) {
      if (i % 4 == 0) {
        AcquireSRWLockExclusive(&lock);
        EXPECT_EQ(inside.load(), 0);
        ++counter;
        ReleaseSRWLockExclusive(&lock);
      } else {
        AcquireSRWLockShared(&lock);
        ++inside;
        EXPECT_GE(counter, 0);
        --inside;
        ReleaseSRWLockShared(&lock);
      }
    }
  });
  EXPECT_EQ(counter, 2000);
}

struct box {
  CRITICAL_SECTION section{};
  SRWLOCK lock = SRWLOCK_INIT;
  CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
  int value = 0;
  box() { InitializeCriticalSection(&section); }
  ~box() { DeleteCriticalSection(&section); }
  box(box const&) = delete;
  box& operator=(box const&) = delete;
};

TEST(Win32ConditionVariable, WakesWithEitherLock) {
  box shared;
  std::thread other([&] {
    EnterCriticalSection(&shared.section);
    while (shared.value != 1) SleepConditionVariableCS(&shared.changed, &shared.section, INFINITE);
    shared.value = 2;
    LeaveCriticalSection(&shared.section);
    WakeAllConditionVariable(&shared.changed);
    AcquireSRWLockExclusive(&shared.lock);
    while (shared.value != 3) SleepConditionVariableSRW(&shared.changed, &shared.lock, INFINITE, 0);
    shared.value = 4;
    ReleaseSRWLockExclusive(&shared.lock);
    WakeAllConditionVariable(&shared.changed);
  });
  EnterCriticalSection(&shared.section);
  shared.value = 1;
  WakeConditionVariable(&shared.changed);
  while (shared.value != 2) SleepConditionVariableCS(&shared.changed, &shared.section, INFINITE);
  LeaveCriticalSection(&shared.section);
  AcquireSRWLockExclusive(&shared.lock);
  shared.value = 3;
  ReleaseSRWLockExclusive(&shared.lock);
  WakeAllConditionVariable(&shared.changed);
  AcquireSRWLockShared(&shared.lock);
  while (shared.value != 4)
    SleepConditionVariableSRW(&shared.changed, &shared.lock, INFINITE, CONDITION_VARIABLE_LOCKMODE_SHARED);
  ReleaseSRWLockShared(&shared.lock);
  other.join();
}

TEST(Win32ConditionVariable, TimeRunsOut) {
  box shared;
  EnterCriticalSection(&shared.section);
  EXPECT_FALSE(SleepConditionVariableCS(&shared.changed, &shared.section, 1));
  EXPECT_EQ(GetLastError(), ERROR_TIMEOUT);
  std::thread([&] { EXPECT_FALSE(TryEnterCriticalSection(&shared.section)); }).join();  // it has the lock again
  LeaveCriticalSection(&shared.section);
}

std::atomic<int> initialised{0};

BOOL CALLBACK initialise(PINIT_ONCE /*once*/, PVOID parameter, PVOID* context) {
  ++initialised;
  *context = parameter;
  return parameter != nullptr ? TRUE : FALSE;
}

TEST(Win32InitOnce, RunsOnce) {
  INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  initialised = 0;
  PVOID context = nullptr;
  EXPECT_FALSE(InitOnceExecuteOnce(&once, &initialise, nullptr, &context));  // failed: the next one tries again
  EXPECT_EQ(initialised, 1);
  alignas(8) static int something = 0;
  in_threads(4, [&] {
    PVOID mine = nullptr;
    EXPECT_TRUE(InitOnceExecuteOnce(&once, &initialise, &something, &mine));
    EXPECT_EQ(mine, &something);
  });
  EXPECT_EQ(initialised, 2);
  BOOL pending = TRUE;
  EXPECT_TRUE(InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, &context));
  EXPECT_FALSE(pending);
  EXPECT_EQ(context, &something);
}

TEST(Win32InitOnce, TheFirstOfSeveralWins) {
  INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  BOOL pending = FALSE;
  alignas(8) static int first = 0;
  EXPECT_FALSE(InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, nullptr));
  EXPECT_TRUE(InitOnceBeginInitialize(&once, INIT_ONCE_ASYNC, &pending, nullptr));
  EXPECT_TRUE(pending);
  EXPECT_TRUE(InitOnceBeginInitialize(&once, INIT_ONCE_ASYNC, &pending, nullptr));
  EXPECT_FALSE(InitOnceBeginInitialize(&once, 0, &pending, nullptr));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  EXPECT_TRUE(InitOnceComplete(&once, INIT_ONCE_ASYNC, &first));
  EXPECT_FALSE(InitOnceComplete(&once, INIT_ONCE_ASYNC, &once));
  PVOID context = nullptr;
  EXPECT_TRUE(InitOnceBeginInitialize(&once, 0, &pending, &context));
  EXPECT_EQ(context, &first);
}

TEST(Win32Barrier, LetsAllGoTogether) {
  constexpr int threads = 4;
  SYNCHRONIZATION_BARRIER barrier;
  ASSERT_TRUE(InitializeSynchronizationBarrier(&barrier, threads, -1));
  std::atomic<int> arrived{0};
  std::atomic<int> last{0};
  in_threads(threads, [&] {
    for (int round = 1; round <= 20; ++round) {
      ++arrived;
      if (EnterSynchronizationBarrier(&barrier, 0)) ++last;
      EXPECT_GE(arrived.load(), round * threads);
      EnterSynchronizationBarrier(&barrier, 0);
    }
  });
  EXPECT_EQ(last, 20);
  DeleteSynchronizationBarrier(&barrier);
}

TEST(Win32WaitOnAddress, WakesWhenTheBytesChange) {
  std::atomic<std::uint16_t> word{0};
  static_assert(sizeof word == 2);
  std::uint16_t seen = 0;
  std::atomic<pid_t> id{0};
  std::thread waiter([&] {
    id = static_cast<pid_t>(GetCurrentThreadId());
    while (word == 0) WaitOnAddress(&word, &seen, sizeof seen, INFINITE);
  });
  while (id == 0) std::this_thread::yield();
  coview_test::until_asleep(::getpid(), id);
  word = 1;
  WakeByAddressSingle(&word);
  waiter.join();
  EXPECT_TRUE(WaitOnAddress(&word, &seen, sizeof seen, 0));  // differs already
  seen = 1;
  EXPECT_FALSE(WaitOnAddress(&word, &seen, sizeof seen, 1));
  EXPECT_EQ(GetLastError(), ERROR_TIMEOUT);
  EXPECT_FALSE(WaitOnAddress(&word, &seen, 3, 1));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
}

// I-01: which operations give the new value, and which the old one.
TEST(Win32Interlocked, NewAndOldValues_I01) {
  LONG volatile a = 5;
  EXPECT_EQ(InterlockedIncrement(&a), 6);
  EXPECT_EQ(InterlockedDecrement(&a), 5);
  EXPECT_EQ(InterlockedExchange(&a, 7), 5);
  EXPECT_EQ(InterlockedCompareExchange(&a, 9, 8), 7);
  EXPECT_EQ(InterlockedCompareExchange(&a, 9, 7), 7);
  EXPECT_EQ(InterlockedExchangeAdd(&a, -4), 9);
  EXPECT_EQ(InterlockedAdd(&a, 1), 6);
  EXPECT_EQ(InterlockedAnd(&a, 4), 6);
  EXPECT_EQ(InterlockedOr(&a, 3), 4);
  EXPECT_EQ(InterlockedXor(&a, 1), 7);
  EXPECT_EQ(a, 6);
  EXPECT_EQ(_InterlockedIncrement(&a), 7);
  EXPECT_EQ(InterlockedIncrementAcquire(&a), 8);
  EXPECT_EQ(InterlockedDecrementRelease(&a), 7);
  EXPECT_EQ(InterlockedCompareExchangeAcquire(&a, 1, 7), 7);
  LONG64 volatile wide = LONG64{1} << 40;
  EXPECT_EQ(InterlockedIncrement64(&wide), (LONG64{1} << 40) + 1);
  EXPECT_EQ(InterlockedExchangeAdd64(&wide, 1), (LONG64{1} << 40) + 1);
  EXPECT_EQ(InterlockedCompareExchange64(&wide, 0, 1), (LONG64{1} << 40) + 2);
  SHORT volatile narrow = -1;
  EXPECT_EQ(InterlockedIncrement16(&narrow), 0);
  EXPECT_EQ(InterlockedCompareExchange16(&narrow, 3, 0), 0);
  CHAR volatile tiny = 6;
  EXPECT_EQ(InterlockedAnd8(&tiny, 3), 6);
  EXPECT_EQ(_InterlockedOr8(&tiny, 8), 2);
  PVOID volatile pointer = nullptr;
  EXPECT_EQ(InterlockedExchangePointer(&pointer, &a_target), nullptr);
  EXPECT_EQ(InterlockedCompareExchangePointer(&pointer, nullptr, &a_target), &a_target);
}

// I-03: LONG has 32 bits; other counters of C++ programs have operations of their own size.
TEST(Win32Interlocked, SizesOfTheOperands_I03) {
  static_assert(sizeof(LONG) == 4 && sizeof(DWORD) == 4 && sizeof(LONG64) == 8);
  LONG volatile wraps = INT_MAX;
  EXPECT_EQ(InterlockedIncrement(&wraps), INT_MIN);
  DWORD volatile counter = 0;
  EXPECT_EQ(InterlockedDecrement(&counter), 0xFFFFFFFFU);
  long volatile of_the_compiler = 1;
  EXPECT_EQ(InterlockedExchangeAdd(&of_the_compiler, 2), 1);
  EXPECT_EQ(of_the_compiler, 3);
  unsigned long long volatile big = 1;
  EXPECT_EQ(InterlockedIncrement64(&big), 2U);
}

// I-02, I-04: between threads nothing is lost, and what was written before is seen.
TEST(Win32Interlocked, FullBarriers_I02_I04) {
  LONG volatile counter = 0;
  in_threads(4, [&] {
    for (int i = 0; i < 5000; ++i) InterlockedIncrement(&counter);
  });
  EXPECT_EQ(counter, 20000);
  int payload = 0;
  LONG volatile ready = 0;
  std::thread writer([&] {
    payload = 42;
    InterlockedExchange(&ready, 1);
  });
  while (InterlockedCompareExchange(&ready, 0, 0) == 0) YieldProcessor();
  EXPECT_EQ(payload, 42);
  writer.join();
}

TEST(Win32Interlocked, BitsAndPairs) {
  std::array<LONG, 2> bits{};
  EXPECT_FALSE(InterlockedBitTestAndSet(bits.data(), 33));
  EXPECT_TRUE(InterlockedBitTestAndSet(bits.data(), 33));
  EXPECT_EQ(bits[1], 2);
  EXPECT_TRUE(InterlockedBitTestAndReset(bits.data(), 33));
  EXPECT_EQ(bits[1], 0);
#if defined(__x86_64__)
  alignas(16) std::array<LONG64, 2> pair{1, 2};
  alignas(16) std::array<LONG64, 2> expected{1, 3};
  EXPECT_FALSE(InterlockedCompareExchange128(pair.data(), 8, 9, expected.data()));
  EXPECT_EQ(expected[1], 2);
  EXPECT_TRUE(InterlockedCompareExchange128(pair.data(), 8, 9, expected.data()));
  EXPECT_EQ(pair[0], 9);
  EXPECT_EQ(pair[1], 8);
#endif
}

TEST(Win32Interlocked, Lists) {
  struct item {
    SLIST_ENTRY entry;
    int number;
  };
  SLIST_HEADER head;
  InitializeSListHead(&head);
  std::vector<item> items(400);
  std::atomic<std::size_t> next{0};
  in_threads(4, [&] {
    for (int i = 0; i < 100; ++i) InterlockedPushEntrySList(&head, &items[next++].entry);
  });
  EXPECT_EQ(QueryDepthSList(&head), 400);
  std::atomic<int> popped{0};
  in_threads(4, [&] {
    for (int i = 0; i < 90; ++i) popped += InterlockedPopEntrySList(&head) != nullptr ? 1 : 0;
  });
  EXPECT_EQ(popped, 360);
  int rest = 0;
  for (auto* one = InterlockedFlushSList(&head); one != nullptr; one = one->Next) ++rest;
  EXPECT_EQ(rest, 40);
  EXPECT_EQ(InterlockedPopEntrySList(&head), nullptr);
}

TEST(Win32Tls, EachThreadHasItsOwn) {
  DWORD const index = TlsAlloc();
  ASSERT_NE(index, TLS_OUT_OF_INDEXES);
  int mine = 0;
  EXPECT_TRUE(TlsSetValue(index, &mine));
  std::thread([&] {
    EXPECT_EQ(TlsGetValue(index), nullptr);
    EXPECT_TRUE(TlsSetValue(index, &a_target));
  }).join();
  SetLastError(4711);
  EXPECT_EQ(TlsGetValue(index), &mine);
  EXPECT_EQ(GetLastError(), ERROR_SUCCESS);
  EXPECT_TRUE(TlsFree(index));
  EXPECT_FALSE(TlsFree(index));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  // A new use begins empty everywhere.
  EXPECT_EQ(TlsAlloc(), index);
  EXPECT_EQ(TlsGetValue(index), nullptr);
  EXPECT_TRUE(TlsFree(index));
  EXPECT_FALSE(TlsSetValue(4711, nullptr));
}

std::atomic<int> callbacks{0};
void CALLBACK count_callback(PVOID data) {
  callbacks += *static_cast<int*>(data);
}

TEST(Win32Tls, CallbacksRunWhenAThreadEnds) {
  DWORD const index = FlsAlloc(&count_callback);
  callbacks = 0;
  int one = 1;
  std::thread([&] { EXPECT_TRUE(FlsSetValue(index, &one)); }).join();
  EXPECT_EQ(callbacks, 1);
  int ten = 10;
  EXPECT_TRUE(FlsSetValue(index, &ten));
  EXPECT_TRUE(FlsFree(index));
  EXPECT_EQ(callbacks, 11);
}

}  // namespace
