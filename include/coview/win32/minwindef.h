/* SPDX-License-Identifier: Apache-2.0 */
/* The small words of Win32: DWORD, BOOL, HANDLE and their pointers. DWORD and LONG have 32 bits although the
   compiler's long has 64 (I-03): structures in shared memory look the same on both systems. */
#ifndef COVIEW_WIN32_MINWINDEF_H
#define COVIEW_WIN32_MINWINDEF_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stddef.h>
#include <stdint.h>

#if !defined(STRICT) && !defined(NO_STRICT)
#define STRICT 1
#endif

#define MAX_PATH 260
#ifndef TRUE
#define FALSE 0
#define TRUE 1
#endif
#ifndef NULL
#define NULL 0
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef FAR
#define FAR
#define NEAR
#define far
#define near
#endif

typedef uint32_t DWORD;
typedef int BOOL;
typedef unsigned char BYTE;
typedef unsigned short WORD;
typedef float FLOAT;
typedef FLOAT* PFLOAT;
typedef BOOL* PBOOL;
typedef BOOL* LPBOOL;
typedef BYTE* PBYTE;
typedef BYTE* LPBYTE;
typedef int* PINT;
typedef int* LPINT;
typedef WORD* PWORD;
typedef WORD* LPWORD;
typedef int32_t* LPLONG;
typedef DWORD* PDWORD;
typedef DWORD* LPDWORD;
typedef void* LPVOID;
typedef void const* LPCVOID;
typedef int INT;
typedef unsigned int UINT;
typedef unsigned int* PUINT;
typedef uint32_t ULONG;
typedef ULONG* PULONG;
typedef unsigned short USHORT;
typedef USHORT* PUSHORT;
typedef unsigned char UCHAR;
typedef UCHAR* PUCHAR;
typedef char* PSZ;

#include "winnt.h"

typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM;
typedef LONG_PTR LRESULT;
typedef HANDLE* SPHANDLE;
typedef HANDLE* LPHANDLE;
typedef HANDLE HGLOBAL;
typedef HANDLE HLOCAL;
typedef HANDLE GLOBALHANDLE;
typedef HANDLE LOCALHANDLE;
typedef int HFILE;
typedef WORD ATOM;

#ifdef __cplusplus
typedef int (*FARPROC)(...);
typedef int (*NEARPROC)(...);
typedef int (*PROC)(...);
#else
typedef int (*FARPROC)();
typedef int (*NEARPROC)();
typedef int (*PROC)();
#endif

DECLARE_HANDLE(HINSTANCE);
typedef HINSTANCE HMODULE;
DECLARE_HANDLE(HKEY);
typedef HKEY* PHKEY;
DECLARE_HANDLE(HKL);
DECLARE_HANDLE(HRGN);
DECLARE_HANDLE(HRSRC);
DECLARE_HANDLE(HSPRITE);
DECLARE_HANDLE(HLSURF);
DECLARE_HANDLE(HSTR);
DECLARE_HANDLE(HTASK);
DECLARE_HANDLE(HWINSTA);

typedef struct _FILETIME {
  DWORD dwLowDateTime;
  DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#define MAKEWORD(a, b) ((WORD)(((BYTE)(((DWORD_PTR)(a)) & 0xff)) | ((WORD)((BYTE)(((DWORD_PTR)(b)) & 0xff))) << 8))
#define MAKELONG(a, b) \
  ((LONG)(((WORD)(((DWORD_PTR)(a)) & 0xffff)) | ((DWORD)((WORD)(((DWORD_PTR)(b)) & 0xffff))) << 16))
#define LOWORD(l) ((WORD)(((DWORD_PTR)(l)) & 0xffff))
#define HIWORD(l) ((WORD)((((DWORD_PTR)(l)) >> 16) & 0xffff))
#define LOBYTE(w) ((BYTE)(((DWORD_PTR)(w)) & 0xff))
#define HIBYTE(w) ((BYTE)((((DWORD_PTR)(w)) >> 8) & 0xff))

/* In C++ a function template, which steps back where std::min fits as well; the macros would break the C++ library.
 */
#ifndef NOMINMAX
#if defined(__cplusplus) && __cplusplus >= 201103L
extern "C++" {
template <class A, class B>
constexpr auto(min)(A const& a, B const& b) -> decltype(b < a ? b : a) {
  return b < a ? b : a;
}
template <class A, class B>
constexpr auto(max)(A const& a, B const& b) -> decltype(a < b ? b : a) {
  return a < b ? b : a;
}
}
#elif !defined(__cplusplus)
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#endif
#endif

#endif
