/* SPDX-License-Identifier: Apache-2.0 */
/* Fiber-local storage, which is a thread's own here: each thread has one fiber, and its callbacks run when it ends.
 */
#ifndef COVIEW_WIN32_FIBERSAPI_H
#define COVIEW_WIN32_FIBERSAPI_H

#include "minwindef.h"
#pragma GCC system_header
#include "winnt.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef FLS_OUT_OF_INDEXES
#define FLS_OUT_OF_INDEXES 0xFFFFFFFFU
#endif
#ifndef COVIEW_FLS_CALLBACK
#define COVIEW_FLS_CALLBACK
typedef VOID(WINAPI* PFLS_CALLBACK_FUNCTION)(PVOID data);
#endif
COVIEW_WIN32_API DWORD WINAPI FlsAlloc(PFLS_CALLBACK_FUNCTION callback);
COVIEW_WIN32_API BOOL WINAPI FlsFree(DWORD index);
COVIEW_WIN32_API PVOID WINAPI FlsGetValue(DWORD index);
COVIEW_WIN32_API BOOL WINAPI FlsSetValue(DWORD index, PVOID value);
COVIEW_WIN32_API BOOL WINAPI IsThreadAFiber(void);

#ifdef __cplusplus
}
#endif

#endif /* COVIEW_WIN32_FIBERSAPI_H */
