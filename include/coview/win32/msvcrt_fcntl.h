/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of _open and _setmode. Text and binary are the same here: no line ends are converted. */
#ifndef COVIEW_WIN32_MSVCRT_FCNTL_H
#define COVIEW_WIN32_MSVCRT_FCNTL_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <fcntl.h>
#include <sys/stat.h>
#define _O_RDONLY O_RDONLY
#define _O_WRONLY O_WRONLY
#define _O_RDWR O_RDWR
#define _O_APPEND O_APPEND
#define _O_CREAT O_CREAT
#define _O_TRUNC O_TRUNC
#define _O_EXCL O_EXCL
#define _O_TEXT 0
#define _O_BINARY 0
#define _O_WTEXT 0
#define _O_U8TEXT 0
#define _O_U16TEXT 0
#define _O_RAW 0
#define _O_NOINHERIT O_CLOEXEC
#define _O_SEQUENTIAL 0
#define _O_RANDOM 0
#define _O_TEMPORARY 0
#define _O_SHORT_LIVED 0
#ifndef O_BINARY
#define O_BINARY 0
#define O_TEXT 0
#endif
#define _S_IFMT S_IFMT
#define _S_IFDIR S_IFDIR
#define _S_IFREG S_IFREG
#define _S_IREAD S_IRUSR
#define _S_IWRITE S_IWUSR
#define _S_IEXEC S_IXUSR
#define _SH_COMPAT 0x00
#define _SH_DENYRW 0x10
#define _SH_DENYWR 0x20
#define _SH_DENYRD 0x30
#define _SH_DENYNO 0x40
#define _SH_SECURE 0x80

#endif
