// SPDX-License-Identifier: Apache-2.0
// Processes as their programs made them: threads that are cancelled, a system that refuses futex_waitv, names that
// were taken away.
#include "support/process.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <functional>
#include <gtest/gtest.h>
#include <thread>

#include <coview/event.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "os/futex.hpp"
#include "support/asleep.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::at_once;
using coview_test::child;
using coview_test::parent_link;
using std::chrono::milliseconds;

/// A thread that runs `body` and is cancelled once it sleeps in a futex.
class cancelled_thread {
 public:
  explicit cancelled_thread(std::function<void()> body) : body_(std::move(body)) {
    ::pthread_create(&thread_, nullptr, &run, this);
  }
  /// Whether the cancellation ended it.
  bool cancel_asleep() {
    while (id_.load() == 0) ::sched_yield();
    EXPECT_TRUE(coview_test::until_asleep(::getpid(), id_.load()));
    ::pthread_cancel(thread_);
    return join();
  }
  void cancel() { ::pthread_cancel(thread_); }
  bool join() {
    void* result = nullptr;
    ::pthread_join(thread_, &result);
    return result == PTHREAD_CANCELED;
  }

 private:
  static void* run(void* self) {
    auto& mine = *static_cast<cancelled_thread*>(self);
    mine.id_ = static_cast<pid_t>(::syscall(SYS_gettid));
    mine.body_();
    return nullptr;
  }
  std::function<void()> body_;
  std::atomic<pid_t> id_{0};
  pthread_t thread_{};
};

class Cancelled : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

TEST_F(Cancelled, AWaiterForALockOwnsNothing) {
  auto const m = mutex::create("m");
  (void)m.acquire();
  cancelled_thread waiter([&] { (void)m.acquire(); });
  EXPECT_TRUE(waiter.cancel_asleep());
  m.release();
  EXPECT_EQ(m.acquire(at_once), acquired::yes);
  m.release();
}

TEST_F(Cancelled, AWaiterInACriticalSectionReleasesItByItsGuards) {
  auto m = mutex::create("m");
  auto const never = event::create("never", reset::manual);
  cancelled_thread waiter([&] {
    std::lock_guard const guard(m);
    never.wait();
  });
  EXPECT_TRUE(waiter.cancel_asleep());
  EXPECT_EQ(m.acquire(at_once), acquired::yes);
  m.release();
}

TEST_F(Cancelled, EveryWaitIsAPointToBeCancelledAt) {
  auto const a = event::create("a", reset::automatic);
  auto const b = event::create("b", reset::automatic);
  auto const s = semaphore::create("s", 0, 1);
  for (std::function<void()> const& wait : {
           std::function<void()>([&] { a.wait(); }),
           std::function<void()>([&] { a.wait(std::chrono::hours(1)); }),
           std::function<void()>([&] { s.acquire(); }),
           std::function<void()>([&] {
             (void)wait_any({a, b, s});
           }),
           std::function<void()>([&] {
             (void)wait_all({a, b, s}, std::chrono::hours(1));
           }),
       }) {
    cancelled_thread waiter(wait);
    EXPECT_TRUE(waiter.cancel_asleep());
  }
  a.set();
  b.set();
  s.release();
  EXPECT_TRUE(wait_all({a, b, s}, at_once));
}

TEST_F(Cancelled, AWaiterTakesNoWakeUpAlong) {
  auto const s = semaphore::create("s", 0, 100);
  constexpr int rounds = 50;
  for (int i = 0; i < rounds; ++i) {
    std::thread other([&] { EXPECT_TRUE(s.acquire()); });
    cancelled_thread waiter([&] { s.acquire(); });
    std::thread giver([&] { s.release(); });
    giver.join();
    waiter.cancel();
    waiter.join();
    s.release();
    other.join();
    while (s.acquire(at_once)) {
    }
  }
}

TEST_F(Cancelled, AHandleIsClosedAllTheSame) {
  for (int i = 0; i < 3; ++i) {
    cancelled_thread closing([&] {
      auto m = mutex::create("m");
      ::pthread_cancel(::pthread_self());
      m = {};
      ::pthread_testcancel();
    });
    EXPECT_TRUE(closing.join());
    EXPECT_FALSE(mutex::try_open("m"));
  }
}

/// From now on the kernel answers futex_waitv with this error.
void refuse_waitv(unsigned error) {
  std::array<sock_filter, 4> filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog const program{filter.size(), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    ::_exit(2);
}

long milliseconds_used() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

class WithoutWaitv : public Cancelled, public testing::WithParamInterface<unsigned> {};

TEST_P(WithoutWaitv, AWaitForSeveralStillSleepsAndIsStillWoken) {
  EXPECT_TRUE(os::futex_waitv_available());
  auto const a = event::create("a", reset::automatic);
  auto const b = event::create("b", reset::automatic);
  child waiter([](parent_link const& parent) {
    refuse_waitv(GetParam());
    auto const mine = event::open("a");
    auto const too = event::open("b");
    parent.say(os::futex_waitv_available() ? "available" : "refused");
    auto const before = milliseconds_used();
    parent.say(wait_any({mine, too}, milliseconds(300)) ? "there" : "timed out");
    parent.say(wait_all({mine, too}, milliseconds(300)) ? "there" : "timed out");
    parent.say(milliseconds_used() - before < 200 ? "idle" : "busy");
    auto const which = wait_any({mine, too});
    parent.say(std::to_string(which->index));
    parent.say(wait_all({mine, too}) ? "both" : "none");
  });
  EXPECT_EQ(waiter.hear(), "refused");
  EXPECT_EQ(waiter.hear(), "timed out");
  EXPECT_EQ(waiter.hear(), "timed out");
  EXPECT_EQ(waiter.hear(), "idle");
  b.set();
  EXPECT_EQ(waiter.hear(), "1");
  a.set();
  b.set();
  EXPECT_EQ(waiter.hear(), "both");
}
INSTANTIATE_TEST_SUITE_P(Errors, WithoutWaitv, testing::Values(ENOSYS, EPERM));

TEST_F(Cancelled, TheNameMayGoAwayUnderAHandleWhichTellsAndGoesOn) {
  auto const m = mutex::create("m");
  auto const e = event::create("e", reset::manual);
  auto const s = semaphore::create("s", 1, 1);
  EXPECT_TRUE(m.still_named() && e.still_named() && s.still_named());
  for (char const* const name : {"m", "e", "s"}) remove(name, {.force = true});
  EXPECT_FALSE(m.still_named() || e.still_named() || s.still_named());
  EXPECT_EQ(m.acquire(at_once), acquired::yes);
  m.release();
  EXPECT_FALSE(mutex().still_named());
}

}  // namespace
}  // namespace coview
