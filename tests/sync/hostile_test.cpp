// SPDX-License-Identifier: Apache-2.0
// What others write into the shared state makes others wait, up to their deadlines, and nothing else: who owns what
// is private, every deadline is kept, no wait turns into a busy loop.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/sync_status.hpp>
#include <coview/wait.hpp>

#include "shared_state.hpp"
#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "sync/sync_object.hpp"

namespace coview {
namespace {

using coview_test::at_once;
using coview_test::child;
using coview_test::listed_nodes;
using coview_test::parent_link;
using coview_test::shared_state;
using std::chrono::milliseconds;

constexpr std::uint32_t no_thread = 0x3ffffffeU;  // more than the kernel gives out

/// Processor time of this thread.
milliseconds used() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                  std::chrono::nanoseconds(time.tv_nsec));
}

/// Runs a wait that ends at its deadline: much later than the processor time that it may take.
template <class Wait>
void expect_idle(Wait wait) {
  auto const before = used();
  wait(milliseconds(300));
  EXPECT_LT(used() - before, milliseconds(150));
}

class Hostile : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

struct store {
  char const* what;
  unsigned word;
  std::uint64_t value;
};
constexpr std::array stores{
    store{"free", 0, 0},
    store{"owned by another", 0, no_thread},
    store{"owned by thread 1, with waiters", 0, 1U | waiters},
    store{"abandoned", 0, owner_died},
    store{"all ones", 0, ~std::uint64_t{0}},
    store{"another cookie", 1, 12345},
    store{"locked twice", 2, 2},
    store{"all ones behind", 2, ~std::uint64_t{0}},
};

TEST_F(Hostile, AnUnlockTakesTheNodeOffTheListWhateverTheWordSays) {
  auto const before = listed_nodes();
  for (auto const& peer : stores) {
    auto m = mutex::create("m");
    shared_state const shared("m");
    (void)m.acquire();
    auto const owned = listed_nodes();
    shared.word(peer.word).store(peer.value);
    EXPECT_NO_THROW(m.release()) << peer.what;
    EXPECT_EQ(listed_nodes(), owned - 1) << peer.what;
    EXPECT_ERROR(std::errc::operation_not_permitted, "does not own it", m.release());
  }
  EXPECT_LE(listed_nodes(), before + 1);  // the thread's own, from its first use on
}

TEST_F(Hostile, WhatOneOwnsIsOnesOwnWhateverTheWordSays) {
  for (auto const& peer : stores) {
    auto const m = mutex::create("m");
    shared_state const shared("m");
    (void)m.acquire();
    auto const owned = listed_nodes();
    shared.word(peer.word).store(peer.value);
    EXPECT_EQ(m.acquire(at_once), acquired::yes) << peer.what;
    EXPECT_FALSE(m.was_abandoned()) << peer.what;
    EXPECT_EQ(listed_nodes(), owned) << peer.what;
    EXPECT_NO_THROW(m.release()) << peer.what;
    EXPECT_NO_THROW(m.release()) << peer.what;
    EXPECT_EQ(listed_nodes(), owned - 1) << peer.what;
  }
}

TEST_F(Hostile, NobodyOwnsWhatAPeerSaysItOwns) {
  auto const m = mutex::create("m");
  shared_state const shared("m");
  (void)m.acquire();
  auto const mine = shared.word().load();
  m.release();
  auto const listed = listed_nodes();
  shared.word().store(mine);
  EXPECT_EQ(m.acquire(at_once), acquired::timed_out);
  EXPECT_ERROR(std::errc::operation_not_permitted, "does not own it", m.release());
  EXPECT_EQ(listed_nodes(), listed);
}

TEST_F(Hostile, ANodeIsOnTheListOfOneThreadOnly) {
  auto const m = mutex::create("m");
  shared_state const shared("m");
  (void)m.acquire();
  for (std::uint64_t const value :
       {std::uint64_t{0}, std::uint64_t{owner_died}, std::uint64_t{owner_died | waiters}}) {
    shared.word().store(value);
    std::thread([&] {
      auto const listed = listed_nodes();
      EXPECT_EQ(m.acquire(at_once), acquired::timed_out);
      expect_idle([&](auto length) { EXPECT_EQ(m.acquire(length), acquired::timed_out); });
      expect_idle([&](auto length) { EXPECT_FALSE(wait_all({m}, length)); });
      EXPECT_LE(listed_nodes(), listed + 1);
    }).join();
  }
  std::thread waiter([&] {
    EXPECT_NE(m.acquire(), acquired::timed_out);
    m.release();
  });
  m.release();
  waiter.join();
}

TEST_F(Hostile, ThePageStaysForAnOwnerThatClosedItsHandle) {
  auto m = mutex::create("m", {.permanent = true});
  {
    shared_state const shared("m");
    (void)m.acquire();
    shared.word().store(0);
  }
  m = {};
  auto const other = mutex::create("other");  // writes to its neighbour on the list
  (void)other.acquire();
  other.release();
  m = mutex::open("m");
  EXPECT_NO_THROW(m.release());  // still this thread's
  remove("m", {.force = true});
}

