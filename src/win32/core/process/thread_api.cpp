// SPDX-License-Identifier: Apache-2.0
// CreateThread and what is done to threads, also in the words of the C run-time library.
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <cwchar>

#include <coview/win32/process.h>
#include <coview/win32/winbase.h>

#include "win32/core/files/file_time.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/process/process.hpp"
#include "win32/core/process/thread.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;

namespace {

constexpr DWORD thread_failed = 0xFFFFFFFFU;

constexpr ACCESS_MASK query_thread = THREAD_QUERY_INFORMATION | THREAD_QUERY_LIMITED_INFORMATION;
constexpr ACCESS_MASK change = THREAD_SET_INFORMATION | THREAD_SET_LIMITED_INFORMATION;

bool is_priority(int priority) noexcept {
  return priority == THREAD_PRIORITY_IDLE || priority == THREAD_PRIORITY_TIME_CRITICAL ||
         (priority >= THREAD_PRIORITY_LOWEST && priority <= THREAD_PRIORITY_HIGHEST);
}

HANDLE create_thread(SECURITY_ATTRIBUTES const* attributes, SIZE_T stack_size, LPTHREAD_START_ROUTINE start,
                     void* parameter, DWORD flags, DWORD* thread_id) {
  return guarded(
      [&]() -> HANDLE {
        if ((flags & ~(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION)) != 0 || start == nullptr)
          throw_code(ERROR_INVALID_PARAMETER);
        if (thread_id != nullptr && leads_nowhere(thread_id)) throw_code(ERROR_NOACCESS);
        auto const made = make_object<thread_object>();
        HANDLE const handle = make_handle(made, THREAD_ALL_ACCESS, inherits(attributes));
        if (handle == nullptr) return nullptr;
        // What is committed of a stack at first means nothing here: it grows by itself.
        bool const reserves = (flags & STACK_SIZE_PARAM_IS_A_RESERVATION) != 0;
        constexpr SIZE_T usual = SIZE_T{8} << 20U;
        int const error = made->start(start, parameter, reserves || stack_size > usual ? stack_size : 0,
                                      (flags & CREATE_SUSPENDED) != 0);
        if (error != 0) {
          handle_table::close(handle);
          throw_code(error == EAGAIN ? ERROR_NOT_ENOUGH_MEMORY : error_from_errno(error));
        }
        if (thread_id != nullptr) *thread_id = made->id();
        return handle;
      },
      nullptr);
}

/// _beginthread's function gives nothing back.
struct plain_start {
  _beginthread_proc_type start;
  void* argument;
};
DWORD run_plain(void* parameter) {
  auto* const given = static_cast<plain_start*>(parameter);
  plain_start const what = *given;
  delete given;
  what.start(what.argument);
  return 0;
}

}  // namespace

HANDLE CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_size, LPTHREAD_START_ROUTINE start,
                    LPVOID parameter, DWORD flags, LPDWORD thread_id) {
  return create_thread(attributes, stack_size, start, parameter, flags, thread_id);
}

VOID ExitThread(DWORD exit_code) {
  thread_object::current().exit(exit_code);
}

BOOL TerminateThread(HANDLE thread, DWORD exit_code) {
  auto const object = pin_with_any<thread_object>(thread, THREAD_TERMINATE);
  return object ? object->terminate(exit_code) : FALSE;
}

BOOL GetExitCodeThread(HANDLE thread, LPDWORD exit_code) {
  if (leads_nowhere(exit_code)) return refuse(ERROR_NOACCESS);
  ACCESS_MASK access = 0;
  auto const found = pin_any(thread, access);
  if (found && found->what() == object::kind::process)
    return GetExitCodeProcess(thread, exit_code);  // its one thread
  auto const object = pin_with_any<thread_object>(thread, query_thread);
  if (!object) return FALSE;
  *exit_code = object->exit_code();
  return TRUE;
}

HANDLE OpenThread(DWORD desired_access, BOOL inherit, DWORD thread_id) {
  return guarded(
      [&]() -> HANDLE {
        auto const found =
            thread_id == GetCurrentThreadId()
                ? object_ptr<thread_object>(static_cast<thread_object*>(current_thread_object().release()))
                : thread_object::find(thread_id);
        if (!found) throw_code(ERROR_INVALID_PARAMETER);
        return make_handle(found, specific_rights(object::kind::thread, desired_access), inherit != FALSE);
      },
      nullptr);
}

