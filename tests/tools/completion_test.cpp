// SPDX-License-Identifier: Apache-2.0
// What the completion scripts are told, and that the scripts are those that packages install.
#include <unistd.h>

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;

class Completion : public testing::Test {
 protected:
  /// What could stand for the last of these words, descriptions left out.
  static argument_texts candidates(argument_texts const& line) {
    argument_texts arguments = {"complete", "--"};
    arguments.insert(arguments.end(), line.begin(), line.end());
    auto const result = coview(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    argument_texts all;
    std::istringstream lines(result.out);
    for (std::string each; std::getline(lines, each);) all.push_back(each.substr(0, each.find('\t')));
    return all;
  }

  scoped_root root_;
};

TEST_F(Completion, OffersCommands) {
  argument_texts const all = {"demo",  "create", "ls",   "stat",    "who",    "top",    "read",
                              "write", "watch",  "lock", "wait",    "signal", "post",   "send",
                              "recv",  "tap",    "hz",   "evict",   "bridge", "bench",  "copy",
                              "sum",   "cmp",    "rm",   "reclaim", "reaper", "doctor", "completion"};
  EXPECT_EQ(candidates({""}), all);
  EXPECT_EQ(candidates({"help", ""}), all);
}

TEST_F(Completion, OffersTheOptionsOfACommand) {
  EXPECT_EQ(candidates({"rm", "-"}), (argument_texts{"--help", "--force", "--json"}));
  EXPECT_EQ(candidates({"rm", "Name", "--f"}), (argument_texts{"--help", "--force", "--json"}));
}

TEST_F(Completion, OffersNamesThatExist) {
  auto const a = mapping::create("a name", 1);
  auto const b = mapping::create("Global\\board", 1);
  auto const hostile = mapping::create("two\nlines", 1);
  EXPECT_EQ(candidates({"stat", ""}), (argument_texts{"Global\\board", "a name"}));
  EXPECT_EQ(candidates({"ls", "a"}), (argument_texts{"Global\\board", "a name"}));
  EXPECT_EQ(candidates({"create", ""}), argument_texts{});
}

TEST_F(Completion, OffersNamesOfTheKindsThatACommandTakes) {
  auto const memory = mapping::create("memory", 1);
  auto const lock = ::coview::mutex::create("lock");
  auto const ready = ::coview::event::create("ready", ::coview::reset::manual);
  auto const slots = ::coview::semaphore::create("slots", 0, 1);
  EXPECT_EQ(candidates({"lock", ""}), (argument_texts{"lock"}));
  EXPECT_EQ(candidates({"signal", ""}), (argument_texts{"ready"}));
  EXPECT_EQ(candidates({"post", ""}), (argument_texts{"slots"}));
  EXPECT_EQ(candidates({"wait", "ready", ""}), (argument_texts{"lock", "ready", "slots"}));
  EXPECT_EQ(candidates({"lock", "lock", "--", ""}), argument_texts{":command"});
}

TEST_F(Completion, AsksTheShellForFilesAndCommands) {
  EXPECT_EQ(candidates({"create", "X", "--from", ""}), argument_texts{":files"});
  EXPECT_EQ(candidates({"create", "X", "--size", ""}), argument_texts{});
  EXPECT_EQ(candidates({"create", "X", "--kind", ""}),
            (argument_texts{"mapping", "mutex", "event", "semaphore", "timer", "queue", "topic"}));
  EXPECT_EQ(candidates({"create", "X", "--kind=m"}),
            (argument_texts{"--kind=mapping", "--kind=mutex", "--kind=event", "--kind=semaphore", "--kind=timer",
                            "--kind=queue", "--kind=topic"}));
  EXPECT_EQ(candidates({"copy", ""}), argument_texts{":files"});
  EXPECT_EQ(candidates({"cmp", "a", ""}), argument_texts{":files"});
  EXPECT_EQ(candidates({"copy", "--method", ""}),
            (argument_texts{"automatic", "reflink", "in-kernel", "mapped", "buffered", "direct"}));
  EXPECT_EQ(candidates({"create", "X", "--", ""}), argument_texts{":command"});
  EXPECT_EQ(candidates({"create", "X", "--", "ls", "-"}), argument_texts{":command"});
}

TEST_F(Completion, OffersWhatTopSortsByAndWhatBenchMeasures) {
  EXPECT_EQ(candidates({"top", "--sort", ""}), (argument_texts{"name", "kind", "now", "memory", "handles", "rate",
                                                               "depth", "lag", "lost", "size", "age", "user"}));
  EXPECT_EQ(candidates({"bench", ""}), (argument_texts{"object", "lock", "channel"}));
  EXPECT_EQ(candidates({"bench", "--html", ""}), argument_texts{":files"});
}

TEST_F(Completion, KnowsNothingOfUnknownCommands) {
  EXPECT_EQ(candidates({"teapot", ""}), argument_texts{});
}

TEST_F(Completion, PrintsTheScriptsThatArePackaged) {
  for (std::string const shell : {"bash", "zsh", "fish"}) {
    std::ifstream file(std::string(completions_path) + "/coview." + shell);
    std::stringstream content;
    content << file.rdbuf();
    EXPECT_FALSE(content.str().empty()) << shell;
    EXPECT_EQ(coview({"completion", shell}).out, content.str());
  }
}

/// Completes in a real bash, the way its Tab key does.
TEST_F(Completion, WorksInBash) {
  if (access("/bin/bash", X_OK) != 0) GTEST_SKIP() << "there is no bash here";
  auto const a = mapping::create("it's a name", 1);
  auto const b = mapping::create("Cam:front", 1);
  start how;
  char const* const script =
      "coview() { \"$0\" \"$@\"; }; source <(coview completion bash); "
      "COMP_WORDS=(coview stat it); COMP_CWORD=2; _coview; printf '%s\\n' \"${COMPREPLY[@]}\"; "
      "COMP_WORDS=(coview st); COMP_CWORD=1; _coview; printf '%s\\n' \"${COMPREPLY[@]}\"; "
      // Readline takes words apart at colons and equals signs, and wants what comes after the last of them.
      "COMP_LINE='coview stat Cam:fr'; COMP_WORDS=(coview stat Cam : fr); COMP_CWORD=4; _coview; "
      "printf '%s\\n' \"${COMPREPLY[@]}\"; "
      "COMP_LINE='coview stat Cam:'; COMP_WORDS=(coview stat Cam :); COMP_CWORD=3; _coview; "
      "printf '%s\\n' \"${COMPREPLY[@]}\"; "
      "COMP_LINE='coview create X --kind=mu'; COMP_WORDS=(coview create X --kind = mu); COMP_CWORD=5; _coview; "
      "printf '%s\\n' \"${COMPREPLY[@]}\"";
  how.wrapper = {"/bin/bash", "-c", script};
  EXPECT_EQ(coview({}, how).out, "it\\'s\\ a\\ name\nstat\nfront\nfront\nmutex\n");
}

}  // namespace
}  // namespace coview_test
