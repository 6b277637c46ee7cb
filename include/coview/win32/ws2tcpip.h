/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the internet: all of it is in winsock2.h. */
#ifndef COVIEW_WIN32_WS2TCPIP_H
#define COVIEW_WIN32_WS2TCPIP_H
#include "winsock2.h"
#endif
