/* SPDX-License-Identifier: Apache-2.0 */
/* What Microsoft's compiler has built in: interlocked operations, bits, pauses, and the processor's own intrinsics.
 */
#ifndef COVIEW_WIN32_INTRIN_H
#define COVIEW_WIN32_INTRIN_H
#include "interlockedapi.h"
#pragma GCC system_header

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_ACQUIRE)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_RELEASE)
#define __nop() __asm__ __volatile__("nop")
#define _ReturnAddress() __builtin_return_address(0)

__forceinline unsigned char _BitScanForward(DWORD* index, DWORD mask) {
  if (mask == 0) return 0;
  *index = (DWORD)__builtin_ctz(mask);
  return 1;
}
__forceinline unsigned char _BitScanReverse(DWORD* index, DWORD mask) {
  if (mask == 0) return 0;
  *index = 31U - (DWORD)__builtin_clz(mask);
  return 1;
}
__forceinline unsigned char _BitScanForward64(DWORD* index, DWORD64 mask) {
  if (mask == 0) return 0;
  *index = (DWORD)__builtin_ctzll(mask);
  return 1;
}
__forceinline unsigned char _BitScanReverse64(DWORD* index, DWORD64 mask) {
  if (mask == 0) return 0;
  *index = 63U - (DWORD)__builtin_clzll(mask);
  return 1;
}
#define __popcnt __builtin_popcount
#define __popcnt64 __builtin_popcountll

#endif