/// Pages of removed objects that this process has mapped.
std::size_t kept_pages() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("(deleted)") != std::string::npos && line.find("coview") != std::string::npos) ++count;
  }
  return count;
}

TEST_F(Hostile, PagesOfEndedThreadsAreGivenBack) {
  constexpr int rounds = 100;
  for (int i = 0; i < rounds; ++i) {
    std::thread([] {
      auto const m = mutex::create("m");
      (void)m.acquire();
    }).join();
  }
  EXPECT_LT(kept_pages(), 16U);
}

TEST_F(Hostile, ConstructOnceKeepsThePageWhateverTheWordSays) {
  struct constructed {
    explicit constructed(shared_state const& shared) { shared.word().store(0); }
    int number = 1;
  };
  auto const listed = listed_nodes();
  auto const memory = mapping::create("x", 64);
  shared_state const shared("x");
  auto const view = memory.map();
  EXPECT_EQ(view.construct_once<constructed>(shared).number, 1);
  EXPECT_LE(listed_nodes(), listed + 1);
}

TEST_F(Hostile, ConstructOnceSaysWhoDoesNotExist) {
  auto const memory = mapping::create("x", 64);
  shared_state const shared("x");
  shared.word().store(no_thread);
  auto const view = memory.map();
  EXPECT_ERROR(std::errc::device_or_resource_busy, "does not construct anything", (void)view.construct_once<long>());
}

