/* SPDX-License-Identifier: Apache-2.0 */
/* Control codes of files; the few that there are. */
#ifndef COVIEW_WIN32_WINIOCTL_H
#define COVIEW_WIN32_WINIOCTL_H
#include "winbase.h"
#endif
