/* SPDX-License-Identifier: Apache-2.0 */
/* The base API. Its functions are in the headers of their families; this one gathers them. */
#ifndef COVIEW_WIN32_WINBASE_H
#define COVIEW_WIN32_WINBASE_H
#include "minwinbase.h"
#include "winerror.h"
#pragma GCC system_header

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define INVALID_FILE_SIZE ((DWORD)0xFFFFFFFF)
#define INVALID_SET_FILE_POINTER ((DWORD)-1)
#define INVALID_FILE_ATTRIBUTES ((DWORD)-1)
#define INFINITE 0xFFFFFFFF
#define WAIT_OBJECT_0 (STATUS_WAIT_0 + 0)
#define WAIT_ABANDONED (STATUS_ABANDONED_WAIT_0 + 0)
#define WAIT_ABANDONED_0 (STATUS_ABANDONED_WAIT_0 + 0)
#define WAIT_IO_COMPLETION STATUS_USER_APC
#define WAIT_FAILED ((DWORD)0xFFFFFFFF)

#if __has_include("errhandlingapi.h")
#include "errhandlingapi.h"
#endif
#if __has_include("handleapi.h")
#include "handleapi.h"
#endif
#if __has_include("memoryapi.h")
#include "memoryapi.h"
#endif
#if __has_include("securitybaseapi.h")
#include "securitybaseapi.h"
#endif
#if __has_include("sysinfoapi.h")
#include "sysinfoapi.h"
#endif
#if __has_include("fileapi.h")
#include "fileapi.h"
#endif
#include "winbase_files.h"
#include "winbase_text.h"
#if __has_include("processthreadsapi.h")
#include "processthreadsapi.h"
#endif
#if __has_include("synchapi.h")
#include "synchapi.h"
#endif
#if __has_include("interlockedapi.h")
#include "interlockedapi.h"
#endif
#if __has_include("fibersapi.h")
#include "fibersapi.h"
#endif
#include "systemtopologyapi.h"
#include "threadpoolapiset.h"
#include "wow64apiset.h"
#if __has_include("processenv.h")
#include "processenv.h"
#endif
#if __has_include("libloaderapi.h")
#include "libloaderapi.h"
#endif
#if __has_include("debugapi.h")
#include "debugapi.h"
#endif
#if __has_include("utilapiset.h")
#include "utilapiset.h"
#endif
#if __has_include("heapapi.h")
#include "heapapi.h"
#endif
#if __has_include("profileapi.h")
#include "profileapi.h"
#endif
#if __has_include("timezoneapi.h")
#include "timezoneapi.h"
#endif

#endif
