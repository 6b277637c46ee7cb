// SPDX-License-Identifier: Apache-2.0
// Clocks: ticks since the start of the machine, the fine counter, system and file times and their conversions (I-05).
#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>

#include <coview/win32/timeapi.h>
#include <coview/win32/winbase.h>

#include "win32/core/files/file_time.hpp"
#include "win32/core/handles/last_error.hpp"

using namespace coview::win32;

namespace {

constexpr std::int64_t counter_frequency = 10'000'000;  // of Windows 10 and later
constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

std::int64_t now_in(clockid_t clock, std::int64_t units_per_second) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return (now.tv_sec * units_per_second) + (now.tv_nsec / (nanoseconds_per_second / units_per_second));
}

/// With the time that the machine slept, as Windows counts.
std::uint64_t milliseconds_since_boot() {
  return static_cast<std::uint64_t>(now_in(CLOCK_BOOTTIME, 1000));
}

std::int64_t ticks_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return ticks_from(now);
}

WORD word(std::int64_t value) {
  return static_cast<WORD>(value);
}

void split(std::int64_t ticks, SYSTEMTIME& out, bool local) {
  timespec const time = timespec_from(ticks);
  std::tm parts{};
  if (local) {
    ::localtime_r(&time.tv_sec, &parts);
  } else {
    ::gmtime_r(&time.tv_sec, &parts);
  }
  out.wYear = word(parts.tm_year + 1900);
  out.wMonth = word(parts.tm_mon + 1);
  out.wDayOfWeek = word(parts.tm_wday);
  out.wDay = word(parts.tm_mday);
  out.wHour = word(parts.tm_hour);
  out.wMinute = word(parts.tm_min);
  out.wSecond = word(parts.tm_sec);
  out.wMilliseconds = word(time.tv_nsec / 1'000'000);
}

