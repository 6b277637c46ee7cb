/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, and Microsoft's searches and sorts: their comparisons may be given a context. */
#pragma GCC system_header
#if __has_include_next(<search.h>)
#include_next <search.h>
#endif
#ifndef COVIEW_WIN32_SEARCH_H
#define COVIEW_WIN32_SEARCH_H
#include "msvcrt_search.h"
#endif
