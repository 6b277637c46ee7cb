/* SPDX-License-Identifier: Apache-2.0 */
/* Of the user interface: a message box, which speaks on standard error and answers with its default button, and
 * wsprintf with the character functions. */
#ifndef COVIEW_WIN32_WINUSER_H
#define COVIEW_WIN32_WINUSER_H
#include "windef.h"
#pragma GCC system_header

#include <stdarg.h>

#include "winuser_types.h"

#define MB_OK 0x00000000
#define MB_OKCANCEL 0x00000001
#define MB_ABORTRETRYIGNORE 0x00000002
#define MB_YESNOCANCEL 0x00000003
#define MB_YESNO 0x00000004
#define MB_RETRYCANCEL 0x00000005
#define MB_CANCELTRYCONTINUE 0x00000006
#define MB_TYPEMASK 0x0000000F
#define MB_ICONHAND 0x00000010
#define MB_ICONQUESTION 0x00000020
#define MB_ICONEXCLAMATION 0x00000030
#define MB_ICONASTERISK 0x00000040
#define MB_ICONWARNING MB_ICONEXCLAMATION
#define MB_ICONERROR MB_ICONHAND
#define MB_ICONINFORMATION MB_ICONASTERISK
#define MB_ICONSTOP MB_ICONHAND
#define MB_DEFBUTTON1 0x00000000
#define MB_DEFBUTTON2 0x00000100
#define MB_DEFBUTTON3 0x00000200
#define MB_DEFBUTTON4 0x00000300
#define MB_DEFMASK 0x00000F00
#define MB_APPLMODAL 0x00000000
#define MB_SYSTEMMODAL 0x00001000
#define MB_TASKMODAL 0x00002000
#define MB_HELP 0x00004000
#define MB_SETFOREGROUND 0x00010000
#define MB_TOPMOST 0x00040000
#define MB_SERVICE_NOTIFICATION 0x00200000
#define IDOK 1
#define IDCANCEL 2
#define IDABORT 3
#define IDRETRY 4
#define IDIGNORE 5
#define IDYES 6
#define IDNO 7
#define IDCLOSE 8
#define IDHELP 9
#define IDTRYAGAIN 10
#define IDCONTINUE 11
#define IDTIMEOUT 32000
#define SW_HIDE 0
#define SW_SHOWNORMAL 1
#define SW_NORMAL 1
#define SW_SHOWMINIMIZED 2
#define SW_SHOWMAXIMIZED 3
#define SW_MAXIMIZE 3
#define SW_SHOWNOACTIVATE 4
#define SW_SHOW 5
#define SW_MINIMIZE 6
#define SW_SHOWDEFAULT 10
#define VK_BACK 0x08
#define VK_TAB 0x09
#define VK_RETURN 0x0D
#define VK_ESCAPE 0x1B
#define VK_SPACE 0x20
#define VK_LEFT 0x25
#define VK_UP 0x26
#define VK_RIGHT 0x27
#define VK_DOWN 0x28

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API int WINAPI MessageBoxA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType);
COVIEW_WIN32_API int WINAPI MessageBoxW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType);
COVIEW_WIN32_API int WINAPI MessageBoxExA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType, WORD wLanguageId);
COVIEW_WIN32_API int WINAPI MessageBoxExW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType, WORD wLanguageId);
COVIEW_WIN32_API BOOL WINAPI MessageBeep(UINT uType);
COVIEW_WIN32_API HWND WINAPI GetDesktopWindow(void);
COVIEW_WIN32_API HWND WINAPI GetForegroundWindow(void);
COVIEW_WIN32_API SHORT WINAPI GetAsyncKeyState(int vKey);
COVIEW_WIN32_API int WINAPIV wsprintfA(LPSTR buffer, LPCSTR format, ...);
COVIEW_WIN32_API int WINAPIV wsprintfW(LPWSTR buffer, LPCWSTR format, ...);
COVIEW_WIN32_API int WINAPI wvsprintfA(LPSTR buffer, LPCSTR format, va_list arguments);
COVIEW_WIN32_API int WINAPI wvsprintfW(LPWSTR buffer, LPCWSTR format, va_list arguments);
COVIEW_WIN32_API LPSTR WINAPI CharUpperA(LPSTR lpsz);
COVIEW_WIN32_API LPWSTR WINAPI CharUpperW(LPWSTR lpsz);
COVIEW_WIN32_API LPSTR WINAPI CharLowerA(LPSTR lpsz);
COVIEW_WIN32_API LPWSTR WINAPI CharLowerW(LPWSTR lpsz);
COVIEW_WIN32_API DWORD WINAPI CharUpperBuffA(LPSTR lpsz, DWORD cchLength);
COVIEW_WIN32_API DWORD WINAPI CharUpperBuffW(LPWSTR lpsz, DWORD cchLength);
COVIEW_WIN32_API DWORD WINAPI CharLowerBuffA(LPSTR lpsz, DWORD cchLength);
COVIEW_WIN32_API DWORD WINAPI CharLowerBuffW(LPWSTR lpsz, DWORD cchLength);
COVIEW_WIN32_API LPSTR WINAPI CharNextA(LPCSTR lpsz);
COVIEW_WIN32_API LPWSTR WINAPI CharNextW(LPCWSTR lpsz);
COVIEW_WIN32_API LPSTR WINAPI CharPrevA(LPCSTR lpszStart, LPCSTR lpszCurrent);
COVIEW_WIN32_API LPWSTR WINAPI CharPrevW(LPCWSTR lpszStart, LPCWSTR lpszCurrent);
COVIEW_WIN32_API BOOL WINAPI IsCharAlphaA(CHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharAlphaW(WCHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharAlphaNumericA(CHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharAlphaNumericW(WCHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharUpperA(CHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharUpperW(WCHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharLowerA(CHAR ch);
COVIEW_WIN32_API BOOL WINAPI IsCharLowerW(WCHAR ch);
COVIEW_WIN32_API BOOL WINAPI CharToOemA(LPCSTR pSrc, LPSTR pDst);
COVIEW_WIN32_API BOOL WINAPI CharToOemW(LPCWSTR pSrc, LPSTR pDst);
COVIEW_WIN32_API BOOL WINAPI OemToCharA(LPCSTR pSrc, LPSTR pDst);
COVIEW_WIN32_API BOOL WINAPI OemToCharW(LPCSTR pSrc, LPWSTR pDst);
COVIEW_WIN32_END

#ifdef UNICODE
#define MessageBox MessageBoxW
#define MessageBoxEx MessageBoxExW
#define wsprintf wsprintfW
#define wvsprintf wvsprintfW
#define CharUpper CharUpperW
#define CharLower CharLowerW
#define CharUpperBuff CharUpperBuffW
#define CharLowerBuff CharLowerBuffW
#define CharNext CharNextW
#define CharPrev CharPrevW
#define IsCharAlpha IsCharAlphaW
#define IsCharAlphaNumeric IsCharAlphaNumericW
#define IsCharUpper IsCharUpperW
#define IsCharLower IsCharLowerW
#define CharToOem CharToOemW
#define OemToChar OemToCharW
#else
#define MessageBox MessageBoxA
#define MessageBoxEx MessageBoxExA
#define wsprintf wsprintfA
#define wvsprintf wvsprintfA
#define CharUpper CharUpperA
#define CharLower CharLowerA
#define CharUpperBuff CharUpperBuffA
#define CharLowerBuff CharLowerBuffA
#define CharNext CharNextA
#define CharPrev CharPrevA
#define IsCharAlpha IsCharAlphaA
#define IsCharAlphaNumeric IsCharAlphaNumericA
#define IsCharUpper IsCharUpperA
#define IsCharLower IsCharLowerA
#define CharToOem CharToOemA
#define OemToChar OemToCharA
#endif

#endif