/// Threads that exist and construct nothing: the first of the system, one of another process, another one of this.
TEST_F(Hostile, ConstructOnceKeepsItsDeadlineWhateverThreadIsNamed) {
  auto const memory = mapping::create("x", 64);
  shared_state const shared("x");
  auto const view = memory.map();
  child const other([](parent_link const& parent) {
    parent.say("lives");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "lives");
  for (std::uint64_t const thread : {std::uint64_t{1}, static_cast<std::uint64_t>(other.pid()),
                                     static_cast<std::uint64_t>(::getpid()), std::uint64_t{no_thread}}) {
    for (std::uint64_t const beside :
         {std::uint64_t{0}, std::uint64_t{waiters}, wake_all, ~std::uint64_t{owner_mask}}) {
      shared.word().store(thread | beside);
      EXPECT_EQ(view.construct_once_until<long>(milliseconds(10), 1L), nullptr) << thread;
    }
    expect_idle([&](auto length) { EXPECT_EQ(view.construct_once_until<long>(length, 1L), nullptr) << thread; });
  }
}

TEST_F(Hostile, ConstructOnceHasABoundWithoutADeadline) {
  auto const memory = mapping::create("x", 64);
  shared_state const shared("x");
  shared.word().store(1);
  auto const view = memory.map();
  EXPECT_ERROR(std::errc::device_or_resource_busy, "construct_once_until", (void)view.construct_once<long>());
}

TEST_F(Hostile, ConstructOnceEndsOnceItIsConstructedWhateverTheWordSays) {
  auto const memory = mapping::create("x", 64);
  shared_state const shared("x");
  shared.word().store(1);
  child const waiting([](parent_link const& parent) {
    auto const view = mapping::open("x").map();
    parent.say("waiting");
    parent.say(view.construct_once_until<long>(timeout{}) != nullptr ? "there" : "not there");
  });
  ASSERT_EQ(waiting.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(waiting.pid()));
  // Its constructor comes to the end, and the word still names whom a peer has put there.
  std::atomic_ref<std::uint32_t>(shared.facts().constructed).store(1);
  EXPECT_EQ(waiting.hear(), "there");
}

constexpr std::array<std::uint64_t, 6> odd_states{
    std::uint64_t{available} | 1,
    no_thread,
    std::uint64_t{available} | waiters | no_thread,
    (std::uint64_t{1} << 62U) | available,
    (std::uint64_t{0xffffffff} << 32U) | 1,
    ~std::uint64_t{0},
};

TEST_F(Hostile, AnEventKeepsItsDeadlines) {
  for (auto const kind : {reset::automatic, reset::manual}) {
    auto const e = event::create("e", kind);
    auto const other = event::create("other", reset::manual, true);
    shared_state const shared("e");
    for (auto const state : odd_states) {
      shared.word().store(state);
      EXPECT_FALSE(e.wait(at_once)) << std::hex << state;
      expect_idle([&](auto length) { EXPECT_FALSE(e.wait(length)) << std::hex << state; });
      shared.word().store(state);
      expect_idle([&](auto length) { EXPECT_FALSE(wait_all({e, other}, length)) << std::hex << state; });
      EXPECT_EQ(wait_any({e, other}, milliseconds(1))->index, 1U) << std::hex << state;
      // None of these waits.
      e.pulse();
      e.clear();
      e.set();
      (void)status_of("e");
    }
    shared.word().store(no_thread);
    e.clear();
    shared.word().store(shared.word().load() & ~std::uint64_t{owner_mask});  // as the kernel leaves a dead one's
    shared.word().fetch_or(available);
    EXPECT_FALSE(e.wait(at_once)) << "reset while it was reserved";
    e.set();
    EXPECT_TRUE(e.wait(at_once));
  }
}

TEST_F(Hostile, ASemaphoreHasNeverMoreThanItsMaximum) {
  auto const s = semaphore::create("s", 0, 5);
  shared_state const shared("s");
  shared.word().store((std::uint64_t{1000000} << 32U) | available);
  EXPECT_EQ(s.count(), 5U);
  EXPECT_EQ(status_of("s").count, 5U);
  EXPECT_ERROR(std::errc::value_too_large, "more than its maximum", s.release());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(s.acquire(at_once)) << i;
  EXPECT_FALSE(s.acquire(at_once));
  EXPECT_EQ(s.release(5), 0U);

  shared.word().store(available);  // available, and none there
  EXPECT_EQ(s.count(), 0U);
  EXPECT_FALSE(s.acquire(at_once));
  expect_idle([&](auto length) { EXPECT_FALSE(s.acquire(length)); });
  EXPECT_EQ(s.count(), 0U);
  EXPECT_EQ(s.release(2), 0U);
  EXPECT_TRUE(s.acquire(at_once));

  shared.word().store((std::uint64_t{3} << 32U) | no_thread);  // reserved for ever
  EXPECT_FALSE(s.acquire(at_once));
  expect_idle([&](auto length) { EXPECT_FALSE(s.acquire(length)); });
  EXPECT_EQ(s.release(2), 3U);
  EXPECT_ERROR(std::errc::value_too_large, "more than its maximum", s.release());
  EXPECT_EQ(s.count(), 5U);
}

TEST_F(Hostile, AMutexKeepsItsDeadlines) {
  auto const m = mutex::create("m");
  auto const other = event::create("other", reset::manual, true);
  shared_state const shared("m");
  for (std::uint64_t const state : {std::uint64_t{no_thread}, std::uint64_t{no_thread | owner_died | waiters}}) {
    shared.word().store(state);
    EXPECT_EQ(m.acquire(at_once), acquired::timed_out);
    expect_idle([&](auto length) { EXPECT_EQ(m.acquire(length), acquired::timed_out); });
    expect_idle([&](auto length) { EXPECT_FALSE(wait_all({m, other}, length)); });
  }
}

TEST_F(Hostile, AnotherNamespacesOrAnUnknownOnesObjectIsNotUsed) {
  auto const m = mutex::create("m");
  shared_state const shared("m");
  for (std::uint64_t const space : {std::uint64_t{0}, std::uint64_t{1}}) {
    shared.facts().pid_namespace = space;
    EXPECT_ERROR(std::errc::not_supported, "another pid namespace", (void)mutex::open("m"));
  }
}

class Owned : public Hostile {
 protected:
  static sync_ptr create() {
    sync_description description{object_kind::mutex, {}, 0};
    description.owned = true;
    return open_sync("m", name_use::open_or_create, description, {}, {"create", "mutex", "m"});
  }
};

TEST_F(Owned, FromItsBeginningAndAbandonedByItsMakersDeath) {
  child maker([](parent_link const& parent) {
    auto const m = create();
    parent.say("owned");
    (void)parent.hear();
  });
  ASSERT_EQ(maker.hear(), "owned");
  auto const m = mutex::open("m");
  EXPECT_EQ(m.acquire(at_once), acquired::timed_out);
  maker.kill();
  EXPECT_EQ(m.acquire(at_once), acquired::abandoned);
  m.release();
}

TEST_F(Owned, ByItsMakerOnceAndNotByWhoOpensIt) {
  auto const made = create();
  auto const opened = create();
  EXPECT_FALSE(opened->created);
  EXPECT_TRUE(unlock(made->point.ref()));
  EXPECT_FALSE(unlock(opened->point.ref()));
}

TEST_F(Owned, ByNobodyWhereTheMakingFails) {
  auto const listed = listed_nodes();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  (void)mutex::create("warm");
  for (rlim_t limit = 3; limit < 64; ++limit) {  // fails at each descriptor that it needs, and in the end works
    rlimit few{limit, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    sync_ptr made;
    try {
      made = create();
    } catch (error const&) {
    }
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    if (made) {
      EXPECT_TRUE(unlock(made->point.ref()));
      break;
    }
    EXPECT_FALSE(mutex::try_open("m"));
    EXPECT_LE(listed_nodes(), listed + 1) << limit;
  }
}

}  // namespace
}  // namespace coview
