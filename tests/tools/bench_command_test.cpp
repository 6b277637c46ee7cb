// SPDX-License-Identifier: Apache-2.0
// coview bench: that it measures, tells what it measured in three ways, and leaves nothing.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

class Bench : public testing::Test {
 protected:
  [[nodiscard]] bool nothing_is_left() const {
    return std::filesystem::directory_iterator(root_.path()) == std::filesystem::directory_iterator();
  }

  scoped_root root_;
};

TEST_F(Bench, MeasuresEverything) {
  auto const told = coview_json({"bench", "--quick", "--time", "5ms", "--json"});
  EXPECT_EQ(told["schema"], "coview.bench/2");
  EXPECT_FALSE(told["machine"]["processor"].is_null());
  argument_texts figures;
  for (auto const& figure : told["figures"]) {
    figures.push_back(figure["id"]);
    for (auto const& series : figure["series"]) {
      for (auto const& at : series["points"]) {
        bool const timed = at.contains("median_ns");
        EXPECT_TRUE(timed || at.contains("per_second")) << figure["id"];
        if (!timed) continue;
        EXPECT_GT(at["count"], 0) << figure["id"] << at;
        EXPECT_GT(at["median_ns"], 0) << figure["id"] << at;
        EXPECT_GE(at["p99_ns"], at["median_ns"]) << figure["id"];
        EXPECT_GE(at["p999_ns"], at["p99_ns"]) << figure["id"];
        EXPECT_GE(at["longest_ns"], at["p999_ns"]) << figure["id"];
      }
    }
  }
  EXPECT_EQ(figures, (argument_texts{"objects", "names", "locks", "waiters", "one-way", "throughput", "offered",
                                     "subscribers"}));
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Bench, WritesAReportThatNeedsNoOtherFile) {
  auto const path = root_.path() / "report.html";
  auto const result = coview({"bench", "lock", "--time", "5ms", "--html", path.string()});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "mutex alone")) << result.out;
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  auto const html = content.str();
  EXPECT_TRUE(contains(html, "<svg") && html.ends_with("</html>\n"));
  EXPECT_TRUE(contains(html, "prefers-color-scheme: dark") && contains(html, "@media print"));
  for (auto const* const never : {"<script", "http:", "https:", "nan", "inf\""}) EXPECT_FALSE(contains(html, never));
}

TEST_F(Bench, SaysAtOnceThatTheReportCannotBeWritten) {
  auto const result = coview({"bench", "--html", "/nowhere/report.html"});
  EXPECT_NE(result.status, 0);
  EXPECT_TRUE(contains(result.err, "cannot write /nowhere/report.html")) << result.err;
}

TEST_F(Bench, InterruptedItLeavesNothing) {
  running bench({"bench", "--quick"});
  while (bench.line().find("create") == std::string::npos) {
  }
  bench.signal(SIGTERM);
  EXPECT_EQ(bench.wait().status, 128 + SIGTERM);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace coview_test
