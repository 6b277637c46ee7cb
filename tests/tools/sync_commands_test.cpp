// SPDX-License-Identifier: Apache-2.0
// coview create --kind, wait, signal and post, and what ls, stat and who tell of mutexes, events and semaphores.
// Locks are in lock_test.cpp.
#include <sched.h>

#include <csignal>
#include <gtest/gtest.h>
#include <thread>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/sync_status.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::event;
using ::coview::mutex;
using ::coview::reset;
using ::coview::semaphore;

class SyncCommands : public testing::Test {
 protected:
  scoped_root root_;
};

void until_somebody_waits_for(std::string const& name) {
  while (!::coview::status_of(name).may_have_waiters) ::sched_yield();
}

/// Another thread took it, and ended without letting it go.
void abandon(mutex const& object) {
  std::thread([&] { (void)object.acquire(); }).join();
}

TEST_F(SyncCommands, CreateHoldsEveryKind) {
  struct kind_of_object {
    argument_texts arguments;
    std::string said;
    std::string sync;
  };
  std::vector<kind_of_object> const cases = {
      {{"--kind", "mutex"},
       "(mutex)",
       R"({"owned":false,"abandoned":false,"owner_process":null,"owner_thread":null,"owner_has_handle":null,)"
       R"("may_have_waiters":false})"},
      {{"--kind", "event"},
       "(automatic-reset event)",
       R"({"set":false,"reset":"automatic","may_have_waiters":false})"},
      {{"--kind", "event", "--manual", "--set"},
       "(manual-reset event, set)",
       R"({"set":true,"reset":"manual","may_have_waiters":false})"},
      {{"--kind", "semaphore", "--initial", "3", "--maximum", "8"},
       "(semaphore, 3 of 8)",
       R"({"count":3,"maximum":8,"may_have_waiters":false})"},
      {{"--kind", "timer", "--manual"},
       "(manual-reset timer)",
       R"({"set":false,"reset":"manual","due_in":null,"period":0.0,"may_have_waiters":false})"},
  };
  for (auto const& each : cases) {
    argument_texts arguments = {"create", "Held"};
    arguments.insert(arguments.end(), each.arguments.begin(), each.arguments.end());
    running held(arguments);
    auto const said = held.error_line();
    EXPECT_TRUE(contains(said, "holding 'Held' " + each.said)) << said;
    auto const object = coview_json({"stat", "Held", "--json"})["object"];
    EXPECT_EQ(object["kind"], each.arguments[1]);
    EXPECT_EQ(object["state"], "held");
    EXPECT_EQ(object["sync"], nlohmann::json::parse(each.sync));
    held.signal(SIGTERM);
    EXPECT_EQ(held.wait().status, 0);
    EXPECT_EQ(coview({"stat", "Held"}).status, 3);
  }
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(SyncCommands, CreateAnnouncesAsJson) {
  running held({"create", "ready", "--kind", "event", "--json"});
  auto const told = nlohmann::json::parse(held.line());
  EXPECT_EQ(told["schema"], "coview.create/1");
  EXPECT_EQ(told["name"], "ready");
  EXPECT_EQ(told["kind"], "event");
  EXPECT_EQ(told["pid"], held.pid());
}

TEST_F(SyncCommands, CreatePermanentStaysAndKeepsItsState) {
  EXPECT_EQ(coview({"create", "slots", "--kind", "semaphore", "--permanent", "--mode", "0660"}).status, 0);
  EXPECT_EQ(coview({"post", "slots", "--count", "2"}).status, 0);
  auto const object = coview_json({"stat", "slots", "--json"})["object"];
  EXPECT_EQ(object["state"], "permanent");
  EXPECT_EQ(object["mode"], "0660");
  EXPECT_EQ(object["sync"]["count"], 2);
  EXPECT_EQ(coview({"rm", "slots"}).status, 0);
}

TEST_F(SyncCommands, CreateHoldsWhileACommandRuns) {
  auto const result = coview({"create", "ready", "--kind", "event", "--", program_path, "signal", "ready"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(coview({"stat", "ready"}).status, 3);
}

TEST_F(SyncCommands, CreateTellsWhenTheNameWasTakenAway) {
  running held({"create", "Lost", "--kind", "mutex", "--json"});
  held.line();
  EXPECT_EQ(coview({"rm", "Lost", "--force"}).status, 0);
  auto const another = mutex::create("Lost");
  held.signal(SIGTERM);
  auto const result = held.wait();
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(contains(result.err, "lost its name")) << result.err;
}

TEST_F(SyncCommands, CreateRefusesWhatDoesNotFitTheKind) {
  struct wrong_usage {
    argument_texts arguments;
    std::string said;
  };
  std::vector<wrong_usage> const cases = {
      {{"--kind", "mutex", "--size", "4K"}, "'--size' is for a mapping"},
      {{"--kind", "event", "--from", "file"}, "'--from' is for a mapping"},
      {{"--kind", "event", "--reserve"}, "'--reserve' is for a mapping"},
      {{"--kind", "mutex", "--manual"}, "'--manual' is for an event"},
      {{"--kind", "semaphore", "--set"}, "'--set' is for an event"},
      {{"--kind", "event", "--initial", "1"}, "'--initial' is for a semaphore"},
      {{"--size", "4K", "--maximum", "1"}, "'--maximum' is for a semaphore"},
      {{"--kind", "semaphore", "--initial", "9", "--maximum", "8"}, "at most 8"},
      {{"--kind", "semaphore", "--maximum", "0"}, "--maximum"},
      {{"--kind", "semaphore", "--initial", "-1"}, "--initial"},
      {{"--kind", "semaphore", "--maximum", "2147483648"}, "--maximum"},
  };
  for (auto const& each : cases) {
    argument_texts arguments = {"create", "X"};
    arguments.insert(arguments.end(), each.arguments.begin(), each.arguments.end());
    auto const result = coview(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(each.arguments) << result.err;
    EXPECT_TRUE(contains(result.err, each.said)) << testing::PrintToString(each.arguments) << result.err;
  }
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(SyncCommands, WaitPrintsTheOneThatCame) {
  auto const first = event::create("first", reset::automatic);
  auto const second = event::create("second", reset::automatic);
  running waiting({"wait", "first", "second"});
  until_somebody_waits_for("second");
  EXPECT_EQ(coview({"signal", "second"}).status, 0);
  auto const result = waiting.wait();
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "second\n");
  EXPECT_EQ(result.err, "");
  EXPECT_FALSE(::coview::status_of("second").set);
}

TEST_F(SyncCommands, WaitWaitsForATimerThatCreateSets) {
  ASSERT_EQ(coview({"create", "tick", "--kind", "timer", "--after", "20ms", "--every", "1h", "--permanent"}).status,
            0);
  EXPECT_EQ(coview({"wait", "tick", "--timeout", "60s"}).out, "tick\n");
  EXPECT_EQ(coview({"wait", "tick", "--timeout", "0"}).status, 5);
  EXPECT_TRUE(contains(coview({"ls"}).out, "due in 35"));
  EXPECT_TRUE(contains(coview({"stat", "tick"}).out, "  timer      due in 35"));
  EXPECT_EQ(coview({"rm", "tick"}).status, 0);
  EXPECT_EQ(coview({"create", "tick", "--kind", "event", "--after", "20ms"}).status, 2);
}

TEST_F(SyncCommands, WaitTakesTheFirstNamedOfSeveral) {
  auto const a = event::create("a", reset::automatic, true);
  auto const b = semaphore::create("b", 1, 1);
  EXPECT_EQ(coview({"wait", "b", "a"}).out, "b\n");
  EXPECT_EQ(b.count(), 0U);
  EXPECT_TRUE(::coview::status_of("a").set);
}

TEST_F(SyncCommands, WaitAllTakesAllOrNothing) {
  auto const ready = event::create("ready", reset::automatic, true);
  auto const slots = semaphore::create("slots", 0, 8);
  EXPECT_EQ(coview({"wait", "ready", "slots", "--all", "--timeout", "1ms"}).status, 5);
  EXPECT_TRUE(::coview::status_of("ready").set);
  running waiting({"wait", "ready", "slots", "--all"});
  until_somebody_waits_for("slots");
  EXPECT_EQ(coview({"post", "slots"}).status, 0);
  EXPECT_EQ(waiting.wait().out, "ready\nslots\n");
  EXPECT_FALSE(::coview::status_of("ready").set);
  EXPECT_EQ(slots.count(), 0U);
}

TEST_F(SyncCommands, WaitTellsAsJson) {
  auto const ready = event::create("ready", reset::manual, true);
  auto const never = event::create("never", reset::manual);
  auto const told = coview_json({"wait", "never", "ready", "--json"});
  EXPECT_EQ(told, nlohmann::json::parse(R"({"schema":"coview.wait/1","timed_out":false,
      "came":[{"name":"ready","kind":"event","index":1,"abandoned":false}]})"));
  auto const late = coview({"wait", "never", "--timeout", "0", "--json"});
  EXPECT_EQ(late.status, 5);
  EXPECT_EQ(late.out, "{\"schema\":\"coview.wait/1\",\"timed_out\":true,\"came\":[]}\n");
}

TEST_F(SyncCommands, WaitEndsWithFiveWhenTimeIsUp) {
  auto const never = event::create("never", reset::manual);
  for (std::string const time : {"0", "1ms", "0.001", "0.00001m"}) {
    auto const result = coview({"wait", "never", "--timeout", time});
    EXPECT_EQ(result.status, 5) << time;
    EXPECT_EQ(result.out, "") << time;
    EXPECT_TRUE(contains(result.err, "'never'")) << result.err;
  }
  EXPECT_EQ(coview({"wait", "never", "--timeout", "soon"}).status, 2);
}

TEST_F(SyncCommands, WaitGivesAMutexBack) {
  auto const object = mutex::create("lock");
  ASSERT_EQ(object.acquire(), ::coview::acquired::yes);
  EXPECT_EQ(coview({"wait", "lock", "--timeout", "0"}).status, 5);
  running waiting({"wait", "lock"});
  until_somebody_waits_for("lock");
  object.release();
  auto const result = waiting.wait();
  EXPECT_EQ(result.out, "lock\n");
  EXPECT_TRUE(contains(result.err, "is not kept")) << result.err;
  EXPECT_EQ(object.acquire(std::chrono::seconds(0)), ::coview::acquired::yes);
}

TEST_F(SyncCommands, WaitLeavesAnAbandonedMutexAbandoned) {
  auto const object = mutex::create("lock");
  abandon(object);
  for (argument_texts const& arguments : {argument_texts{"wait", "lock"}, argument_texts{"wait", "lock", "--all"}}) {
    auto const result = coview(arguments);
    EXPECT_EQ(result.out, "lock\n");
    EXPECT_TRUE(contains(result.err, "abandoned")) << result.err;
    EXPECT_TRUE(::coview::status_of("lock").abandoned);
  }
  EXPECT_EQ(coview_json({"wait", "lock", "--json"})["came"][0]["abandoned"], true);
  EXPECT_EQ(object.acquire(std::chrono::seconds(0)), ::coview::acquired::abandoned);
}

TEST_F(SyncCommands, WaitRefusesWhatCannotBe) {
  auto const ready = event::create("ready", reset::manual, true);
  auto const memory = ::coview::mapping::create("memory", 1);
  EXPECT_EQ(coview({"wait"}).status, 2);
  auto const absent = coview({"wait", "ready", "nobody"});
  EXPECT_EQ(absent.status, 3);
  EXPECT_TRUE(contains(absent.err, "'nobody'")) << absent.err;
  auto const wrong = coview({"wait", "memory"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_TRUE(contains(wrong.err, "it is a mapping")) << wrong.err;
  EXPECT_EQ(coview({"wait", "ready", "ready", "--all"}).status, 2);
  argument_texts many = {"wait"};
  many.insert(many.end(), 65, "ready");
  EXPECT_EQ(coview(many).status, 2);
  many.pop_back();
  EXPECT_EQ(coview(many).status, 0);
}

TEST_F(SyncCommands, SignalSetsAndClears) {
  auto const ready = event::create("ready", reset::manual);
  auto const set = coview({"signal", "ready"});
  EXPECT_EQ(set.status, 0);
  EXPECT_EQ(set.out + set.err, "");
  EXPECT_TRUE(::coview::status_of("ready").set);
  EXPECT_EQ(coview({"signal", "ready", "--clear"}).status, 0);
  EXPECT_FALSE(::coview::status_of("ready").set);
  EXPECT_EQ(coview({"signal", "ready", "--clear", "--pulse"}).status, 2);
}

TEST_F(SyncCommands, PulseLetsThroughWhoWaitsNow) {
  auto const tick = event::create("tick", reset::manual);
  running waiting({"wait", "tick"});
  until_somebody_waits_for("tick");
  EXPECT_EQ(coview({"signal", "tick", "--pulse"}).status, 0);
  EXPECT_EQ(waiting.wait().out, "tick\n");
  EXPECT_EQ(coview({"wait", "tick", "--timeout", "0"}).status, 5);
}

TEST_F(SyncCommands, PostCountsUpToTheMaximum) {
  auto const slots = semaphore::create("slots", 1, 3);
  EXPECT_EQ(coview({"post", "slots", "--count", "2"}).status, 0);
  EXPECT_EQ(slots.count(), 3U);
  auto const full = coview({"post", "slots"});
  EXPECT_EQ(full.status, 1);
  EXPECT_TRUE(contains(full.err, "'slots'")) << full.err;
  EXPECT_EQ(coview({"post", "slots", "--count", "0"}).status, 2);
  EXPECT_EQ(coview({"post", "slots", "--count", "some"}).status, 2);
  EXPECT_EQ(slots.count(), 3U);
}

TEST_F(SyncCommands, EveryCommandRefusesOtherKindsAndMissingNames) {
  auto const memory = ::coview::mapping::create("memory", 1);
  auto const ready = event::create("ready", reset::manual);
  for (auto const& [command, other] :
       {std::pair{"signal", "memory"}, std::pair{"post", "ready"}, std::pair{"read", "ready"}}) {
    auto const wrong = coview({command, other});
    EXPECT_EQ(wrong.status, 2) << command;
    EXPECT_TRUE(contains(wrong.err, "another kind")) << wrong.err;
    EXPECT_EQ(coview({command, "nobody"}).status, 3) << command;
  }
}

TEST_F(SyncCommands, LsShowsTheStateOfEach) {
  auto const abandoned = mutex::create("abandoned");
  abandon(abandoned);
  auto const free = mutex::create("free");
  auto const owned = mutex::create("owned");
  (void)owned.acquire();
  auto const ready = event::create("ready", reset::manual, true);
  auto const slots = semaphore::create("slots", 3, 8);
  auto const unbounded = semaphore::create("unbounded", 2, INT32_MAX);
  auto const memory = ::coview::mapping::create("memory", 1);

  auto const text = coview({"ls"}).out;
  std::vector<std::pair<std::string, std::string>> const expected = {
      {"NAME ", "  STATE  SYNC"},
      {"abandoned ", "  held   abandoned "},
      {"free ", "  held   free "},
      {"owned ", "  held   owned by " + std::to_string(getpid()) + " "},
      {"ready ", "  held   set "},
      {"slots ", "  held   3 of 8 "},
      {"unbounded ", "  held   2 (no limit) "},
  };
  for (auto const& [name, state] : expected) {
    auto const begin = text.starts_with(name) ? 0 : text.find("\n" + name);
    ASSERT_NE(begin, std::string::npos) << name << "\n" << text;
    auto const line = text.substr(begin, text.find('\n', begin + 1) - begin);
    EXPECT_TRUE(contains(line, state)) << state << "\n" << text;
  }
  EXPECT_TRUE(contains(coview({"ls", "--long"}).out, "3 of 8")) << text;
  EXPECT_TRUE(contains(coview({"stat", "unbounded"}).out, "2 (no limit)"));

  auto const told = coview_json({"ls", "--json"});
  for (auto const& each : told["objects"]) {
    EXPECT_EQ(each["state"], "held");
    EXPECT_EQ(each["sync"].is_null(), each["name"] == "memory") << each;
    if (each["kind"] != "mutex") continue;
    EXPECT_EQ(each["sync"]["owned"], each["name"] == "owned");
    EXPECT_EQ(each["sync"]["abandoned"], each["name"] == "abandoned");
  }
}

TEST_F(SyncCommands, StatTellsItInWords) {
  auto const object = mutex::create("lock");
  EXPECT_TRUE(contains(coview({"stat", "lock"}).out, "nobody: it is free"));
  (void)object.acquire();
  EXPECT_TRUE(contains(coview({"stat", "lock"}).out, "process " + std::to_string(getpid()) + " ("));
  auto const ready = event::create("ready", reset::manual);
  EXPECT_TRUE(contains(coview({"stat", "ready"}).out, "not set"));
  running const waiting({"wait", "ready"});
  until_somebody_waits_for("ready");
  EXPECT_EQ(coview_json({"stat", "ready", "--json"})["object"]["sync"]["may_have_waiters"], true);
  EXPECT_TRUE(contains(coview({"stat", "ready"}).out, "waiters    some"));
}

TEST_F(SyncCommands, WhoTellsTheOwnerApart) {
  auto const object = mutex::create("lock");
  (void)object.acquire();  // before the other one can
  running const other({"wait", "lock"});
  until_somebody_waits_for("lock");
  auto const text = coview({"who", "lock"}).out;
  EXPECT_TRUE(contains(text, "OWNER  COMMAND")) << text;
  auto const mine = text.find(std::to_string(getpid()));
  auto const theirs = text.find(std::to_string(other.pid()));
  ASSERT_NE(mine, std::string::npos);
  ASSERT_NE(theirs, std::string::npos);
  EXPECT_TRUE(contains(text.substr(mine, text.find('\n', mine) - mine), "  yes  ")) << text;
  EXPECT_FALSE(contains(text.substr(theirs, text.find('\n', theirs) - theirs), "  yes  ")) << text;
  auto const told = coview_json({"who", "lock", "--json"});
  EXPECT_EQ(told["sync"]["owner_process"], getpid());
  EXPECT_EQ(told["holders"].size(), 2U);
}

}  // namespace
}  // namespace coview_test
