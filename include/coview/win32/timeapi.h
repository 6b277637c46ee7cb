/* SPDX-License-Identifier: Apache-2.0 */
/* The multimedia clock: milliseconds since the machine started, with the origin of GetTickCount (I-05). */
#ifndef COVIEW_WIN32_TIMEAPI_H
#define COVIEW_WIN32_TIMEAPI_H
#include "minwindef.h"
#pragma GCC system_header

#ifndef MMRESULT_DEFINED
#define MMRESULT_DEFINED
typedef UINT MMRESULT;
#endif
#define TIMERR_BASE 96
#define TIMERR_NOERROR 0
#define TIMERR_NOCANDO (TIMERR_BASE + 1)
#define TIMERR_STRUCT (TIMERR_BASE + 33)
#define MMSYSERR_NOERROR 0
#define MMSYSERR_ERROR 1
#define MMSYSERR_INVALPARAM 11
typedef struct timecaps_tag {
  UINT wPeriodMin;
  UINT wPeriodMax;
} TIMECAPS, *PTIMECAPS, *NPTIMECAPS, *LPTIMECAPS;
typedef struct mmtime_tag {
  UINT wType;
  union {
    DWORD ms;
    DWORD sample;
    DWORD cb;
    DWORD ticks;
  } u;
} MMTIME, *PMMTIME, *NPMMTIME, *LPMMTIME;
#define TIME_MS 0x0001

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API DWORD WINAPI timeGetTime(void);
COVIEW_WIN32_API MMRESULT WINAPI timeGetSystemTime(LPMMTIME pmmt, UINT cbmmt);
COVIEW_WIN32_API MMRESULT WINAPI timeGetDevCaps(LPTIMECAPS ptc, UINT cbtc);
COVIEW_WIN32_API MMRESULT WINAPI timeBeginPeriod(UINT uPeriod);
COVIEW_WIN32_API MMRESULT WINAPI timeEndPeriod(UINT uPeriod);
COVIEW_WIN32_END

#endif
