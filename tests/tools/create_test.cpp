// SPDX-License-Identifier: Apache-2.0
// coview create: how long the name lives, what is in it, and whose exit status is returned.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;

class Create : public testing::Test {
 protected:
  std::string file_with(std::string const& content) const {
    auto const path = root_.path() / "content";
    std::ofstream(path) << content;
    return path;
  }

  scoped_root root_;
};

bool exists(std::string const& name) {
  return mapping::try_open(name).has_value();
}

TEST_F(Create, HoldsUntilASignalAsksForTheEnd) {
  for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
    holding held("Held");
    EXPECT_TRUE(exists("Held"));
    held.signal(number);
    EXPECT_EQ(held.wait().status, 0) << number;
    EXPECT_FALSE(exists("Held")) << number;
  }
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Create, SaysOnStandardErrorThatItHolds) {
  running held({"create", "Held", "--size", "4K"});
  auto const said = held.error_line();
  EXPECT_NE(said.find("holding 'Held' (4 KiB)"), std::string::npos) << said;
  held.signal(SIGTERM);
  EXPECT_EQ(held.wait().out, "");
}

TEST_F(Create, NameGoesWhenTheHolderIsKilled) {
  holding held("Killed");
  held.kill();
  EXPECT_EQ(coview({"stat", "Killed"}).status, 3);
  EXPECT_TRUE(coview_json({"ls", "--json"})["objects"].empty());
  holding const again("Killed");
  EXPECT_EQ(coview({"stat", "Killed"}).status, 0);
}

TEST_F(Create, HoldsWhileACommandRuns) {
  start how;
  how.keep_input = true;
  running held({"create", "During", "--size", "4K", "--", "sh", "-c", "echo started; read line"}, how);
  EXPECT_EQ(held.line(), "started");
  EXPECT_TRUE(exists("During"));
  // A handle that only the program has: its command got none.
  EXPECT_EQ(coview_json({"who", "During", "--json"})["holders"].size(), 1U);
  held.kill();
  EXPECT_FALSE(exists("During"));
}

TEST_F(Create, ReturnsTheStatusOfTheCommand) {
  EXPECT_EQ(coview({"create", "C", "--size", "4K", "--", "true"}).status, 0);
  EXPECT_EQ(coview({"create", "C", "--size", "4K", "--", "sh", "-c", "exit 42"}).status, 42);
  EXPECT_EQ(coview({"create", "C", "--size", "4K", "--", "sh", "-c", "kill -9 $$"}).status, 128 + SIGKILL);
  EXPECT_FALSE(exists("C"));
}

TEST_F(Create, CommandsOptionsAreTheCommands) {
  auto const result = coview({"create", "C", "--size", "4K", "--", "echo", "--size", "--", "--help"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "--size -- --help\n");
}

TEST_F(Create, SaysWhereACommandCannotBeRun) {
  auto const missing = coview({"create", "C", "--size", "4K", "--", "/nowhere/at/all"});
  EXPECT_EQ(missing.status, 127);
  EXPECT_NE(missing.err.find("/nowhere/at/all"), std::string::npos);
  EXPECT_EQ(coview({"create", "C", "--size", "4K", "--", file_with("text")}).status, 126);
  EXPECT_FALSE(exists("C"));
}

TEST_F(Create, PassesSignalsOn) {
  // The command is the program once more: it says when it is ready, ends well at SIGTERM and is ended by SIGUSR1.
  for (auto const& [number, status] : {std::pair{SIGTERM, 0}, std::pair{SIGUSR1, 128 + SIGUSR1}}) {
    running held(
        {"create", "Outer", "--size", "4K", "--", program_path, "create", "Inner", "--size", "4K", "--json"});
    EXPECT_FALSE(held.line().empty());
    held.signal(number);
    EXPECT_EQ(held.wait().status, status) << number;
    EXPECT_FALSE(exists("Inner"));
    EXPECT_FALSE(exists("Outer"));
  }
}

/// Started with some signals ignored, as nohup(1), a script's "&" and some service managers do it.
start ignoring(std::string const& signals) {
  start how;
  how.wrapper = {"/bin/sh", "-c", "trap '' " + signals + "; exec \"$@\"", "sh"};
  return how;
}

/// A mask of signals in /proc/PID/status, such as SigBlk.
std::uint64_t signal_mask(pid_t pid, std::string const& which) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(which + ":")) return std::stoull(line.substr(which.size() + 1), nullptr, 16);
  }
  ADD_FAILURE() << which;
  return 0;
}

TEST_F(Create, SignalsThatWereIgnoredStaySo) {
  running held({"create", "Kept", "--size", "4K", "--json"}, ignoring("HUP INT"));
  EXPECT_FALSE(held.line().empty());
  auto const both = std::uint64_t{1} << (SIGHUP - 1) | std::uint64_t{1} << (SIGINT - 1);
  EXPECT_EQ(signal_mask(held.pid(), "SigIgn") & both, both);
  EXPECT_EQ(signal_mask(held.pid(), "SigBlk") & both, 0U) << "blocked, they would be read after all";
  held.signal(SIGTERM);
  EXPECT_EQ(held.wait().status, 0);
}

