/* SPDX-License-Identifier: Apache-2.0 */
/* How every Win32 header here begins: linkage, visibility, the words that Microsoft's compiler knows and others do
 * not. */
#ifndef COVIEW_WIN32_API_H
#define COVIEW_WIN32_API_H
#pragma GCC system_header

#ifdef __cplusplus
#define COVIEW_WIN32_C extern "C"
#define COVIEW_WIN32_BEGIN extern "C" {
#define COVIEW_WIN32_END }
#else
#define COVIEW_WIN32_C extern
#define COVIEW_WIN32_BEGIN
#define COVIEW_WIN32_END
#endif

/* In front of every function: the one way in which the library exports anything. */
#define COVIEW_WIN32_API __attribute__((visibility("default")))

/* C linkage, as headers of Windows programs write it. */
#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif
#endif

/* Which Windows the sources may believe in. */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef WINVER
#define WINVER _WIN32_WINNT
#endif
#ifndef NTDDI_VERSION
#define NTDDI_VERSION 0x0A00000C
#endif

#if defined(UNICODE) && !defined(_UNICODE)
#define _UNICODE
#endif
#if defined(_UNICODE) && !defined(UNICODE)
#define UNICODE
#endif

/* Calling conventions mean nothing here: there is one. */
#define WINAPI
#define WINAPIV
#define APIENTRY
#define APIPRIVATE
#define CALLBACK
#define PASCAL
#define CDECL
#define STDAPICALLTYPE
#define STDMETHODCALLTYPE
#define NTAPI
#define NTSYSAPI
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
#define WINBASEAPI COVIEW_WIN32_API
#define WINADVAPI COVIEW_WIN32_API
#define WINUSERAPI COVIEW_WIN32_API
#define NTSYSCALLAPI COVIEW_WIN32_API
#define DECLSPEC_IMPORT
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_ALIGN(x) __attribute__((aligned(x)))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_NOTHROW
#define DECLSPEC_DEPRECATED __attribute__((deprecated))

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

/* Types that only Microsoft's compiler spells so. */
#ifndef __int64
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif
#ifndef _int64
#define _int64 long long
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
#define FORCEINLINE __forceinline
#ifndef _inline
#define _inline inline
#endif
#ifndef __assume
#define __assume(x) ((void)0)
#endif
#ifndef __noop
#define __noop(...) ((void)0)
#endif
#ifndef __FUNCSIG__
#define __FUNCSIG__ __PRETTY_FUNCTION__
#endif
#ifndef __debugbreak
#define __debugbreak() __builtin_trap()
#endif
#define __w64
#define UNREFERENCED_PARAMETER(P) ((void)(P))
#define DBG_UNREFERENCED_PARAMETER(P) ((void)(P))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(V) ((void)(V))

/* Annotations of parameters: for readers. (The older ones, __in and __out, are names in the C++ library.) */
#ifndef _In_
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _In_reads_z_(n)
#define _In_range_(a, b)
#define _In_count_(n)
#define _In_bytecount_(n)
#define _In_NLS_string_(n)
#define _In_reads_to_ptr_(p)
#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _Inout_updates_(n)
#define _Inout_updates_opt_(n)
#define _Inout_updates_bytes_(n)
#define _Inout_updates_all_(n)
#define _Inout_updates_bytes_all_(n)
#define _Inout_updates_z_(n)
#define _Out_
#define _Out_opt_
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_range_(a, b)
#define _Out_writes_all_(n)
#define _Out_writes_bytes_to_opt_(n, m)
#define _Out_writes_opt_z_(n)
#define _Out_writes_z_(n)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_to_(n, m)
#define _Out_writes_bytes_all_(n)
#define _Out_writes_to_(n, m)
#define _Out_writes_to_opt_(n, m)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_bytebuffer_(n)
#define _COM_Outptr_
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Ret_null_
#define _Ret_range_(a, b)
#define _Ret_writes_(n)
#define _Ret_writes_bytes_(n)
#define _Ret_z_
#define _Check_return_
#define _Must_inspect_result_
#define _Success_(x)
#define _Use_decl_annotations_
#define _Reserved_
#define _Null_terminated_
#define _NullNull_terminated_
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Post_equals_last_error_
#define _Post_writable_byte_size_(n)
#define _Printf_format_string_
#define _Interlocked_operand_
#define _Acquires_lock_(x)
#define _Releases_lock_(x)
#define _Requires_lock_held_(x)
#define _Guarded_by_(x)
#define _Field_size_(n)
#define _Field_size_opt_(n)
#define _Field_size_bytes_(n)
#define _Field_size_full_(n)
#define _Maybenull_
#define _Notnull_
#define _When_(a, b)
#define _At_(a, b)
#define _Analysis_assume_(x) ((void)0)
#define __analysis_assume(x) ((void)0)
#define _Function_class_(x)
#endif

#endif
