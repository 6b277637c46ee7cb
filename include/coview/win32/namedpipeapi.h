/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes between a parent and its child: CreatePipe and PeekNamedPipe. Named pipes are not there. */
#ifndef COVIEW_WIN32_NAMEDPIPEAPI_H
#define COVIEW_WIN32_NAMEDPIPEAPI_H
#include "winbase_files.h"
#endif
