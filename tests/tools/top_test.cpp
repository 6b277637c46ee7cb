// SPDX-License-Identifier: Apache-2.0
// coview top: what it tells once, and the live view at a terminal: keys, sizes, and that the terminal is given back.
#include <unistd.h>

#include <csignal>
#include <gtest/gtest.h>
#include <optional>
#include <sstream>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/queue.hpp>
#include <coview/semaphore.hpp>
#include <coview/topic.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;

class Top : public testing::Test {
 protected:
  /// The line of the table that begins with this name.
  static std::string line_of(std::string const& table, std::string const& name) {
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name)) return line;
    }
    return {};
  }

  scoped_root root_;
};

TEST_F(Top, OnceTellsOfEveryKind) {
  auto const memory = mapping::create("memory", 4096);
  auto const lock = ::coview::mutex::create("lock");
  lock.acquire();
  auto const slots = ::coview::semaphore::create("slots", 3, 8);
  auto const unbounded = ::coview::semaphore::create("unbounded", 2, INT32_MAX);
  auto const ready = ::coview::event::create("ready", ::coview::reset::manual, true);
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 4096});
  jobs.send("one");
  jobs.send("two");
  auto const table = coview({"top", "--once", "--interval", "0"}).out;
  EXPECT_TRUE(table.starts_with("NAME")) << table;
  EXPECT_TRUE(contains(line_of(table, "lock"), "owned by " + std::to_string(::getpid()))) << table;
  EXPECT_TRUE(contains(line_of(table, "slots"), "3 of 8")) << table;
  EXPECT_TRUE(contains(line_of(table, "unbounded"), "2 (no limit)")) << table;
  EXPECT_TRUE(contains(line_of(table, "ready"), "  set  ")) << table;
  EXPECT_TRUE(contains(line_of(table, "memory"), "4 KiB")) << table;
  EXPECT_TRUE(contains(line_of(table, "jobs"), " -      2    0     0 ")) << table;
  lock.release();
}

TEST_F(Top, JsonHasWhatLsHasAndRatesAndLags) {
  auto const poses = ::coview::topic::create("poses", {.capacity = 4096});
  auto const seen = poses.subscribe();
  auto const out = poses.publisher();
  for (int i = 0; i < 3; ++i) out.publish("pose");
  auto const at_once = coview_json({"top", "--json", "--interval", "0"});
  EXPECT_EQ(at_once["schema"], "coview.top/1");
  EXPECT_TRUE(at_once["seconds"].is_null());
  EXPECT_TRUE(at_once["objects"][0]["rate"].is_null());
  auto const told = coview_json({"top", "--json", "--interval", "1ms"});
  auto object = told["objects"][0];
  EXPECT_GT(told["seconds"].get<double>(), 0);
  EXPECT_EQ(object["rate"], 0);
  EXPECT_EQ(object["lag"], 3);
  EXPECT_EQ(object["lost"], 0);
  EXPECT_EQ(object["lost_lately"], 0);
  for (auto const* const added : {"rate", "lag", "lost", "lost_lately"}) object.erase(added);
  EXPECT_EQ(object, coview_json({"ls", "--json"})["objects"][0]) << "the same facts";
}

TEST_F(Top, SortsAndChooses) {
  auto const a = mapping::create("a", 4096);
  auto const b = mapping::create("b", 1 << 20);
  auto const c = mapping::create("other", 4096);
  auto const names = [](argument_texts arguments) {
    arguments.insert(arguments.begin(), {"top", "--json"});
    argument_texts all;
    auto const told = coview_json(arguments);
    for (auto const& each : told["objects"]) all.push_back(each["name"]);
    return all;
  };
  EXPECT_EQ(names({}), (argument_texts{"a", "b", "other"}));
  EXPECT_EQ(names({"--reverse"}), (argument_texts{"other", "b", "a"}));
  EXPECT_EQ(names({"--sort", "memory"}), (argument_texts{"b", "a", "other"}));
  EXPECT_EQ(names({"[ab]", "--sort", "memory", "-r"}), (argument_texts{"a", "b"}));
  EXPECT_EQ(coview({"top", "--once", "--sort", "beauty"}).status, 2);
}

TEST_F(Top, TheLiveViewNeedsATerminal) {
  auto const result = coview({"top"});
  EXPECT_NE(result.status, 0);
  EXPECT_TRUE(contains(result.err, "coview top --once")) << result.err;
}

/// What it draws is looked at by top_live, which has a terminal that understands it.
class LiveTop : public Top {
 protected:
  void SetUp() override {
    if (contains(at_terminal_told({"top"}), "without ncurses"))
      GTEST_SKIP() << "this program is built without ncurses";
  }

 private:
  static std::string at_terminal_told(argument_texts const& arguments) {
    at_terminal program(arguments);
    program.type("q");
    program.wait();
    return program.text();
  }
};

constexpr char const* last_words = "q quit";
constexpr char const* leaves_its_screen = "\x1b[?1049l";

TEST_F(LiveTop, GoesOnUntilItIsLeft) {
  at_terminal top({"top"});
  top.until(last_words);
  EXPECT_FALSE(top.echoes());
  EXPECT_FALSE(contains(top.text(), leaves_its_screen));
  top.type("q");
  EXPECT_EQ(top.wait(), 0);
  EXPECT_TRUE(top.echoes());
  EXPECT_TRUE(contains(top.text(), leaves_its_screen));
}

TEST_F(LiveTop, GivesTheTerminalBackWhateverSignalEndsIt) {
  for (int const signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    at_terminal top({"top"});
    top.until(last_words);
    top.signal(signal);
    EXPECT_EQ(top.wait(), 128 + signal);
    EXPECT_TRUE(top.echoes()) << signal;
    EXPECT_TRUE(contains(top.text(), leaves_its_screen)) << signal;
  }
}

TEST_F(LiveTop, KeepsNothing) {
  auto held = std::make_optional(mapping::create("looked at", 4096));
  at_terminal top({"top", "--interval", "10ms"});
  top.until("looked at");
  top.type("\r");
  top.until("permanent");  // of its detail
  held.reset();
  top.until("nothing exists");
  EXPECT_EQ(root_.files(), std::vector<std::string>{});
  top.type("q");
  EXPECT_EQ(top.wait(), 0);
}

TEST_F(LiveTop, SaysThatATerminalCannotBeDrawnOn) {
  at_terminal top({"top"}, {"TERM=no-such-terminal"});
  EXPECT_EQ(top.wait(), 1);
  EXPECT_TRUE(contains(top.text(), "no-such-terminal")) << top.text();
}

}  // namespace
}  // namespace coview_test
