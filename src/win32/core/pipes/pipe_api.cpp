// SPDX-License-Identifier: Apache-2.0
// The calls of namedpipeapi.h on named pipes, and what the calls for files do with their ends.
#include "win32/core/pipes/pipe_api.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include <coview/win32/winbase.h>

#include "os/process.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/pipes/pipe_client.hpp"
#include "win32/core/pipes/pipe_name.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr ACCESS_MASK writes = FILE_WRITE_DATA | FILE_APPEND_DATA;
constexpr DWORD any_modes = PIPE_READMODE_MESSAGE | PIPE_NOWAIT;

/// An end with one of these rights; null with the last error.
object_ptr<pipe_end> end_of(HANDLE handle, ACCESS_MASK one_of = 0) {
  handle_guard const use(handle);
  auto end = use.pin_as<pipe_end>();
  if (!end || one_of == 0 || (use.access() & one_of) != 0) return end;
  set_error(ERROR_ACCESS_DENIED);
  return {};
}

/// The name of a call that makes or waits. Throws a code.
template <class Char>
object_name required_name(Char const* text, DWORD if_it_is_none) {
  if (text == nullptr) throw_code(ERROR_PATH_NOT_FOUND);
  auto name = pipe_name(utf8_from(text));
  if (!name) throw_code(if_it_is_none);
  return std::move(*name);
}

struct instance_options {
  DWORD open_mode;
  DWORD pipe_mode;
  pipe_directory::facts facts;
  [[nodiscard]] bool first() const noexcept { return (open_mode & FILE_FLAG_FIRST_PIPE_INSTANCE) != 0; }
};

instance_options options_of(DWORD open_mode, DWORD pipe_mode, DWORD most_instances, DWORD out_quota, DWORD in_quota,
                            DWORD default_wait) noexcept {
  return {open_mode,
          pipe_mode,
          {open_mode & PIPE_ACCESS_DUPLEX, (pipe_mode & PIPE_TYPE_MESSAGE) != 0 ? 1U : 0U, most_instances, out_quota,
           in_quota, default_wait}};
}

void require_valid(instance_options const& options) {
  static_assert(WRITE_OWNER == FILE_FLAG_FIRST_PIPE_INSTANCE);
  constexpr DWORD known_open = PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE | FILE_FLAG_WRITE_THROUGH |
                               FILE_FLAG_OVERLAPPED | WRITE_DAC | ACCESS_SYSTEM_SECURITY;
  constexpr DWORD known_pipe = PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_NOWAIT | PIPE_REJECT_REMOTE_CLIENTS;
  bool const sane = (options.open_mode & ~known_open) == 0 && (options.open_mode & PIPE_ACCESS_DUPLEX) != 0 &&
                    (options.pipe_mode & ~known_pipe) == 0 && options.facts.most_instances >= 1 &&
                    options.facts.most_instances <= PIPE_UNLIMITED_INSTANCES &&
                    (options.facts.message_type != 0 || (options.pipe_mode & PIPE_READMODE_MESSAGE) == 0);
  if (!sane) throw_code(ERROR_INVALID_PARAMETER);
}

/// The directory of the name, with a slot in it. Whoever waits for the pipe may hold the name of one that is gone: it
/// lets go when it sees that no instance is left.
std::shared_ptr<pipe_directory> take_place(object_name const& name, instance_options const& options,
                                           std::uint32_t& slot) {
  using std::chrono::steady_clock;
  auto const until = steady_clock::now() + std::chrono::seconds(2);
  for (;;) {
    bool existed = false;
    auto where = pipe_directory::find_or_make(name, options.facts, existed);
    auto const there = existed ? where->instances().size() : 0;
    if (!existed || there > 0) {
      auto const& said = where->said();
      if (existed && options.first()) throw_code(ERROR_ACCESS_DENIED);
      bool const unlimited = said.most_instances == PIPE_UNLIMITED_INSTANCES;
      if (!unlimited && there >= said.most_instances) throw_code(ERROR_PIPE_BUSY);
      if (said.access != options.facts.access || said.message_type != options.facts.message_type)
        throw_code(ERROR_ACCESS_DENIED);
      auto const taken = where->take_slot();
      if (!taken) throw_code(ERROR_PIPE_BUSY);
      slot = *taken;
      return where;
    }
    if (steady_clock::now() > until) throw_code(ERROR_PIPE_BUSY);
    where.reset();
    constexpr timespec rest{0, 1'000'000};
    ::nanosleep(&rest, nullptr);
  }
}

