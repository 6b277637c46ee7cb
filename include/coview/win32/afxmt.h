/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing of Microsoft's class library is here but what afx.h has. */
#ifndef COVIEW_WIN32_AFXMT_H
#define COVIEW_WIN32_AFXMT_H
#include "afx.h"
#endif
