/* SPDX-License-Identifier: Apache-2.0 */
/* The console; all of it is in consoleapi.h. */
#ifndef COVIEW_WIN32_CONSOLEAPI2_H
#define COVIEW_WIN32_CONSOLEAPI2_H
#include "consoleapi.h"
#endif
