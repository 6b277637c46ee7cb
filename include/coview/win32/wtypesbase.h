/* SPDX-License-Identifier: Apache-2.0 */
/* The basic types; all of them are in windef.h. */
#ifndef COVIEW_WIN32_WTYPESBASE_H
#define COVIEW_WIN32_WTYPESBASE_H
#include "windef.h"
#endif
