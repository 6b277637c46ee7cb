/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations of parameters; all of them are empty. */
#ifndef COVIEW_WIN32_SAL_H
#define COVIEW_WIN32_SAL_H
#include "coview_win32_api.h"
#pragma GCC system_header

#endif
