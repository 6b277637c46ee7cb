/* SPDX-License-Identifier: Apache-2.0 */
/* System time, file time and local time, one into the other. */
#ifndef COVIEW_WIN32_TIMEZONEAPI_H
#define COVIEW_WIN32_TIMEZONEAPI_H
#include "minwinbase.h"
#include "minwindef.h"
#pragma GCC system_header

#define TIME_ZONE_ID_INVALID ((DWORD)0xFFFFFFFF)
#define TIME_ZONE_ID_UNKNOWN 0
#define TIME_ZONE_ID_STANDARD 1
#define TIME_ZONE_ID_DAYLIGHT 2
typedef struct _TIME_ZONE_INFORMATION {
  LONG Bias;
  WCHAR StandardName[32];
  SYSTEMTIME StandardDate;
  LONG StandardBias;
  WCHAR DaylightName[32];
  SYSTEMTIME DaylightDate;
  LONG DaylightBias;
} TIME_ZONE_INFORMATION, *PTIME_ZONE_INFORMATION, *LPTIME_ZONE_INFORMATION;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API DWORD WINAPI GetTickCount(void);
COVIEW_WIN32_API ULONGLONG WINAPI GetTickCount64(void);
COVIEW_WIN32_API VOID WINAPI GetSystemTime(LPSYSTEMTIME lpSystemTime);
COVIEW_WIN32_API VOID WINAPI GetLocalTime(LPSYSTEMTIME lpSystemTime);
COVIEW_WIN32_API BOOL WINAPI SetSystemTime(SYSTEMTIME const* lpSystemTime);
COVIEW_WIN32_API BOOL WINAPI SetLocalTime(SYSTEMTIME const* lpSystemTime);
COVIEW_WIN32_API VOID WINAPI GetSystemTimeAsFileTime(LPFILETIME lpSystemTimeAsFileTime);
COVIEW_WIN32_API VOID WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME lpSystemTimeAsFileTime);
COVIEW_WIN32_API BOOL WINAPI QueryUnbiasedInterruptTime(PULONGLONG UnbiasedTime);
COVIEW_WIN32_API VOID WINAPI QueryInterruptTime(PULONGLONG lpInterruptTime);
COVIEW_WIN32_API BOOL WINAPI FileTimeToSystemTime(FILETIME const* lpFileTime, LPSYSTEMTIME lpSystemTime);
COVIEW_WIN32_API BOOL WINAPI SystemTimeToFileTime(SYSTEMTIME const* lpSystemTime, LPFILETIME lpFileTime);
COVIEW_WIN32_API BOOL WINAPI SystemTimeToTzSpecificLocalTime(TIME_ZONE_INFORMATION const* lpTimeZoneInformation,
                                                             SYSTEMTIME const* lpUniversalTime,
                                                             LPSYSTEMTIME lpLocalTime);
COVIEW_WIN32_API BOOL WINAPI TzSpecificLocalTimeToSystemTime(TIME_ZONE_INFORMATION const* lpTimeZoneInformation,
                                                             SYSTEMTIME const* lpLocalTime,
                                                             LPSYSTEMTIME lpUniversalTime);
COVIEW_WIN32_API DWORD WINAPI GetTimeZoneInformation(LPTIME_ZONE_INFORMATION lpTimeZoneInformation);
COVIEW_WIN32_API BOOL WINAPI FileTimeToDosDateTime(FILETIME const* lpFileTime, LPWORD lpFatDate, LPWORD lpFatTime);
COVIEW_WIN32_API BOOL WINAPI DosDateTimeToFileTime(WORD wFatDate, WORD wFatTime, LPFILETIME lpFileTime);
COVIEW_WIN32_END

#endif
