// SPDX-License-Identifier: Apache-2.0
#include "win32/core/process/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "object/names_left.hpp"
#include "os/environment.hpp"
#include "os/process_wide.hpp"
#include "win32/core/files/file_time.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/named_cache.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

// What `flavour` of a process's cell says; `maximum` is the code.
constexpr std::uint32_t left_by_itself = 1;
constexpr std::uint32_t terminated = 2;

constexpr std::uint32_t eight_bits = 0xffU;

/// Children whose handles were closed before they ended: nobody else would collect them.
struct orphans {
  std::vector<pid_t> children;
};
using the_orphans = os::process_wide<orphans>;
[[gnu::constructor]] void make_orphans() {
  the_orphans::make();
}

std::atomic<std::uint32_t>& word(std::uint32_t& field) noexcept {
  return *static_cast<std::atomic<std::uint32_t>*>(static_cast<void*>(&field));
}

int pidfd_open(pid_t id) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
}

int send_signal(int pidfd, int number) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0));
}

DWORD code_of_signal(int number) noexcept {
  switch (number) {
    case SIGSEGV:
    case SIGBUS:
      return STATUS_ACCESS_VIOLATION;
    case SIGILL:
      return STATUS_ILLEGAL_INSTRUCTION;
    case SIGFPE:
      return STATUS_INTEGER_DIVIDE_BY_ZERO;
    case SIGINT:
      return STATUS_CONTROL_C_EXIT;
    case SIGABRT:
      return 3;  // as the C run-time library's abort
    default:
      return 1;
  }
}

/// A wait status as waitpid(2) gives it. The kernel tells it of any process that was collected since Linux 6.15; 0
/// where it does not.
int status_by_pidfd(int pidfd) noexcept {
  struct info {  // struct pidfd_info, which the headers of older systems lack
    std::uint64_t mask;
    std::uint64_t cgroup;
    std::array<std::uint32_t, 11> ids;
    std::int32_t exit_code;
  };
  static_assert(sizeof(info) == 64);
  constexpr std::uint64_t exit_wanted = 1U << 3U;
  constexpr unsigned magic = 0xFF;
  constexpr unsigned number = 11;
  info context{};
  context.mask = exit_wanted;
  if (::ioctl(pidfd, _IOWR(magic, number, info), &context) != 0 || (context.mask & exit_wanted) == 0) return 0;
  return context.exit_code;
}

/// What the status and the child's own words make together.
DWORD code_from(int status, cell* record) noexcept {
  std::uint32_t const how = record != nullptr ? word(record->flavour).load(std::memory_order_acquire) : 0;
  std::uint32_t const code = record != nullptr ? word(record->maximum).load(std::memory_order_relaxed) : 0;
  bool const recorded = how == terminated || how == left_by_itself;  // the latter: an exception that nobody wanted
  if (WIFSIGNALED(status)) return recorded ? code : code_of_signal(WTERMSIG(status));
  auto const low = static_cast<std::uint32_t>(WEXITSTATUS(status));
  return how == left_by_itself && (code & eight_bits) == low ? code : low;
}

void collect_orphans() noexcept {
  the_orphans::access all;
  std::erase_if(all->children, [](pid_t child) {
    siginfo_t ended{};
    int const result = ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG);
    return result != 0 || ended.si_pid == child;
  });
}

// The cell of this process, from its parent. Written before main.
constinit std::atomic<cell*> own_record{nullptr};
constinit pid_t own_id = 0;

/// Also what main returns, and exit(3) is given, whole.
void at_exit(int status, void* /*nothing*/) {
  leave_exit_code(static_cast<DWORD>(status));
}

/// The numbers of a text like "11,128,12,13"; empty where it is anything else.
std::optional<std::array<std::uint64_t, 4>> four_numbers(std::string_view text) {
  std::array<std::uint64_t, 4> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const read = std::from_chars(text.data(), text.data() + text.size(), all[i]);
    if (read.ec != std::errc()) return {};
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    bool const last = i + 1 == all.size();
    if (last ? !text.empty() : text.empty() || text.front() != ',') return {};
    if (!last) text.remove_prefix(1);
  }
  return all;
}

/// A descriptor that a parent named, as a duplicate: the number may be somebody else's.
os::unique_fd named_descriptor(std::uint64_t number) noexcept {
  constexpr std::uint64_t most = 1U << 30U;
  return number > 2 && number < most ? duplicate_out_of_the_way(static_cast<int>(number)) : os::unique_fd();
}

void adopt_record(std::array<std::uint64_t, 4> const& numbers) {
  auto* const record = import_cell(named_descriptor(numbers[0]), numbers[1]);
  if (record == nullptr) return;
  ::close(static_cast<int>(numbers[0]));  // it is what its parent said: the duplicate stays
  own_record.store(record);
  own_id = ::getpid();
  ::on_exit(&at_exit, nullptr);
}

