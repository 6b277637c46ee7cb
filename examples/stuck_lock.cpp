// SPDX-License-Identifier: Apache-2.0
// A lock does not come free. Whoever waits finds out which thread of which process has it and what that one does,
// ends it, gets the lock, and reads from the shared memory what the dead owner was about to do.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/sync_status.hpp>

using namespace std::chrono_literals;

struct accounts {
  long left;
  long right;
  long moving;  // from left to right, at this moment; 0 where everything is whole
  long left_before;
  long right_before;
};

/// A kill can come between any two stores: the compiler keeps those before this before those after it.
void in_this_order() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// Moves money, and first writes down what it is about to do: so whoever comes after its death can undo it.
void move(accounts& both, long amount) {
  both.left_before = both.left;
  both.right_before = both.right;
  in_this_order();
  both.moving = amount;
  in_this_order();
  both.left -= amount;
  coview::event::open("accounts.half").set();
  ::pause();  // stands for a read that gets no answer
  both.right += amount;
  in_this_order();
  both.moving = 0;
}

void repair(accounts& both) {
  std::printf("its owner died moving %ld: undone\n", both.moving);
  both.left = both.left_before;
  both.right = both.right_before;
  in_this_order();
  both.moving = 0;
}

/// Who owns it, and what that thread does, as far as /proc tells; the process, or 0.
pid_t post_mortem(char const* name) {
  auto const status = coview::status_of(name);
  if (!status.owner_process || !status.owner_thread) return 0;
  auto const thread =
      "/proc/" + std::to_string(*status.owner_process) + "/task/" + std::to_string(*status.owner_thread);
  std::printf("owned by process %d\n", static_cast<int>(*status.owner_process));
  std::ifstream facts(thread + "/status");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("State:\t")) std::printf("its thread is: %s\n", line.substr(7).c_str());
  }
  return *status.owner_process;
}

int main() {
  auto const memory = coview::mapping::create("accounts", sizeof(accounts));
  auto const view = memory.map();
  auto& both = view.as<accounts>();
  both = {100, 0, 0, 0, 0};
  auto const lock = coview::mutex::create("accounts.lock");
  auto const half = coview::event::create("accounts.half", coview::reset::manual);
  auto const child = ::fork();
  if (child == 0) {
    lock.lock();
    move(both, 40);
    ::_exit(1);  // nobody comes here
  }
  if (!half.wait(10s)) return 1;

  if (lock.acquire(100ms) != coview::acquired::timed_out) return 1;  // a bound, so that being stuck is noticed
  std::printf("no lock after 100 ms\n");
  if (auto const owner = post_mortem("accounts.lock"); owner == child) ::kill(owner, SIGKILL);
  if (lock.acquire(10s) != coview::acquired::abandoned) return 1;
  repair(both);
  std::printf("left %ld, right %ld\n", both.left, both.right);
  lock.unlock();
  ::waitpid(child, nullptr, 0);
  return both.left == 100 && both.right == 0 ? 0 : 1;
}