TEST_F(Create, SeesTheCommandEndThoughItsCallerIgnoresChildren) {
  EXPECT_EQ(coview({"create", "C", "--size", "4K", "--", "sh", "-c", "exit 3"}, ignoring("CHLD")).status, 3);
}

TEST_F(Create, PermanentReturnsAtOnceAndStays) {
  EXPECT_EQ(coview({"create", "Table", "--size", "64K", "--permanent"}).status, 0);
  auto const object = coview_json({"stat", "Table", "--json"})["object"];
  EXPECT_EQ(object["state"], "permanent");
  EXPECT_EQ(object["size"], 65536);
  EXPECT_TRUE(coview_json({"who", "Table", "--json"})["holders"].empty());
  EXPECT_EQ(coview({"rm", "Table"}).status, 0);
  EXPECT_EQ(coview({"stat", "Table"}).status, 3);
}

TEST_F(Create, OptionsReachTheObject) {
  holding const held("Options", "0x2000", {"--mode", "0640", "--reserve"});
  auto const info = ::coview::stat("Options");
  EXPECT_EQ(info.size, 8192U);
  EXPECT_EQ(info.mode, 0640U);
}

TEST_F(Create, FromFillsItAndTakesTheSizeOfTheFile) {
  auto const path = file_with("from a file");
  EXPECT_EQ(coview({"create", "F", "--from", path, "--permanent"}).status, 0);
  EXPECT_EQ(coview({"read", "F"}).out, "from a file");
}

TEST_F(Create, KilledWhileItFillsNothingHalfFilledStays) {
  auto const path = root_.path() / "large";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, 1U << 28U);  // sparse: takes no time to make, and some to fill
  running filling({"create", "F", "--from", path, "--reserve", "--permanent"});
  // There is a moment at which it exists and is not filled; when it is permanent, it is full.
  while (!exists("F")) {
  }
  filling.kill();
  auto const left = coview({"stat", "F", "--json"});
  if (left.status == 0) {
    EXPECT_EQ(nlohmann::json::parse(left.out)["object"]["resident"], (1U << 28U) + 4096U);
  } else {
    EXPECT_EQ(left.status, 3) << left.err;
  }
  std::filesystem::remove(path);
}

TEST_F(Create, FromLeavesTheRestZero) {
  EXPECT_EQ(coview({"create", "F", "--from", file_with("abc"), "--size", "6", "--permanent"}).status, 0);
  EXPECT_EQ(coview({"read", "F"}).out, std::string("abc\0\0\0", 6));
}

TEST_F(Create, FromRefusesBeforeAnythingIsMade) {
  auto const path = file_with("too long");
  EXPECT_EQ(coview({"create", "F", "--from", path, "--size", "4", "--permanent"}).status, 1);
  EXPECT_EQ(coview({"create", "F", "--from", root_.path() / "missing", "--permanent"}).status, 3);
  EXPECT_EQ(coview({"create", "F", "--from", root_.path(), "--permanent"}).status, 1);
  EXPECT_EQ(coview({"create", "F", "--from", "/dev/zero", "--permanent"}).status, 1);
  EXPECT_EQ(coview({"create", "F", "--from", file_with(""), "--permanent"}).status, 1);
  EXPECT_EQ(root_.files(), std::vector<std::string>{"content"});
}

TEST_F(Create, TellsWhenTheNameWasTakenAway) {
  holding held("Lost");
  EXPECT_EQ(coview({"rm", "Lost", "--force"}).status, 0);
  EXPECT_EQ(coview({"stat", "Lost"}).status, 3);
  held.signal(SIGTERM);
  auto const result = held.wait();
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("lost its name"), std::string::npos) << result.err;
}

TEST_F(Create, RemovingAPermanentOneThatIsHeldLeavesItToTheLastHandle) {
  EXPECT_EQ(coview({"create", "P", "--size", "4K", "--permanent"}).status, 0);
  {
    auto const held = mapping::open("P");
    EXPECT_EQ(coview_json({"rm", "P", "--json"})["removed"], "with_the_last_handle");
    EXPECT_EQ(coview({"stat", "P"}).status, 0);
  }
  EXPECT_EQ(coview({"stat", "P"}).status, 3);
}

TEST_F(Create, ReclaimGivesBackWhatTheDeadLeft) {
  holding held("Dead", "64K");
  held.kill();
  auto const given = coview_json({"reclaim", "--json"});
  EXPECT_EQ(given["schema"], "coview.reclaim/1");
  EXPECT_EQ(given["objects"], 1);
  EXPECT_GE(given["bytes"].get<int>(), 65536);
  EXPECT_EQ(coview_json({"reclaim", "--json"})["objects"], 0);
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Create, ReaperGivesItBackAtOnce) {
  running reaper({"reaper", "--json"});
  holding held("Reaped", "64K");
  held.kill();
  auto const event = nlohmann::json::parse(reaper.line());
  EXPECT_EQ(event["schema"], "coview.reaper/1");
  EXPECT_EQ(event["name"], "Reaped");
  EXPECT_GE(event["bytes"].get<int>(), 65536);
  EXPECT_TRUE(root_.files().empty());
  reaper.signal(SIGTERM);
  EXPECT_EQ(reaper.wait().status, 0);
}

}  // namespace
}  // namespace coview_test
