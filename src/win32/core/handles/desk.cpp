// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/desk.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <vector>

#include <coview/win32/handleapi.h>

#include "os/process_wide.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/parcel.hpp"

namespace coview::win32 {
namespace {

constexpr int out_of_the_way = 10;  // a child's standard handles are put in place below
constexpr int backlog = 64;
constexpr std::size_t most_callers = 64;

struct desk {
  pid_t owner = 0;  // a forked child has no such thread
  os::unique_fd socket;
  std::vector<os::unique_fd> callers;  // the first has waited the longest
};
using the_desk = os::process_wide<desk>;

// Who has tried to open a desk: asked at every GetCurrentProcessId.
constinit std::atomic<pid_t> tried_by{0};
constinit std::atomic<bool> runs{false};

struct address {
  sockaddr_un name{};
  socklen_t length = 0;
};

/// Processes of another PID namespace have other numbers, though the network's namespace may be the same.
address address_of(pid_t process) noexcept {
  struct ::stat space {};
  if (::stat("/proc/self/ns/pid", &space) != 0) space.st_ino = 0;
  address made;
  made.name.sun_family = AF_UNIX;
  int const written = std::snprintf(made.name.sun_path + 1, sizeof made.name.sun_path - 1, "coview-desk/%lu/%d",
                                    static_cast<unsigned long>(space.st_ino), static_cast<int>(process));
  made.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<std::size_t>(written));
  return made;
}

sockaddr const* plain(address const& from) noexcept {
  return reinterpret_cast<sockaddr const*>(&from.name);
}

/// False where the name belongs to somebody else.
bool bind_to(int socket, pid_t process) noexcept {
  auto const wanted = address_of(process);
  if (::bind(socket, plain(wanted), wanted.length) == 0) return ::listen(socket, backlog) == 0;
  address bound;  // the parent may have been first
  bound.length = sizeof bound.name;
  return errno == EINVAL && ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound.name), &bound.length) == 0 &&
         bound.length == wanted.length &&
         std::equal(std::begin(wanted.name.sun_path), std::end(wanted.name.sun_path),
                    std::begin(bound.name.sun_path)) &&
         ::listen(socket, backlog) == 0;
}

bool is_own_user(int socket) noexcept {
  ucred other{};
  socklen_t size = sizeof other;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 && other.uid == ::geteuid();
}

HANDLE handle_from(std::uint64_t value) noexcept {
  return std::bit_cast<HANDLE>(static_cast<std::uintptr_t>(value));
}

DWORD give(parcel_head const& context, HANDLE handle, parcel& answer) {
  // Handles to threads do not pass, and the pseudo-handle would mean this one.
  if (handle == current_thread_handle()) return ERROR_NOT_SUPPORTED;
  ACCESS_MASK access = 0;
  auto const what = pin_any(handle, access);
  if (!what) return ERROR_INVALID_HANDLE;
  auto const granted = rights_of_duplicate(*what, access, context.access, context.options);
  if (!granted) return ERROR_ACCESS_DENIED;
  answer.object.what = what->what();
  if (!what->bequeath(answer.object)) return ERROR_NOT_SUPPORTED;
  answer.head.access = *granted;
  return 0;
}

DWORD take(parcel& context, parcel& answer) {
  auto const what = adopt_object(context.object);
  if (!what) return ERROR_NOT_SUPPORTED;
  auto* const made = handle_table::insert(*what, context.head.access, context.head.flags & HANDLE_FLAG_INHERIT);
  if (made == nullptr) return last_error;
  answer.head.handle = std::bit_cast<std::uintptr_t>(made);
  return 0;
}

DWORD serve(parcel& context, parcel& answer) {
  auto* const handle = handle_from(context.head.handle);
  switch (context.head.operation_context) {
    case errand_of_parcel::give:
      return give(context.head, handle, answer);
    case errand_of_parcel::take:
      return take(context, answer);
    case errand_of_parcel::close:
      return CloseHandle(handle) != FALSE ? 0 : ERROR_INVALID_HANDLE;
    case errand_of_parcel::answer:
      break;
  }
  return ERROR_INVALID_PARAMETER;
}

/// One request; nothing that a caller sends or does not receive is more than its own loss.
void serve_caller(int caller) {
  parcel context;
  parcel answer;
  if (!is_own_user(caller) || context.receive(caller) != 0) return;
  bool const done = guarded([&] { return (answer.head.code = serve(context, answer)) == 0; }, false);
  if (!done && answer.head.code == 0) answer.head.code = last_error;
  if (!done) answer.object = {};
  bool const closes = context.head.operation_context == errand_of_parcel::give &&
                      (context.head.options & DUPLICATE_CLOSE_SOURCE) != 0;
  if (closes) CloseHandle(handle_from(context.head.handle));
  int failure = answer.send(caller);
  if (failure == EMSGSIZE) {
    answer.object = {};
    answer.head.code = ERROR_NOT_SUPPORTED;
    failure = answer.send(caller);
  }
  // Then nobody would ever know of the new handle.
  if (failure != 0 && answer.head.handle != 0) handle_table::close(handle_from(answer.head.handle));
}