DWORD SuspendThread(HANDLE thread) {
  auto const object = pin_with_any<thread_object>(thread, THREAD_SUSPEND_RESUME);
  return object ? object->suspend() : thread_failed;
}

DWORD ResumeThread(HANDLE thread) {
  ACCESS_MASK access = 0;
  auto const found = pin_any(thread, access);
  if (found && found->what() == object::kind::process) return resume_process(*found);  // its one thread
  auto const object = pin_with_any<thread_object>(thread, THREAD_SUSPEND_RESUME);
  return object ? object->resume() : thread_failed;
}

HANDLE GetCurrentThread() {
  return current_thread_handle();
}

DWORD GetCurrentThreadId() {
  return coview::this_thread::get().id();
}

DWORD GetThreadId(HANDLE thread) {
  ACCESS_MASK access = 0;
  auto const found = pin_any(thread, access);
  if (found && found->what() == object::kind::process) return GetProcessId(thread);
  auto const object = pin_with_any<thread_object>(thread, query_thread);
  return object ? object->id() : 0;
}

DWORD GetProcessIdOfThread(HANDLE thread) {
  return pin_with_any<thread_object>(thread, query_thread) ? static_cast<DWORD>(::getpid()) : 0;
}

BOOL SetThreadPriority(HANDLE thread, int priority) {
  auto const object = pin_with_any<thread_object>(thread, change);
  if (!object) return FALSE;
  if (priority == THREAD_MODE_BACKGROUND_BEGIN || priority == THREAD_MODE_BACKGROUND_END) return TRUE;
  if (!is_priority(priority)) return refuse(ERROR_INVALID_PARAMETER);
  object->priority.store(priority, std::memory_order_relaxed);
  return TRUE;
}

int GetThreadPriority(HANDLE thread) {
  auto const object = pin_with_any<thread_object>(thread, query_thread);
  return object ? object->priority.load(std::memory_order_relaxed) : THREAD_PRIORITY_ERROR_RETURN;
}

BOOL SetThreadPriorityBoost(HANDLE thread, BOOL disable) {
  auto const object = pin_with_any<thread_object>(thread, change);
  if (!object) return FALSE;
  object->no_boost.store(disable != FALSE, std::memory_order_relaxed);
  return TRUE;
}

BOOL GetThreadPriorityBoost(HANDLE thread, PBOOL disabled) {
  auto const object = pin_with_any<thread_object>(thread, query_thread);
  if (!object) return FALSE;
  if (leads_nowhere(disabled)) return refuse(ERROR_NOACCESS);
  *disabled = object->no_boost.load(std::memory_order_relaxed) ? TRUE : FALSE;
  return TRUE;
}

DWORD_PTR SetThreadAffinityMask(HANDLE thread, DWORD_PTR mask) {
  auto const object = pin_with_any<thread_object>(thread, change);
  if (!object) return 0;
  auto const id = static_cast<pid_t>(object->id());
  cpu_set_t before;
  CPU_ZERO(&before);
  if (::sched_getaffinity(id, sizeof before, &before) != 0) return fail_with(error_from_errno(errno), DWORD_PTR{0});
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  DWORD_PTR previous = 0;
  for (unsigned cpu = 0; cpu < 8 * sizeof mask; ++cpu) {
    if (((mask >> cpu) & 1U) != 0) CPU_SET(cpu, &wanted);
    if (CPU_ISSET(cpu, &before)) previous |= DWORD_PTR{1} << cpu;
  }
  if (::sched_setaffinity(id, sizeof wanted, &wanted) != 0) return fail_with(error_from_errno(errno), DWORD_PTR{0});
  return previous;
}

DWORD SetThreadIdealProcessor(HANDLE thread, DWORD processor) {
  auto const object = pin_with_any<thread_object>(thread, change);
  if (!object) return thread_failed;
  constexpr DWORD only_ask = 64;  // MAXIMUM_PROCESSORS
  if (processor > only_ask) return fail_with(ERROR_INVALID_PARAMETER, thread_failed);
  return processor == only_ask ? object->ideal_processor.load() : object->ideal_processor.exchange(processor);
}

