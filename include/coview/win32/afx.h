/* SPDX-License-Identifier: Apache-2.0 */
/* Of Microsoft's class library the four words that sources without windows use: a message box, traces, assertions. */
#ifndef COVIEW_WIN32_AFX_H
#define COVIEW_WIN32_AFX_H
#include "windows.h"
#pragma GCC system_header

#ifdef __cplusplus
#include <assert.h>
#include <tchar.h>

extern "C++" {
/* Speaks on standard error and answers with the default button, as MessageBox. */
inline int AfxMessageBox(LPCTSTR text, UINT type = MB_OK, UINT /* help */ = 0) {
  return MessageBox(NULL, text, NULL, type == 0 ? MB_ICONEXCLAMATION : type);
}
inline void AfxTrace(LPCTSTR format, ...) {
  TCHAR text[1024];
  va_list arguments;
  va_start(arguments, format);
  _vsntprintf(text, 1023, format, arguments);
  va_end(arguments);
  text[1023] = 0;
  OutputDebugString(text);
}
}
#ifdef _DEBUG
#define ASSERT(expression) assert(expression)
#define VERIFY(expression) ASSERT(expression)
#define TRACE ::AfxTrace
#else
#define ASSERT(expression) ((void)0)
#define VERIFY(expression) ((void)(expression))
#define TRACE(...) ((void)0)
#endif
#define TRACE0(format) TRACE(format)
#define TRACE1(format, a) TRACE(format, a)
#define TRACE2(format, a, b) TRACE(format, a, b)
#define TRACE3(format, a, b, c) TRACE(format, a, b, c)
#endif

#endif
