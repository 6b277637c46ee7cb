// SPDX-License-Identifier: Apache-2.0
#include "win32/fuzz/verdicts.hpp"

#include <algorithm>
#include <span>

namespace coview_fuzz {
namespace {

/// Exactly, or with a * at the end: whatever begins so. With or without A and W.
bool is_in(std::span<std::string_view const> list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [name](std::string_view one) {
    if (one.ends_with('*')) return name.starts_with(one.substr(0, one.size() - 1));
    return name == one ||
           (name.size() == one.size() + 1 && name.starts_with(one) && (name.back() == 'A' || name.back() == 'W'));
  });
}

constexpr std::string_view ends[] = {"ExitProcess",
                                     "ExitThread",
                                     "FreeLibraryAndExitThread",
                                     "TerminateProcess",
                                     "TerminateThread",
                                     "RaiseException",
                                     "AssignProcessToJobObject",
                                     "TerminateJobObject",
                                     "DebugBreak",
                                     "UnhandledExceptionFilter",
                                     "GenerateConsoleCtrlEvent",
                                     "_endthread",
                                     "_endthreadex",
                                     "SuspendThread"};

constexpr std::string_view blocks[] = {"Wait*",
                                       "Sleep*",
                                       "SignalObjectAndWait",
                                       "Acquire*",
                                       "EnterCriticalSection",
                                       "EnterSynchronizationBarrier",
                                       "InitOnceBeginInitialize",
                                       "InitOnceExecuteOnce",
                                       "SuspendThread",
                                       "CloseThreadpool*",
                                       "Unregister*",
                                       "DeleteTimerQueue*",
                                       "DeleteSynchronizationBarrier",
                                       "ReadFile*",
                                       "WriteFile*",
                                       "FlushFileBuffers",
                                       "LockFile*",
                                       "HeapLock",
                                       "GetOverlappedResult*",
                                       "_cwait",
                                       "_spawn*",
                                       "_pclose",
                                       "_getch*",
                                       "_getwch*",
                                       "_read",
                                       "_write",
                                       "_lread",
                                       "_lwrite",
                                       "_hread",
                                       "_hwrite",
                                       "ReadConsole*",
                                       "MessageBox*",
                                       "fscanf_s",
                                       "fwscanf_s",
                                       "Beep",
                                       "ExitThread",
                                       "_endthread*",
                                       "FreeLibraryAndExitThread",
                                       "InterlockedPopEntrySList",
                                       "InterlockedPushEntrySList",
                                       "InterlockedFlushSList",
                                       "InterlockedPushListSListEx",
                                       "QueryDepthSList",
                                       "_popen",
                                       "_wsystem",
                                       "WakeConditionVariable",
                                       "WakeAllConditionVariable",
                                       "ReleaseSRWLock*"};

constexpr std::string_view objects[] = {
    // Memory of a heap, and what is built of it.
    "HeapFree", "HeapReAlloc", "HeapSize", "HeapValidate", "HeapDestroy", "LocalFree", "LocalReAlloc", "LocalSize",
    "LocalFlags", "LocalLock", "LocalUnlock", "LocalHandle", "GlobalFree", "GlobalReAlloc", "GlobalSize",
    "GlobalFlags", "GlobalLock", "GlobalUnlock", "GlobalHandle", "_aligned_free", "_aligned_realloc", "_msize",
    "FreeEnvironmentStrings", "FreeSid",
    // Locks and lists in the caller's memory.
    "Interlocked*", "QueryDepthSList",
    // Items of a pool.
    "CallbackMayRunLong", "CloseThreadpool*", "SetThreadpool*", "SubmitThreadpoolWork", "TrySubmitThreadpoolCallback",
    "IsThreadpoolTimerSet", "WaitForThreadpool*", "LeaveCriticalSectionWhenCallbackReturns",
    "ReleaseMutexWhenCallbackReturns", "ReleaseSemaphoreWhenCallbackReturns", "SetEventWhenCallbackReturns",
    "CreateThreadpool*", "DeleteProcThreadAttributeList", "UpdateProcThreadAttribute",
    // Streams.
    "_fcloseall", "_fileno", "_fseeki64", "_ftelli64", "_pclose", "clearerr_s", "fprintf_s", "freopen_s", "_wfreopen",
    "fscanf_s", "fwprintf_s", "fwscanf_s", "vfprintf_s", "vfwprintf_s",
    // A routine in the place of which there is nothing, or a list of arguments that is none.
    "memcpy_s", "memmove_s", "wmemcpy_s", "wmemmove_s", "bsearch_s", "qsort_s", "_lfind", "_lsearch",
    "InitOnceExecuteOnce"};

constexpr std::string_view probed[] = {"SetWaitableTimer*",
                                       "WaitForMultipleObjects*",
                                       "ReleaseSemaphore",
                                       "GetHandleInformation",
                                       "VirtualAlloc",
                                       "VirtualFree",
                                       "VirtualProtect",
                                       "VirtualQuery",
                                       "VirtualLock",
                                       "VirtualUnlock",
                                       "MapViewOfFile*",
                                       "UnmapViewOfFile*",
                                       "FlushViewOfFile",
                                       "IsBad*",
                                       "CloseHandle",
                                       "CompareObjectHandles",
                                       "FlushInstructionCache",
                                       "SetInformationJobObject",
                                       "QueryInformationJobObject",
                                       "DiscardVirtualMemory"};

constexpr std::string_view openers[] = {"_open",
                                        "_wopen",
                                        "_sopen*",
                                        "_wsopen*",
                                        "_creat",
                                        "_dup",
                                        "_dup2",
                                        "_pipe",
                                        "_popen",
                                        "_fdopen",
                                        "_wfdopen",
                                        "_fsopen",
                                        "_wfsopen",
                                        "fopen_s",
                                        "_wfopen*",
                                        "freopen_s",
                                        "_wfreopen",
                                        "tmpfile_s",
                                        "_open_osfhandle",
                                        "_findfirst",
                                        "_wfindfirst",
                                        "CreateThread*",
                                        "_beginthread*",
                                        "CreateTimerQueue*",
                                        "QueueUserWorkItem",
                                        "SetThreadpool*",
                                        "SubmitThreadpoolWork",
                                        "TrySubmitThreadpoolCallback",
                                        "RegisterWaitForSingleObject",
                                        "LoadLibrary*",
                                        "_spawn*",
                                        "CreateProcess*"};

}  // namespace

bool may_end(std::string_view function) {
  return is_in(ends, function);
}
bool may_block(std::string_view function) {
  return is_in(blocks, function) || may_crash(function);  // a lock in what is no object may look taken
}
bool may_crash(std::string_view function) {
  return is_in(objects, function) || function.find("CriticalSection") != std::string_view::npos;
}
bool must_not_fault(std::string_view function) {
  return is_in(probed, function);
}
bool opens_descriptors(std::string_view function) {
  return is_in(openers, function);
}

}  // namespace coview_fuzz
