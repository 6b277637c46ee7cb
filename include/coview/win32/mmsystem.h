/* SPDX-License-Identifier: Apache-2.0 */
/* Multimedia, of which only the clock is here. Sources that include it for timeGetTime may also name winmm.lib: there
   is nothing to link beside coview_win32. */
#ifndef COVIEW_WIN32_MMSYSTEM_H
#define COVIEW_WIN32_MMSYSTEM_H
#include "timeapi.h"
#endif
