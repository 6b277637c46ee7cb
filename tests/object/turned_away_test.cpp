// SPDX-License-Identifier: Apache-2.0
// The mark is the last step of an open, O5 of docs/lifetime.md: who is turned away never had one. Else it would be a
// holder for a moment, and others would find an object that its last holder has closed.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/queue.hpp>

#include "support/scoped_root.hpp"
#include "support/stepper.hpp"

namespace coview {
namespace {

using folder = std::filesystem::path;
using keeper = std::shared_ptr<void>;

constexpr uid_t no_root = 4711;
constexpr char const* the_name = "Global\\x";

template <class Handle>
keeper keep(Handle handle) {
  return std::make_shared<Handle>(std::move(handle));
}

keeper a_mapping(folder const& /*root*/) {
  return keep(mapping::create(the_name, 1, {.mode = 0666}));
}
keeper a_readable_mapping(folder const& /*root*/) {
  return keep(mapping::create(the_name, 1, {.mode = 0444}));
}
keeper an_event(folder const& /*root*/) {
  return keep(event::create(the_name, reset::manual, false, {.mode = 0666}));
}
keeper a_typed_queue(folder const& /*root*/) {
  return keep(queue::create(the_name, {.capacity = 4096, .type = {"pose", 24, 2}, .mode = 0666}));
}
keeper a_named_file(folder const& root) {
  return keep(mapping::file(root / "data", access::read_write, {.size = 100, .name = the_name, .mode = 0644}));
}
keeper the_name_of_a_file_that_is_gone(folder const& root) {
  auto kept = a_named_file(root);
  std::filesystem::remove(root / "data");
  return kept;
}

struct open_call {
  char const* named;
  std::function<keeper(folder const& root)> make;
  std::function<void(folder const& root)> open;
  std::errc code;
};
/// How googletest shows one.
[[maybe_unused]] void PrintTo(open_call const& which, std::ostream* out) {
  *out << which.named;
}

std::vector<open_call> const turned_away = {
    {"AMappingAsAnEvent", a_mapping, [](auto const&) { (void)event::open(the_name); }, std::errc::invalid_argument},
    {"AMappingAsAMutexThatMayBeMade", a_mapping, [](auto const&) { (void)mutex::open_or_create(the_name); },
     std::errc::invalid_argument},
    {"AMappingAsAQueue", a_mapping, [](auto const&) { (void)queue::open(the_name); }, std::errc::invalid_argument},
    {"AnEventAsAMapping", an_event, [](auto const&) { (void)mapping::open(the_name); }, std::errc::invalid_argument},
    {"AnEventAsAMappingThatMayBeMade", an_event, [](auto const&) { (void)mapping::open_or_create(the_name, 1); },
     std::errc::invalid_argument},
    {"AQueueOfAnotherType", a_typed_queue,
     [](auto const&) {
       (void)queue::open(the_name, {"pose", 24, 3});
     },
     std::errc::invalid_argument},
    {"WhatMayOnlyBeRead", a_readable_mapping, [](auto const&) { (void)mapping::open(the_name); },
     std::errc::permission_denied},
    {"WhatMayOnlyBeReadOrMade", a_readable_mapping, [](auto const&) { (void)mapping::open_or_create(the_name, 1); },
     std::errc::permission_denied},
    {"AFileThatIsGone", the_name_of_a_file_that_is_gone,
     [](auto const&) { (void)mapping::open(the_name, access::read_only); }, std::errc::no_such_file_or_directory},
    {"TheNameOfAnotherFile", a_named_file,
     [](auto const& root) { (void)mapping::file(root / "other", access::read_only, {.name = the_name}); },
     std::errc::file_exists},
};

/// The marks that a call sets; `expected` is how it has to end.
std::ptrdiff_t marks_of(std::function<void()> const& call, int expected) {
  constexpr int no_error = 0;
  auto const run = coview_test::run_traced([&] {
    if (::geteuid() == 0 &&
        (::setresgid(no_root, no_root, no_root) != 0 || ::setresuid(no_root, no_root, no_root) != 0)) {
      return -1;
    }
    coview_test::begin_counting();
    int ending = no_error;
    try {
      call();
    } catch (error const& e) {
      ending = e.code().value();
    }
    coview_test::end_counting();
    return ending;
  });
  EXPECT_EQ(run.how, coview_test::traced_run::ending::exited);
  EXPECT_EQ(run.status, expected);
  return std::ranges::count_if(run.calls, [](coview_test::traced_call const& one) {
    return one.number == SYS_fcntl && one.arguments[1] == F_OFD_SETLK;
  });
}

class TurnedAway : public testing::TestWithParam<open_call> {
 protected:
  void SetUp() override {
    if (auto const why = coview_test::tracing_refused(); !why.empty()) GTEST_SKIP() << why;
    std::ofstream(root_.path() / "other") << "contents";
  }
  coview_test::scoped_root root_{01777};
};

TEST_P(TurnedAway, NeverHadAMark) {
  auto const kept = GetParam().make(root_.path());
  EXPECT_EQ(marks_of([&] { GetParam().open(root_.path()); }, static_cast<int>(GetParam().code)), 0);
}

/// The other way round: a mark is seen where there is one.
TEST_F(TurnedAway, WhoIsLetInHasOne) {
  auto const kept = a_readable_mapping(root_.path());
  EXPECT_EQ(marks_of([] { (void)mapping::open(the_name, access::read_only); }, 0), 1);
}

INSTANTIATE_TEST_SUITE_P(Opens, TurnedAway, testing::ValuesIn(turned_away),
                         [](auto const& tested) { return std::string(tested.param.named); });

}  // namespace
}  // namespace coview
