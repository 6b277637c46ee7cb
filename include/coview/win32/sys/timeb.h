/* SPDX-License-Identifier: Apache-2.0 */
/* The time with its milliseconds. */
#ifndef COVIEW_WIN32_SYS_TIMEB_H
#define COVIEW_WIN32_SYS_TIMEB_H
#include "../corecrt.h"
#pragma GCC system_header

#include <time.h>

struct _timeb {
  time_t time;
  unsigned short millitm;
  short timezone;
  short dstflag;
};
#define _timeb64 _timeb
#define __timeb64 _timeb

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API void _ftime(struct _timeb* now);
COVIEW_WIN32_API errno_t _ftime_s(struct _timeb* now);
COVIEW_WIN32_END
#define _ftime64 _ftime
#define _ftime64_s _ftime_s

#endif
