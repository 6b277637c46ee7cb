/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interlocked operations and fences (rules I-01 to I-04): they compile to the processor's own instructions and work
 * on memory that processes share.
 *
 * Increment, Decrement and Add give the new value, all others the old one. Without a suffix they are full barriers;
 * Acquire, Release and NoFence are weaker. Each exists under its name with the width at the end
 * (InterlockedAndAcquire64), with the suffix at the end (InterlockedAnd64Acquire) and as the compiler intrinsic that
 * it is elsewhere
 * (_InterlockedAnd64_acq).
 */
#ifndef COVIEW_WIN32_INTERLOCKEDAPI_H
#define COVIEW_WIN32_INTERLOCKEDAPI_H

#include "minwindef.h"
#pragma GCC system_header
#include "winnt.h"

#define COVIEW_INTERLOCKED static __inline__ __attribute__((__always_inline__, __unused__))

/* One operation on one width, in its four strengths. `expression` uses `target`, `value` and `order`. */
#define COVIEW_INTERLOCKED_ONE(op, strength, intrinsic, bits, type, parameters, target_order, expression) \
  COVIEW_INTERLOCKED type Interlocked##op##strength##bits parameters {                                    \
    enum { order = target_order };                                                                        \
    return (type)(expression);                                                                            \
  }                                                                                                       \
  COVIEW_INTERLOCKED type _Interlocked##op##bits##intrinsic parameters {                                  \
    enum { order = target_order };                                                                        \
    return (type)(expression);                                                                            \
  }

#define COVIEW_INTERLOCKED_ALL(op, bits, type, parameters, expression)                            \
  COVIEW_INTERLOCKED_ONE(op, , , bits, type, parameters, __ATOMIC_SEQ_CST, expression)            \
  COVIEW_INTERLOCKED_ONE(op, Acquire, _acq, bits, type, parameters, __ATOMIC_ACQUIRE, expression) \
  COVIEW_INTERLOCKED_ONE(op, Release, _rel, bits, type, parameters, __ATOMIC_RELEASE, expression) \
  COVIEW_INTERLOCKED_ONE(op, NoFence, _nf, bits, type, parameters, __ATOMIC_RELAXED, expression)

/* A failed compare-exchange only reads, for which a release order is not one. */
#define COVIEW_INTERLOCKED_COMPARE_ONE(strength, intrinsic, bits, type, success, failure)                 \
  COVIEW_INTERLOCKED type InterlockedCompareExchange##strength##bits(type volatile* target, type value,   \
                                                                     type comparand) {                    \
    __atomic_compare_exchange_n(target, &comparand, value, 0, success, failure);                          \
    return comparand;                                                                                     \
  }                                                                                                       \
  COVIEW_INTERLOCKED type _InterlockedCompareExchange##bits##intrinsic(type volatile* target, type value, \
                                                                       type comparand) {                  \
    __atomic_compare_exchange_n(target, &comparand, value, 0, success, failure);                          \
    return comparand;                                                                                     \
  }

