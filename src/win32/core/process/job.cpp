// SPDX-License-Identifier: Apache-2.0
#include "win32/core/process/job.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>

#include "os/file.hpp"
#include "win32/core/handles/last_error.hpp"

namespace coview::win32 {
namespace {

class job_lock {
 public:
  explicit job_lock(pthread_mutex_t& lock) noexcept : lock_(lock) { ::pthread_mutex_lock(&lock_); }
  ~job_lock() { ::pthread_mutex_unlock(&lock_); }
  job_lock(job_lock const&) = delete;
  job_lock& operator=(job_lock const&) = delete;

 private:
  pthread_mutex_t& lock_;
};

/// What /proc/ID/stat says; parent 0 where there is no such process.
struct process_stat {
  pid_t parent = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t kernel_ticks = 0;
  std::uint64_t faults = 0;
};

process_stat stat_of_process(pid_t id) {
  process_stat out;
  auto const text = os::read_whole(("/proc/" + std::to_string(id) + "/stat").c_str());
  if (!text) return out;
  // The name of the program may hold anything; what follows its last parenthesis does not.
  auto const at = text->rfind(')');
  if (at == std::string::npos) return out;
  char state = 0;
  unsigned long long minor = 0;
  unsigned long long user = 0;
  unsigned long long kernel = 0;
  int parent = 0;
  if (std::sscanf(text->c_str() + at + 1, " %c %d %*d %*d %*d %*d %*u %llu %*u %*u %*u %llu %llu", &state, &parent,
                  &minor, &user, &kernel) != 5 ||
      state == 'Z' || state == 'X')
    return out;
  return {parent, user, kernel, minor};
}

/// Those in `from` and all that they started, as far as the parents still live.
std::vector<pid_t> with_descendants(std::vector<pid_t> from) {
  if (from.empty()) return from;             // there is no need to look at every process of the machine
  std::vector<std::pair<pid_t, pid_t>> all;  // process, parent
  if (DIR* const processes = ::opendir("/proc")) {
    while (dirent const* const entry = ::readdir(processes)) {
      std::string_view const name = entry->d_name;
      pid_t id = 0;
      auto const number = std::from_chars(name.data(), name.data() + name.size(), id);
      if (number.ec != std::errc() || number.ptr != name.data() + name.size()) continue;
      if (auto const facts = stat_of_process(id); facts.parent > 0) all.emplace_back(id, facts.parent);
    }
    ::closedir(processes);
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (auto const& [id, parent] : all) {
      if (parent == from[i] && std::find(from.begin(), from.end(), id) == from.end()) from.push_back(id);
    }
  }
  return from;
}

/// A process that is, by what its parent is, one of ours still.
void kill_descendant(pid_t id, std::vector<pid_t> const& family) {
  os::unique_fd const process(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
  if (!process) return;
  auto const parent = stat_of_process(id).parent;
  if (std::find(family.begin(), family.end(), parent) == family.end()) return;
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
}

/// By a descriptor that was the process's own: it had not ended after it was opened.
void stop(process_object const& one) {
  auto const id = static_cast<pid_t>(one.id());
  if (id == ::getpid()) return;
  os::unique_fd const process(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
  if (process && !one.ended()) ::syscall(SYS_pidfd_send_signal, process.get(), SIGSTOP, nullptr, 0);
}

int job_niceness(DWORD priority_class) noexcept {
  switch (priority_class) {
    case IDLE_PRIORITY_CLASS:
      return 19;
    case BELOW_NORMAL_PRIORITY_CLASS:
      return 10;
    default:
      return 0;
  }
}

}  // namespace

void job_object::arm(member& one, bool kill) {
  auto const id = static_cast<pid_t>(one.process->id());
  // A whole group where it leads one, and this process is not in it.
  bool const leads = ::getpgid(id) == id && ::getpgid(0) != id;
  f_owner_ex const owner{leads ? F_OWNER_PGRP : F_OWNER_PID, kill ? id : 0};
  for (std::size_t i = 0; i < one.pipes.size(); i += 2) {
    if (!one.pipes.at(i).still_own()) throw_code(ERROR_INVALID_HANDLE);
    int const fd = one.pipes.at(i).get();
    int const flags = ::fcntl(fd, F_GETFL);
    if (::fcntl(fd, F_SETOWN_EX, &owner) != 0 || ::fcntl(fd, F_SETSIG, kill ? SIGKILL : 0) != 0 ||
        ::fcntl(fd, F_SETFL, kill ? flags | O_ASYNC : flags & ~O_ASYNC) != 0)
      throw_code(error_from_errno(errno));
  }
}

void job_object::apply_limits(member const& one) const {
  auto const& basic = limits_.BasicLimitInformation;
  auto const id = static_cast<pid_t>(one.process->id());
  if ((basic.LimitFlags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) != 0) {
    rlimit const most{limits_.ProcessMemoryLimit, limits_.ProcessMemoryLimit};
    if (::prlimit(id, RLIMIT_DATA, &most, nullptr) != 0) throw_code(error_from_errno(errno));
  }
  if ((basic.LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) != 0 &&
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(id), job_niceness(basic.PriorityClass)) != 0)
    throw_code(error_from_errno(errno));
}

DWORD job_object::assign(object_ptr<process_object> process) {
  if (process->ended()) return ERROR_ACCESS_DENIED;
  job_lock const guard(lock_);
  for (auto const& one : members_) {
    if (one.process->is_same(*process)) return ERROR_SUCCESS;
  }
  auto const& basic = limits_.BasicLimitInformation;
  if ((basic.LimitFlags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) != 0 &&
      with_descendants(living()).size() >= basic.ActiveProcessLimit)
    return ERROR_NOT_ENOUGH_QUOTA;
  member made{std::move(process), {}};
  for (std::size_t i = 0; i < made.pipes.size(); i += 2) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return error_from_errno(errno);
    os::unique_fd reading(ends[0]);
    os::unique_fd writing(ends[1]);
    bool const reading_first = i == 0;
    auto& later = reading_first ? writing : reading;
    auto const& earlier = reading_first ? reading : writing;
    if (later.get() < earlier.get()) later = os::unique_fd(::fcntl(later.get(), F_DUPFD_CLOEXEC, earlier.get() + 1));
    if (!later) return error_from_errno(errno);
    made.pipes.at(i) = std::move(reading);
    made.pipes.at(i + 1) = std::move(writing);
  }
  apply_limits(made);
  if (kills_on_close()) arm(made, true);
  // Its number was its own until here, where it has not ended by now.
  if (made.process->ended()) return ERROR_ACCESS_DENIED;
  members_.push_back(std::move(made));
  ++assigned_;
  return ERROR_SUCCESS;
}

std::vector<pid_t> job_object::living() const {
  std::vector<pid_t> all;
  for (auto const& one : members_) {
    if (!one.process->ended()) all.push_back(static_cast<pid_t>(one.process->id()));
  }
  return all;
}

std::vector<pid_t> job_object::processes() {
  job_lock const guard(lock_);
  return with_descendants(living());
}

bool job_object::has(process_object const& process) {
  job_lock const guard(lock_);
  if (process.ended()) return false;
  auto const all = with_descendants(living());
  return std::find(all.begin(), all.end(), static_cast<pid_t>(process.id())) != all.end();
}

void job_object::terminate(DWORD code) {
  job_lock const guard(lock_);
  auto const direct = living();
  // Until no member has a child that was not there before: what is stopped starts nothing any more.
  for (auto const& one : members_) stop(*one.process);
  auto const all = with_descendants(direct);
  for (std::size_t i = all.size(); i > direct.size(); --i) kill_descendant(all[i - 1], all);
  process_object* self = nullptr;
  for (auto& one : members_) {
    if (one.process->ended()) continue;
    if (static_cast<pid_t>(one.process->id()) == ::getpid()) {
      self = one.process.get();
    } else {
      one.process->terminate(code);
    }
  }
  if (self != nullptr) self->terminate(code);  // the last one
}

void job_object::last_handle_closed() noexcept {
  guarded(
      [&] {
        if (kills_on_close()) {
          terminate(0);
          return true;
        }
        // Nobody can be killed by it any more; the pipes go, owing nothing.
        job_lock const guard(lock_);
        members_.clear();
        return true;
      },
      false);
}

DWORD job_object::set_limits(JOBOBJECT_BASIC_LIMIT_INFORMATION const& basic, SIZE_T process_memory) {
  constexpr DWORD known = JOB_OBJECT_LIMIT_ACTIVE_PROCESS | JOB_OBJECT_LIMIT_PRIORITY_CLASS |
                          JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION |
                          JOB_OBJECT_LIMIT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  constexpr DWORD windows = 0x7FFF;
  if ((basic.LimitFlags & ~windows) != 0) return ERROR_INVALID_PARAMETER;
  if ((basic.LimitFlags & ~known) != 0) return ERROR_NOT_SUPPORTED;
  bool const quiet = basic.PriorityClass == IDLE_PRIORITY_CLASS ||
                     basic.PriorityClass == BELOW_NORMAL_PRIORITY_CLASS ||
                     basic.PriorityClass == NORMAL_PRIORITY_CLASS;
  if ((basic.LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) != 0 && !quiet) return ERROR_NOT_SUPPORTED;
  if ((basic.LimitFlags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) != 0 && process_memory == 0)
    return ERROR_INVALID_PARAMETER;
  job_lock const guard(lock_);
  limits_.BasicLimitInformation = basic;
  limits_.ProcessMemoryLimit = process_memory;
  for (auto& one : members_) {
    if (one.process->ended()) continue;
    apply_limits(one);
    arm(one, kills_on_close());
  }
  return ERROR_SUCCESS;
}

JOBOBJECT_EXTENDED_LIMIT_INFORMATION job_object::limits() {
  job_lock const guard(lock_);
  return limits_;
}

JOBOBJECT_BASIC_ACCOUNTING_INFORMATION job_object::accounting() {
  job_lock const guard(lock_);
  auto const direct = living();
  auto const all = with_descendants(direct);
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION out{};
  auto const ticks = ::sysconf(_SC_CLK_TCK);
  constexpr std::int64_t in_a_second = 10'000'000;
  for (auto const id : all) {
    auto const facts = stat_of_process(id);
    out.TotalUserTime.QuadPart += static_cast<std::int64_t>(facts.user_ticks) * in_a_second / ticks;
    out.TotalKernelTime.QuadPart += static_cast<std::int64_t>(facts.kernel_ticks) * in_a_second / ticks;
    out.TotalPageFaultCount += static_cast<DWORD>(facts.faults);
  }
  out.ActiveProcesses = static_cast<DWORD>(all.size());
  out.TotalProcesses = assigned_ + static_cast<DWORD>(all.size() - direct.size());
  return out;
}

}  // namespace coview::win32