ACCESS_MASK rights_of_server(DWORD open_mode) {
  ACCESS_MASK rights =
      SYNCHRONIZE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | (open_mode & (WRITE_DAC | WRITE_OWNER));
  if ((open_mode & PIPE_ACCESS_INBOUND) != 0) rights |= FILE_GENERIC_READ;
  if ((open_mode & PIPE_ACCESS_OUTBOUND) != 0) rights |= FILE_GENERIC_WRITE;
  return rights;
}

template <class Char>
HANDLE create_pipe(Char const* text, instance_options const& options, SECURITY_ATTRIBUTES const* attributes) {
  return guarded(
      [&] {
        auto name = required_name(text, ERROR_INVALID_NAME);
        require_valid(options);
        open_handle_server();  // which lets clients in; where there is to be none, only this process itself comes
        if (!handle_server_runs() && coview::os::open_to_own_user()) throw_code(ERROR_NO_SYSTEM_RESOURCES);
        std::uint32_t slot = 0;
        auto where = take_place(name, options, slot);
        auto* const directory = where.get();
        auto const made = make_object<pipe_end>(std::move(where), std::move(name), slot, options.open_mode);
        made->set_mode(options.pipe_mode & any_modes);
        HANDLE const handle = make_handle(made, rights_of_server(options.open_mode), inherits(attributes));
        if (handle == nullptr) return INVALID_HANDLE_VALUE;
        directory->set(slot, pipe_layout::instance_state::listening);
        set_error(ERROR_SUCCESS);
        return handle;
      },
      INVALID_HANDLE_VALUE);
}

