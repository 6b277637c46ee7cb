// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_client.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <coview/win32/namedpipeapi.h>

#include "os/futex.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/message.hpp"
#include "win32/core/sync/local_futex.hpp"

namespace coview::win32 {
namespace {

/// Which instance of which pipe, and who asks.
struct request {
  std::uint64_t device;
  std::uint64_t inode;
  std::uint32_t slot;
  std::uint32_t client;
};

bool answers_in_time(int socket) noexcept {
  pollfd one{socket, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&one, 1, patience_in_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

DWORD from_connect(int failure) noexcept {
  switch (failure) {
    case EAGAIN:  // stopped, or very busy
      return ERROR_SEM_TIMEOUT;
    case EMFILE:
    case ENFILE:
      return ERROR_TOO_MANY_OPEN_FILES;
    case EACCES:
      return ERROR_ACCESS_DENIED;
    default:
      return ERROR_PIPE_BUSY;  // its process is ending, or is none that this user may reach
  }
}

pipe_link::parts parts_in(object_transfer& given) {
  pipe_link::parts made;
  made.memory = given.take_fd();
  for (auto& socket : made.sockets) socket = given.take_fd();
  return made;
}

/// 0 with the client's half, or a code.
DWORD ask(request const& what, std::uint32_t process, ACCESS_MASK access, pipe_link::parts& out) {
  if (process == what.client) {
    auto const own = find_instance(what.device, what.inode, what.slot);
    return own ? own->admit(access, what.client, out) : ERROR_PIPE_BUSY;
  }
  auto const server = connect_to_handle_server(static_cast<pid_t>(process));
  if (!server) return from_connect(server.error());
  message sent;
  sent.head.purpose = message_purpose::open;
  sent.head.access = access;
  sent.object.what = object::kind::pipe;
  sent.object.put(what);
  if (sent.send(server->get()) != 0) return ERROR_PIPE_BUSY;
  if (!answers_in_time(server->get())) return ERROR_SEM_TIMEOUT;
  message answer;
  if (answer.receive(server->get()) != 0 || answer.head.purpose != message_purpose::answer) return ERROR_PIPE_BUSY;
  if (answer.head.code != 0) return answer.head.code;
  out = parts_in(answer.object);
  return ERROR_SUCCESS;
}

bool any_listens(std::vector<pipe_directory::instance> const& all) {
  return std::any_of(all.begin(), all.end(), [](auto const& one) { return one.listening; });
}

}  // namespace

DWORD let_client_in(object_transfer& asked, ACCESS_MASK access, object_transfer& answer) {
  auto const what = asked.take<request>();
  auto const instance = find_instance(what.device, what.inode, what.slot);
  if (!instance) return ERROR_PIPE_BUSY;
  pipe_link::parts client;
  if (DWORD const code = instance->admit(access, what.client, client)) return code;
  answer.add(std::move(client.memory));
  for (auto& socket : client.sockets) answer.add(std::move(socket));
  return ERROR_SUCCESS;
}

HANDLE open_pipe(object_name const& name, DWORD wanted, DWORD flags, bool inherit) {
  auto const access = specific_rights(object::kind::pipe, wanted) | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
  auto const where = pipe_directory::find(name);
  if (!where) throw_code(ERROR_FILE_NOT_FOUND);
  auto const all = where->instances();
  if (all.empty()) throw_code(ERROR_FILE_NOT_FOUND);
  DWORD code = ERROR_PIPE_BUSY;
  for (auto const& one : all) {
    if (!one.listening) continue;
    request const what{where->device(), where->inode(), one.number, static_cast<std::uint32_t>(::getpid())};
    pipe_link::parts half;
    code = ask(what, one.process, access, half);
    if (code != ERROR_SUCCESS) continue;
    auto link = pipe_link::open(std::move(half), pipe_side::client);
    if (!link) throw_code(ERROR_BAD_PIPE);
    auto const made = make_object<pipe_end>(std::move(link), name, where->said(), flags);
    HANDLE const handle = make_handle(made, access, inherit);
    if (handle == nullptr) throw_code(last_error);
    set_error(ERROR_SUCCESS);
    return handle;
  }
  throw_code(code);
}

DWORD wait_for_instance(object_name const& name, DWORD milliseconds) {
  // A server that is killed wakes nobody: so often it is looked for.
  constexpr std::chrono::milliseconds look_again{100};
  constexpr DWORD usual_wait = 50;
  auto const where = pipe_directory::find(name);
  if (!where) return ERROR_FILE_NOT_FOUND;
  DWORD const said = where->said().default_wait;
  DWORD const time = milliseconds != NMPWAIT_USE_DEFAULT_WAIT ? milliseconds : said != 0 ? said : usual_wait;
  auto const until = deadline_in(time);
  for (;;) {
    auto const seen = where->changes().load(std::memory_order_seq_cst);
    auto const all = where->instances();
    if (any_listens(all)) return ERROR_SUCCESS;
    if (all.empty()) return ERROR_FILE_NOT_FOUND;
    if (os::is_over(until)) return ERROR_SEM_TIMEOUT;
    auto const soon = std::chrono::steady_clock::now() + look_again;
    auto word = os::futex_entry(&where->changes(), seen);
    os::futex_wait_any(std::span(&word, 1), until && *until < soon ? *until : soon);
  }
}

}  // namespace coview::win32
