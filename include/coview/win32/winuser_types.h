/* SPDX-License-Identifier: Apache-2.0 */
/* The structures of windows and messages, for programs that carry them in shared memory or name them in passing.
   There are no windows here: no function takes them. */
#ifndef COVIEW_WIN32_WINUSER_TYPES_H
#define COVIEW_WIN32_WINUSER_TYPES_H
#include "windef.h"
#pragma GCC system_header

typedef LRESULT(CALLBACK* WNDPROC)(HWND window, UINT message, WPARAM wide, LPARAM parameter);
typedef INT_PTR(CALLBACK* DLGPROC)(HWND window, UINT message, WPARAM wide, LPARAM parameter);
typedef VOID(CALLBACK* TIMERPROC)(HWND window, UINT message, UINT_PTR timer, DWORD time);
typedef BOOL(CALLBACK* WNDENUMPROC)(HWND window, LPARAM parameter);
typedef LRESULT(CALLBACK* HOOKPROC)(int code, WPARAM wide, LPARAM parameter);

typedef struct tagMSG {
  HWND hwnd;
  UINT message;
  WPARAM wParam;
  LPARAM lParam;
  DWORD time;
  POINT pt;
} MSG, *PMSG, *NPMSG, *LPMSG;
#define COVIEW_WNDCLASS(name, text) \
  typedef struct tag##name {        \
    UINT style;                     \
    WNDPROC lpfnWndProc;            \
    int cbClsExtra;                 \
    int cbWndExtra;                 \
    HINSTANCE hInstance;            \
    HICON hIcon;                    \
    HCURSOR hCursor;                \
    HBRUSH hbrBackground;           \
    text lpszMenuName;              \
    text lpszClassName;             \
  } name, *P##name, *NP##name, *LP##name
COVIEW_WNDCLASS(WNDCLASSA, LPCSTR);
COVIEW_WNDCLASS(WNDCLASSW, LPCWSTR);
#define COVIEW_WNDCLASSEX(name, text) \
  typedef struct tag##name {          \
    UINT cbSize;                      \
    UINT style;                       \
    WNDPROC lpfnWndProc;              \
    int cbClsExtra;                   \
    int cbWndExtra;                   \
    HINSTANCE hInstance;              \
    HICON hIcon;                      \
    HCURSOR hCursor;                  \
    HBRUSH hbrBackground;             \
    text lpszMenuName;                \
    text lpszClassName;               \
    HICON hIconSm;                    \
  } name, *P##name, *NP##name, *LP##name
COVIEW_WNDCLASSEX(WNDCLASSEXA, LPCSTR);
COVIEW_WNDCLASSEX(WNDCLASSEXW, LPCWSTR);
typedef struct tagCOPYDATASTRUCT {
  ULONG_PTR dwData;
  DWORD cbData;
  PVOID lpData;
} COPYDATASTRUCT, *PCOPYDATASTRUCT;
typedef struct tagPAINTSTRUCT {
  HDC hdc;
  BOOL fErase;
  RECT rcPaint;
  BOOL fRestore;
  BOOL fIncUpdate;
  BYTE rgbReserved[32];
} PAINTSTRUCT, *PPAINTSTRUCT, *NPPAINTSTRUCT, *LPPAINTSTRUCT;
typedef struct tagKBDLLHOOKSTRUCT {
  DWORD vkCode;
  DWORD scanCode;
  DWORD flags;
  DWORD time;
  ULONG_PTR dwExtraInfo;
} KBDLLHOOKSTRUCT, *PKBDLLHOOKSTRUCT, *LPKBDLLHOOKSTRUCT;
typedef struct tagMSLLHOOKSTRUCT {
  POINT pt;
  DWORD mouseData;
  DWORD flags;
  DWORD time;
  ULONG_PTR dwExtraInfo;
} MSLLHOOKSTRUCT, *PMSLLHOOKSTRUCT, *LPMSLLHOOKSTRUCT;
#ifdef UNICODE
typedef WNDCLASSW WNDCLASS;
typedef PWNDCLASSW PWNDCLASS;
typedef LPWNDCLASSW LPWNDCLASS;
typedef WNDCLASSEXW WNDCLASSEX;
typedef PWNDCLASSEXW PWNDCLASSEX;
typedef LPWNDCLASSEXW LPWNDCLASSEX;
#else
typedef WNDCLASSA WNDCLASS;
typedef PWNDCLASSA PWNDCLASS;
typedef LPWNDCLASSA LPWNDCLASS;
typedef WNDCLASSEXA WNDCLASSEX;
typedef PWNDCLASSEXA PWNDCLASSEX;
typedef LPWNDCLASSEXA LPWNDCLASSEX;
#endif

#define WM_NULL 0x0000
#define WM_CREATE 0x0001
#define WM_DESTROY 0x0002
#define WM_MOVE 0x0003
#define WM_SIZE 0x0005
#define WM_SETTEXT 0x000C
#define WM_GETTEXT 0x000D
#define WM_PAINT 0x000F
#define WM_CLOSE 0x0010
#define WM_QUIT 0x0012
#define WM_COPYDATA 0x004A
#define WM_KEYDOWN 0x0100
#define WM_KEYUP 0x0101
#define WM_CHAR 0x0102
#define WM_COMMAND 0x0111
#define WM_TIMER 0x0113
#define WM_MOUSEMOVE 0x0200
#define WM_LBUTTONDOWN 0x0201
#define WM_LBUTTONUP 0x0202
#define WM_USER 0x0400
#define WM_APP 0x8000

#endif
