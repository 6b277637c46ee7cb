// SPDX-License-Identifier: Apache-2.0
// CreateProcess: the program, its environment, its standard handles and what it inherits. Started through
// posix_spawn(3), which does not copy this process's memory; a child that is to begin suspended is forked, and waits
// before it executes its program.
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coview/win32/process.h>
#include <coview/win32/winbase.h>

#include "os/environment.hpp"
#include "os/made_once.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/pipes/pipe_relay.hpp"
#include "win32/core/process/process.hpp"
#include "win32/core/process/program.hpp"
#include "win32/core/text/text.hpp"

/// What InitializeProcThreadAttributeList fills.
struct _PROC_THREAD_ATTRIBUTE_LIST {
  DWORD capacity;
  DWORD count;
  HANDLE const* handles;
  SIZE_T handle_count;
};

namespace coview::win32 {
namespace {

/// Everything for one child, in Linux's words.
struct child_plan {
  program what;
  std::vector<std::string> environment;
  std::string directory;                  // empty: this one
  std::array<os::unique_fd, 3> standard;  // empty: as it is
  std::optional<inheritance> inherited;
  cell_place record;
  os::unique_fd record_fd;
  server_socket server;
  bool suspended = false;
};

/// Strings as execve(2) takes them.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  all.reserve(strings.size() + 1);
  for (auto& one : strings) all.push_back(one.data());
  all.push_back(nullptr);
  return all;
}

bool names(std::string const& entry, std::string_view variable) {
  return entry.size() > variable.size() && entry.compare(0, variable.size(), variable) == 0 &&
         entry[variable.size()] == '=';
}

std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) all.emplace_back(*one);
  return all;
}

template <class Char>
std::vector<std::string> read_block(Char const* block) {
  std::vector<std::string> all;
  while (*block != 0) {
    auto entry = utf8_from(block);
    if (entry.front() != '=') all.push_back(std::move(entry));  // "=C:=C:\dir" is for cmd.exe
    block += std::char_traits<Char>::length(block) + 1;
  }
  return all;
}

/// A block that a Windows program made knows nothing of where coview's objects and drives are: they stay where they
/// are.
std::vector<std::string> environment_of(void const* block, bool wide) {
  auto all = block == nullptr ? own_environment()
             : wide           ? read_block(static_cast<wchar_t const*>(block))
                              : read_block(static_cast<char const*>(block));
  std::erase_if(all,
                [](auto const& one) { return names(one, inheritance_variable) || names(one, process_variable); });
  if (block == nullptr) return all;
  for (auto& mine : own_environment()) {
    auto const name = mine.substr(0, mine.find('='));
    if (name.compare(0, 7, "COVIEW_") != 0) continue;
    if (std::none_of(all.begin(), all.end(), [&](auto const& one) { return names(one, name); }))
      all.push_back(std::move(mine));
  }
  return all;
}

