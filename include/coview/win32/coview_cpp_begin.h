/* SPDX-License-Identifier: Apache-2.0 */
/* In front of a header of the C++ library. GNU's has a macro __try of its own, of the same name as the word for
   structured exceptions (excpt.h): while it is read, the word is its. No guard: it is read each time. */
#pragma GCC system_header
#pragma push_macro("__try")
#undef __try
#ifdef __cplusplus
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define __try try
#else
#define __try if (true)
#endif
#endif
