/* SPDX-License-Identifier: Apache-2.0 */
/* Files by number, and the way between numbers and handles. */
#ifndef COVIEW_WIN32_IO_H
#define COVIEW_WIN32_IO_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "corecrt.h"
#include "msvcrt_fcntl.h"
#define _A_NORMAL 0x00
#define _A_RDONLY 0x01
#define _A_HIDDEN 0x02
#define _A_SYSTEM 0x04
#define _A_SUBDIR 0x10
#define _A_ARCH 0x20
typedef uint32_t _fsize_t;
struct _finddata_t {
  unsigned attrib;
  __time64_t time_create;
  __time64_t time_access;
  __time64_t time_write;
  _fsize_t size;
  char name[260];
};
struct _wfinddata_t {
  unsigned attrib;
  __time64_t time_create;
  __time64_t time_access;
  __time64_t time_write;
  _fsize_t size;
  wchar_t name[260];
};
COVIEW_WIN32_BEGIN
COVIEW_WIN32_API int _open(char const* path, int flags, ...);
COVIEW_WIN32_API int _wopen(wchar_t const* path, int flags, ...);
COVIEW_WIN32_API int _sopen(char const* path, int flags, int share, ...);
COVIEW_WIN32_API int _creat(char const* path, int mode);
COVIEW_WIN32_API errno_t _sopen_s(int* fd, char const* path, int flags, int share, int mode);
COVIEW_WIN32_API errno_t _wsopen_s(int* fd, wchar_t const* path, int flags, int share, int mode);
COVIEW_WIN32_API int _close(int fd);
COVIEW_WIN32_API int _read(int fd, void* buffer, unsigned count);
COVIEW_WIN32_API int _write(int fd, void const* buffer, unsigned count);
COVIEW_WIN32_API long _lseek(int fd, long offset, int origin);
COVIEW_WIN32_API long long _lseeki64(int fd, long long offset, int origin);
COVIEW_WIN32_API long _tell(int fd);
COVIEW_WIN32_API long long _telli64(int fd);
COVIEW_WIN32_API long _filelength(int fd);
COVIEW_WIN32_API long long _filelengthi64(int fd);
COVIEW_WIN32_API int _chsize(int fd, long size);
COVIEW_WIN32_API errno_t _chsize_s(int fd, long long size);
COVIEW_WIN32_API int _commit(int fd);
COVIEW_WIN32_API int _eof(int fd);
COVIEW_WIN32_API int _access(char const* path, int mode);
COVIEW_WIN32_API int _waccess(wchar_t const* path, int mode);
COVIEW_WIN32_API errno_t _access_s(char const* path, int mode);
COVIEW_WIN32_API errno_t _waccess_s(wchar_t const* path, int mode);
COVIEW_WIN32_API int _chmod(char const* path, int mode);
COVIEW_WIN32_API int _isatty(int fd);
COVIEW_WIN32_API int _dup(int fd);
COVIEW_WIN32_API int _dup2(int from, int to);
COVIEW_WIN32_API int _setmode(int fd, int mode);
COVIEW_WIN32_API int _open_osfhandle(intptr_t handle, int flags);
COVIEW_WIN32_API intptr_t _get_osfhandle(int fd);
COVIEW_WIN32_API int _umask(int mode);
COVIEW_WIN32_API char* _mktemp(char* pattern);
COVIEW_WIN32_API errno_t _mktemp_s(char* pattern, size_t size);
COVIEW_WIN32_API int _pipe(int* ends, unsigned size, int mode);
COVIEW_WIN32_API intptr_t _findfirst(char const* pattern, struct _finddata_t* found);
COVIEW_WIN32_API int _findnext(intptr_t search, struct _finddata_t* found);
COVIEW_WIN32_API int _findclose(intptr_t search);
COVIEW_WIN32_API intptr_t _wfindfirst(wchar_t const* pattern, struct _wfinddata_t* found);
COVIEW_WIN32_API int _wfindnext(intptr_t search, struct _wfinddata_t* found);
COVIEW_WIN32_API int _unlink(char const* path);
COVIEW_WIN32_API int _wunlink(wchar_t const* path);
COVIEW_WIN32_END

#endif