std::string directory_from(std::string const& wanted) {
  auto native = full_path(native_path(std::string_view(wanted)));
  struct ::stat found {};
  if (::stat(native.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) throw_code(ERROR_DIRECTORY);
  return native;
}

/// A duplicate of what a standard handle leads to, out of the way of 0, 1 and 2. Empty: the child has this one's.
os::unique_fd standard_fd(HANDLE handle, bool child_writes) {
  constexpr int out_of_the_way = 10;
  if (handle == nullptr || is_invalid_value(handle)) return {};
  if (auto relayed = relay_for_child(handle, child_writes)) return relayed;
  handle_guard const in_use(handle);
  auto const* const file = in_use.as<file_object>();
  if (file == nullptr) return {};
  return os::unique_fd(::fcntl(file->fd(), F_DUPFD_CLOEXEC, out_of_the_way));
}

template <class StartupInfo>
void plan_standard(child_plan& plan, StartupInfo const* startup) {
  if (startup == nullptr || (startup->dwFlags & STARTF_USESTDHANDLES) == 0) return;
  plan.standard[0] = standard_fd(startup->hStdInput, false);
  plan.standard[1] = standard_fd(startup->hStdOutput, true);
  plan.standard[2] = standard_fd(startup->hStdError, true);
}

template <class StartupInfo>
void plan_handles(child_plan& plan, StartupInfo const* startup, DWORD flags) {
  if ((flags & EXTENDED_STARTUPINFO_PRESENT) != 0 && startup != nullptr) {
    auto const* const list =
        reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST const&>(*(startup + 1));  // follows STARTUPINFO
    if (list != nullptr && list->handles != nullptr) {
      plan.inherited = prepare_inheritance(std::span(list->handles, list->handle_count));
      return;
    }
  }
  plan.inherited = prepare_inheritance();
}

/// The child's cell: its descriptor must survive the exec, as those of the inheritance do.
cell& plan_record(child_plan& plan) {
  constexpr int out_of_the_way = 10;
  cell& record = take_cell();
  plan.record = export_cell(record);
  plan.record_fd = os::unique_fd(::fcntl(plan.record.fd, F_DUPFD_CLOEXEC, out_of_the_way));
  plan.server = make_server_socket(server_for::a_child);
  plan.environment.push_back(std::string(process_variable) + '=' + std::to_string(plan.record_fd.get()) + ',' +
                             std::to_string(plan.record.offset) + ',' +
                             std::to_string(plan.server ? plan.server.listening.get() : 0) + ',' +
                             std::to_string(plan.server ? plan.server.address.get() : 0));
  if (plan.inherited) plan.environment.push_back(plan.inherited->variable);
  return record;
}

std::vector<int> kept_descriptors(child_plan const& plan) {
  std::vector<int> all;
  if (plan.inherited) all = plan.inherited->fds;
  if (plan.record_fd) all.push_back(plan.record_fd.get());
  if (plan.server) {
    all.push_back(plan.server.listening.get());
    all.push_back(plan.server.address.get());
  }
  return all;
}

/// Frees what the actions hold.
class spawn_actions {
 public:
  spawn_actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~spawn_actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  spawn_actions(spawn_actions const&) = delete;
  spawn_actions& operator=(spawn_actions const&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

pid_t spawn_now(child_plan& plan) {
  spawn_actions actions;
  for (int i = 0; i < 3; ++i) {
    auto const& fd = plan.standard.at(static_cast<std::size_t>(i));
    if (fd) ::posix_spawn_file_actions_adddup2(actions.get(), fd.get(), i);
  }
  // Onto itself: clears the close-on-exec flag, in the child alone.
  for (int const fd : kept_descriptors(plan)) ::posix_spawn_file_actions_adddup2(actions.get(), fd, fd);
  if (!plan.directory.empty()) ::posix_spawn_file_actions_addchdir_np(actions.get(), plan.directory.c_str());
  auto arguments = pointers(plan.what.arguments);
  auto environment = pointers(plan.environment);
  pid_t child = 0;
  int const error =
      ::posix_spawn(&child, plan.what.path.c_str(), actions.get(), nullptr, arguments.data(), environment.data());
  if (error != 0) throw_code(error_from_errno(error));
  return child;
}

/// In the forked child: everything but what it is to have goes at once, so that it keeps no name while it waits.
void close_all_but(std::vector<int> const& sorted) noexcept {
  unsigned first = 3;
  for (int const fd : sorted) {
    auto const kept = static_cast<unsigned>(fd);
    if (kept > first) ::syscall(SYS_close_range, first, kept - 1, 0);
    first = kept + 1;
  }
  ::syscall(SYS_close_range, first, ~0U, 0);
}

pid_t spawn_suspended(child_plan& plan, os::unique_fd& start) {
  // Sockets, for writing into a pipe whose reader was terminated would be a signal.
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) throw_code(error_from_errno(errno));
  os::unique_fd const reader(pair[0]);
  os::unique_fd writer(pair[1]);
  auto arguments = pointers(plan.what.arguments);
  auto environment = pointers(plan.environment);
  auto kept = kept_descriptors(plan);
  auto stay_open = kept;
  stay_open.push_back(reader.get());
  std::sort(stay_open.begin(), stay_open.end());
  pid_t const child = ::fork();
  if (child < 0) throw_code(error_from_errno(errno));
  if (child > 0) {
    start = std::move(writer);
    return child;
  }
  // From here on only what is safe after a fork.
  constexpr int not_executed = 127;
  for (int i = 0; i < 3; ++i) {
    auto const& fd = plan.standard[static_cast<std::size_t>(i)];
    if (fd) ::dup2(fd.get(), i);
  }
  close_all_but(stay_open);
  char go = 0;
  ssize_t n = 0;
  do {
    n = ::read(reader.get(), &go, sizeof go);
  } while (n < 0 && errno == EINTR);
  if (n != 1) ::_exit(not_executed);  // the parent is gone
  for (int const fd : kept) ::fcntl(fd, F_SETFD, 0);
  if (!plan.directory.empty() && ::chdir(plan.directory.c_str()) != 0) ::_exit(not_executed);
  ::execve(plan.what.path.c_str(), arguments.data(), environment.data());
  ::_exit(not_executed);
}

object_ptr<process_object> start(child_plan& plan) {
  open_handle_server();  // the child may come
  cell& record = plan_record(plan);
  os::unique_fd begin;
  pid_t child = 0;
  try {
    child = plan.suspended ? spawn_suspended(plan, begin) : spawn_now(plan);
  } catch (win32_failure const&) {
    record.exported.store(0, std::memory_order_relaxed);
    win32::give_back(record);
    throw;
  }
  os::unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  auto made = make_object<process_object>(child, std::move(pidfd), true, &record);
  if (begin) made->hold_back(std::move(begin));
  return made;
}

// What a child is told of its STARTUPINFO: numbers, and the title in hexadecimal, for it may hold anything.
constexpr char const* startup_variable = "COVIEW_STARTUP";

void forget_startup(std::vector<std::string>& environment) {
  std::erase_if(environment, [start = std::string(startup_variable) + '='](auto const& one) {
    return one.compare(0, start.size(), start) == 0;
  });
}

template <class StartupInfo>
void tell_startup(std::vector<std::string>& environment, StartupInfo const* startup) {
  forget_startup(environment);
  if (startup == nullptr) return;
  std::string text = std::string(startup_variable) + '=';
  for (DWORD const number :
       {startup->dwFlags, DWORD{startup->wShowWindow}, startup->dwX, startup->dwY, startup->dwXSize, startup->dwYSize,
        startup->dwXCountChars, startup->dwYCountChars, startup->dwFillAttribute})
    text += std::to_string(number) + ',';
  if (startup->lpTitle != nullptr) {
    text += 't';
    for (char const c : utf8_from(startup->lpTitle)) {
      constexpr char const* digits = "0123456789abcdef";
      auto const byte = static_cast<unsigned char>(c);
      text += digits[byte >> 4U];
      text += digits[byte & 0xFU];
    }
  }
  environment.push_back(std::move(text));
}

/// The title that the parent gave, which stays for the process's life; nullptr where it gave none.
template <class Char>
constinit coview::os::made_once<std::basic_string<Char>> given_titles;

template <class Char>
Char* given_title(std::string_view hex) {
  if (!hex.starts_with('t')) return nullptr;
  auto const decoded = [hex] {
    std::string text;
    for (std::size_t i = 1; i + 1 < hex.size(); i += 2)
      text += static_cast<char>(std::strtoul(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
    if constexpr (sizeof(Char) > 1) {
      return std::make_unique<std::wstring>(to_wide(text));
    } else {
      return std::make_unique<std::string>(std::move(text));
    }
  };
  return given_titles<Char>.get(decoded).data();
}

template <class StartupInfo, class Char = std::remove_pointer_t<decltype(StartupInfo::lpTitle)>>
void fill_startup(StartupInfo* startup) {
  *startup = {};
  startup->cb = sizeof *startup;
  char const* const told = coview::os::environment(startup_variable);
  if (told == nullptr) return;
  std::array<DWORD, 9> numbers{};
  char const* at = told;
  for (auto& number : numbers) {
    char* end = nullptr;
    number = static_cast<DWORD>(std::strtoul(at, &end, 10));
    if (end == at || *end != ',') return;  // not written by a parent of ours
    at = end + 1;
  }
  startup->dwFlags = numbers[0];
  startup->wShowWindow = static_cast<WORD>(numbers[1]);
  startup->dwX = numbers[2];
  startup->dwY = numbers[3];
  startup->dwXSize = numbers[4];
  startup->dwYSize = numbers[5];
  startup->dwXCountChars = numbers[6];
  startup->dwYCountChars = numbers[7];
  startup->dwFillAttribute = numbers[8];
  startup->lpTitle = guarded([&] { return given_title<Char>(at); }, nullptr);
  if ((startup->dwFlags & STARTF_USESTDHANDLES) == 0) return;
  startup->hStdInput = GetStdHandle(STD_INPUT_HANDLE);
  startup->hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  startup->hStdError = GetStdHandle(STD_ERROR_HANDLE);
}

template <class Char, class StartupInfo>
BOOL create_process(Char const* application, Char const* command_line, SECURITY_ATTRIBUTES const* process_attributes,
                    SECURITY_ATTRIBUTES const* thread_attributes, bool inherit, DWORD flags, void const* environment,
                    Char const* directory, StartupInfo const* startup, PROCESS_INFORMATION* information) {
  return guarded(
      [&]() -> BOOL {
        if (leads_nowhere(information)) throw_code(ERROR_NOACCESS);
        child_plan plan;
        plan.what = find_program(utf8_from(application), utf8_from(command_line));
        plan.environment = environment_of(environment, (flags & CREATE_UNICODE_ENVIRONMENT) != 0);
        if (directory != nullptr) plan.directory = directory_from(utf8_from(directory));
        plan.suspended = (flags & CREATE_SUSPENDED) != 0;
        tell_startup(plan.environment, startup);
        plan_standard(plan, startup);
        if (inherit) plan_handles(plan, startup, flags);
        auto const made = start(plan);
        PROCESS_INFORMATION filled{};
        made->be_known();
        filled.hProcess = make_handle(made, PROCESS_ALL_ACCESS, inherits(process_attributes));
        if (filled.hProcess == nullptr) made->last_handle_closed();
        if (filled.hProcess == nullptr) return FALSE;
        filled.hThread = make_handle(made, THREAD_ALL_ACCESS, inherits(thread_attributes));
        if (filled.hThread == nullptr) {
          handle_table::close(filled.hProcess);
          return FALSE;
        }
        filled.dwProcessId = filled.dwThreadId = made->id();
        *information = filled;
        return TRUE;
      },
      FALSE);
}

/// The _spawn family: argv instead of a line.
intptr_t spawn_arguments(int mode, char const* path, std::vector<std::string> arguments) {
  constexpr intptr_t no = -1;
  if (mode == _P_OVERLAY) {
    auto all = pointers(arguments);
    ::execvp(path, all.data());
    return no;
  }
  auto const result = guarded(
      [&]() -> intptr_t {
        child_plan plan;
        plan.what = find_program({}, quote_argument(path));
        plan.what.arguments = std::move(arguments);
        plan.environment = environment_of(nullptr, false);
        forget_startup(plan.environment);
        plan.inherited = prepare_inheritance();
        auto const made = start(plan);
        if (mode == _P_WAIT) {
          wait_for_one(made->point(), {}, nullptr);
          return static_cast<int>(made->exit_code());
        }
        HANDLE const handle = make_handle(made, PROCESS_ALL_ACCESS, false);
        return handle != nullptr ? reinterpret_cast<intptr_t>(handle) : no;
      },
      no);
  if (result == no && mode != _P_WAIT) errno = last_error == ERROR_FILE_NOT_FOUND ? ENOENT : ENOMEM;
  return result;
}

std::vector<std::string> listed(char const* first, va_list more) {
  std::vector<std::string> all;
  for (auto const* one = first; one != nullptr; one = va_arg(more, char const*)) all.emplace_back(one);
  return all;
}

std::vector<std::string> listed(char const* const* arguments) {
  std::vector<std::string> all;
  for (; *arguments != nullptr; ++arguments) all.emplace_back(*arguments);
  return all;
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

BOOL CreateProcessA(LPCSTR application, LPSTR command_line, LPSECURITY_ATTRIBUTES process_attributes,
                    LPSECURITY_ATTRIBUTES thread_attributes, BOOL inherit_handles, DWORD flags, LPVOID environment,
                    LPCSTR current_directory, LPSTARTUPINFOA startup, LPPROCESS_INFORMATION information) {
  return create_process<char>(application, command_line, process_attributes, thread_attributes,
                              inherit_handles != FALSE, flags, environment, current_directory, startup, information);
}

BOOL CreateProcessW(LPCWSTR application, LPWSTR command_line, LPSECURITY_ATTRIBUTES process_attributes,
                    LPSECURITY_ATTRIBUTES thread_attributes, BOOL inherit_handles, DWORD flags, LPVOID environment,
                    LPCWSTR current_directory, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information) {
  return create_process<wchar_t>(application, command_line, process_attributes, thread_attributes,
                                 inherit_handles != FALSE, flags, environment, current_directory, startup,
                                 information);
}

VOID GetStartupInfoA(LPSTARTUPINFOA startup) {
  fill_startup(startup);
}
VOID GetStartupInfoW(LPSTARTUPINFOW startup) {
  fill_startup(startup);
}

BOOL InitializeProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD count, DWORD flags, PSIZE_T size) {
  if (flags != 0 || size == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  SIZE_T const given = *size;
  *size = sizeof(_PROC_THREAD_ATTRIBUTE_LIST);
  if (list == nullptr || given < sizeof(_PROC_THREAD_ATTRIBUTE_LIST)) return refuse(ERROR_INSUFFICIENT_BUFFER);
  *list = {count, 0, nullptr, 0};
  return TRUE;
}
BOOL UpdateProcThreadAttribute(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD flags, DWORD_PTR attribute, PVOID value,
                               SIZE_T size, PVOID /*previous*/, PSIZE_T /*returned*/) {
  if (list == nullptr || flags != 0 || list->count >= list->capacity) return refuse(ERROR_INVALID_PARAMETER);
  ++list->count;
  if (attribute != PROC_THREAD_ATTRIBUTE_HANDLE_LIST) return TRUE;
  if (size == 0 || size % sizeof(HANDLE) != 0) return refuse(ERROR_BAD_LENGTH);
  list->handles = static_cast<HANDLE const*>(value);
  list->handle_count = size / sizeof(HANDLE);
  return TRUE;
}
VOID DeleteProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list) {
  if (list != nullptr) *list = {};
}

intptr_t _spawnl(int mode, char const* path, char const* argument, ...) {
  va_list more;
  va_start(more, argument);
  auto all = listed(argument, more);
  va_end(more);
  return spawn_arguments(mode, path, std::move(all));
}
intptr_t _spawnlp(int mode, char const* path, char const* argument, ...) {
  va_list more;
  va_start(more, argument);
  auto all = listed(argument, more);
  va_end(more);
  return spawn_arguments(mode, path, std::move(all));
}
intptr_t _spawnv(int mode, char const* path, char const* const* arguments) {
  return spawn_arguments(mode, path, listed(arguments));
}
intptr_t _spawnvp(int mode, char const* path, char const* const* arguments) {
  return spawn_arguments(mode, path, listed(arguments));
}
intptr_t _cwait(int* status, intptr_t process, int /*action*/) {
  auto* const handle = std::bit_cast<HANDLE>(process);
  DWORD code = 0;
  if (WaitForSingleObject(handle, INFINITE) != WAIT_OBJECT_0 || GetExitCodeProcess(handle, &code) == FALSE) {
    errno = ECHILD;
    return -1;
  }
  if (status != nullptr) *status = static_cast<int>(code);
  handle_table::close(handle);
  return process;
}
int _getpid() {
  return ::getpid();
}
void _cexit() {
  std::fflush(nullptr);
}