int days_in(int year, int month) {
  constexpr std::array<int, 12> usual{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return usual[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool is_valid(SYSTEMTIME const& time) {
  return time.wYear >= 1601 && time.wYear <= 30827 && time.wMonth >= 1 && time.wMonth <= 12 && time.wDay >= 1 &&
         time.wDay <= days_in(time.wYear, time.wMonth) && time.wHour < 24 && time.wMinute < 60 && time.wSecond < 60 &&
         time.wMilliseconds < 1000;
}

std::tm parts_of(SYSTEMTIME const& time) {
  std::tm parts{};
  parts.tm_year = time.wYear - 1900;
  parts.tm_mon = time.wMonth - 1;
  parts.tm_mday = time.wDay;
  parts.tm_hour = time.wHour;
  parts.tm_min = time.wMinute;
  parts.tm_sec = time.wSecond;
  parts.tm_isdst = -1;
  return parts;
}

std::int64_t join(SYSTEMTIME const& time, bool local) {
  std::tm parts = parts_of(time);
  std::time_t const seconds = local ? ::mktime(&parts) : ::timegm(&parts);
  return ticks_from(timespec{seconds, time.wMilliseconds * 1'000'000L});
}

/// Seconds that local time is ahead of UTC at that moment.
long offset_at(std::int64_t ticks) {
  timespec const time = timespec_from(ticks);
  std::tm parts{};
  ::localtime_r(&time.tv_sec, &parts);
  return parts.tm_gmtoff;
}

}  // namespace

DWORD GetTickCount() {
  return static_cast<DWORD>(milliseconds_since_boot());
}
ULONGLONG GetTickCount64() {
  return milliseconds_since_boot();
}
DWORD timeGetTime() {
  return static_cast<DWORD>(milliseconds_since_boot());
}
MMRESULT timeGetSystemTime(LPMMTIME pmmt, UINT cbmmt) {
  if (pmmt == nullptr || cbmmt < sizeof *pmmt) return TIMERR_STRUCT;
  pmmt->wType = TIME_MS;
  pmmt->u.ms = timeGetTime();
  return TIMERR_NOERROR;
}
MMRESULT timeGetDevCaps(LPTIMECAPS ptc, UINT cbtc) {
  if (ptc == nullptr || cbtc < sizeof *ptc) return TIMERR_NOCANDO;
  constexpr UINT coarsest = 1'000'000;
  *ptc = {1, coarsest};
  return TIMERR_NOERROR;
}
MMRESULT timeBeginPeriod(UINT uPeriod) {
  return uPeriod >= 1 ? TIMERR_NOERROR : TIMERR_NOCANDO;  // the clock is always as fine as it can be
}
MMRESULT timeEndPeriod(UINT uPeriod) {
  return uPeriod >= 1 ? TIMERR_NOERROR : TIMERR_NOCANDO;
}

BOOL QueryPerformanceCounter(LARGE_INTEGER* lpPerformanceCount) {
  if (lpPerformanceCount == nullptr) return refuse(ERROR_NOACCESS);
  lpPerformanceCount->QuadPart = now_in(CLOCK_MONOTONIC, counter_frequency);
  return TRUE;
}
BOOL QueryPerformanceFrequency(LARGE_INTEGER* lpFrequency) {
  if (lpFrequency == nullptr) return refuse(ERROR_NOACCESS);
  lpFrequency->QuadPart = counter_frequency;
  return TRUE;
}
BOOL QueryUnbiasedInterruptTime(PULONGLONG UnbiasedTime) {
  if (UnbiasedTime == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  *UnbiasedTime = static_cast<ULONGLONG>(now_in(CLOCK_MONOTONIC, ticks_per_second));
  return TRUE;
}
void QueryInterruptTime(PULONGLONG lpInterruptTime) {
  *lpInterruptTime = static_cast<ULONGLONG>(now_in(CLOCK_BOOTTIME, ticks_per_second));
}

void GetSystemTimeAsFileTime(LPFILETIME lpSystemTimeAsFileTime) {
  *lpSystemTimeAsFileTime = filetime_from(ticks_now());
}
void GetSystemTimePreciseAsFileTime(LPFILETIME lpSystemTimeAsFileTime) {
  *lpSystemTimeAsFileTime = filetime_from(ticks_now());
}
void GetSystemTime(LPSYSTEMTIME lpSystemTime) {
  split(ticks_now(), *lpSystemTime, false);
}
void GetLocalTime(LPSYSTEMTIME lpSystemTime) {
  split(ticks_now(), *lpSystemTime, true);
}
BOOL SetSystemTime(SYSTEMTIME const* lpSystemTime) {
  if (lpSystemTime == nullptr || !is_valid(*lpSystemTime)) return refuse(ERROR_INVALID_PARAMETER);
  return refuse(ERROR_PRIVILEGE_NOT_HELD);  // the machine's clock belongs to its administrator
}
BOOL SetLocalTime(SYSTEMTIME const* lpSystemTime) {
  return SetSystemTime(lpSystemTime);
}

BOOL FileTimeToSystemTime(FILETIME const* lpFileTime, LPSYSTEMTIME lpSystemTime) {
  if (lpFileTime == nullptr || lpSystemTime == nullptr || ticks_from(*lpFileTime) < 0)
    return refuse(ERROR_INVALID_PARAMETER);
  split(ticks_from(*lpFileTime), *lpSystemTime, false);
  return TRUE;
}
BOOL SystemTimeToFileTime(SYSTEMTIME const* lpSystemTime, LPFILETIME lpFileTime) {
  if (lpSystemTime == nullptr || lpFileTime == nullptr || !is_valid(*lpSystemTime))
    return refuse(ERROR_INVALID_PARAMETER);
  *lpFileTime = filetime_from(join(*lpSystemTime, false));
  return TRUE;
}
BOOL FileTimeToLocalFileTime(FILETIME const* lpFileTime, LPFILETIME lpLocalFileTime) {
  if (lpFileTime == nullptr || lpLocalFileTime == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  // With today's difference and not that of the file's day, as Windows does.
  *lpLocalFileTime = filetime_from(ticks_from(*lpFileTime) + (offset_at(ticks_now()) * ticks_per_second));
  return TRUE;
}
BOOL LocalFileTimeToFileTime(FILETIME const* lpLocalFileTime, LPFILETIME lpFileTime) {
  if (lpFileTime == nullptr || lpLocalFileTime == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  *lpFileTime = filetime_from(ticks_from(*lpLocalFileTime) - (offset_at(ticks_now()) * ticks_per_second));
  return TRUE;
}
LONG CompareFileTime(FILETIME const* lpFileTime1, FILETIME const* lpFileTime2) {
  auto const first = static_cast<std::uint64_t>(ticks_from(*lpFileTime1));
  auto const second = static_cast<std::uint64_t>(ticks_from(*lpFileTime2));
  return first < second ? -1 : first > second ? 1 : 0;
}
BOOL SystemTimeToTzSpecificLocalTime(TIME_ZONE_INFORMATION const* lpTimeZoneInformation,
                                     SYSTEMTIME const* lpUniversalTime, LPSYSTEMTIME lpLocalTime) {
  if (lpUniversalTime == nullptr || lpLocalTime == nullptr || !is_valid(*lpUniversalTime))
    return refuse(ERROR_INVALID_PARAMETER);
  std::int64_t const ticks = join(*lpUniversalTime, false);
  if (lpTimeZoneInformation == nullptr) {
    split(ticks, *lpLocalTime, true);
  } else {
    constexpr std::int64_t minute = 60 * ticks_per_second;
    split(ticks - (lpTimeZoneInformation->Bias * minute), *lpLocalTime, false);
  }
  return TRUE;
}
BOOL TzSpecificLocalTimeToSystemTime(TIME_ZONE_INFORMATION const* lpTimeZoneInformation,
                                     SYSTEMTIME const* lpLocalTime, LPSYSTEMTIME lpUniversalTime) {
  if (lpUniversalTime == nullptr || lpLocalTime == nullptr || !is_valid(*lpLocalTime))
    return refuse(ERROR_INVALID_PARAMETER);
  constexpr std::int64_t minute = 60 * ticks_per_second;
  bool const ours = lpTimeZoneInformation == nullptr;
  std::int64_t const ticks =
      ours ? join(*lpLocalTime, true) : join(*lpLocalTime, false) + (lpTimeZoneInformation->Bias * minute);
  split(ticks, *lpUniversalTime, false);
  return TRUE;
}
DWORD GetTimeZoneInformation(LPTIME_ZONE_INFORMATION lpTimeZoneInformation) {
  if (lpTimeZoneInformation == nullptr) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, TIME_ZONE_ID_INVALID);
  auto& out = *lpTimeZoneInformation;
  out = {};
  ::tzset();
  std::time_t const now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  bool const summer = parts.tm_isdst > 0;
  out.Bias = static_cast<LONG>(::timezone / 60);
  out.DaylightBias = summer ? static_cast<LONG>((-parts.tm_gmtoff - ::timezone) / 60) : 0;
  for (std::size_t i = 0; i < 31 && ::tzname[0][i] != '\0'; ++i)
    out.StandardName[i] = static_cast<WCHAR>(::tzname[0][i]);
  for (std::size_t i = 0; i < 31 && ::tzname[1][i] != '\0'; ++i)
    out.DaylightName[i] = static_cast<WCHAR>(::tzname[1][i]);
  if (::daylight == 0) return TIME_ZONE_ID_UNKNOWN;
  return summer ? DWORD{TIME_ZONE_ID_DAYLIGHT} : DWORD{TIME_ZONE_ID_STANDARD};
}
BOOL FileTimeToDosDateTime(FILETIME const* lpFileTime, LPWORD lpFatDate, LPWORD lpFatTime) {
  SYSTEMTIME time{};
  if (lpFileTime == nullptr || lpFatDate == nullptr || lpFatTime == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  // Up to the next two seconds, so that no file looks older than it is.
  constexpr std::uint64_t almost_two_seconds = 2 * 10'000'000 - 1;
  std::uint64_t const ticks =
      ((std::uint64_t{lpFileTime->dwHighDateTime} << 32U) | lpFileTime->dwLowDateTime) + almost_two_seconds;
  FILETIME const rounded{static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32U)};
  if (FileTimeToSystemTime(&rounded, &time) == FALSE) return refuse(ERROR_INVALID_PARAMETER);
  constexpr int first_year = 1980;
  if (time.wYear < first_year || time.wYear > first_year + 127) return refuse(ERROR_INVALID_PARAMETER);
  *lpFatDate = word(((time.wYear - first_year) << 9) | (time.wMonth << 5) | time.wDay);
  *lpFatTime = word((time.wHour << 11) | (time.wMinute << 5) | (time.wSecond / 2));
  return TRUE;
}
BOOL DosDateTimeToFileTime(WORD wFatDate, WORD wFatTime, LPFILETIME lpFileTime) {
  SYSTEMTIME time{};
  time.wYear = word((wFatDate >> 9) + 1980);
  time.wMonth = word((wFatDate >> 5) & 0xF);
  time.wDay = word(wFatDate & 0x1F);
  time.wHour = word(wFatTime >> 11);
  time.wMinute = word((wFatTime >> 5) & 0x3F);
  time.wSecond = word((wFatTime & 0x1F) << 1);
  return SystemTimeToFileTime(&time, lpFileTime);
}
