/* SPDX-License-Identifier: Apache-2.0 */
/* What the C run-time library adds to threads and processes: _beginthreadex and its relatives, _getpid, _spawn. */
#ifndef COVIEW_WIN32_PROCESS_H
#define COVIEW_WIN32_PROCESS_H

#include "coview_win32_api.h"
#pragma GCC system_header

#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*_beginthread_proc_type)(void*);
typedef unsigned (*_beginthreadex_proc_type)(void*);
COVIEW_WIN32_API uintptr_t _beginthread(_beginthread_proc_type start, unsigned stack_size, void* argument);
COVIEW_WIN32_API void _endthread(void);
COVIEW_WIN32_API uintptr_t _beginthreadex(void* security, unsigned stack_size, _beginthreadex_proc_type start,
                                          void* argument, unsigned flags, unsigned* thread_id);
COVIEW_WIN32_API void _endthreadex(unsigned exit_code);

#ifndef _P_WAIT
#define _P_WAIT 0
#define _P_NOWAIT 1
#define _P_OVERLAY 2
#define _P_NOWAITO 3
#define _P_DETACH 4
#define P_WAIT _P_WAIT
#define P_NOWAIT _P_NOWAIT
#define _WAIT_CHILD 0
#endif
COVIEW_WIN32_API intptr_t _spawnl(int mode, char const* path, char const* argument, ...);
COVIEW_WIN32_API intptr_t _spawnlp(int mode, char const* path, char const* argument, ...);
COVIEW_WIN32_API intptr_t _spawnv(int mode, char const* path, char const* const* arguments);
COVIEW_WIN32_API intptr_t _spawnvp(int mode, char const* path, char const* const* arguments);
COVIEW_WIN32_API intptr_t _cwait(int* status, intptr_t process, int action);
COVIEW_WIN32_API int _getpid(void);
COVIEW_WIN32_API void _cexit(void);

#ifdef __cplusplus
}
#endif

#endif /* COVIEW_WIN32_PROCESS_H */
