/* SPDX-License-Identifier: Apache-2.0 */
/* Linux' header, and Microsoft's names for what is in it. */
#pragma GCC system_header
#include_next <sys/stat.h>
#ifndef COVIEW_WIN32_SYS_STAT_H
#define COVIEW_WIN32_SYS_STAT_H
#include "../msvcrt_fcntl.h"
#define _stat stat
#define _stat64 stat
#define _stati64 stat
#define __stat64 stat
#define _fstat fstat
#define _fstat64 fstat
#define _fstati64 fstat
#endif
