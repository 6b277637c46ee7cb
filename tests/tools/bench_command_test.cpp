// SPDX-License-Identifier: Apache-2.0
// coview bench: that it measures, tells what it measured in three ways, and leaves nothing.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
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

std::string content_of(std::filesystem::path const& path) {
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

/// What stands at an axis, "x" or "y", of a figure of the report.
argument_texts marks_of(std::string const& html, std::string const& id, std::string const& axis) {
  auto const begin = html.find("<section id=\"" + id);
  EXPECT_NE(begin, std::string::npos) << id;
  if (begin == std::string::npos) return {};
  auto const section = html.substr(begin, html.find("</section>", begin) - begin);
  std::regex const mark("<text class=\"mark " + axis + "\"[^>]*>([^<]*)<");
  argument_texts all;
  for (std::sregex_iterator at(section.begin(), section.end(), mark); at != std::sregex_iterator(); ++at) {
    all.push_back((*at)[1]);
  }
  return all;
}

void expect_round_axes(std::string const& html) {
  EXPECT_EQ(marks_of(html, "throughput", "x"),
            (argument_texts{"16 B", "128 B", "1 KiB", "8 KiB", "64 KiB", "512 KiB"}));
  for (auto const* const doubling : {"waiters", "subscribers"}) {
    EXPECT_EQ(marks_of(html, doubling, "x"), (argument_texts{"1", "2", "4", "8", "16", "32", "64"}));
  }
  struct axis_case {
    char const* figure;
    char const* axis;
    char const* unit;
  };
  constexpr axis_case cases[] = {
      {"throughput", "y", "([KMG]i)?B/s"}, {"objects", "x", "(n|µ|m|)s"}, {"one-way", "x", "(n|µ|m|)s"},
      {"waiters", "y", "(n|µ|m|)s"},       {"offered", "x", "[kM]"},      {"one-way", "y", "%"}};
  for (auto const& [figure, axis, unit] : cases) {
    // As in "20 MiB/s" and "0.01 %", not "93.1 GiB/s".
    std::regex const round(std::string(R"((0\.0*)?[125]0{0,2} )") + unit);
    auto const marks = marks_of(html, figure, axis);
    EXPECT_GE(marks.size(), 2U) << figure;
    for (auto const& each : marks) EXPECT_TRUE(std::regex_match(each, round)) << figure << ": " << each;
  }
}

TEST_F(Bench, MeasuresEverything) {
  auto const report = root_.path() / "report.html";
  auto const told = coview_json({"bench", "--quick", "--time", "5ms", "--json", "--html", report.string()});
  expect_round_axes(content_of(report));
  std::filesystem::remove(report);
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
  auto const html = content_of(path);
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
