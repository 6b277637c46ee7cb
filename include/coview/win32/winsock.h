/* SPDX-License-Identifier: Apache-2.0 */
/* The older name of winsock2.h. */
#ifndef COVIEW_WIN32_WINSOCK_H
#define COVIEW_WIN32_WINSOCK_H
#include "winsock2.h"
#endif