template <class Char>
BOOL wait_for_pipe(Char const* text, DWORD milliseconds) {
  return guarded(
      [&] {
        auto const name = required_name(text, ERROR_PATH_NOT_FOUND);
        DWORD const code = wait_for_instance(name, milliseconds);
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}

/// A handle of a call of its own.
class own_handle {
 public:
  explicit own_handle(HANDLE handle) noexcept : handle_(handle) {}
  ~own_handle() {
    DWORD const before = last_error;
    CloseHandle(handle_);
    set_error(before);
  }
  own_handle(own_handle const&) = delete;
  own_handle& operator=(own_handle const&) = delete;
  [[nodiscard]] HANDLE get() const noexcept { return handle_; }

 private:
  HANDLE handle_;
};

HANDLE open_when_free(object_name const& name, DWORD milliseconds) {
  for (;;) {
    DWORD code = 0;
    HANDLE const handle = guarded([&] { return open_pipe(name, GENERIC_READ | GENERIC_WRITE, 0, false); }, nullptr);
    if (handle != nullptr) return handle;
    if (last_error != ERROR_PIPE_BUSY) throw_code(last_error);
    if (milliseconds == NMPWAIT_NOWAIT) throw_code(ERROR_PIPE_BUSY);
    code = wait_for_instance(name, milliseconds);
    if (code != ERROR_SUCCESS) throw_code(code);
  }
}

template <class Char>
BOOL call_pipe(Char const* text, void* in, DWORD in_size, void* out, DWORD out_size, DWORD* count,
               DWORD milliseconds) {
  if (count != nullptr) *count = 0;
  return guarded(
      [&] {
        auto const name = required_name(text, ERROR_PATH_NOT_FOUND);
        own_handle const pipe(open_when_free(name, milliseconds));
        DWORD mode = PIPE_READMODE_MESSAGE;
        DWORD got = 0;
        if (SetNamedPipeHandleState(pipe.get(), &mode, nullptr, nullptr) == FALSE) return FALSE;
        BOOL const done = TransactNamedPipe(pipe.get(), in, in_size, out, out_size, &got, nullptr);
        if (count != nullptr) *count = got;
        return done;
      },
      FALSE);
}

BOOL run(HANDLE handle, ACCESS_MASK one_of, pipe_operation context, DWORD* count,
         LPOVERLAPPED_COMPLETION_ROUTINE routine) {
  if (count != nullptr) *count = 0;
  return guarded(
      [&] {
        auto const end = end_of(handle, one_of);
        if (!end) return FALSE;
        if (routine != nullptr && !end->is_overlapped()) return refuse(ERROR_INVALID_PARAMETER);
        context.issuer = GetCurrentThreadId();
        context.routine = routine;
        if (routine != nullptr) {
          auto& self = thread_object::current();
          self.add_reference();
          context.thread = object_ptr<thread_object>(&self);
        }
        return end->run(std::move(context), count);
      },
      FALSE);
}

bool reads_by_message(HANDLE handle) noexcept {
  handle_guard const use(handle);
  auto const* const end = use.as<pipe_end>();
  return end != nullptr && (end->mode() & PIPE_READMODE_MESSAGE) != 0;
}

/// Of pipes between machines, which there are none of.
bool asks_for_collection(DWORD const* count, DWORD const* timeout) noexcept {
  return count != nullptr || timeout != nullptr;
}

template <class Name>
BOOL handle_state(HANDLE handle, DWORD* state, DWORD* instances, DWORD* count, DWORD* timeout, Name user) {
  return guarded(
      [&] {
        if (!is_pipe_end(handle)) {
          if (instances != nullptr) *instances = 1;
          return anonymous_state(handle, state);
        }
        auto const end = end_of(handle);
        if (!end) return FALSE;
        if (asks_for_collection(count, timeout)) return refuse(ERROR_INVALID_PARAMETER);
        if (state != nullptr) *state = end->mode();
        if (instances != nullptr) *instances = static_cast<DWORD>(end->count_instances());
        return user(*end);
      },
      FALSE);
}

/// A client is always of this user.
template <class Char, class Call>
BOOL give_user(pipe_end const& end, Char* buffer, DWORD size, Call get_user) {
  if (buffer == nullptr) return TRUE;
  if (!end.is_server()) return refuse(ERROR_INVALID_PARAMETER);
  return get_user(buffer, &size);
}

BOOL process_of(HANDLE handle, ULONG* out, pipe_side side) {
  auto const end = end_of(handle);
  if (!end) return FALSE;
  if (out == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  DWORD code = 0;
  auto const link = end->link(code);
  if (!link && (side == pipe_side::client || !end->is_server())) return refuse(code);
  *out = link ? link->process(side) : static_cast<ULONG>(::getpid());
  return TRUE;
}

BOOL session_of(HANDLE handle, ULONG* out, pipe_side side) {
  ULONG process = 0;
  if (out == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  return process_of(handle, &process, side) != FALSE ? ProcessIdToSessionId(process, out) : FALSE;
}

BOOL refuse_computer_name(HANDLE handle) {
  return end_of(handle) ? refuse(ERROR_PIPE_LOCAL) : FALSE;
}

}  // namespace

bool is_pipe_end(HANDLE handle) noexcept {
  handle_guard const use(handle);
  return use && use.get()->what() == object::kind::pipe;
}

BOOL read_pipe(HANDLE handle, void* buffer, DWORD size, DWORD* count, OVERLAPPED* overlapped,
               LPOVERLAPPED_COMPLETION_ROUTINE routine) {
  pipe_operation context;
  context.in = {buffer, size, reads_by_message(handle)};
  context.overlapped = overlapped;
  return run(handle, FILE_READ_DATA, std::move(context), count, routine);
}

BOOL write_pipe(HANDLE handle, void const* buffer, DWORD size, DWORD* count, OVERLAPPED* overlapped,
                LPOVERLAPPED_COMPLETION_ROUTINE routine) {
  pipe_operation context;
  context.what = pipe_operation::kind::write;
  context.out = {buffer, size};
  context.overlapped = overlapped;
  return run(handle, writes, std::move(context), count, routine);
}

BOOL flush_pipe(HANDLE handle) {
  return guarded(
      [&] {
        auto const end = end_of(handle);  // of pipes no right is asked for
        return end ? end->flush() : FALSE;
      },
      FALSE);
}

BOOL cancel_pipe(HANDLE handle, bool of_this_thread, OVERLAPPED const* overlapped) {
  return guarded(
      [&] {
        auto const end = end_of(handle);
        if (!end) return FALSE;
        bool const some = end->cancel(of_this_thread ? GetCurrentThreadId() : 0, overlapped);
        return some || of_this_thread ? TRUE : refuse(ERROR_NOT_FOUND);
      },
      FALSE);
}

}  // namespace coview::win32

using namespace coview::win32;

HANDLE CreateNamedPipeA(LPCSTR lpName, DWORD dwOpenMode, DWORD dwPipeMode, DWORD nMaxInstances, DWORD nOutBufferSize,
                        DWORD nInBufferSize, DWORD nDefaultTimeOut, LPSECURITY_ATTRIBUTES lpSecurityAttributes) {
  return create_pipe(
      lpName, options_of(dwOpenMode, dwPipeMode, nMaxInstances, nOutBufferSize, nInBufferSize, nDefaultTimeOut),
      lpSecurityAttributes);
}
HANDLE CreateNamedPipeW(LPCWSTR lpName, DWORD dwOpenMode, DWORD dwPipeMode, DWORD nMaxInstances, DWORD nOutBufferSize,
                        DWORD nInBufferSize, DWORD nDefaultTimeOut, LPSECURITY_ATTRIBUTES lpSecurityAttributes) {
  return create_pipe(
      lpName, options_of(dwOpenMode, dwPipeMode, nMaxInstances, nOutBufferSize, nInBufferSize, nDefaultTimeOut),
      lpSecurityAttributes);
}

BOOL ConnectNamedPipe(HANDLE hNamedPipe, LPOVERLAPPED lpOverlapped) {
  return guarded(
      [&] {
        auto const end = end_of(hNamedPipe);
        if (!end) return FALSE;
        open_handle_server();  // a forked child, or one that has inherited the handle, may have none yet
        return end->connect(lpOverlapped);
      },
      FALSE);
}

BOOL DisconnectNamedPipe(HANDLE hNamedPipe) {
  return guarded(
      [&] {
        auto const end = end_of(hNamedPipe);
        return end ? end->disconnect() : FALSE;
      },
      FALSE);
}

BOOL WaitNamedPipeA(LPCSTR lpNamedPipeName, DWORD nTimeOut) {
  return wait_for_pipe(lpNamedPipeName, nTimeOut);
}
BOOL WaitNamedPipeW(LPCWSTR lpNamedPipeName, DWORD nTimeOut) {
  return wait_for_pipe(lpNamedPipeName, nTimeOut);
}

BOOL CallNamedPipeA(LPCSTR lpNamedPipeName, LPVOID lpInBuffer, DWORD nInBufferSize, LPVOID lpOutBuffer,
                    DWORD nOutBufferSize, LPDWORD lpBytesRead, DWORD nTimeOut) {
  return call_pipe(lpNamedPipeName, lpInBuffer, nInBufferSize, lpOutBuffer, nOutBufferSize, lpBytesRead, nTimeOut);
}
BOOL CallNamedPipeW(LPCWSTR lpNamedPipeName, LPVOID lpInBuffer, DWORD nInBufferSize, LPVOID lpOutBuffer,
                    DWORD nOutBufferSize, LPDWORD lpBytesRead, DWORD nTimeOut) {
  return call_pipe(lpNamedPipeName, lpInBuffer, nInBufferSize, lpOutBuffer, nOutBufferSize, lpBytesRead, nTimeOut);
}

BOOL TransactNamedPipe(HANDLE hNamedPipe, LPVOID lpInBuffer, DWORD nInBufferSize, LPVOID lpOutBuffer,
                       DWORD nOutBufferSize, LPDWORD lpBytesRead, LPOVERLAPPED lpOverlapped) {
  return guarded(
      [&] {
        if (lpBytesRead != nullptr) *lpBytesRead = 0;
        auto const end = end_of(hNamedPipe, FILE_READ_DATA);
        if (!end) return FALSE;
        DWORD code = 0;
        auto const link = end->link(code);
        if (!link) return refuse(code);
        bool const both_ways = end->said().access == PIPE_ACCESS_DUPLEX && (end->mode() & PIPE_READMODE_MESSAGE) != 0;
        if (!both_ways) return refuse(ERROR_BAD_PIPE);
        if (link->has_something()) return refuse(ERROR_PIPE_BUSY);
        pipe_operation context;
        context.what = pipe_operation::kind::transact;
        context.in = {lpOutBuffer, nOutBufferSize, true};
        context.out = {lpInBuffer, nInBufferSize};
        context.overlapped = lpOverlapped;
        context.issuer = GetCurrentThreadId();
        return end_of(hNamedPipe, writes) ? end->run(std::move(context), lpBytesRead) : FALSE;
      },
      FALSE);
}

BOOL PeekNamedPipe(HANDLE hNamedPipe, LPVOID lpBuffer, DWORD nBufferSize, LPDWORD lpBytesRead,
                   LPDWORD lpTotalBytesAvail, LPDWORD lpBytesLeftThisMessage) {
  return guarded(
      [&] {
        if (!is_pipe_end(hNamedPipe)) {
          return peek_anonymous(hNamedPipe, lpBuffer, nBufferSize, lpBytesRead, lpTotalBytesAvail,
                                lpBytesLeftThisMessage);
        }
        auto const end = end_of(hNamedPipe, FILE_READ_DATA);
        if (!end) return FALSE;
        DWORD code = 0;
        auto const link = end->link(code);
        if (!link) return refuse(ERROR_BAD_PIPE);
        auto const seen = link->peek(lpBuffer, lpBuffer != nullptr ? nBufferSize : 0, reads_by_message(hNamedPipe));
        if (seen.code != ERROR_SUCCESS) return refuse(seen.code);
        if (lpBytesRead != nullptr) *lpBytesRead = seen.copied;
        if (lpTotalBytesAvail != nullptr) *lpTotalBytesAvail = seen.unread;
        if (lpBytesLeftThisMessage != nullptr) *lpBytesLeftThisMessage = seen.left_of_first;
        return TRUE;
      },
      FALSE);
}

BOOL GetNamedPipeHandleStateA(HANDLE hNamedPipe, LPDWORD lpState, LPDWORD lpCurInstances,
                              LPDWORD lpMaxCollectionCount, LPDWORD lpCollectDataTimeout, LPSTR lpUserName,
                              DWORD nMaxUserNameSize) {
  return handle_state(
      hNamedPipe, lpState, lpCurInstances, lpMaxCollectionCount, lpCollectDataTimeout,
      [&](pipe_end const& end) { return give_user(end, lpUserName, nMaxUserNameSize, &GetUserNameA); });
}
BOOL GetNamedPipeHandleStateW(HANDLE hNamedPipe, LPDWORD lpState, LPDWORD lpCurInstances,
                              LPDWORD lpMaxCollectionCount, LPDWORD lpCollectDataTimeout, LPWSTR lpUserName,
                              DWORD nMaxUserNameSize) {
  return handle_state(
      hNamedPipe, lpState, lpCurInstances, lpMaxCollectionCount, lpCollectDataTimeout,
      [&](pipe_end const& end) { return give_user(end, lpUserName, nMaxUserNameSize, &GetUserNameW); });
}

BOOL SetNamedPipeHandleState(HANDLE hNamedPipe, LPDWORD lpMode, LPDWORD lpMaxCollectionCount,
                             LPDWORD lpCollectDataTimeout) {
  return guarded(
      [&] {
        if (!is_pipe_end(hNamedPipe)) return set_anonymous_state(hNamedPipe, lpMode);
        auto const end = end_of(hNamedPipe, FILE_WRITE_ATTRIBUTES);
        if (!end) return FALSE;
        if (asks_for_collection(lpMaxCollectionCount, lpCollectDataTimeout)) return refuse(ERROR_INVALID_PARAMETER);
        if (lpMode == nullptr) return TRUE;
        bool const by_message = (*lpMode & PIPE_READMODE_MESSAGE) != 0;
        if ((*lpMode & ~any_modes) != 0 || (by_message && end->said().message_type == 0))
          return refuse(ERROR_INVALID_PARAMETER);
        end->set_mode(*lpMode);
        return TRUE;
      },
      FALSE);
}

BOOL GetNamedPipeInfo(HANDLE hNamedPipe, LPDWORD lpFlags, LPDWORD lpOutBufferSize, LPDWORD lpInBufferSize,
                      LPDWORD lpMaxInstances) {
  return guarded(
      [&] {
        if (!is_pipe_end(hNamedPipe)) {
          DWORD size = 0;
          if (anonymous_info(hNamedPipe, lpFlags, &size) == FALSE) return FALSE;
          if (lpOutBufferSize != nullptr) *lpOutBufferSize = size;
          if (lpInBufferSize != nullptr) *lpInBufferSize = size;
          if (lpMaxInstances != nullptr) *lpMaxInstances = 1;
          return TRUE;
        }
        auto const end = end_of(hNamedPipe);
        if (!end) return FALSE;
        auto const& said = end->said();
        if (lpFlags != nullptr) {
          *lpFlags = (end->is_server() ? PIPE_SERVER_END : PIPE_CLIENT_END) |
                     (said.message_type != 0 ? PIPE_TYPE_MESSAGE : PIPE_TYPE_BYTE);
        }
        if (lpOutBufferSize != nullptr) *lpOutBufferSize = said.out_quota;
        if (lpInBufferSize != nullptr) *lpInBufferSize = said.in_quota;
        if (lpMaxInstances != nullptr) *lpMaxInstances = said.most_instances;
        return TRUE;
      },
      FALSE);
}

BOOL GetNamedPipeClientProcessId(HANDLE Pipe, PULONG ClientProcessId) {
  return process_of(Pipe, ClientProcessId, pipe_side::client);
}
BOOL GetNamedPipeServerProcessId(HANDLE Pipe, PULONG ServerProcessId) {
  return process_of(Pipe, ServerProcessId, pipe_side::server);
}
BOOL GetNamedPipeClientSessionId(HANDLE Pipe, PULONG ClientSessionId) {
  return session_of(Pipe, ClientSessionId, pipe_side::client);
}
BOOL GetNamedPipeServerSessionId(HANDLE Pipe, PULONG ServerSessionId) {
  return session_of(Pipe, ServerSessionId, pipe_side::server);
}
BOOL GetNamedPipeClientComputerNameA(HANDLE Pipe, LPSTR /*ClientComputerName*/, ULONG /*ClientComputerNameLength*/) {
  return refuse_computer_name(Pipe);
}
BOOL GetNamedPipeClientComputerNameW(HANDLE Pipe, LPWSTR /*ClientComputerName*/, ULONG /*ClientComputerNameLength*/) {
  return refuse_computer_name(Pipe);
}

BOOL ImpersonateNamedPipeClient(HANDLE hNamedPipe) {
  return end_of(hNamedPipe) ? refuse(ERROR_NOT_SUPPORTED) : FALSE;
}
