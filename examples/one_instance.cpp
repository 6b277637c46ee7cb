// SPDX-License-Identifier: Apache-2.0
// One instance only: whoever owns the mutex is the one. It is free again as soon as that process ends, however it
// ends, so there is no file to be left behind, and none that lies about who is running.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include <coview/mutex.hpp>
#include <coview/sync_status.hpp>

using namespace std::chrono_literals;

/// What a program does first: 0, or 1 where another one runs already.
int start() {
  static auto const instance = coview::mutex::open_or_create("one_instance");  // for as long as the process lives
  if (instance.acquire(0s) != coview::acquired::timed_out) {
    std::printf("process %d runs\n", static_cast<int>(::getpid()));
    return 0;
  }
  auto const owner = coview::status_of("one_instance").owner_process;
  std::printf("process %d runs already\n", static_cast<int>(owner.value_or(0)));
  return 1;
}

/// Starts the program once more; its exit status.
int start_another() {
  std::fflush(stdout);
  auto const other = ::fork();
  if (other == 0) {
    int const status = start();
    std::fflush(stdout);
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(other, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main() {
  if (start() != 0) return 1;
  if (start_another() != 1) return 1;  // a child owns nothing of what its parent owns
  return 0;
}
