// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <coview/mapping.hpp>

namespace bench {
namespace {

constexpr rlim_t other_descriptors = 64;

/// Whether this process may have that many descriptors; raises the limit as far as it goes.
bool allow_descriptors(rlim_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  }
  return limit.rlim_cur >= wanted;
}

/// Holds the objects until it is killed.
[[noreturn]] void hold(std::string const& prefix, std::uint32_t count, int ready) {
  try {
    // Handles where there can be so many: that is what a busy machine looks like. Otherwise names that need none.
    bool const handles = allow_descriptors(count + other_descriptors);
    std::vector<coview::mapping> held;
    for (std::uint32_t i = 0; i < count; ++i) {
      auto m = coview::mapping::create(prefix + "crowd-" + std::to_string(i), 1, {.permanent = !handles});
      if (handles) held.push_back(std::move(m));
    }
    if (::write(ready, "r", 1) == 1) {
      for (;;) ::pause();
    }
  } catch (std::exception const& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
  }
  ::_exit(EXIT_FAILURE);
}

}  // namespace

std::string const& run_prefix() {
  static std::string const prefix = "coview-bench." + std::to_string(::getpid()) + ".";
  return prefix;
}

root_directory::root_directory(std::string const& label)
    : path_("/dev/shm/" + run_prefix() + label), made_by_(::getpid()) {
  // The global scope wants a sticky directory, whatever the umask.
  constexpr mode_t mode = 01777;
  if (::mkdir(path_.c_str(), mode) != 0 || ::chmod(path_.c_str(), mode) != 0) {
    throw std::runtime_error("cannot make " + path_);
  }
}

root_directory::~root_directory() {
  if (::getpid() != made_by_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void root_directory::enter() const {
  ::setenv("COVIEW_ROOT", path_.c_str(), 1);
}

crowd::crowd(root_directory const& where, std::string const& prefix, std::uint32_t count) : pid_(-1) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[0]);
    where.enter();
    hold(prefix, count, ends[1]);
  }
  ::close(ends[1]);
  char answer = 0;
  bool const ready = ::read(ends[0], &answer, 1) == 1;
  ::close(ends[0]);
  if (!ready) throw std::runtime_error("the crowd could not be made");
}

crowd::~crowd() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace bench
