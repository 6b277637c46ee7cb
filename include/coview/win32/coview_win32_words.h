/* SPDX-License-Identifier: Apache-2.0 */
/* Words that Microsoft's compiler knows before it has read any header. Sources may use them as early: whoever links
   this library by CMake or pkg-config has this file read first (-include); nothing but these words is in it. */
#ifndef COVIEW_WIN32_WORDS_H
#define COVIEW_WIN32_WORDS_H
#pragma GCC system_header

/* Calling conventions mean nothing here: there is one. */
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __cdecl
#define __cdecl
#endif
#ifndef _cdecl
#define _cdecl
#endif
#ifndef _stdcall
#define _stdcall
#endif
#ifndef _fastcall
#define _fastcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef __thiscall
#define __thiscall
#endif
#ifndef __vectorcall
#define __vectorcall
#endif
#ifndef __clrcall
#define __clrcall
#endif
#ifndef __pascal
#define __pascal
#endif

/* __declspec(word) and __declspec(word(argument)). */
#ifndef __declspec
#define COVIEW_DECLSPEC_dllexport __attribute__((visibility("default")))
#define COVIEW_DECLSPEC_dllimport
#define COVIEW_DECLSPEC_align(x) __attribute__((aligned(x)))
#define COVIEW_DECLSPEC_thread __thread
#define COVIEW_DECLSPEC_noreturn __attribute__((noreturn))
#define COVIEW_DECLSPEC_noinline __attribute__((noinline))
#define COVIEW_DECLSPEC_nothrow
#define COVIEW_DECLSPEC_novtable
#define COVIEW_DECLSPEC_naked
#define COVIEW_DECLSPEC_noalias
#define COVIEW_DECLSPEC_restrict
#define COVIEW_DECLSPEC_selectany __attribute__((weak))
#define COVIEW_DECLSPEC_deprecated(...) __attribute__((deprecated))
#define COVIEW_DECLSPEC_uuid(x)
#define COVIEW_DECLSPEC_allocate(x)
#define COVIEW_DECLSPEC_property(...)
#define __declspec(x) COVIEW_DECLSPEC_##x
#endif
#ifndef _declspec
#define _declspec(x) __declspec(x)
#endif

/* Types that only Microsoft's compiler spells so. */
#ifndef __int64
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif
#ifndef _int64
#define _int64 long long
#define _int32 int
#define _int16 short
#define _int8 char
#endif
#define __ptr32
#define __ptr64
#define __unaligned
#define UNALIGNED
#define UNALIGNED64
#ifndef __forceinline
#ifdef __cplusplus
#define __forceinline inline __attribute__((always_inline))
#else
#define __forceinline static inline __attribute__((always_inline))
#endif
#endif

#endif
