// SPDX-License-Identifier: Apache-2.0
// coview lock: who runs when, whose exit status is returned, and what a killed owner leaves to the next one.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/sync_status.hpp>

#include "os/fd.hpp"
#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mutex;

class Lock : public testing::Test {
 protected:
  scoped_root root_;
};

/// Says its process and stays until its input ends.
argument_texts const stays = {"sh", "-c", "echo $$; read line"};

/// `coview lock NAME`, with a command that runs when this returns and until it is told to end.
class locking : public running {
 public:
  explicit locking(std::string const& name, argument_texts const& command = stays)
      : running(arguments(name, command), patient()) {
    command_ = std::stoi(line());
  }
  [[nodiscard]] pid_t command() const noexcept { return command_; }

 private:
  static argument_texts arguments(std::string const& name, argument_texts const& command) {
    argument_texts all = {"lock", name, "--"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }
  static start patient() {
    start how;
    how.keep_input = true;
    return how;
  }
  pid_t command_ = -1;
};

/// Waits for the end of a process that is no child of this one.
class stranger {
 public:
  explicit stranger(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  [[nodiscard]] bool found() const noexcept { return static_cast<bool>(fd_); }
  void until_gone() const {
    pollfd wanted{fd_.get(), POLLIN, 0};
    while (poll(&wanted, 1, -1) < 0) {
    }
  }

 private:
  ::coview::os::unique_fd fd_;
};

TEST_F(Lock, ReturnsTheStatusOfTheCommand) {
  EXPECT_EQ(coview({"lock", "L", "--", "true"}).status, 0);
  EXPECT_EQ(coview({"lock", "L", "--", "sh", "-c", "exit 42"}).status, 42);
  EXPECT_EQ(coview({"lock", "L", "--", "sh", "-c", "kill -9 $$"}).status, 128 + SIGKILL);
  EXPECT_EQ(coview({"lock", "L", "--", "/nowhere/at/all"}).status, 127);
  EXPECT_EQ(coview({"lock", "L", "--", root_.path()}).status, 126);
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Lock, SaysNothingWhereThereIsNothingToSay) {
  auto const result = coview({"lock", "L", "--", "sh", "-c", "echo out; echo \"${COVIEW_ABANDONED-unset}\" >&2"});
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "unset\n");
}

TEST_F(Lock, NeedsACommand) {
  auto const result = coview({"lock", "L"});
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "-- COMMAND")) << result.err;
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Lock, IsOwnedWhileTheCommandRuns) {
  auto const seen = mutex::create("L");
  locking first("L");
  EXPECT_EQ(::coview::status_of("L").owner_process, first.pid());
  EXPECT_EQ(seen.acquire(std::chrono::seconds(0)), ::coview::acquired::timed_out);
  first.signal(SIGTERM);
  first.wait();
  EXPECT_FALSE(::coview::status_of("L").owner_thread);
}

TEST_F(Lock, TwoExcludeOneAnother) {
  auto const log = root_.path() / "log";
  auto const begin = "echo begin >> '" + log.string() + "'; ";
  auto const end = "echo end >> '" + log.string() + "'; ";
  locking first("L",
                {"sh", "-c", "trap \"" + end + "exit 0\" TERM; " + begin + "echo $$; while :; do read line; done"});
  running second({"lock", "L", "--", "sh", "-c", begin + end});
  auto const waits = second.error_line();
  EXPECT_TRUE(contains(waits, "waiting for 'L', owned by process " + std::to_string(first.pid()))) << waits;
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait().status, 0);
  auto const result = second.wait();
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  std::ifstream file(log);
  std::vector<std::string> lines;
  for (std::string each; std::getline(file, each);) lines.push_back(each);
  EXPECT_EQ(lines, (std::vector<std::string>{"begin", "end", "begin", "end"}));
}

TEST_F(Lock, ManyCountWithoutLosingOne) {
  // Reading, adding and writing is torn apart by any two that run at once.
  auto const path = (root_.path() / "count").string();
  std::ofstream(path) << 0 << '\n';
  auto const keeper = mutex::create("L");
  constexpr int processes = 16;
  auto const add = "read n < '" + path + "'; echo $((n + 1)) > '" + path + "'";
  std::vector<std::unique_ptr<running>> all;
  for (int i = 0; i < processes; ++i) {
    all.push_back(std::make_unique<running>(argument_texts{"lock", "L", "--", "sh", "-c", add}));
  }
  for (auto const& each : all) EXPECT_EQ(each->wait().status, 0);
  int count = 0;
  std::ifstream(path) >> count;
  EXPECT_EQ(count, processes);
}