void admit_callers(bool& is_short) {
  is_short = false;
  for (;;) {
    the_desk::access all;
    os::unique_fd caller(::accept4(all->socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!caller) {
      is_short = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
      return;
    }
    if (all->callers.size() == most_callers) all->callers.erase(all->callers.begin());
    all->callers.push_back(std::move(caller));
  }
}

/// Takes the callers that have something to say out of those that wait.
std::vector<os::unique_fd> next_callers(std::vector<pollfd> const& ready) {
  std::vector<os::unique_fd> chosen;
  the_desk::access all;
  for (auto const& one : ready) {
    if (one.revents == 0) continue;
    auto const found = std::find_if(all->callers.begin(), all->callers.end(),
                                    [&](auto const& caller) { return caller.get() == one.fd; });
    if (found == all->callers.end()) continue;
    chosen.push_back(std::move(*found));
    all->callers.erase(found);
  }
  return chosen;
}

/// The door first, where it is open; then who is inside.
std::vector<pollfd> what_to_watch(bool door) {
  std::vector<pollfd> watched;
  the_desk::access all;
  watched.reserve(1 + all->callers.size());
  if (door) watched.push_back({all->socket.get(), POLLIN, 0});
  for (auto const& caller : all->callers) watched.push_back({caller.get(), POLLIN, 0});
  return watched;
}

void* serve_for_ever(void* /*nothing*/) {
  constexpr int breath_in_ms = 50;
  bool is_short = false;  // of descriptors: whoever waits at the door stays there for a moment
  for (;;) {
    guarded(
        [&] {
          auto watched = what_to_watch(!is_short);
          bool const had_door = !is_short;
          is_short = false;
          if (::poll(watched.data(), watched.size(), had_door ? -1 : breath_in_ms) <= 0) return false;
          if (had_door && watched.front().revents != 0) admit_callers(is_short);
          for (auto const& caller : next_callers(watched)) serve_caller(caller.get());
          return true;
        },
        false);
  }
  return nullptr;
}

bool start_thread() noexcept {
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  int const error = ::pthread_create(&thread, nullptr, &serve_for_ever, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) ::pthread_detach(thread);
  return error == 0;
}

/// A forked child must not answer in its parent's name, nor keep the name when its parent has ended.
void close_in_forked_child() {
  the_desk::access all;
  all->owner = 0;
  all->socket.reset();
  all->callers.clear();
  runs.store(false, std::memory_order_relaxed);
}

bool is_named(int socket, pid_t process) noexcept {
  return bind_to(socket, process) && ::fcntl(socket, F_SETFL, O_NONBLOCK) == 0;
}

void open_with(os::unique_fd socket) {
  the_desk::access all;
  static bool const once = ::pthread_atfork(nullptr, nullptr, &close_in_forked_child) == 0;
  auto const self = ::getpid();
  if (!once || all->owner == self) return;
  if (!socket || !is_named(socket.get(), self)) socket = make_desk();
  if (!socket || !is_named(socket.get(), self)) return;
  all->socket = std::move(socket);
  if (!start_thread()) {
    all->socket.reset();
    return;
  }
  all->owner = self;
  runs.store(true, std::memory_order_relaxed);
}

}  // namespace

void open_desk(os::unique_fd made_by_parent) noexcept {
  tried_by.store(::getpid(), std::memory_order_relaxed);
  DWORD const before = last_error;
  guarded(
      [&] {
        open_with(std::move(made_by_parent));
        return true;
      },
      false);
  last_error = before;
}

void open_desk() noexcept {
  if (tried_by.load(std::memory_order_relaxed) != ::getpid()) open_desk(os::unique_fd());
}

bool desk_runs() noexcept {
  return runs.load(std::memory_order_relaxed);
}

os::unique_fd make_desk() noexcept {
  os::unique_fd const made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return os::unique_fd(made ? ::fcntl(made.get(), F_DUPFD_CLOEXEC, out_of_the_way) : -1);
}

void name_desk(int socket, pid_t child) noexcept {
  bind_to(socket, child);
}

os::result<os::unique_fd> go_to_desk(pid_t process) {
  os::unique_fd made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!made) return os::result<os::unique_fd>::failure(errno);
  // Linux holds a connect back where the queue is full, for as long as a send.
  timeval const patience{patience_in_ms / 1000, 0};
  ::setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  auto const name = address_of(process);
  while (::connect(made.get(), plain(name), name.length) != 0) {
    if (errno != EINTR) return os::result<os::unique_fd>::failure(errno);
  }
  if (!is_own_user(made.get())) return os::result<os::unique_fd>::failure(ECONNREFUSED);
  return made;
}

}  // namespace coview::win32
