// SPDX-License-Identifier: Apache-2.0
// Starting and asking a process of the demo, and being one.
#include "demo/demo_peer.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <system_error>

#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

[[noreturn]] void fail_to(char const* what, int error) {
  throw std::system_error(error, std::generic_category(), fmt::format("cannot {} a process of the demo", what));
}

}  // namespace

void pause_for(signal_reader& signals, std::chrono::nanoseconds time) {
  if (auto const came = signals.wait_for(time)) throw interrupted{static_cast<int>(came->ssi_signo)};
}

demo_peer::demo_peer(signal_reader& signals, std::string const& command, demo_place const& where)
    : signals_(signals) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) fail_to("talk to", errno);
  socket_ = os::unique_fd(ends[0]);
  os::unique_fd const theirs(ends[1]);
  process_ = demo_process({"/proc/self/exe", command, std::to_string(getpid())}, signals.before(), where,
                          {.socket = theirs.get()});
}

void demo_peer::tell(std::string_view what) {
  if (send(socket_.get(), what.data(), what.size(), MSG_NOSIGNAL) < 0) fail_to("talk to", errno);
}

bool demo_peer::answers_within(std::chrono::milliseconds time) {
  std::array<pollfd, 2> wanted = {pollfd{socket_.get(), POLLIN, 0}, pollfd{signals_.fd(), POLLIN, 0}};
  int ready = 0;
  do {
    ready = poll(wanted.data(), wanted.size(), static_cast<int>(time.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready > 0 && wanted[1].revents != 0) throw interrupted{static_cast<int>(signals_.wait().ssi_signo)};
  return ready > 0;
}

std::string demo_peer::answer() {
  constexpr std::chrono::seconds patience(30);  // what a peer is told takes well below that
  if (!answers_within(patience)) throw failure(exit_busy, fmt::format("process {} does not answer", pid()));
  auto text = next_answer();
  if (!text) throw failure(exit_failed, fmt::format("process {} ended before its time", pid()));
  if (text->front() != '+') throw failure(exit_failed, fmt::format("process {}: {}", pid(), text->substr(1)));
  return text->substr(1);
}

std::optional<std::string> demo_peer::next_answer() {
  std::string text(65536, '\0');
  auto const length = recv(socket_.get(), text.data(), text.size(), 0);
  if (length < 0 && errno != ECONNRESET) fail_to("hear", errno);
  if (length <= 0) return {};
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::vector<std::string> demo_peer::kill_and_hear() {
  kill_it();
  std::vector<std::string> all;
  while (auto const text = next_answer()) {
    if (text->front() == '+') all.push_back(text->substr(1));
  }
  return all;
}

bool answer_demo(std::string const& text) {
  auto const all = "+" + text;
  return ::send(demo_socket, all.data(), all.size(), MSG_NOSIGNAL) >= 0;
}

int play(pid_t parent, std::function<std::string(std::string const&)> const& act) {
  if (getppid() != parent)
    throw failure(exit_usage, "this command is a part of 'coview demo' and of no use without it");
  std::array<char, 256> sentence{};
  for (;;) {
    auto const length = recv(demo_socket, sentence.data(), sentence.size(), 0);
    if (length <= 0) return length == 0 ? exit_ok : exit_failed;
    try {
      if (!answer_demo(act({sentence.data(), static_cast<std::size_t>(length)}))) return exit_failed;
    } catch (std::exception const& e) {
      auto const why = "-" + escape(e.what());
      if (::send(demo_socket, why.data(), why.size(), MSG_NOSIGNAL) < 0) return exit_failed;
    }
  }
}

}  // namespace coview::tool
