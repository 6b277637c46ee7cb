// SPDX-License-Identifier: Apache-2.0
// What the exit status says, one case each, and what is said on standard error with it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <gtest/gtest.h>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

class Status : public testing::Test {
 protected:
  scoped_root root_;
};

TEST_F(Status, IsZeroWhenDone) {
  EXPECT_EQ(coview({"ls"}).status, 0);
}

TEST_F(Status, IsOneWhereTheNameExists) {
  holding const held("Taken");
  auto const result = coview({"create", "Taken", "--size", "4K", "--", "true"});
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(contains(result.err, "'Taken'")) << result.err;
  EXPECT_EQ(result.out, "");
}

struct wrong_usage {
  argument_texts arguments;
  std::string said;
};

TEST_F(Status, IsTwoForWhatMakesNoSense) {
  std::vector<wrong_usage> const cases = {
      {{}, "say what to do"},
      {{"lss"}, "did you mean 'coview ls'?"},
      {{"craete", "X"}, "did you mean 'coview create'?"},
      {{"--verbose"}, "no option '--verbose'"},
      {{"version"}, "did you mean 'coview --version'?"},
      {{"ls", "--jsn"}, "did you mean '--json'?"},
      {{"create", "X", "--siez", "4K"}, "did you mean '--size'?"},
      {{"create", "X", "--siez=4K"}, "did you mean '--size'?"},
      {{"stat"}, "NAME is required"},
      {{"stat", "--"}, "NAME is required"},
      {{"stat", "a", "b"}, "does not take 'b'"},
      {{"stat", "--", "a", "b"}, "does not take 'b'"},
      {{"create", "X"}, "needs a size"},
      {{"create", "X", "--size", "-1"}, "negative"},
      {{"create", "X", "--size", "4Q"}, "unit"},
      {{"create", "X", "--size", "4KB"}, "unit"},
      {{"create", "X", "--size", "1.5G"}, "fraction"},
      {{"create", "X", "--size", "many"}, "not a size"},
      {{"create", "X", "--size", ""}, "size"},
      {{"create", "X", "--size", "18446744073709551616"}, "64 bits"},
      {{"create", "X", "--size", "0x10000000000000000"}, "64 bits"},
      {{"create", "X", "--size", "16E"}, "64 bits"},
      {{"create", "X", "--size", "4K", "--mode", "0888"}, "mode"},
      {{"create", "X", "--size", "4K", "--mode", "1777"}, "mode"},
      {{"create", "X", "--size", "4K", "--kind", "teapot"}, "kind"},
      {{"create", "X", "--size", "4K", "--"}, "no command"},
      {{"create", "", "--size", "4K"}, "name"},
      {{"create", "a\\b", "--size", "4K"}, "backslash"},
      {{"watch", "X", "--interval", "soon"}, "duration"},
      {{"watch", "X", "--interval", "0"}, "between two looks"},
      {{"read", "X", "--hex", "--raw"}, "excludes"},
      {{"completion", "tcsh"}, "SHELL"},
      {{"demo-peer", "1"}, "part of 'coview demo'"},
  };
  for (auto const& each : cases) {
    auto const result = coview(each.arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(each.arguments) << result.err;
    EXPECT_TRUE(contains(result.err, each.said)) << testing::PrintToString(each.arguments) << result.err;
    EXPECT_EQ(result.out, "") << testing::PrintToString(each.arguments);
  }
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Status, IsThreeWhereNobodyHoldsTheName) {
  for (std::string const command : {"stat", "who", "read", "write", "watch", "rm"}) {
    auto const result = coview({command, "Nobody"});
    EXPECT_EQ(result.status, 3) << command << result.err;
    EXPECT_TRUE(contains(result.err, "'Nobody'")) << command << result.err;
    EXPECT_EQ(contains(result.err, "cannot remove object"), command == "rm") << result.err;
  }
}

TEST_F(Status, TwoDashesEndTheOptions) {
  auto const result = coview({"stat", "--json", "--", "--json"});
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_TRUE(contains(result.err, "'--json'")) << result.err;
}

TEST_F(Status, IsFourWithoutPermission) {
  // The root belongs to another user than the one who asks, and only its owner may write to it.
  constexpr uid_t stranger = 4711;
  start how;
  if (geteuid() == 0) how.user = stranger;
  chmod(root_.path().c_str(), geteuid() == 0 ? 0755 : 0500);
  auto const result = coview({"create", "X", "--size", "4K", "--", "true"}, how);
  chmod(root_.path().c_str(), 0700);
  EXPECT_EQ(result.status, 4) << result.err;
}

TEST_F(Status, IsFiveWhereSomebodyHasIt) {
  holding const held("Busy");
  auto const result = coview({"rm", "Busy"});
  EXPECT_EQ(result.status, 5);
  EXPECT_TRUE(contains(result.err, std::to_string(held.pid()))) << result.err;
  EXPECT_EQ(coview({"stat", "Busy"}).status, 0);
}

TEST_F(Status, IsSixForAnotherLayoutVersion) {
  holding const held("Alien");
  auto const file = coview_json({"stat", "Alien", "--json"})["object"]["file"].get<std::string>();
  int const fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  std::array<unsigned char, 4> const version = {0xff, 0xff, 0, 0};
  ASSERT_EQ(pwrite(fd, version.data(), version.size(), 8), 4);
  close(fd);
  EXPECT_EQ(coview({"read", "Alien"}).status, 6);
  EXPECT_EQ(coview_json({"ls", "--json"})["objects"][0]["state"], "incompatible");
}

TEST_F(Status, IsSevenWithoutSpace) {
  auto const result = coview({"create", "Huge", "--size", "1E", "--", "true"});
  EXPECT_EQ(result.status, 7) << result.err;
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Status, TheVersionIsPrinted) {
  auto const result = coview({"--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.out.starts_with("coview ")) << result.out;
  EXPECT_EQ(result.err, "");
}

TEST_F(Status, HelpOfEveryCommandHasExamplesBeforeOptions) {
  auto const overview = coview({"--help"}).out;
  for (std::string const command :
       {"demo", "create", "ls", "stat", "who", "read", "write", "watch", "lock", "wait", "signal", "post", "send",
        "recv", "rm", "reclaim", "reaper", "doctor", "completion"}) {
    EXPECT_TRUE(contains(overview, "\n  " + command + " ")) << command;
    auto const help = coview({command, "--help"});
    EXPECT_EQ(help.status, 0) << command;
    auto const examples = help.out.find("\nExamples\n");
    EXPECT_LT(examples, help.out.find("coview " + command)) << help.out;
    EXPECT_LT(help.out.find("coview " + command), help.out.find("\nUsage\n")) << help.out;
    EXPECT_LT(help.out.find("\nUsage\n"), help.out.find("\nOptions\n")) << help.out;
    EXPECT_NE(help.out.find("\nOptions\n"), std::string::npos) << help.out;
    EXPECT_EQ(coview({"help", command}).out, help.out);
  }
  EXPECT_EQ(coview({"help", "help"}).out, overview);
}

}  // namespace
}  // namespace coview_test
