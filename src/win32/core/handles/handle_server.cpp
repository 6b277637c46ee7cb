// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/handle_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coview/win32/handleapi.h>

#include "object/place.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "os/process_wide.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/kinds.hpp"
#include "win32/core/handles/message.hpp"

namespace coview::win32 {
namespace {

constexpr int backlog = 64;
constexpr std::size_t most_callers = 64;
// "coview-handle-server.own.<maker>.<random digits>", or "….child.…" where it was made for a child.
constexpr std::string_view socket_name = "coview-handle-server.";

struct server {
  pid_t owner = 0;  // a forked child has no such thread
  server_socket socket;
  std::vector<os::own_descriptor> callers;  // the first has waited the longest
  bool minds_forks = false;
};
using the_server = os::process_wide<server>;
[[gnu::constructor]] void make_server_state() {
  the_server::make();
}

// Who has tried to open a server: asked at every GetCurrentProcessId.
constinit std::atomic<pid_t> tried_by{0};
constinit std::atomic<bool> runs{false};

struct address {
  sockaddr_un name{};
  socklen_t length = 0;
  /// False where the path is too long to be one.
  bool set(std::string const& path) noexcept {
    if (path.size() >= sizeof name.sun_path) return false;
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return true;
  }
  [[nodiscard]] sockaddr const* plain() const noexcept { return reinterpret_cast<sockaddr const*>(&name); }
};

/// Binds the socket to a name in this directory, and takes the name away again. What is left leads to the socket.
os::unique_fd bind_without_name(int socket, int directory, server_for whom) {
  auto name = std::string(socket_name) + (whom == server_for::a_child ? "child." : "own.");
  name += std::to_string(::getpid()) + '.' + os::random_digits() + os::random_digits();
  address here;
  if (!here.set("/proc/self/fd/" + std::to_string(directory) + '/' + name)) return {};
  if (::bind(socket, here.plain(), here.length) != 0) return {};
  os::unique_fd const found(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  ::unlinkat(directory, name.c_str(), 0);
  auto const status = os::status(found.get());
  if (!status || status->st_nlink != 0) return {};  // somebody gave it another name: others would find it by that
  return found ? duplicate_out_of_the_way(found.get()) : os::unique_fd();
}

/// Who is at the other end of a connection, or listened there last.
bool peer_of(int socket, ucred& out) noexcept {
  socklen_t size = sizeof out;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &out, &size) == 0;
}

bool is_own_user(int socket) noexcept {
  ucred other{};
  return peer_of(socket, other) && other.uid == ::geteuid();
}

/// As the kernel decides who may look into a process. Asked at each request: this process may have other rights by
/// now than when it opened its server.
bool may_ask(int socket) noexcept {
  ucred other{};
  return os::open_to_own_user() && peer_of(socket, other) && other.uid == ::geteuid() &&
         (other.uid == 0 || other.gid == ::getegid());
}

HANDLE handle_from(std::uint64_t value) noexcept {
  return std::bit_cast<HANDLE>(static_cast<std::uintptr_t>(value));
}

DWORD give(message_head const& context, HANDLE handle, message& answer) {
  // Handles to threads do not pass, and the pseudo-handle would mean this one.
  if (handle == current_thread_handle()) return ERROR_NOT_SUPPORTED;
  ACCESS_MASK access = 0;
  auto const what = pin_any(handle, access);
  if (!what) return ERROR_INVALID_HANDLE;
  auto const granted = rights_of_duplicate(*what, access, context.access, context.options);
  if (!granted) return ERROR_ACCESS_DENIED;
  answer.object.what = what->what();
  if (!what->prepare_transfer(answer.object)) return ERROR_NOT_SUPPORTED;
  answer.head.access = *granted;
  return 0;
}

DWORD take(message& context, message& answer) {
  auto const what = adopt_object(context.object);
  if (!what) return ERROR_NOT_SUPPORTED;
  auto* const made = handle_table::insert(*what, context.head.access, context.head.flags & HANDLE_FLAG_INHERIT);
  if (made == nullptr) return last_error;
  answer.head.handle = std::bit_cast<std::uintptr_t>(made);
  return 0;
}

DWORD open(message& context, message& answer) {
  auto const on_request = entry_of(context.object.what).on_request;
  if (on_request == nullptr) return ERROR_INVALID_PARAMETER;
  answer.object.what = context.object.what;
  return on_request(context.object, context.head.access, answer.object);
}

DWORD serve(message& context, message& answer) {
  auto* const handle = handle_from(context.head.handle);
  switch (context.head.purpose) {
    case message_purpose::give:
      return give(context.head, handle, answer);
    case message_purpose::take:
      return take(context, answer);
    case message_purpose::close:
      return CloseHandle(handle) != FALSE ? 0 : ERROR_INVALID_HANDLE;
    case message_purpose::open:
      return open(context, answer);
    case message_purpose::answer:
      break;
  }
  return ERROR_INVALID_PARAMETER;
}

/// One request; nothing that a caller sends or does not receive is more than its own loss.
void serve_caller(int caller) {
  message context;
  message answer;
  // Before anything else, for what was not read would be a reset instead of an answer.
  if (context.receive(caller) != 0) return;
  if (!may_ask(caller)) {
    answer.head.code = ERROR_ACCESS_DENIED;
    answer.send(caller);
    return;
  }
  bool const done = guarded([&] { return (answer.head.code = serve(context, answer)) == 0; }, false);
  if (!done && answer.head.code == 0) answer.head.code = last_error;
  if (!done) answer.object = {};
  bool const closes =
      context.head.purpose == message_purpose::give && (context.head.options & DUPLICATE_CLOSE_SOURCE) != 0;
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

/// Everybody who waits at the door. Who is not of this user does not come in at all.
void admit_callers(bool& is_short) {
  is_short = false;
  for (;;) {
    the_server::access all;
    if (!all->socket.listening.still_own()) return;
    os::unique_fd caller(::accept4(all->socket.listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!caller) {
      is_short = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
      return;
    }
    if (!is_own_user(caller.get())) continue;
    if (all->callers.size() == most_callers) all->callers.erase(all->callers.begin());
    all->callers.emplace_back(std::move(caller));
  }
}

/// Takes the callers that have something to say out of those that wait.
std::vector<os::own_descriptor> next_callers(std::vector<pollfd> const& ready) {
  std::vector<os::own_descriptor> chosen;
  the_server::access all;
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

/// The door first, where it is open; then who is inside. Nothing once the program has taken the door away.
std::vector<pollfd> what_to_watch(bool door) {
  std::vector<pollfd> watched;
  the_server::access all;
  if (!all->socket.listening.still_own()) return watched;
  std::erase_if(all->callers, [](auto const& caller) { return !caller.still_own(); });
  watched.reserve(1 + all->callers.size());
  if (door) watched.push_back({all->socket.listening.get(), POLLIN, 0});
  for (auto const& caller : all->callers) watched.push_back({caller.get(), POLLIN, 0});
  return watched;
}

/// There is no way to it any more. The next reason for one makes another.
void end_server() noexcept {
  the_server::access all;
  all->owner = 0;
  all->socket = {};
  all->callers.clear();
  tried_by.store(0, std::memory_order_relaxed);
  // Release: pairs with the acquire in `handle_server_runs`. Who sees that it is gone can have another.
  runs.store(false, std::memory_order_release);
}

void* serve_callers(void* /*nothing*/) {
  constexpr int breath_in_ms = 50;
  bool is_short = false;  // of descriptors: whoever waits at the door stays there for a moment
  for (bool has_door = true; has_door;) {
    guarded(
        [&] {
          auto const admits = !is_short;
          auto watched = what_to_watch(admits);
          has_door = !admits || !watched.empty();
          is_short = false;
          if (!has_door || ::poll(watched.data(), watched.size(), admits ? -1 : breath_in_ms) <= 0) return false;
          if (admits && watched.front().revents != 0) admit_callers(is_short);
          for (auto const& caller : next_callers(watched)) {
            if (caller.still_own()) serve_caller(caller.get());
          }
          return true;
        },
        false);
  }
  end_server();
  return nullptr;
}

bool start_thread() noexcept {
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  int const error = ::pthread_create(&thread, nullptr, &serve_callers, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) ::pthread_detach(thread);
  return error == 0;
}

/// A forked child must not answer in its parent's name, nor keep the socket when its parent has ended.
void close_in_forked_child() {
  the_server::access all;
  all->owner = 0;
  all->socket = {};
  all->callers.clear();
  runs.store(false, std::memory_order_relaxed);
}

void open_with(server_socket socket) {
  auto const self = ::getpid();
  if (!os::open_to_own_user()) return;
  {
    the_server::access all;
    if (!all->minds_forks) all->minds_forks = ::pthread_atfork(nullptr, nullptr, &close_in_forked_child) == 0;
    if (!all->minds_forks || all->owner == self) return;
  }
  if (!is_server_socket(socket))
    socket = make_server_socket(server_for::this_process);  // not under the lock: it looks for directories
  if (!socket || ::fcntl(socket.listening.get(), F_SETFL, O_NONBLOCK) != 0) return;
  // Again, from here: whoever connects is shown the credentials of who listened last.
  if (::listen(socket.listening.get(), backlog) != 0) return;
  the_server::access all;
  if (all->owner == self) return;  // another thread was first
  all->socket = std::move(socket);
  if (!start_thread()) {
    all->socket = {};
    return;
  }
  all->owner = self;
  runs.store(true, std::memory_order_relaxed);
}

/// A way to a server, as it stands in a process's table of descriptors.
struct server_address {
  std::string path;
  pid_t maker = 0;  // 0, unless it was made for a child
};

server_address parse_address(std::string path, std::string_view target) {
  constexpr std::string_view for_a_child = "child.";
  server_address made{std::move(path)};
  auto rest = target.substr(target.rfind('/') + 1).substr(socket_name.size());
  if (rest.substr(0, for_a_child.size()) != for_a_child) return made;
  rest.remove_prefix(for_a_child.size());
  (void)std::from_chars(rest.data(), rest.data() + rest.size(), made.maker);
  return made;
}

/// What a look into a process's table of descriptors gave.
struct server_addresses {
  std::vector<server_address> found;  // any number: what is called so and leads nowhere is passed over
  bool is_ending = false;             // it has no descriptors any more
  bool changed_meanwhile = false;     // some were gone before they could be looked at
  bool is_shut = false;               // the kernel does not let this process look
};

/// Whether it has given up its memory, which comes before its descriptors: /proc is root's from then on.
bool has_no_memory(pid_t process) {
  auto const pages = os::read_whole(("/proc/" + std::to_string(process) + "/statm").c_str());
  return pages && pages->compare(0, 2, "0 ") == 0;
}

server_addresses addresses_of(pid_t process) {
  server_addresses seen;
  auto const path = "/proc/" + std::to_string(process) + "/fd";
  auto const directory = os::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory) {
    bool const refused = directory.error() == EACCES || directory.error() == EPERM;
    seen.is_ending = refused && has_no_memory(process);
    seen.is_shut = refused && !seen.is_ending;
    return seen;
  }
  auto const names = os::entries(directory->get());
  if (!names) return seen;
  seen.is_ending = names->empty();
  for (auto const& name : *names) {
    std::array<char, 512> text{};
    auto const length = ::readlinkat(directory->get(), name.c_str(), text.data(), text.size());
    seen.is_shut = seen.is_shut || (length < 0 && (errno == EACCES || errno == EPERM));
    seen.changed_meanwhile = seen.changed_meanwhile || length < 0;
    if (length <= 0) continue;
    std::string_view const target(text.data(), static_cast<std::size_t>(length));
    if (target.substr(target.rfind('/') + 1).substr(0, socket_name.size()) != socket_name) continue;
    seen.found.push_back(parse_address(std::string(path).append(1, '/').append(name), target));
  }
  return seen;
}

/// A process has its parent's descriptors for a moment after a fork, and those of a server are the parent's. So who
/// listens must be the process itself; or, of one that CreateProcess has just started, still its parent.
bool serves(int socket, pid_t process, server_address const& address) noexcept {
  ucred other{};
  if (!peer_of(socket, other) || other.uid != ::geteuid()) return false;
  return other.pid == process || (address.maker != 0 && other.pid == address.maker);
}

}  // namespace

void open_handle_server(server_socket made_by_parent) noexcept {
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

void open_handle_server() noexcept {
  if (tried_by.load(std::memory_order_relaxed) != ::getpid()) open_handle_server(server_socket{});
}

bool handle_server_runs() noexcept {
  return runs.load(std::memory_order_acquire);
}

server_socket make_server_socket(server_for whom) noexcept {
  DWORD const before = last_error;
  server_socket made;
  bool const done = guarded(
      [&made, whom] {
        if (!os::open_to_own_user()) return false;
        os::unique_fd const first(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        if (first) made.listening = duplicate_out_of_the_way(first.get());
        if (!made.listening || ::fchmod(made.listening.get(), S_IRUSR | S_IWUSR) != 0) return false;
        auto const where = find_place(name_scope::local, if_missing::create, {"make", "handle server"});
        made.address = bind_without_name(made.listening.get(), where->directory.get(), whom);
        return made.address && ::listen(made.listening.get(), backlog) == 0;
      },
      false);
  last_error = before;
  return done ? std::move(made) : server_socket{};
}

bool is_server_socket(server_socket const& one) noexcept {
  int type = 0;
  int listens = 0;
  socklen_t size = sizeof type;
  struct ::stat address {};
  return one && ::getsockopt(one.listening.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
         ::getsockopt(one.listening.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1 &&
         ::fstat(one.address.get(), &address) == 0 && S_ISSOCK(address.st_mode) && address.st_uid == ::geteuid();
}

namespace {

/// A connection, or the errno.
os::result<os::unique_fd> connect_to(pid_t process, server_address const& one) {
  auto const failed = [](int failure) { return os::result<os::unique_fd>::failure(failure); };
  os::unique_fd made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!made) return failed(errno);
  // Linux holds a connect back where the queue is full, for as long as a send.
  timeval const patience{patience_in_ms / 1000, 0};
  ::setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  address there;
  if (!there.set(one.path)) return failed(ECONNREFUSED);
  while (::connect(made.get(), there.plain(), there.length) != 0) {
    if (errno != EINTR) return failed(errno);
  }
  return serves(made.get(), process, one) ? std::move(made) : failed(ECONNREFUSED);
}

}  // namespace

os::result<os::unique_fd> connect_to_handle_server(pid_t process) {
  constexpr int most_looks = 3;
  int failure = ECONNREFUSED;
  for (int look = 0; look < most_looks; ++look) {
    auto seen = addresses_of(process);
    if (seen.is_shut) return os::result<os::unique_fd>::failure(EACCES);
    if (seen.is_ending) return os::result<os::unique_fd>::failure(ECONNRESET);
    for (auto const& one : seen.found) {
      auto made = connect_to(process, one);
      if (made) return made;
      if (made.error() == ENOENT) seen.changed_meanwhile = true;
      if (made.error() == EAGAIN || made.error() == EMFILE || made.error() == ENFILE) failure = made.error();
    }
    if (!seen.changed_meanwhile || failure != ECONNREFUSED) break;
  }
  return os::result<os::unique_fd>::failure(failure);
}

}  // namespace coview::win32
