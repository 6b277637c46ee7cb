/* SPDX-License-Identifier: Apache-2.0 */
/* The console; all of it is in consoleapi.h. */
#ifndef COVIEW_WIN32_WINCON_H
#define COVIEW_WIN32_WINCON_H
#include "consoleapi.h"
#endif
