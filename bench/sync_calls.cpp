// SPDX-License-Identifier: Apache-2.0
// Whether an operation makes a system call, asked from the kernel: seccomp kills whoever makes any other call than
// exit. (Not in its strict mode: that forbids to read the clock without a call, too.)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>

#include <coview/event.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "sync_contenders.hpp"

namespace bench {
namespace {

bool allow_nothing_but_exit() {
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  }};
  sock_fprog const filter{program.size(), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool survives(std::function<operation()> const& prepare) {
  auto const pid = ::fork();
  if (pid < 0) throw std::runtime_error("no process");
  if (pid == 0) {
    auto const one = prepare();
    one();  // what a thread does once, it has done now
    if (!allow_nothing_but_exit()) ::_exit(EXIT_FAILURE);
    for (std::uint32_t i = 0; i < batch; ++i) one();
    ::syscall(SYS_exit, EXIT_SUCCESS);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

template <class T>
std::shared_ptr<T> held(T object) {
  return std::make_shared<T>(std::move(object));
}

operation lock_and_unlock() {
  return [lock = held(coview::mutex::create("silent-lock"))] {
    lock->lock();
    lock->unlock();
  };
}

operation lock_in_place() {
  return [lock = in_shared_memory<coview::robust_mutex>()] {
    lock->lock();
    lock->unlock();
  };
}

operation set_with_nobody() {
  return [event = held(coview::event::create("silent-set", coview::reset::manual))] {
    event->set();
    event->clear();
    event->pulse();
  };
}

operation set_and_wait() {
  return [event = held(coview::event::create("silent-event", coview::reset::automatic))] {
    event->set();
    event->wait(std::chrono::seconds(1));
  };
}

operation release_and_acquire() {
  return [slots = held(coview::semaphore::create("silent-slots", 0, 2))] {
    slots->release(2);
    slots->acquire();
    slots->acquire(std::chrono::seconds(1));
  };
}

operation any_and_all() {
  auto lock = held(coview::mutex::create("silent-any-lock"));
  auto event = held(coview::event::create("silent-any-event", coview::reset::automatic));
  auto slots = held(coview::semaphore::create("silent-any-slots", 0, 1));
  return [=] {
    event->set();
    slots->release();
    keep(coview::wait_any({*event, *slots, *lock}));
    event->set();
    keep(coview::wait_all({*event, *slots, *lock}));
    lock->unlock();
  };
}

operation a_call() {
  return [] { ::syscall(SYS_getppid); };
}

}  // namespace

std::vector<silent> without_system_calls(root_directory const& root) {
  root.enter();
  if (survives(a_call)) throw std::runtime_error("seccomp lets system calls through");
  return {
      {"mutex: lock, unlock", survives(lock_and_unlock)},
      {"robust_mutex: lock, unlock", survives(lock_in_place)},
      {"event: set, clear, pulse with nobody waiting", survives(set_with_nobody)},
      {"event: set, wait", survives(set_and_wait)},
      {"semaphore: release, acquire", survives(release_and_acquire)},
      {"wait_any, wait_all with all there", survives(any_and_all)},
  };
}

}  // namespace bench
