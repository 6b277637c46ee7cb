// SPDX-License-Identifier: Apache-2.0
// coview demo --hosts: bridges between three hosts, and nothing left of them.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sstream>

#include "bridge/nats_server.hpp"
#include "program.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

namespace fs = std::filesystem;

class DemoHosts : public testing::Test {
 protected:
  void SetUp() override {
    if (access((fs::path(program_path).parent_path() / "coview-bridge").c_str(), X_OK) != 0 ||
        nats_server_path().empty()) {
      GTEST_SKIP() << "nats-server or coview-bridge is not there";
    }
    fs::create_directory(temporary_);
    fs::permissions(temporary_, fs::perms::all);
    fs::permissions(root_.path(), fs::perms::all | fs::perms::sticky_bit);
    how_.environment = {"TMPDIR=" + temporary_.string()};
  }
  void TearDown() override {
    fs::remove_all(temporary_);
    EXPECT_EQ(of_it(), "");
  }
  /// Processes that have this test's folders: what the demo started.
  [[nodiscard]] std::string of_it() const {
    std::string found;
    for (auto const& entry : fs::directory_iterator("/proc")) {
      std::ifstream environment(entry.path() / "environ", std::ios::binary);
      std::string const text(std::istreambuf_iterator<char>(environment), {});
      if (text.find("TMPDIR=" + temporary_.string()) != std::string::npos)
        found += entry.path().filename().string() + " ";
    }
    return found;
  }
  [[nodiscard]] bool left_nothing() const { return fs::is_empty(root_.path()) && fs::is_empty(temporary_); }

  scoped_root root_;
  fs::path temporary_ = fs::temp_directory_path() / ("coview-demo-hosts-test-" + std::to_string(getpid()));
  start how_;
};

TEST_F(DemoHosts, EverythingIsAsPromisedAndNothingIsLeft) {
  auto const result = coview({"demo", "--hosts"}, how_);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_EQ(result.err, "");
  for (auto const* const each : {"cam/front", "400 in order", "all 300 jobs are done", "gate 7 is open",
                                 "coview bridge status", "Everything as promised", "Your turn"}) {
    EXPECT_TRUE(contains(result.out, each)) << each << " in\n" << result.out;
  }
  std::istringstream text(result.out);
  for (std::string line; std::getline(text, line);) {
    if (contains(line, "coview bridge") || contains(line, program_path)) continue;  // commands, with paths in them
    EXPECT_LE(std::count_if(line.begin(), line.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; }), 80)
        << line;
  }
  EXPECT_TRUE(left_nothing());
}

TEST_F(DemoHosts, WorksForAnOrdinaryUserOnTheLoopback) {
  if (geteuid() == 0) how_.user = 4711;
  auto const result = coview({"demo", "--hosts", "--json"}, how_);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  auto const document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["ok"], true) << document;
  EXPECT_GE(document["promises"].size(), 7U);
  EXPECT_GT(document["nanoseconds"]["topic"].get<double>(), 0);
  EXPECT_TRUE(left_nothing());
}

TEST_F(DemoHosts, InterruptedItLeavesNothing) {
  for (auto const* const moment : {"nats-server", "three bridges", "sends 300 jobs"}) {
    running demo({"demo", "--hosts"}, how_);
    while (!contains(demo.line(), moment)) {
    }
    demo.signal(SIGINT);
    EXPECT_EQ(demo.wait().status, 128 + SIGINT) << moment;
    EXPECT_TRUE(left_nothing()) << moment;
    EXPECT_EQ(of_it(), "") << moment;
  }
}

TEST_F(DemoHosts, KilledItLeavesNoProcess) {
  running demo({"demo", "--hosts"}, how_);
  while (!contains(demo.line(), "three bridges")) {
  }
  demo.kill();
  // The kernel ends what it started, and has begun to when the demo is gone.
  while (!of_it().empty()) usleep(1000);
  // Files go with the next one.
  EXPECT_EQ(coview({"demo", "--hosts"}, how_).status, 0);
  EXPECT_TRUE(left_nothing());
}

TEST_F(DemoHosts, SaysWhatIsMissing) {
  NEEDS_ROOT();
  how_.wrapper = {"/usr/bin/unshare",
                  "--mount",
                  "/bin/sh",
                  "-c",
                  "for f in /usr/sbin /usr/bin /usr/local/sbin; do "
                  "[ ! -e $f/nats-server ] || mount --bind /dev/null $f/nats-server; done; exec \"$@\"",
                  "sh"};
  auto const result = coview({"demo", "--hosts"}, how_);
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(contains(result.err, "apt install nats-server")) << result.err;
  EXPECT_TRUE(left_nothing());
}

}  // namespace
}  // namespace coview_test
