// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/passing.hpp"

#include <poll.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>

#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/kinds.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/handles/message.hpp"

namespace coview::win32 {
namespace {

bool has_ended(destination const& process, int wait_in_ms = 0) noexcept {
  pollfd one{process.pidfd, POLLIN, 0};
  return ::poll(&one, 1, wait_in_ms) > 0;
}

[[noreturn]] void report(destination const& process, int failure, DWORD once_ended) {
  // The kernel closes the descriptors of one that is killed before it counts as ended.
  bool const hung_up = failure == EPIPE || failure == ECONNRESET;
  if (has_ended(process, hung_up ? patience_in_ms : 0)) throw_code(once_ended);
  switch (failure) {
    case ECONNREFUSED:  // no server
    case EPERM:
    case EMSGSIZE:
      throw_code(ERROR_NOT_SUPPORTED);
    case EAGAIN:
      throw_code(ERROR_TIMEOUT);
    case EPIPE:  // a server that is no longer there, or that did not understand
    case ECONNRESET:
    case EBADMSG:
      throw_code(ERROR_GEN_FAILURE);
    default:
      throw_code(error_from_errno(failure));
  }
}

/// 0 once there is something to receive, or the errno.
int wait_for_answer(int socket, int pidfd) noexcept {
  using std::chrono::steady_clock;
  auto const end = steady_clock::now() + std::chrono::milliseconds(patience_in_ms);
  for (;;) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now()).count();
    std::array<pollfd, 2> both{{{socket, POLLIN, 0}, {pidfd, POLLIN, 0}}};
    int const ready = ::poll(both.data(), both.size(), left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return both[0].revents != 0 ? 0 : ECONNRESET;
    if (ready == 0) return EAGAIN;
    if (errno != EINTR) return errno;
  }
}

/// Sends a request and receives its answer. `once_ended`: what it means that the process has ended.
message ask(object const& whom, message& request, DWORD once_ended) {
  auto const as_destination = entry_of(whom.what()).as_destination;
  if (as_destination == nullptr) throw_code(ERROR_INVALID_HANDLE);
  auto const process = as_destination(whom);
  if (has_ended(process)) throw_code(once_ended);
  if (!process.has_begun) throw_code(ERROR_NOT_SUPPORTED);  // there is nobody yet who could do it
  auto const server = connect_to_handle_server(process.id);
  if (!server) report(process, server.error(), once_ended);
  if (int const failure = request.send(server->get())) report(process, failure, once_ended);
  if (int const failure = wait_for_answer(server->get(), process.pidfd)) report(process, failure, once_ended);
  message answer;
  if (int const failure = answer.receive(server->get())) report(process, failure, once_ended);
  if (answer.head.purpose != message_purpose::answer) report(process, EBADMSG, once_ended);
  if (answer.head.code != 0) throw_code(answer.head.code);
  return answer;
}

std::uint64_t value_of(HANDLE handle) noexcept {
  return std::bit_cast<std::uintptr_t>(handle);
}

}  // namespace

passed pull_handle(object const& from, HANDLE handle, DWORD desired, DWORD options) {
  message request;
  request.head.purpose = message_purpose::give;
  request.head.handle = value_of(handle);
  request.head.access = desired;
  request.head.options = options;
  auto answer = ask(from, request, ERROR_INVALID_HANDLE);
  passed made{adopt_object(answer.object), answer.head.access};
  if (!made.what) throw_code(ERROR_NOT_SUPPORTED);
  return made;
}

HANDLE push_handle(object const& to, object& what, ACCESS_MASK access, DWORD flags) {
  message request;
  request.head.purpose = message_purpose::take;
  request.head.access = access;
  request.head.flags = flags;
  request.object.what = what.what();
  if (!what.prepare_transfer(request.object)) throw_code(ERROR_NOT_SUPPORTED);
  return std::bit_cast<HANDLE>(static_cast<std::uintptr_t>(ask(to, request, ERROR_ACCESS_DENIED).head.handle));
}

void close_handle_of(object const& process, HANDLE handle) {
  message request;
  request.head.purpose = message_purpose::close;
  request.head.handle = value_of(handle);
  ask(process, request, ERROR_INVALID_HANDLE);
}

}  // namespace coview::win32
