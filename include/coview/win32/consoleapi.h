/* SPDX-License-Identifier: Apache-2.0 */
/* The console: text out and in, its modes, colours and cursor where standard output is a terminal. */
#ifndef COVIEW_WIN32_CONSOLEAPI_H
#define COVIEW_WIN32_CONSOLEAPI_H
#include "processenv.h"
#include "windef.h"
#pragma GCC system_header

#define ENABLE_PROCESSED_INPUT 0x0001
#define ENABLE_LINE_INPUT 0x0002
#define ENABLE_ECHO_INPUT 0x0004
#define ENABLE_WINDOW_INPUT 0x0008
#define ENABLE_MOUSE_INPUT 0x0010
#define ENABLE_INSERT_MODE 0x0020
#define ENABLE_QUICK_EDIT_MODE 0x0040
#define ENABLE_EXTENDED_FLAGS 0x0080
#define ENABLE_VIRTUAL_TERMINAL_INPUT 0x0200
#define ENABLE_PROCESSED_OUTPUT 0x0001
#define ENABLE_WRAP_AT_EOL_OUTPUT 0x0002
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#define DISABLE_NEWLINE_AUTO_RETURN 0x0008
#define CTRL_C_EVENT 0
#define CTRL_BREAK_EVENT 1
#define CTRL_CLOSE_EVENT 2
#define CTRL_LOGOFF_EVENT 5
#define CTRL_SHUTDOWN_EVENT 6
#define FOREGROUND_BLUE 0x0001
#define FOREGROUND_GREEN 0x0002
#define FOREGROUND_RED 0x0004
#define FOREGROUND_INTENSITY 0x0008
#define BACKGROUND_BLUE 0x0010
#define BACKGROUND_GREEN 0x0020
#define BACKGROUND_RED 0x0040
#define BACKGROUND_INTENSITY 0x0080
#define COMMON_LVB_REVERSE_VIDEO 0x4000
#define COMMON_LVB_UNDERSCORE 0x8000
#define ATTACH_PARENT_PROCESS ((DWORD)-1)
#define KEY_EVENT 0x0001
#define CONSOLE_TEXTMODE_BUFFER 1
typedef BOOL(WINAPI* PHANDLER_ROUTINE)(DWORD CtrlType);
typedef struct _COORD {
  SHORT X;
  SHORT Y;
} COORD, *PCOORD;
typedef struct _SMALL_RECT {
  SHORT Left;
  SHORT Top;
  SHORT Right;
  SHORT Bottom;
} SMALL_RECT, *PSMALL_RECT;
typedef struct _CONSOLE_SCREEN_BUFFER_INFO {
  COORD dwSize;
  COORD dwCursorPosition;
  WORD wAttributes;
  SMALL_RECT srWindow;
  COORD dwMaximumWindowSize;
} CONSOLE_SCREEN_BUFFER_INFO, *PCONSOLE_SCREEN_BUFFER_INFO;
typedef struct _CONSOLE_CURSOR_INFO {
  DWORD dwSize;
  BOOL bVisible;
} CONSOLE_CURSOR_INFO, *PCONSOLE_CURSOR_INFO;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI AllocConsole(void);
COVIEW_WIN32_API BOOL WINAPI FreeConsole(void);
COVIEW_WIN32_API BOOL WINAPI AttachConsole(DWORD dwProcessId);
COVIEW_WIN32_API HWND WINAPI GetConsoleWindow(void);
COVIEW_WIN32_API BOOL WINAPI GetConsoleMode(HANDLE hConsoleHandle, LPDWORD lpMode);
COVIEW_WIN32_API BOOL WINAPI SetConsoleMode(HANDLE hConsoleHandle, DWORD dwMode);
COVIEW_WIN32_API UINT WINAPI GetConsoleCP(void);
COVIEW_WIN32_API UINT WINAPI GetConsoleOutputCP(void);
COVIEW_WIN32_API BOOL WINAPI SetConsoleCP(UINT wCodePageID);
COVIEW_WIN32_API BOOL WINAPI SetConsoleOutputCP(UINT wCodePageID);
COVIEW_WIN32_API BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE HandlerRoutine, BOOL Add);
COVIEW_WIN32_API BOOL WINAPI GenerateConsoleCtrlEvent(DWORD dwCtrlEvent, DWORD dwProcessGroupId);
COVIEW_WIN32_API BOOL WINAPI WriteConsoleA(HANDLE hConsoleOutput, VOID const* lpBuffer, DWORD nNumberOfCharsToWrite,
                                           LPDWORD lpNumberOfCharsWritten, LPVOID lpReserved);