HRESULT SetThreadDescription(HANDLE thread, PCWSTR description) {
  constexpr HRESULT ok = 0;
  auto const object = pin_with_any<thread_object>(thread, change);
  if (!object) return static_cast<HRESULT>(0x80070000U | GetLastError());
  guarded(
      [&] {
        auto text = utf8_from(description);
        object->description_lock.lock();
        object->description.swap(text);
        object->description_lock.unlock();
        return true;
      },
      false);
  return ok;
}

HRESULT GetThreadDescription(HANDLE thread, PWSTR* description) {
  constexpr HRESULT ok = 0;
  if (leads_nowhere(description)) return static_cast<HRESULT>(0x80070000U | ERROR_INVALID_PARAMETER);
  *description = nullptr;
  auto const object = pin_with_any<thread_object>(thread, query_thread);
  if (!object) return static_cast<HRESULT>(0x80070000U | GetLastError());
  object->description_lock.lock();
  auto const text = guarded([&] { return to_wide(object->description); }, std::wstring());
  object->description_lock.unlock();
  auto const bytes = (text.size() + 1) * sizeof(wchar_t);
  *description = static_cast<PWSTR>(LocalAlloc(LMEM_FIXED, bytes));
  if (*description == nullptr) return static_cast<HRESULT>(0x80070000U | ERROR_NOT_ENOUGH_MEMORY);
  std::memcpy(*description, text.c_str(), bytes);
  return ok;
}

BOOL GetThreadTimes(HANDLE thread, LPFILETIME creation, LPFILETIME exit, LPFILETIME kernel, LPFILETIME user) {
  auto const object = pin_with_any<thread_object>(thread, query_thread);
  if (!object) return FALSE;
  constexpr std::int64_t in_a_second = 10'000'000;
  constexpr std::int64_t in_a_microsecond = 10;
  rusage used{};
  bool const is_mine = object->id() == GetCurrentThreadId();
  if (is_mine) ::getrusage(RUSAGE_THREAD, &used);
  fill(creation, 0);
  fill(exit, 0);
  fill(kernel, used.ru_stime.tv_sec * in_a_second + used.ru_stime.tv_usec * in_a_microsecond);
  fill(user, used.ru_utime.tv_sec * in_a_second + used.ru_utime.tv_usec * in_a_microsecond);
  return TRUE;
}

BOOL SwitchToThread() {
  return ::sched_yield() == 0 ? TRUE : FALSE;
}

DWORD QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR data) {
  auto const object = pin_with_any<thread_object>(thread, THREAD_SET_CONTEXT);
  if (!object) return 0;
  return guarded([&] { return object->queue_call(routine, data) != FALSE ? DWORD{1} : DWORD{0}; }, 0);
}

DWORD GetCurrentProcessorNumber() {
  int const cpu = ::sched_getcpu();
  return cpu < 0 ? 0 : static_cast<DWORD>(cpu);
}

uintptr_t _beginthreadex(void* security, unsigned stack_size, _beginthreadex_proc_type start, void* argument,
                         unsigned flags, unsigned* thread_id) {
  auto const* const attributes = static_cast<SECURITY_ATTRIBUTES const*>(security);
  HANDLE const handle = create_thread(attributes, stack_size, start, argument, flags, thread_id);
  if (handle == nullptr) errno = GetLastError() == ERROR_INVALID_PARAMETER ? EINVAL : EAGAIN;
  return reinterpret_cast<uintptr_t>(handle);
}

void _endthreadex(unsigned exit_code) {
  ExitThread(exit_code);
}

uintptr_t _beginthread(_beginthread_proc_type start, unsigned stack_size, void* argument) {
  auto* const given = new (std::nothrow) plain_start{start, argument};
  HANDLE const handle =
      given != nullptr ? create_thread(nullptr, stack_size, &run_plain, given, 0, nullptr) : nullptr;
  if (handle == nullptr) {
    delete given;
    errno = EAGAIN;
    return ~uintptr_t{0};
  }
  // The run-time library closes the handle when the thread ends; nobody can wait for it safely, so it is closed now.
  handle_table::close(handle);
  return reinterpret_cast<uintptr_t>(handle);
}

void _endthread() {
  ExitThread(0);
}