/* The value is added to, or'ed ... as unsigned: a counter that wraps around is not an error. */
#define COVIEW_INTERLOCKED_WIDTH(bits, type)                                                    \
  COVIEW_INTERLOCKED_ALL(Increment, bits, type, (type volatile * target),                       \
                         __atomic_add_fetch(target, (type)1, order))                            \
  COVIEW_INTERLOCKED_ALL(Decrement, bits, type, (type volatile * target),                       \
                         __atomic_sub_fetch(target, (type)1, order))                            \
  COVIEW_INTERLOCKED_ALL(Add, bits, type, (type volatile * target, type value),                 \
                         __atomic_add_fetch(target, value, order))                              \
  COVIEW_INTERLOCKED_ALL(Exchange, bits, type, (type volatile * target, type value),            \
                         __atomic_exchange_n(target, value, order))                             \
  COVIEW_INTERLOCKED_ALL(ExchangeAdd, bits, type, (type volatile * target, type value),         \
                         __atomic_fetch_add(target, value, order))                              \
  COVIEW_INTERLOCKED_ALL(And, bits, type, (type volatile * target, type value),                 \
                         __atomic_fetch_and(target, value, order))                              \
  COVIEW_INTERLOCKED_ALL(Or, bits, type, (type volatile * target, type value),                  \
                         __atomic_fetch_or(target, value, order))                               \
  COVIEW_INTERLOCKED_ALL(Xor, bits, type, (type volatile * target, type value),                 \
                         __atomic_fetch_xor(target, value, order))                              \
  COVIEW_INTERLOCKED_COMPARE_ONE(, , bits, type, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)            \
  COVIEW_INTERLOCKED_COMPARE_ONE(Acquire, _acq, bits, type, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE) \
  COVIEW_INTERLOCKED_COMPARE_ONE(Release, _rel, bits, type, __ATOMIC_RELEASE, __ATOMIC_RELAXED) \
  COVIEW_INTERLOCKED_COMPARE_ONE(NoFence, _nf, bits, type, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#ifdef __cplusplus
extern "C" {
#endif

COVIEW_INTERLOCKED_WIDTH(, LONG)
COVIEW_INTERLOCKED_WIDTH(64, LONG64)
COVIEW_INTERLOCKED_WIDTH(16, SHORT)
COVIEW_INTERLOCKED_WIDTH(8, CHAR)

/* The same with the suffix last, as some headers spell them. */
#define InterlockedAnd64Acquire InterlockedAndAcquire64
#define InterlockedAnd64Release InterlockedAndRelease64
#define InterlockedAnd64NoFence InterlockedAndNoFence64
#define InterlockedOr64Acquire InterlockedOrAcquire64
#define InterlockedOr64Release InterlockedOrRelease64
#define InterlockedOr64NoFence InterlockedOrNoFence64
#define InterlockedXor64Acquire InterlockedXorAcquire64
#define InterlockedXor64Release InterlockedXorRelease64
#define InterlockedXor64NoFence InterlockedXorNoFence64
#define InterlockedAndAffinity InterlockedAnd64
#define InterlockedOrAffinity InterlockedOr64

COVIEW_INTERLOCKED unsigned InterlockedExchangeSubtract(unsigned volatile* target, unsigned value) {
  return __atomic_fetch_sub(target, value, __ATOMIC_SEQ_CST);
}

#define COVIEW_INTERLOCKED_POINTER(strength, intrinsic, success, failure)                                     \
  COVIEW_INTERLOCKED PVOID InterlockedExchangePointer##strength(PVOID volatile* target, PVOID value) {        \
    return __atomic_exchange_n(target, value, success);                                                       \
  }                                                                                                           \
  COVIEW_INTERLOCKED PVOID _InterlockedExchangePointer##intrinsic(PVOID volatile* target, PVOID value) {      \
    return __atomic_exchange_n(target, value, success);                                                       \
  }                                                                                                           \
  COVIEW_INTERLOCKED PVOID InterlockedCompareExchangePointer##strength(PVOID volatile* target, PVOID value,   \
                                                                       PVOID comparand) {                     \
    __atomic_compare_exchange_n(target, &comparand, value, 0, success, failure);                              \
    return comparand;                                                                                         \
  }                                                                                                           \
  COVIEW_INTERLOCKED PVOID _InterlockedCompareExchangePointer##intrinsic(PVOID volatile* target, PVOID value, \
                                                                         PVOID comparand) {                   \
    __atomic_compare_exchange_n(target, &comparand, value, 0, success, failure);                              \
    return comparand;                                                                                         \
  }

