/* SPDX-License-Identifier: Apache-2.0 */
/* Beep and pointers in disguise. */
#ifndef COVIEW_WIN32_UTILAPISET_H
#define COVIEW_WIN32_UTILAPISET_H
#include "minwindef.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI Beep(DWORD dwFreq, DWORD dwDuration);
COVIEW_WIN32_API PVOID WINAPI EncodePointer(PVOID Ptr);
COVIEW_WIN32_API PVOID WINAPI DecodePointer(PVOID Ptr);
COVIEW_WIN32_API PVOID WINAPI EncodeSystemPointer(PVOID Ptr);
COVIEW_WIN32_API PVOID WINAPI DecodeSystemPointer(PVOID Ptr);
COVIEW_WIN32_END

#endif
