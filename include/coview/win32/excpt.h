/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured exceptions: __try, __except, __finally and __leave, in C and in C++. What differs from Microsoft's
 * compiler is in docs/porting.md.
 *
 * A block is a frame in a list of its thread. A fault looks for the innermost frame that wants it: the filter is
 * computed in its own function, beneath the stack of the fault, which stays as it is, so that the fault can go on.
 *
 * `return`, `break`, `continue`, `goto` and C++ exceptions may leave a block; its __finally runs. __leave, filters
 * and handlers see what the block has assigned to local variables before its last call of a function; what it
 * assigned between that and the fault they see for certain only where the variable is `volatile`, or nothing is
 * optimized. Where clang optimizes, this is so for all that the block assigns; it warns, until
 * COVIEW_WIN32_SEH_VOLATILE is defined. Destructors of C++ objects within the block run where it is left in those
 * ways, and not where a fault or __leave does.
 */
#ifndef COVIEW_WIN32_EXCPT_H
#define COVIEW_WIN32_EXCPT_H
#include "winnt.h"
#pragma GCC system_header

#include <setjmp.h>
#include <stddef.h>

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

typedef enum _EXCEPTION_DISPOSITION {
  ExceptionContinueExecution,
  ExceptionContinueSearch,
  ExceptionNestedException,
  ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

/* One block that is being run. The library's alone: programs see it because the words above are macros. */
struct coview_seh_frame {
  struct coview_seh_frame* outer;
  struct coview_seh_frame* target; /* the frame whose handler an unwinding leads to */
  void* function;                  /* where the function's own frame is on the stack */
  void* exit;                      /* where to go back to when a block was left by `return` */
  void* search;                    /* of an exception whose filter has called the function, if any */
  size_t room;                     /* stack in use beneath the function: left alone by what runs in it now */
  int phase;
  int abnormal;
  int jump; /* 0: the compiler's own jump, 1: siglongjmp */
  DWORD code;
  union {
    void* words[5];
    jmp_buf full;
  } point;
};

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API struct coview_seh_frame* coview_seh_enter(struct coview_seh_frame* frame, void* function, int jump);
COVIEW_WIN32_API void coview_seh_exit(struct coview_seh_frame* frame);
COVIEW_WIN32_API int coview_seh_here(void* room);
COVIEW_WIN32_API int coview_seh_except(void);
COVIEW_WIN32_API int coview_seh_filters(void);
COVIEW_WIN32_API int coview_seh_decide(long long verdict);
COVIEW_WIN32_API void coview_seh_finally(void);
COVIEW_WIN32_API int coview_seh_finally_runs(void);
COVIEW_WIN32_API void coview_seh_finally_done(void);
COVIEW_WIN32_API void coview_seh_leave(void) __attribute__((noreturn));
COVIEW_WIN32_API DWORD coview_seh_code(void);
COVIEW_WIN32_API struct _EXCEPTION_POINTERS* coview_seh_facts(void);
COVIEW_WIN32_API int coview_seh_abnormal(void);
COVIEW_WIN32_END

#define GetExceptionCode coview_seh_code
#define GetExceptionInformation coview_seh_facts
#define AbnormalTermination coview_seh_abnormal
#define exception_code coview_seh_code
#define exception_info coview_seh_facts
#define abnormal_termination coview_seh_abnormal
#define _exception_code coview_seh_code
#define _exception_info coview_seh_facts
#define _abnormal_termination coview_seh_abnormal

/* In C++ only where this folder is on the include path: see coview_cpp_begin.h. */
#if !defined(COVIEW_WIN32_NO_SEH) && (!defined(__cplusplus) || __has_include(<coview_cpp_begin.h>))

#if defined(__clang__)
#define COVIEW_SEH_JUMP 1
#define COVIEW_SEH_SET(frame) __sigsetjmp((frame)->point.full, 0)
#else
/* The compiler's own jump: it knows that every call may lead to it, and keeps what is needed there in memory. */
#define COVIEW_SEH_JUMP 0
#define COVIEW_SEH_SET(frame) __builtin_setjmp((frame)->point.words)
/* A __finally may run in the middle of a `return`, whose value has to outlive it. */
#pragma GCC optimize("no-ira-share-spill-slots")
#endif

#define COVIEW_SEH_JOIN_(a, b) a##b
#define COVIEW_SEH_JOIN(a, b) COVIEW_SEH_JOIN_(a, b)
#define COVIEW_SEH_TRY(name)                                                                    \
  struct coview_seh_frame name __attribute__((cleanup(coview_seh_exit), unused));               \
  if (COVIEW_SEH_SET(coview_seh_enter(&name, __builtin_frame_address(0), COVIEW_SEH_JUMP)) == 0 \
          ? 1                                                                                   \
          : coview_seh_here(__builtin_alloca(name.room)))

#undef __try
#undef __except
#undef __finally
#undef __leave
#if defined(__clang__) && defined(__OPTIMIZE__) && !defined(COVIEW_WIN32_SEH_VOLATILE)
#define __try                                                                                                      \
  _Pragma(                                                                                                         \
      "GCC warning \"clang: variables that this block changes and its handler reads must be volatile (excpt.h)\"") \
      COVIEW_SEH_TRY(COVIEW_SEH_JOIN(coview_seh_block_, __COUNTER__))
#else
#define __try COVIEW_SEH_TRY(COVIEW_SEH_JOIN(coview_seh_block_, __COUNTER__))
#endif
#define COVIEW_SEH_EXCEPT(...) if (coview_seh_except() && (!coview_seh_filters() || coview_seh_decide((__VA_ARGS__))))
#define __except COVIEW_SEH_EXCEPT
#define __finally for (coview_seh_finally(); coview_seh_finally_runs(); coview_seh_finally_done())
#define __leave coview_seh_leave()
#define _try __try
#define _except __except
#define _finally __finally
#define _leave __leave

#endif

#endif
