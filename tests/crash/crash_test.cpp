// SPDX-License-Identifier: Apache-2.0
// Every operation that creates, opens, closes or removes a name, killed before and after each of its system calls,
// and run with each of its system calls failing in each way that call can fail (faults.hpp).
//
// After a kill nothing half made is ever seen. After a failed call the operation has either succeeded or thrown a
// coview::error that says why, no descriptor is lost, and in both cases others are undisturbed and nothing is left
// behind.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <ostream>
#include <string>

#include "crash/faults.hpp"
#include "crash/scenarios.hpp"

namespace coview_test {

void PrintTo(scenario const& what, std::ostream* out);
void PrintTo(scenario const& what, std::ostream* out) {
  *out << what.title;
}

namespace {

class Crash : public ::testing::TestWithParam<scenario> {
 protected:
  void SetUp() override {
    if (auto const why = tracing_refused(); !why.empty()) GTEST_SKIP() << "no tracing here: " << why;
  }

  world around_{};
};

std::string at_call(traced_run const& run, std::size_t n) {
  return "call " + std::to_string(n) + " of " + std::to_string(run.calls.size()) + ", " +
         (n < run.calls.size() ? name_of_call(run.calls[n].number) : "none");
}

TEST_P(Crash, KilledAtEveryCallLeavesNothingHalfMade) {
  auto const& what = GetParam();
  for (std::size_t k = 0;; ++k) {
    report told;
    auto const run = run_scenario(what, around_, {.what = interference::kind::kill, .at = k}, told);
    SCOPED_TRACE((k % 2 == 0 ? "killed before " : "killed after ") + at_call(run, k / 2));
    expect_sound(what, around_);
    if (HasFailure()) return;
    if (run.how == traced_run::ending::killed) continue;
    ASSERT_EQ(run.how, traced_run::ending::exited) << "signal " << run.status;
    ASSERT_GT(k, 0U) << "nothing was killed";
    ASSERT_TRUE(told.ended);
    EXPECT_EQ(told.code, static_cast<int>(what.expected)) << told.text;
    RecordProperty("kills", std::to_string(k));
    std::printf("%s: killed %zu times\n", what.title, k);
    return;
  }
}

/// What an operation may come to when one of its calls failed: what it comes to otherwise, or that call's error.
void expect_honest(scenario const& what, traced_run const& run, report const& told, int fault) {
  ASSERT_EQ(run.how, traced_run::ending::exited) << (run.status == SIGALRM ? "it hangs" : "signal ") << run.status;
  ASSERT_TRUE(told.ended) << "exit status " << run.status;
  EXPECT_FALSE(told.foreign) << "not a coview::error: " << told.text;
  EXPECT_LE(told.descriptors_more, 0) << "lost descriptors";  // fewer: a directory is looked for again next time
  if (told.code != 0) {
    EXPECT_STRNE(told.text, "");
  }
  if (fault == EINTR) {
    EXPECT_EQ(told.code, static_cast<int>(what.expected)) << "an interruption came out: " << told.text;
  } else if (what.user != 0 && told.code == EACCES) {
    // A stranger's closed file is judged by /proc/locks; where that cannot be read, the answer is "permission
    // denied".
  } else if (told.code != static_cast<int>(what.expected)) {
    EXPECT_EQ(told.code, fault) << told.text;
  }
}

TEST_P(Crash, AnyCallThatFailsIsSurvivedOrToldTruly) {
  auto const& what = GetParam();
  report told;
  auto const undisturbed = run_scenario(what, around_, {}, told);
  expect_sound(what, around_);
  std::size_t faults = 0;
  for (std::size_t n = 0; n < undisturbed.calls.size(); ++n) {
    auto const& call = undisturbed.calls[n];
    for (int const fault : faults_of(call)) {
      auto const run = run_scenario(
          what, around_, {.what = how_it_fails(call), .at = n, .error = fault, .expected_call = call.number}, told);
      SCOPED_TRACE(at_call(undisturbed, n) + " fails with " + std::strerror(fault));
      expect_honest(what, run, told, fault);
      expect_sound(what, around_);
      faults += run.interfered ? 1 : 0;
    }
  }
  EXPECT_GT(faults, 0U);
  RecordProperty("faults", std::to_string(faults));
  std::printf("%s: %zu calls failed\n", what.title, faults);
}

INSTANTIATE_TEST_SUITE_P(All, Crash, ::testing::ValuesIn(scenarios()),
                         [](auto const& one) { return std::string(one.param.title); });

}  // namespace
}  // namespace coview_test
