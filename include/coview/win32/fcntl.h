/* SPDX-License-Identifier: Apache-2.0 */
/* Linux' header, and the flags that Microsoft's has. */
#pragma GCC system_header
#include_next <fcntl.h>
#ifndef COVIEW_WIN32_FCNTL_H
#define COVIEW_WIN32_FCNTL_H
#include "msvcrt_fcntl.h"
#endif
