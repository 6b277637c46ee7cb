// SPDX-License-Identifier: Apache-2.0
// CreateJobObject and what is done with a job.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/process/job.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;

namespace {

template <class Char>
HANDLE create_job(SECURITY_ATTRIBUTES const* attributes, Char const* text) {
  return guarded(
      [&]() -> HANDLE {
        if (!name_to_create(text).unnamed) throw_code(ERROR_NOT_SUPPORTED);
        HANDLE const handle = make_handle(make_object<job_object>(), JOB_OBJECT_ALL_ACCESS, inherits(attributes));
        if (handle != nullptr) set_error(ERROR_SUCCESS);
        return handle;
      },
      nullptr);
}

template <class Char>
HANDLE open_job(Char const* text) {
  return guarded(
      [&]() -> HANDLE {
        name_to_open(text);
        throw_code(ERROR_FILE_NOT_FOUND);
      },
      nullptr);
}

object_ptr<job_object> job_of(HANDLE handle, ACCESS_MASK needed) {
  handle_guard const use(handle);
  auto job = use.pin_as<job_object>(needed);
  if (!job) throw_code(last_error);
  return job;
}

object_ptr<process_object> job_member_of(HANDLE handle, ACCESS_MASK needed) {
  ACCESS_MASK access = 0;
  auto const found = pin_any(handle, access);
  if (!found || found->what() != object::kind::process) throw_code(ERROR_INVALID_HANDLE);
  if ((access & needed) != needed) throw_code(ERROR_ACCESS_DENIED);
  found->add_reference();
  return object_ptr<process_object>(static_cast<process_object*>(found.get()));
}

template <class Info>
DWORD give_of_job(Info const& info, LPVOID to, DWORD size, DWORD& used) {
  used = sizeof info;
  if (size < sizeof info) return ERROR_BAD_LENGTH;
  if (leads_nowhere(to)) return ERROR_NOACCESS;
  std::memcpy(to, &info, sizeof info);
  return ERROR_SUCCESS;
}

DWORD give_job_list(job_object& job, LPVOID to, DWORD size, DWORD& used) {
  constexpr DWORD head = offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList);
  if (size < sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST)) return ERROR_BAD_LENGTH;
  if (leads_nowhere(to)) return ERROR_NOACCESS;
  auto const all = job.processes();
  auto const room = std::min<std::size_t>((size - head) / sizeof(ULONG_PTR), all.size());
  auto* const list = static_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(to);
  list->NumberOfAssignedProcesses = static_cast<DWORD>(all.size());
  list->NumberOfProcessIdsInList = static_cast<DWORD>(room);
  for (std::size_t i = 0; i < room; ++i) list->ProcessIdList[i] = static_cast<ULONG_PTR>(all[i]);
  used = head + static_cast<DWORD>(room * sizeof(ULONG_PTR));
  return room < all.size() ? ERROR_MORE_DATA : ERROR_SUCCESS;
}

DWORD look_at_job(job_object& job, JOBOBJECTINFOCLASS what, LPVOID to, DWORD size, DWORD& used) {
  switch (what) {
    case JobObjectBasicAccountingInformation:
      return give_of_job(job.accounting(), to, size, used);
    case JobObjectBasicAndIoAccountingInformation:
      return give_of_job(JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION{job.accounting(), {}}, to, size, used);
    case JobObjectBasicLimitInformation:
      return give_of_job(job.limits().BasicLimitInformation, to, size, used);
    case JobObjectExtendedLimitInformation:
      return give_of_job(job.limits(), to, size, used);
    case JobObjectBasicUIRestrictions:
      return give_of_job(JOBOBJECT_BASIC_UI_RESTRICTIONS{0}, to, size, used);
    case JobObjectBasicProcessIdList:
      return give_job_list(job, to, size, used);
    case JobObjectSecurityLimitInformation:
    case JobObjectEndOfJobTimeInformation:
    case JobObjectAssociateCompletionPortInformation:
      return ERROR_NOT_SUPPORTED;
  }
  return ERROR_INVALID_PARAMETER;
}

DWORD change_job(job_object& job, JOBOBJECTINFOCLASS what, LPVOID from, DWORD size) {
  if (what == JobObjectBasicLimitInformation || what == JobObjectExtendedLimitInformation) {
    bool const extended = what == JobObjectExtendedLimitInformation;
    if (size != (extended ? sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION) : sizeof(JOBOBJECT_BASIC_LIMIT_INFORMATION)))
      return ERROR_BAD_LENGTH;
    if (leads_nowhere(from)) return ERROR_NOACCESS;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION wanted{};
    std::memcpy(&wanted, from, size);
    constexpr DWORD extended_flags = JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_JOB_MEMORY |
                                     JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION | JOB_OBJECT_LIMIT_BREAKAWAY_OK |
                                     JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (!extended && (wanted.BasicLimitInformation.LimitFlags & extended_flags) != 0) return ERROR_INVALID_PARAMETER;
    return job.set_limits(wanted.BasicLimitInformation, wanted.ProcessMemoryLimit);
  }
  return what >= JobObjectBasicAccountingInformation && what <= JobObjectExtendedLimitInformation
             ? ERROR_NOT_SUPPORTED
             : ERROR_INVALID_PARAMETER;
}

}  // namespace

HANDLE CreateJobObjectA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name) {
  return create_job(attributes, name);
}
HANDLE CreateJobObjectW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name) {
  return create_job(attributes, name);
}
HANDLE OpenJobObjectA(DWORD /*desired_access*/, BOOL /*inherit*/, LPCSTR name) {
  return open_job(name);
}
HANDLE OpenJobObjectW(DWORD /*desired_access*/, BOOL /*inherit*/, LPCWSTR name) {
  return open_job(name);
}

BOOL AssignProcessToJobObject(HANDLE job, HANDLE process) {
  return guarded(
      [&] {
        auto const to = job_of(job, JOB_OBJECT_ASSIGN_PROCESS);
        DWORD const code = to->assign(job_member_of(process, PROCESS_SET_QUOTA | PROCESS_TERMINATE));
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}

BOOL IsProcessInJob(HANDLE process, HANDLE job, PBOOL result) {
  return guarded(
      [&] {
        auto const one = job_member_of(process, PROCESS_QUERY_LIMITED_INFORMATION);
        if (leads_nowhere(result)) return refuse(ERROR_NOACCESS);
        // Of jobs of other processes, nothing is known here.
        *result = job != nullptr && job_of(job, JOB_OBJECT_QUERY)->has(*one) ? TRUE : FALSE;
        return TRUE;
      },
      FALSE);
}

BOOL TerminateJobObject(HANDLE job, UINT exit_code) {
  return guarded(
      [&] {
        job_of(job, JOB_OBJECT_TERMINATE)->terminate(exit_code);
        return TRUE;
      },
      FALSE);
}

BOOL SetInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID information, DWORD size) {
  return guarded(
      [&] {
        DWORD const code = change_job(*job_of(job, JOB_OBJECT_SET_ATTRIBUTES), what, information, size);
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}

BOOL QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS what, LPVOID information, DWORD size, LPDWORD needed) {
  return guarded(
      [&] {
        if (job == nullptr) return refuse(ERROR_ACCESS_DENIED);  // this process is in none that it knows of
        DWORD used = 0;
        DWORD const code = look_at_job(*job_of(job, JOB_OBJECT_QUERY), what, information, size, used);
        if (needed != nullptr && leads_nowhere(needed)) return refuse(ERROR_NOACCESS);
        if (needed != nullptr) *needed = used;
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}