COVIEW_INTERLOCKED_POINTER(, , __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
COVIEW_INTERLOCKED_POINTER(Acquire, _acq, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
COVIEW_INTERLOCKED_POINTER(Release, _rel, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
COVIEW_INTERLOCKED_POINTER(NoFence, _nf, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

/* Bits: the old value of bit `offset`, which may lie beyond the first word. */
#define COVIEW_INTERLOCKED_BIT(name, bits, type, atomic, mask)                           \
  COVIEW_INTERLOCKED BOOLEAN Interlocked##name##bits(type volatile* base, type offset) { \
    type const width = (type)(8 * sizeof(type));                                         \
    type volatile* const word = base + offset / width;                                   \
    type const bit = (type)((type)1 << (offset % width));                                \
    return (BOOLEAN)((atomic(word, mask, __ATOMIC_SEQ_CST) & bit) != 0);                 \
  }

COVIEW_INTERLOCKED_BIT(BitTestAndSet, , LONG, __atomic_fetch_or, bit)
COVIEW_INTERLOCKED_BIT(BitTestAndReset, , LONG, __atomic_fetch_and, ~bit)
COVIEW_INTERLOCKED_BIT(BitTestAndComplement, , LONG, __atomic_fetch_xor, bit)
COVIEW_INTERLOCKED_BIT(BitTestAndSet, 64, LONG64, __atomic_fetch_or, bit)
COVIEW_INTERLOCKED_BIT(BitTestAndReset, 64, LONG64, __atomic_fetch_and, ~bit)
COVIEW_INTERLOCKED_BIT(BitTestAndComplement, 64, LONG64, __atomic_fetch_xor, bit)
#define _interlockedbittestandset InterlockedBitTestAndSet
#define _interlockedbittestandreset InterlockedBitTestAndReset
#define _interlockedbittestandset64 InterlockedBitTestAndSet64
#define _interlockedbittestandreset64 InterlockedBitTestAndReset64

#if defined(__x86_64__)
/* `result` holds what is compared with, and receives what was there: 1 where it was exchanged. 16-byte aligned. */
COVIEW_INTERLOCKED BOOLEAN InterlockedCompareExchange128(LONG64 volatile* target, LONG64 high, LONG64 low,
                                                         LONG64* result) {
  BOOLEAN done;
  __asm__ __volatile__("lock cmpxchg16b %1\n\tsete %0"
                       : "=q"(done), "+m"(*(LONG64 volatile(*)[2])target), "+a"(result[0]), "+d"(result[1])
                       : "b"(low), "c"(high)
                       : "cc", "memory");
  return done;
}
#define _InterlockedCompareExchange128 InterlockedCompareExchange128
#endif

/* Lists that many threads push to and pop from. The header is 16 bytes, 16-byte aligned. */
typedef struct _SLIST_ENTRY {
  struct _SLIST_ENTRY* Next;
} __attribute__((__aligned__(16))) SLIST_ENTRY, *PSLIST_ENTRY;

typedef union _SLIST_HEADER {
  __extension__ struct {
    ULONGLONG Alignment; /* the first entry */
    ULONGLONG Region;    /* lower half: number of entries; upper half: changes with each operation */
  } DUMMYSTRUCTNAME;
} __attribute__((__aligned__(16))) SLIST_HEADER, *PSLIST_HEADER;

COVIEW_WIN32_API void WINAPI InitializeSListHead(PSLIST_HEADER head);
COVIEW_WIN32_API PSLIST_ENTRY WINAPI InterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry);
COVIEW_WIN32_API PSLIST_ENTRY WINAPI InterlockedPushListSListEx(PSLIST_HEADER head, PSLIST_ENTRY first,
                                                                PSLIST_ENTRY last, ULONG count);
COVIEW_WIN32_API PSLIST_ENTRY WINAPI InterlockedPopEntrySList(PSLIST_HEADER head);
COVIEW_WIN32_API PSLIST_ENTRY WINAPI InterlockedFlushSList(PSLIST_HEADER head);
COVIEW_WIN32_API USHORT WINAPI QueryDepthSList(PSLIST_HEADER head);

/* Fences. */
#ifndef MemoryBarrier
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif
#ifndef _ReadWriteBarrier
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif
#ifndef YieldProcessor
#if defined(__x86_64__) || defined(__i386__)
#define YieldProcessor() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define YieldProcessor() __asm__ __volatile__("yield")
#else
#define YieldProcessor() ((void)0)
#endif
#endif

#define COVIEW_INTERLOCKED_ACCESS(bits, type)                                     \
  COVIEW_INTERLOCKED type ReadAcquire##bits(type const volatile* source) {        \
    return __atomic_load_n(source, __ATOMIC_ACQUIRE);                             \
  }                                                                               \
  COVIEW_INTERLOCKED type ReadNoFence##bits(type const volatile* source) {        \
    return __atomic_load_n(source, __ATOMIC_RELAXED);                             \
  }                                                                               \
  COVIEW_INTERLOCKED void WriteRelease##bits(type volatile* target, type value) { \
    __atomic_store_n(target, value, __ATOMIC_RELEASE);                            \
  }                                                                               \
  COVIEW_INTERLOCKED void WriteNoFence##bits(type volatile* target, type value) { \
    __atomic_store_n(target, value, __ATOMIC_RELAXED);                            \
  }