COVIEW_WIN32_API BOOL WINAPI WriteConsoleW(HANDLE hConsoleOutput, VOID const* lpBuffer, DWORD nNumberOfCharsToWrite,
                                           LPDWORD lpNumberOfCharsWritten, LPVOID lpReserved);
COVIEW_WIN32_API BOOL WINAPI ReadConsoleA(HANDLE hConsoleInput, LPVOID lpBuffer, DWORD nNumberOfCharsToRead,
                                          LPDWORD lpNumberOfCharsRead, LPVOID pInputControl);
COVIEW_WIN32_API BOOL WINAPI ReadConsoleW(HANDLE hConsoleInput, LPVOID lpBuffer, DWORD nNumberOfCharsToRead,
                                          LPDWORD lpNumberOfCharsRead, LPVOID pInputControl);
COVIEW_WIN32_API BOOL WINAPI FlushConsoleInputBuffer(HANDLE hConsoleInput);
COVIEW_WIN32_API BOOL WINAPI GetNumberOfConsoleInputEvents(HANDLE hConsoleInput, LPDWORD lpNumberOfEvents);
COVIEW_WIN32_API BOOL WINAPI GetConsoleScreenBufferInfo(HANDLE hConsoleOutput,
                                                        PCONSOLE_SCREEN_BUFFER_INFO lpConsoleScreenBufferInfo);
COVIEW_WIN32_API BOOL WINAPI SetConsoleCursorPosition(HANDLE hConsoleOutput, COORD dwCursorPosition);
COVIEW_WIN32_API BOOL WINAPI SetConsoleTextAttribute(HANDLE hConsoleOutput, WORD wAttributes);
COVIEW_WIN32_API BOOL WINAPI GetConsoleCursorInfo(HANDLE hConsoleOutput, PCONSOLE_CURSOR_INFO lpConsoleCursorInfo);
COVIEW_WIN32_API BOOL WINAPI SetConsoleCursorInfo(HANDLE hConsoleOutput,
                                                  CONSOLE_CURSOR_INFO const* lpConsoleCursorInfo);
COVIEW_WIN32_API BOOL WINAPI SetConsoleScreenBufferSize(HANDLE hConsoleOutput, COORD dwSize);
COVIEW_WIN32_API BOOL WINAPI FillConsoleOutputAttribute(HANDLE hConsoleOutput, WORD wAttribute, DWORD nLength,
                                                        COORD dwWriteCoord, LPDWORD lpNumberOfAttrsWritten);
COVIEW_WIN32_API BOOL WINAPI FillConsoleOutputCharacterA(HANDLE hConsoleOutput, CHAR cCharacter, DWORD nLength,
                                                         COORD dwWriteCoord, LPDWORD lpNumberOfCharsWritten);
COVIEW_WIN32_API BOOL WINAPI FillConsoleOutputCharacterW(HANDLE hConsoleOutput, WCHAR cCharacter, DWORD nLength,
                                                         COORD dwWriteCoord, LPDWORD lpNumberOfCharsWritten);
COVIEW_WIN32_API BOOL WINAPI SetConsoleTitleA(LPCSTR lpConsoleTitle);
COVIEW_WIN32_API BOOL WINAPI SetConsoleTitleW(LPCWSTR lpConsoleTitle);
COVIEW_WIN32_API DWORD WINAPI GetConsoleTitleA(LPSTR lpConsoleTitle, DWORD nSize);
COVIEW_WIN32_API DWORD WINAPI GetConsoleTitleW(LPWSTR lpConsoleTitle, DWORD nSize);
COVIEW_WIN32_END

#ifdef UNICODE
#define WriteConsole WriteConsoleW
#define ReadConsole ReadConsoleW
#define FillConsoleOutputCharacter FillConsoleOutputCharacterW
#define SetConsoleTitle SetConsoleTitleW
#define GetConsoleTitle GetConsoleTitleW
#else
#define WriteConsole WriteConsoleA
#define ReadConsole ReadConsoleA
#define FillConsoleOutputCharacter FillConsoleOutputCharacterA
#define SetConsoleTitle SetConsoleTitleA
#define GetConsoleTitle GetConsoleTitleA
#endif

#endif
