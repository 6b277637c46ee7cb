// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <gtest/gtest.h>
#include <stdexcept>
#include <utility>

#include "support/locks.hpp"

namespace coview_test {
namespace {

constexpr int exit_after_exception = 111;

void write_line(int fd, std::string const& line) {
  std::string const text = line + "\n";
  std::size_t done = 0;
  while (done < text.size()) {
    auto const n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // the other side is gone; hear() will tell
    done += static_cast<std::size_t>(n);
  }
}

std::string read_line(int fd) {
  std::string line;
  for (char c = 0;;) {
    auto const n = ::read(fd, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\n') return line;
    line += c;
  }
}

/// How often the thread sanitizer found something in this process or its children, who are killed or leave without
/// destructors, so that their exit status does not tell.
std::atomic<unsigned>& sanitizer_reports() {
  static auto* const count = [] {
    auto* const at =
        ::mmap(nullptr, sizeof(std::atomic<unsigned>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::runtime_error("mmap");
    return new (at) std::atomic<unsigned>(0);
  }();
  return *count;
}

[[noreturn]] void run_child(uid_t user, child::body const& run, parent_link const& link) {
  try {
    if (user != ::geteuid()) {
      if (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0)
        throw std::runtime_error("setuid");
    }
    run(link);
  } catch (std::exception const& e) {
    link.say(std::string("exception: ") + e.what());
    ::_exit(exit_after_exception);
  }
  ::_exit(0);
}

}  // namespace
}  // namespace coview_test

/// What the thread sanitizer's run-time calls for each of its findings.
extern "C" void __tsan_on_report(void*);
extern "C" void __tsan_on_report(void*) {
  coview_test::sanitizer_reports().fetch_add(1);
}

namespace coview_test {

void parent_link::say(std::string const& line) const {
  write_line(out_, line);
}
std::string parent_link::hear() const {
  return read_line(in_);
}

child::child(body const& run) : child(::geteuid(), run) {}

child::child(uid_t user, body const& run) {
  std::array<int, 2> down{};
  std::array<int, 2> up{};
  if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  reports_before_ = sanitizer_reports().load();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::close(down[1]);
    ::close(up[0]);
    ::signal(SIGPIPE, SIG_IGN);
    run_child(user, run, parent_link(down[0], up[1]));
  }
  ::close(down[0]);
  ::close(up[1]);
  in_ = up[0];
  out_ = down[1];
}

child::~child() {
  if (pid_ > 0) kill();
  ::close(in_);
  ::close(out_);
}

void child::say(std::string const& line) const {
  write_line(out_, line);
}
std::string child::hear() const {
  return read_line(in_);
}

void child::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

int child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  until_locks_are_gone(std::exchange(pid_, -1));
  EXPECT_EQ(sanitizer_reports().load(), reports_before_) << "the thread sanitizer found something, see above";
  constexpr int signalled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : signalled + WTERMSIG(status);
}

}  // namespace coview_test
