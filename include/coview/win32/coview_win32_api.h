/* SPDX-License-Identifier: Apache-2.0 */
/* How every Win32 header here begins: linkage, visibility, the words that Microsoft's compiler knows and others do
 * not. */
#ifndef COVIEW_WIN32_API_H
#define COVIEW_WIN32_API_H
#pragma GCC system_header

#include "coview_win32_words.h"

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
#if defined(__x86_64__) || defined(__i386__)
#define __debugbreak() __asm__ __volatile__("int3")
#else
#define __debugbreak() __builtin_trap()
#endif
#endif
#define __w64
/* Unions and structures without a name need none here, nor in any compiler since long. */
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYUNIONNAME4
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME2
#define DUMMYSTRUCTNAME3
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
#define _In_reads_or_z_(n)
#define _In_reads_or_z_opt_(n)
#define _In_bytecount_c_(n)
#define _In_count_c_(n)
#define _In_opt_count_(n)
#define _In_opt_bytecount_(n)
#define _Inout_updates_bytes_opt_(n)
#define _Inout_updates_to_(n, m)
#define _Inout_updates_bytes_to_(n, m)
#define _Inout_updates_to_opt_(n, m)
#define _Inout_updates_opt_z_(n)
#define _Inout_bytecount_(n)
#define _Inout_updates_all_opt_(n)
#define _Inout_updates_bytes_to_opt_(n, m)
#define _Out_writes_all_opt_(n)
#define _Out_writes_bytes_all_opt_(n)
#define _Out_writes_to_ptr_(p)
#define _Out_writes_to_ptr_z_(p)
#define _Out_cap_(n)
#define _Out_bytecap_(n)
#define _Out_z_cap_(n)
#define _Out_opt_cap_(n)
#define _Out_z_bytecap_(n)
#define _Outptr_result_z_
#define _Outptr_opt_result_maybenull_
#define _Outptr_opt_result_z_
#define _Outptr_result_nullonfailure_
#define _Outptr_result_buffer_(n)
#define _Outptr_result_maybenull_z_
#define _Outptr_opt_result_bytebuffer_(n)
#define _Outref_
#define _Result_nullonfailure_
#define _Result_zeroonfailure_
#define _Deref_out_
#define _Deref_out_opt_
#define _Deref_out_z_
#define _Deref_pre_z_
#define _Deref_post_z_
#define _Deref_out_range_(a, b)
#define _Ret_opt_
#define _Ret_opt_z_
#define _Ret_valid_
#define _Ret_writes_z_(n)
#define _Ret_writes_maybenull_(n)
#define _Ret_writes_bytes_maybenull_(n)
#define _Ret_writes_to_(n, m)
#define _Pre_
#define _Post_
#define _Pre_notnull_
#define _Pre_maybenull_
#define _Pre_null_
#define _Pre_valid_
#define _Pre_invalid_
#define _Pre_z_
#define _Pre_opt_valid_
#define _Pre_readable_size_(n)
#define _Pre_writable_size_(n)
#define _Pre_readable_byte_size_(n)
#define _Pre_writable_byte_size_(n)
#define _Pre_satisfies_(x)
#define _Post_valid_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Post_z_
#define _Post_notnull_
#define _Post_maybenull_
#define _Post_null_
#define _Post_satisfies_(x)
#define _Post_writable_size_(n)
#define _Post_readable_size_(n)
#define _Post_readable_byte_size_(n)
#define _Post_maybez_
#define _Always_(x)
#define _On_failure_(x)
#define _Return_type_success_(x)
#define _Const_
#define _Readable_bytes_(n)
#define _Writable_bytes_(n)
#define _Readable_elements_(n)
#define _Writable_elements_(n)
#define _Points_to_data_
#define _Literal_
#define _Notliteral_
#define _Notvalid_
#define _Valid_
#define _Unchanged_(x)
#define _Prepost_z_
#define _Prepost_valid_
#define _Printf_format_string_params_(n)
#define _Scanf_format_string_
#define _Scanf_s_format_string_
#define _Format_string_impl_(a, b)
#define _Acquires_exclusive_lock_(x)
#define _Acquires_shared_lock_(x)
#define _Releases_exclusive_lock_(x)
#define _Releases_shared_lock_(x)
#define _Requires_exclusive_lock_held_(x)
#define _Requires_shared_lock_held_(x)
#define _Requires_lock_not_held_(x)
#define _Acquires_nonreentrant_lock_(x)
#define _Releases_nonreentrant_lock_(x)
#define _Create_lock_level_(x)
#define _Has_lock_level_(x)
#define _Lock_level_order_(a, b)
#define _Post_same_lock_(a, b)
#define _Write_guarded_by_(x)
#define _Interlocked_
#define _No_competing_thread_
#define _Has_lock_kind_(x)
#define _Analysis_noreturn_
#define _Analysis_assume_nullterminated_(x) ((void)0)
#define _Analysis_assume_lock_held_(x) ((void)0)
#define _Analysis_assume_lock_acquired_(x) ((void)0)
#define _Analysis_assume_lock_released_(x) ((void)0)
#define _Enum_is_bitflag_
#define _Strict_type_match_
#define _Static_assert_annotation_
#define _Field_range_(a, b)
#define _Field_z_
#define _Field_size_part_(n, m)
#define _Field_size_bytes_part_(n, m)
#define _Field_size_bytes_opt_(n)
#define _Field_size_bytes_full_(n)
#define _Field_size_full_opt_(n)
#define _Field_size_bytes_full_opt_(n)
#define _Field_size_part_opt_(n, m)
#define _Field_size_bytes_part_opt_(n, m)
#define _Struct_size_bytes_(n)
#define _Callback_
#define _IRQL_requires_(x)
#define _IRQL_requires_max_(x)
#define _IRQL_requires_same_
#define _Old_(x)
#define _Param_(n)
#define _Curr_
#define _Group_(x)
#define _Inexpressible_(x)
#define _Flag_enum_
#endif

#endif
