// SPDX-License-Identifier: Apache-2.0
// Starting the program under test. Nothing here waits on time: every wait ends with a line, the end of a pipe or of a
// process.
#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>

namespace coview_test {

namespace {

struct pipe_ends {
  int read;
  int write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {ends[0], ends[1]};
}

std::vector<char*> pointers(argument_texts& from) {
  std::vector<char*> all;
  for (auto& each : from) all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

/// What the child does between fork and exec.
[[noreturn]] void become(argument_texts arguments, start const& how) {
  for (auto const& each : how.environment) {
    auto const equals = each.find('=');
    setenv(each.substr(0, equals).c_str(), each.substr(equals + 1).c_str(), 1);
  }
  // By descriptor: another user may not be able to reach the program by its path.
  int const program = open(program_path, O_RDONLY | O_CLOEXEC);
  if (how.user != static_cast<uid_t>(-1) && (setgid(how.user) != 0 || setuid(how.user) != 0)) _exit(120);
  arguments.insert(arguments.begin(), how.wrapper.empty() ? "coview" : program_path);
  arguments.insert(arguments.begin(), how.wrapper.begin(), how.wrapper.end());
  auto const pointed = pointers(arguments);
  if (!how.wrapper.empty()) execv(pointed[0], pointed.data());
  fexecve(program, pointed.data(), environ);
  _exit(121);
}

int status_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// One read; false at the end.
bool append(int fd, std::string& text) {
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  do {
    count = read(fd, buffer.data(), buffer.size());
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  text.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

void read_both(int out, std::string& out_text, int err, std::string& err_text) {
  std::array<pollfd, 2> wanted = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  while (wanted[0].fd >= 0 || wanted[1].fd >= 0) {
    if (poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
    if (wanted[0].revents != 0 && !append(out, out_text)) wanted[0].fd = -1;
    if (wanted[1].revents != 0 && !append(err, err_text)) wanted[1].fd = -1;
  }
}

void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace

outcome coview(argument_texts const& arguments, start const& how) {
  return running(arguments, how).wait();
}

nlohmann::json coview_json(argument_texts const& arguments) {
  auto const result = coview(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

running::running(argument_texts const& arguments, start const& how) {
  auto const in = make_pipe();
  auto const out = make_pipe();
  auto const err = make_pipe();
  pid_ = fork();
  if (pid_ == 0) {
    dup2(in.read, STDIN_FILENO);
    dup2(how.output >= 0 ? how.output : out.write, STDOUT_FILENO);
    dup2(err.write, STDERR_FILENO);
    if (how.close_output) close(STDOUT_FILENO);
    become(arguments, how);
  }
  close(in.read);
  close(out.write);
  close(err.write);
  out_ = out.read;
  err_ = err.read;
  // Inputs are small; a program that does not read leaves them in the pipe. One that ended already is no matter.
  auto const before = std::signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] auto const written = write(in.write, how.input.data(), how.input.size());
  std::signal(SIGPIPE, before);
  in_ = in.write;
  if (!how.keep_input) close_if_open(in_);
}

running::~running() {
  kill();
  close_if_open(in_);
  close_if_open(out_);
  close_if_open(err_);
}

std::string running::line_of(int fd, std::string& pending) {
  while (pending.find('\n') == std::string::npos && append(fd, pending)) {
  }
  auto const end = std::min(pending.find('\n'), pending.size());
  auto line = pending.substr(0, end);
  pending.erase(0, end + 1);
  return line;
}

void running::signal(int number) const {
  ::kill(pid_, number);
}

void running::close_output() {
  close_if_open(out_);
}

void running::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  reap();
}

outcome running::wait() {
  read_both(out_, out_text_, err_, err_text_);
  int const status = reap();
  return {status, out_text_, err_text_};
}

int running::reap() {
  return status_of(std::exchange(pid_, -1));
}

at_terminal::at_terminal(argument_texts const& arguments, argument_texts const& environment) {
  winsize size{};
  size.ws_col = 80;
  size.ws_row = 24;
  unsetenv("NO_COLOR");
  pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    start how;
    how.environment = environment;
    become(arguments, how);
  }
  fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

at_terminal::~at_terminal() {
  if (pid_ >= 0) {
    kill(pid_, SIGKILL);
    status_of(pid_);
  }
  close_if_open(terminal_);
}

bool at_terminal::read_more() {
  return append(terminal_, text_);
}

std::string const& at_terminal::until(std::string const& text) {
  while (text_.find(text) == std::string::npos && read_more()) {
  }
  return text_;
}

void at_terminal::type(std::string const& text) const {
  [[maybe_unused]] auto const written = write(terminal_, text.data(), text.size());
}

void at_terminal::signal(int number) const {
  kill(pid_, number);
}

bool at_terminal::echoes() const {
  termios settings{};
  constexpr tcflag_t both = ICANON | ECHO;
  return tcgetattr(terminal_, &settings) == 0 && (settings.c_lflag & both) == both;
}

int at_terminal::wait() {
  while (read_more()) {
  }  // a terminal whose program ended answers EIO
  return status_of(std::exchange(pid_, -1));
}

holding::holding(std::string const& name, std::string const& size, argument_texts const& more)
    : running([&] {
        argument_texts all = {"create", name, "--size", size, "--json"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
      }()) {
  auto const announced = line();
  if (announced.empty()) throw std::runtime_error("not created: " + error_line());
}

}  // namespace coview_test
