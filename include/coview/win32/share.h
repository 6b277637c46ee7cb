/* SPDX-License-Identifier: Apache-2.0 */
/* How a file that is opened may be shared. */
#ifndef COVIEW_WIN32_SHARE_H
#define COVIEW_WIN32_SHARE_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include "msvcrt_fcntl.h"

#endif