[[gnu::constructor]] void find_own_record() {
  char const* const text = os::environment(process_variable);
  auto const numbers = text != nullptr ? four_numbers(text) : std::nullopt;
  ::unsetenv(process_variable);
  if (!numbers) return;
  guarded(
      [&] {
        adopt_record(*numbers);
        return true;
      },
      false);
  if (own_record.load() == nullptr) return;
  adopt_inherited_handles();  // under the values that they have in the parent, so before anything else comes
  server_socket socket{named_descriptor((*numbers)[2]), named_descriptor((*numbers)[3])};
  if (!is_server_socket(socket)) {
    socket = {};
  } else {
    ::close(static_cast<int>((*numbers)[2]));
    ::close(static_cast<int>((*numbers)[3]));
  }
  open_handle_server(std::move(socket));
}

object_ptr<process_object> process_of(HANDLE handle, ACCESS_MASK any_of) noexcept {
  auto found = pin_with_any<process_object>(handle, any_of);
  return !found || found->usable() ? std::move(found) : fail_with(ERROR_INVALID_HANDLE, object_ptr<process_object>());
}

constexpr ACCESS_MASK query_process = PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION;

/// Children are known by their number, so that who opens one finds its exit code, too.
std::string key_of_child(pid_t id) {
  return "\\Process\\" + std::to_string(id);
}

DWORD_PTR mask_of(pid_t id) noexcept {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  ::sched_getaffinity(id, sizeof cpus, &cpus);
  DWORD_PTR mask = 0;
  for (unsigned cpu = 0; cpu < 8 * sizeof mask; ++cpu) {
    if (CPU_ISSET(cpu, &cpus)) mask |= DWORD_PTR{1} << cpu;
  }
  return mask;
}

}  // namespace

process_object::process_object(pid_t id, os::unique_fd pidfd, bool child, cell* record)
    : waitable_object(type), id_(id), pidfd_(std::move(pidfd)), child_(child), record_(record) {
  // A child that nobody can be asked about any more (SIGCHLD is ignored): it has ended.
  if (!pidfd_) pidfd_ = os::own_descriptor(os::unique_fd(::eventfd(1, EFD_CLOEXEC)));
  point_.kind = wait_kind::descriptor;
  point_.fd = pidfd_.get();
  point_.order = static_cast<std::uint64_t>(id);
  if (child) collect_orphans();
}

process_object::~process_object() {
  resume();
  if (!child_) return;
  if (ended()) {
    reap();
    if (record_ != nullptr) {
      record_->exported.store(0, std::memory_order_relaxed);  // its child is gone: nobody else knows it
      win32::give_back(*record_);
    }
    return;
  }
  the_orphans::access all;
  all->children.push_back(id_);
}

