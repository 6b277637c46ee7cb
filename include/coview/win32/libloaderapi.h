/* SPDX-License-Identifier: Apache-2.0 */
/* Modules and the functions in them. A module is the program, a shared library, or one of the system's names
 * (kernel32.dll ...), which stand for this library. */
#ifndef COVIEW_WIN32_LIBLOADERAPI_H
#define COVIEW_WIN32_LIBLOADERAPI_H
#include "minwindef.h"
#pragma GCC system_header

#define GET_MODULE_HANDLE_EX_FLAG_PIN 0x00000001
#define GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT 0x00000002
#define GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS 0x00000004
#define DONT_RESOLVE_DLL_REFERENCES 0x00000001
#define LOAD_LIBRARY_AS_DATAFILE 0x00000002
#define LOAD_WITH_ALTERED_SEARCH_PATH 0x00000008
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800
#define LOAD_LIBRARY_SEARCH_DEFAULT_DIRS 0x00001000

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API DWORD WINAPI GetModuleFileNameA(HMODULE hModule, LPSTR lpFilename, DWORD nSize);
COVIEW_WIN32_API DWORD WINAPI GetModuleFileNameW(HMODULE hModule, LPWSTR lpFilename, DWORD nSize);
COVIEW_WIN32_API HMODULE WINAPI GetModuleHandleA(LPCSTR lpModuleName);
COVIEW_WIN32_API HMODULE WINAPI GetModuleHandleW(LPCWSTR lpModuleName);
COVIEW_WIN32_API BOOL WINAPI GetModuleHandleExA(DWORD dwFlags, LPCSTR lpModuleName, HMODULE* phModule);
COVIEW_WIN32_API BOOL WINAPI GetModuleHandleExW(DWORD dwFlags, LPCWSTR lpModuleName, HMODULE* phModule);
COVIEW_WIN32_API HMODULE WINAPI LoadLibraryA(LPCSTR lpLibFileName);
COVIEW_WIN32_API HMODULE WINAPI LoadLibraryW(LPCWSTR lpLibFileName);
COVIEW_WIN32_API HMODULE WINAPI LoadLibraryExA(LPCSTR lpLibFileName, HANDLE hFile, DWORD dwFlags);
COVIEW_WIN32_API HMODULE WINAPI LoadLibraryExW(LPCWSTR lpLibFileName, HANDLE hFile, DWORD dwFlags);
COVIEW_WIN32_API FARPROC WINAPI GetProcAddress(HMODULE hModule, LPCSTR lpProcName);
COVIEW_WIN32_API BOOL WINAPI FreeLibrary(HMODULE hLibModule);
COVIEW_WIN32_API DECLSPEC_NORETURN VOID WINAPI FreeLibraryAndExitThread(HMODULE hLibModule, DWORD dwExitCode);
COVIEW_WIN32_API BOOL WINAPI DisableThreadLibraryCalls(HMODULE hLibModule);
/* Where libraries are looked for after the program's folder; NULL for nowhere. */
COVIEW_WIN32_API BOOL WINAPI SetDllDirectoryA(LPCSTR lpPathName);
COVIEW_WIN32_API BOOL WINAPI SetDllDirectoryW(LPCWSTR lpPathName);
COVIEW_WIN32_API DWORD WINAPI GetDllDirectoryA(DWORD nBufferLength, LPSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI GetDllDirectoryW(DWORD nBufferLength, LPWSTR lpBuffer);
COVIEW_WIN32_END

#ifdef UNICODE
#define GetModuleFileName GetModuleFileNameW
#define GetModuleHandle GetModuleHandleW
#define GetModuleHandleEx GetModuleHandleExW
#define LoadLibrary LoadLibraryW
#define LoadLibraryEx LoadLibraryExW
#define SetDllDirectory SetDllDirectoryW
#define GetDllDirectory GetDllDirectoryW
#else
#define GetModuleFileName GetModuleFileNameA
#define GetModuleHandle GetModuleHandleA
#define GetModuleHandleEx GetModuleHandleExA
#define LoadLibrary LoadLibraryA
#define LoadLibraryEx LoadLibraryExA
#define SetDllDirectory SetDllDirectoryA
#define GetDllDirectory GetDllDirectoryA
#endif

#endif