TEST_F(Lock, EndsWithFiveWhenTimeIsUp) {
  locking const first("L");
  for (std::string const time : {"0", "1ms"}) {
    auto const result = coview({"lock", "L", "--timeout", time, "--", "echo", "ran"});
    EXPECT_EQ(result.status, 5);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(contains(result.err, "owned by process " + std::to_string(first.pid()))) << result.err;
  }
  EXPECT_EQ(coview({"lock", "L", "--timeout", "5 seconds", "--", "true"}).status, 2);
}

TEST_F(Lock, KilledOwnerIsToldToTheNextOneOnce) {
  EXPECT_EQ(coview({"create", "L", "--kind", "mutex", "--permanent"}).status, 0);
  argument_texts const tell = {"lock", "L", "--", "sh", "-c", "echo \"${COVIEW_ABANDONED-unset}\""};
  {
    locking first("L");
    first.kill();
  }
  EXPECT_EQ(coview_json({"stat", "L", "--json"})["object"]["sync"]["abandoned"], true);
  auto const next = coview(tell);
  EXPECT_EQ(next.status, 0);
  EXPECT_EQ(next.out, "1\n");
  EXPECT_TRUE(contains(next.err, "'L' was abandoned")) << next.err;
  auto const later = coview(tell);
  EXPECT_EQ(later.out, "unset\n");
  EXPECT_EQ(later.err, "");
}

TEST_F(Lock, KilledOwnerIsToldToOneWhoWaits) {
  locking first("L");
  running second({"lock", "L", "--", "sh", "-c", "echo \"${COVIEW_ABANDONED-unset}\""});
  EXPECT_TRUE(contains(second.error_line(), "waiting for 'L'"));
  first.kill();
  auto const result = second.wait();
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "1\n");
  EXPECT_TRUE(contains(result.err, "'L' was abandoned")) << result.err;
}

TEST_F(Lock, CommandIsKilledWithItsOwner) {
  locking first("L");
  stranger const command(first.command());
  ASSERT_TRUE(command.found());
  first.kill();
  command.until_gone();
}

TEST_F(Lock, CommandThatASignalEndedLeavesItAbandoned) {
  auto const keeper = mutex::create("L");
  locking first("L");
  ::kill(first.command(), SIGKILL);
  EXPECT_EQ(first.wait().status, 128 + SIGKILL);
  EXPECT_EQ(keeper.acquire(), ::coview::acquired::abandoned);
  keeper.release();
  EXPECT_EQ(coview({"lock", "L", "--", "sh", "-c", "exit 1"}).status, 1);
  EXPECT_EQ(keeper.acquire(), ::coview::acquired::yes);
}

TEST_F(Lock, InnerLockSaysNothingAboutTheOuterOne) {
  auto const keeper = mutex::create("outer");
  std::thread([&] { (void)keeper.acquire(); }).join();
  auto const result = coview(
      {"lock", "outer", "--", program_path, "lock", "inner", "--", "sh", "-c", "echo \"${COVIEW_ABANDONED-unset}\""});
  EXPECT_EQ(result.out, "unset\n");
}

TEST_F(Lock, PassesSignalsOn) {
  locking first("L", {"sh", "-c", "trap 'echo got it; exit 7' TERM; echo $$; while :; do read line; done"});
  first.signal(SIGTERM);
  auto const result = first.wait();
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.out, "got it\n");
}

TEST_F(Lock, CreatesWithTheModeAskedFor) {
  auto const mode = coview({"lock", "L", "--mode", "0666", "--", program_path, "stat", "L", "--json"});
  EXPECT_EQ(nlohmann::json::parse(mode.out)["object"]["mode"], "0666");
  EXPECT_EQ(coview({"stat", "L"}).status, 3);
}

TEST_F(Lock, RefusesOtherKinds) {
  running held({"create", "ready", "--kind", "event", "--json"});
  held.line();
  auto const result = coview({"lock", "ready", "--", "echo", "ran"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(contains(result.err, "another kind")) << result.err;
}

}  // namespace
}  // namespace coview_test