COVIEW_INTERLOCKED_ACCESS(, LONG)
COVIEW_INTERLOCKED_ACCESS(64, LONG64)
COVIEW_INTERLOCKED_ACCESS(16, SHORT)
COVIEW_INTERLOCKED_ACCESS(8, CHAR)

#ifdef __cplusplus
}

/*
 * The other integer types that C++ programs pass. On Windows `long` has 32 bits and is LONG; here it has 64, so a
 * counter that was declared as `long` gets operations of its own size.
 */
#define COVIEW_INTERLOCKED_OVERLOADS(type, bits, same)                                                        \
  COVIEW_INTERLOCKED type InterlockedIncrement##bits(type volatile* target) {                                 \
    return (type)__atomic_add_fetch(target, (type)1, __ATOMIC_SEQ_CST);                                       \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedDecrement##bits(type volatile* target) {                                 \
    return (type)__atomic_sub_fetch(target, (type)1, __ATOMIC_SEQ_CST);                                       \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedExchange##bits(type volatile* target, same value) {                      \
    return __atomic_exchange_n(target, (type)value, __ATOMIC_SEQ_CST);                                        \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedExchangeAdd##bits(type volatile* target, same value) {                   \
    return __atomic_fetch_add(target, (type)value, __ATOMIC_SEQ_CST);                                         \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedCompareExchange##bits(type volatile* target, same value, same compare) { \
    type comparand = (type)compare;                                                                           \
    __atomic_compare_exchange_n(target, &comparand, (type)value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);      \
    return comparand;                                                                                         \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedAnd##bits(type volatile* target, same value) {                           \
    return __atomic_fetch_and(target, (type)value, __ATOMIC_SEQ_CST);                                         \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedOr##bits(type volatile* target, same value) {                            \
    return __atomic_fetch_or(target, (type)value, __ATOMIC_SEQ_CST);                                          \
  }                                                                                                           \
  COVIEW_INTERLOCKED type InterlockedXor##bits(type volatile* target, same value) {                           \
    return __atomic_fetch_xor(target, (type)value, __ATOMIC_SEQ_CST);                                         \
  }

COVIEW_INTERLOCKED_OVERLOADS(unsigned, , unsigned)
COVIEW_INTERLOCKED_OVERLOADS(long, , long)
COVIEW_INTERLOCKED_OVERLOADS(unsigned long, , unsigned long)
COVIEW_INTERLOCKED_OVERLOADS(unsigned long long, , unsigned long long)
COVIEW_INTERLOCKED_OVERLOADS(unsigned long long, 64, unsigned long long)
COVIEW_INTERLOCKED_OVERLOADS(long, 64, long)
COVIEW_INTERLOCKED_OVERLOADS(unsigned long, 64, unsigned long)
#endif /* __cplusplus */

#endif /* COVIEW_WIN32_INTERLOCKEDAPI_H */
