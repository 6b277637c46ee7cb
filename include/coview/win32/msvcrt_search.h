/* SPDX-License-Identifier: Apache-2.0 */
/* Searching and sorting as Microsoft's C library has them: counts are `unsigned`, comparisons may be given a context,
   which is their first argument. */
#ifndef COVIEW_WIN32_MSVCRT_SEARCH_H
#define COVIEW_WIN32_MSVCRT_SEARCH_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stddef.h>

COVIEW_WIN32_BEGIN
typedef int(__cdecl* _CoreCrtNonSecureSearchSortCompareFunction)(void const* a, void const* b);
typedef int(__cdecl* _CoreCrtSecureSearchSortCompareFunction)(void* context, void const* a, void const* b);
COVIEW_WIN32_API void qsort_s(void* base, size_t count, size_t width, _CoreCrtSecureSearchSortCompareFunction compare,
                              void* context);
COVIEW_WIN32_API void* bsearch_s(void const* key, void const* base, size_t count, size_t width,
                                 _CoreCrtSecureSearchSortCompareFunction compare, void* context);
COVIEW_WIN32_API void* _lfind(void const* key, void const* base, unsigned* count, unsigned width,
                              _CoreCrtNonSecureSearchSortCompareFunction compare);
COVIEW_WIN32_API void* _lsearch(void const* key, void* base, unsigned* count, unsigned width,
                                _CoreCrtNonSecureSearchSortCompareFunction compare);
COVIEW_WIN32_END

#endif