bool process_object::ended() const noexcept {
  if (!usable()) return ::kill(id_, 0) != 0 && errno == ESRCH;
  pollfd one{pidfd_.get(), POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

void process_object::reap() noexcept {
  reap_lock_.lock();
  if (!code_) {
    siginfo_t found{};
    bool const mine =
        child_ && ::waitid(P_PID, static_cast<id_t>(id_), &found, WEXITED | WNOHANG) == 0 && found.si_pid == id_;
    if (mine) {
      int const status = found.si_code == CLD_EXITED ? (found.si_status & 0xff) << 8 : found.si_status & 0x7f;
      code_ = code_from(status, record_);
    } else {
      code_ = code_from(status_by_pidfd(pidfd_.get()), record_);
    }
  }
  reap_lock_.unlock();
}

DWORD process_object::exit_code() noexcept {
  if (!ended()) return STILL_ACTIVE;
  reap();
  return *code_;
}

void process_object::be_known() {
  named_cache::remember(key_of_child(id_), *this);
}

void process_object::last_handle_closed() noexcept {
  if (child_) named_cache::forget(key_of_child(id_), *this);
}

BOOL process_object::terminate(DWORD code) noexcept {
  if (id_ == ::getpid()) {
    leave_exit_code(code);
    ::_exit(static_cast<int>(code));
  }
  if (ended()) return refuse(ERROR_ACCESS_DENIED);
  if (record_ != nullptr) {
    word(record_->maximum).store(code, std::memory_order_relaxed);
    word(record_->flavour).store(terminated, std::memory_order_release);
  }
  return send_signal(pidfd_.get(), SIGKILL) == 0 ? TRUE : refuse(error_from_errno(errno));
}

bool process_object::is_same(object const& other) const noexcept {
  return other.what() == type && static_cast<process_object const&>(other).id_ == id_;
}

bool process_object::prepare_transfer(object_transfer& out) {
  out.put(id_);
  out.add_duplicate(pidfd_);
  return true;
}

DWORD process_object::resume() noexcept {
  if (!start_) return 0;
  char const go = 1;
  if (start_.still_own()) (void)::send(start_.get(), &go, sizeof go, MSG_NOSIGNAL);  // it may be terminated
  start_.reset();
  return 1;
}

destination process_object::as_destination() const noexcept {
  return {id_, pidfd_.get(), !start_};
}

destination destination_of(object const& process) noexcept {
  return static_cast<process_object const&>(process).as_destination();
}

object_ptr<> adopt_process(object_transfer& from) {
  auto const claimed = from.take<pid_t>();
  auto fd = from.take_fd();
  auto const found = fd ? process_behind(fd.get()) : 0;
  if (found == 0) return {};
  // The kernel has forgotten the number of one that was collected; nothing is done by it any more.
  return make_object<process_object>(found > 0 ? found : claimed, std::move(fd), false, nullptr);
}

object_ptr<> current_process_object() noexcept {
  struct self {
    pid_t id = 0;  // a forked child is another process
    object_ptr<process_object> object;
  };
  return guarded(
      [] {
        os::process_wide<self>::access mine;
        if (mine->id != ::getpid()) {
          mine->object =
              make_object<process_object>(::getpid(), os::unique_fd(pidfd_open(::getpid())), false, nullptr);
          mine->id = ::getpid();
        }
        return object_ptr<>(mine->object);
      },
      object_ptr<>());
}

DWORD resume_process(object& process) noexcept {
  return static_cast<process_object&>(process).resume();
}

void leave_exit_code(DWORD code) noexcept {
  auto* const record = own_record.load();
  if (record == nullptr || ::getpid() != own_id) return;
  word(record->maximum).store(code, std::memory_order_relaxed);
  word(record->flavour).store(left_by_itself, std::memory_order_release);
}

}  // namespace coview::win32

using namespace coview::win32;

HANDLE GetCurrentProcess() {
  return current_process_handle();
}

DWORD GetCurrentProcessId() {
  open_handle_server();  // whoever is told the number may come
  return static_cast<DWORD>(::getpid());
}

HANDLE OpenProcess(DWORD desired_access, BOOL inherit, DWORD process_id) {
  return guarded(
      [&]() -> HANDLE {
        auto const id = static_cast<pid_t>(process_id);
        if (id <= 0) throw_code(ERROR_INVALID_PARAMETER);
        auto const access = specific_rights(object::kind::process, desired_access);
        if (id == ::getpid()) return make_handle(current_process_object(), access, inherit != FALSE);
        auto const child = named_cache::find(key_of_child(id), [](object const&) { return true; });
        if (child) {
          if (HANDLE const handle = make_handle(child, access, inherit != FALSE)) return handle;
        }
        coview::os::unique_fd pidfd(pidfd_open(id));
        if (!pidfd) throw_code(errno == ESRCH ? ERROR_INVALID_PARAMETER : error_from_errno(errno));
        // Anybody may wait for a process and ask about it; the rest needs the same rights as a signal.
        bool const harmless = (access & ~(SYNCHRONIZE | READ_CONTROL | query_process)) == 0;
        if (!harmless && send_signal(pidfd.get(), 0) != 0 && errno == EPERM) throw_code(ERROR_ACCESS_DENIED);
        return make_handle(make_object<process_object>(id, std::move(pidfd), false, nullptr), access,
                           inherit != FALSE);
      },
      nullptr);
}

DWORD GetProcessId(HANDLE process) {
  auto const object = process_of(process, 0);
  return object ? object->id() : 0;
}

BOOL GetExitCodeProcess(HANDLE process, LPDWORD exit_code) {
  if (leads_nowhere(exit_code)) return refuse(ERROR_NOACCESS);
  auto const object = process_of(process, query_process);
  if (!object) return FALSE;
  *exit_code = object->exit_code();
  return TRUE;
}

BOOL TerminateProcess(HANDLE process, UINT exit_code) {
  auto const object = process_of(process, PROCESS_TERMINATE);
  return object ? object->terminate(exit_code) : FALSE;
}

VOID ExitProcess(UINT exit_code) {
  leave_exit_code(exit_code);
  // As on Windows, no destructor of a static object runs while other threads still use it.
  named_cache::give_up_all();
  coview::sweep_names_left();
  std::fflush(stdout);
  std::fflush(stderr);
  ::_exit(static_cast<int>(exit_code));
}

BOOL GetProcessTimes(HANDLE process, LPFILETIME creation, LPFILETIME exit, LPFILETIME kernel, LPFILETIME user) {
  auto const object = process_of(process, query_process);
  if (!object) return FALSE;
  constexpr std::int64_t in_a_second = 10'000'000;
  constexpr std::int64_t in_a_microsecond = 10;
  rusage used{};
  if (object->id() == GetCurrentProcessId()) ::getrusage(RUSAGE_SELF, &used);
  fill(creation, 0);
  fill(exit, 0);
  fill(kernel, used.ru_stime.tv_sec * in_a_second + used.ru_stime.tv_usec * in_a_microsecond);
  fill(user, used.ru_utime.tv_sec * in_a_second + used.ru_utime.tv_usec * in_a_microsecond);
  return TRUE;
}

BOOL SetPriorityClass(HANDLE process, DWORD priority_class) {
  auto const object = process_of(process, PROCESS_SET_INFORMATION);
  if (!object) return FALSE;
  switch (priority_class) {
    case NORMAL_PRIORITY_CLASS:
    case IDLE_PRIORITY_CLASS:
    case HIGH_PRIORITY_CLASS:
    case REALTIME_PRIORITY_CLASS:
    case BELOW_NORMAL_PRIORITY_CLASS:
    case ABOVE_NORMAL_PRIORITY_CLASS:
      object->priority_class.store(priority_class, std::memory_order_relaxed);
      return TRUE;
    case PROCESS_MODE_BACKGROUND_BEGIN:
    case PROCESS_MODE_BACKGROUND_END:
      return TRUE;
    default:
      return refuse(ERROR_INVALID_PARAMETER);
  }
}

DWORD GetPriorityClass(HANDLE process) {
  auto const object = process_of(process, query_process);
  return object ? object->priority_class.load(std::memory_order_relaxed) : 0;
}

BOOL GetProcessAffinityMask(HANDLE process, PDWORD_PTR process_mask, PDWORD_PTR system_mask) {
  auto const object = process_of(process, query_process);
  if (!object) return FALSE;
  if (leads_nowhere(process_mask) || leads_nowhere(system_mask)) return refuse(ERROR_INVALID_PARAMETER);
  *process_mask = mask_of(static_cast<pid_t>(object->id()));
  long const cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  constexpr long bits = 64;
  *system_mask = cpus >= bits ? ~DWORD_PTR{0} : (DWORD_PTR{1} << cpus) - 1;
  return TRUE;
}

BOOL SetProcessAffinityMask(HANDLE process, DWORD_PTR mask) {
  auto const object = process_of(process, PROCESS_SET_INFORMATION);
  if (!object) return FALSE;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (unsigned cpu = 0; cpu < 8 * sizeof mask; ++cpu) {
    if (((mask >> cpu) & 1U) != 0) CPU_SET(cpu, &wanted);
  }
  return ::sched_setaffinity(static_cast<pid_t>(object->id()), sizeof wanted, &wanted) == 0
             ? TRUE
             : refuse(error_from_errno(errno));
}

BOOL GetProcessHandleCount(HANDLE process, PDWORD count) {
  auto const object = process_of(process, query_process);
  if (!object) return FALSE;
  if (object->id() != GetCurrentProcessId()) return refuse(ERROR_NOT_SUPPORTED);
  if (leads_nowhere(count)) return refuse(ERROR_NOACCESS);
  *count = handle_table::count();
  return TRUE;
}

BOOL ProcessIdToSessionId(DWORD process_id, DWORD* session_id) {
  if (::kill(static_cast<pid_t>(process_id), 0) != 0 && errno == ESRCH) return refuse(ERROR_INVALID_PARAMETER);
  if (leads_nowhere(session_id)) return refuse(ERROR_INVALID_PARAMETER);
  *session_id = 1;  // one that is not 0: Local\ and Global\ are different places (NM-04)
  return TRUE;
}

VOID FlushProcessWriteBuffers() {
  constexpr int private_expedited = 8;            // MEMBARRIER_CMD_PRIVATE_EXPEDITED
  constexpr int register_private_expedited = 16;  // MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
  if (::syscall(SYS_membarrier, private_expedited, 0, 0) == 0) return;
  ::syscall(SYS_membarrier, register_private_expedited, 0, 0);
  ::syscall(SYS_membarrier, private_expedited, 0, 0);
}

BOOL IsProcessorFeaturePresent(DWORD /*feature*/) {
  return FALSE;
}

BOOL FlushInstructionCache(HANDLE process, LPCVOID address, SIZE_T size) {
  if (!is_invalid_value(process) && GetProcessId(process) == 0) return FALSE;
  auto* const begin = static_cast<char*>(const_cast<void*>(address));
  if (is_invalid_value(process) && begin != nullptr) __builtin___clear_cache(begin, begin + size);
  return TRUE;
}

BOOL IsWow64Process(HANDLE hProcess, PBOOL Wow64Process) {
  if (!is_invalid_value(hProcess) && GetProcessId(hProcess) == 0) return FALSE;
  if (leads_nowhere(Wow64Process)) return refuse(ERROR_NOACCESS);
  *Wow64Process = FALSE;
  return TRUE;
}
