// SPDX-License-Identifier: Apache-2.0
// Starting, asking and killing a process of the demo.
#include "demo/demo_peer.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <system_error>

#include "shared/exit_code.hpp"

namespace coview::tool {

namespace {

[[noreturn]] void fail_to(char const* what, int error) {
  throw std::system_error(error, std::generic_category(), fmt::format("cannot {} a process of the demo", what));
}

}  // namespace

demo_peer::demo_peer(signal_reader& signals) : signals_(signals) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) fail_to("talk to", errno);
  socket_ = os::unique_fd(ends[0]);
  os::unique_fd const theirs(ends[1]);

  auto parent = std::to_string(getpid());
  std::string program = "coview";
  std::string command = "demo-peer";
  std::array<char*, 4> arguments = {program.data(), command.data(), parent.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), demo_socket);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // Ctrl-C is for the demo; it ends its peers itself.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  int const error = posix_spawn(&pid_, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = -1;
    fail_to("start", error);
  }
}

void demo_peer::tell(std::string_view what) {
  if (send(socket_.get(), what.data(), what.size(), MSG_NOSIGNAL) < 0) fail_to("talk to", errno);
}

std::string demo_peer::answer() {
  constexpr int patience = 30'000;  // milliseconds; what a peer is told takes well below one second
  std::array<pollfd, 2> wanted = {pollfd{socket_.get(), POLLIN, 0}, pollfd{signals_.fd(), POLLIN, 0}};
  int ready = 0;
  do {
    ready = poll(wanted.data(), wanted.size(), patience);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) throw failure(exit_busy, fmt::format("process {} does not answer", pid_));
  if (wanted[1].revents != 0) throw interrupted{static_cast<int>(signals_.wait().ssi_signo)};
  std::string text(65536, '\0');
  auto const length = recv(socket_.get(), text.data(), text.size(), 0);
  if (length < 0) fail_to("hear", errno);
  if (length == 0) throw failure(exit_failed, fmt::format("process {} ended before its time", pid_));
  text.resize(static_cast<std::size_t>(length));
  if (text.front() != '+') throw failure(exit_failed, fmt::format("process {}: {}", pid_, text.substr(1)));
  return text.substr(1);
}

void demo_peer::kill_it() noexcept {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace coview::tool
