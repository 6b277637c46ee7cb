// SPDX-License-Identifier: Apache-2.0
// view::construct_once: exactly one constructs, whoever is killed on the way.
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

struct shared {
  robust_mutex lock;
  futex_event changed;
  long total;
};

struct numbered {
  explicit numbered(int value) : number(value) {}
  int number;
};

class Once : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

TEST_F(Once, TheSecondFindsWhatTheFirstMade) {
  auto const first = mapping::open_or_create("totals", sizeof(shared)).map();
  auto& made = first.construct_once<shared>();
  made.total = 5;
  auto const second = mapping::open("totals").map();
  EXPECT_EQ(second.construct_once<shared>().total, 5);
}

TEST_F(Once, ArgumentsAreTheFirstOnes) {
  auto const view = mapping::create("x", 64).map();
  EXPECT_EQ(view.construct_once<numbered>(1).number, 1);
  EXPECT_EQ(view.construct_once<numbered>(2).number, 1);
}

TEST_F(Once, AConstructorThatThrowsLeavesItToTheNext) {
  struct fussy {
    explicit fussy(bool fail) : number(7) {
      if (fail) throw std::runtime_error("not today");
    }
    int number;
  };
  auto const view = mapping::create("x", 64).map();
  EXPECT_THROW((void)view.construct_once<fussy>(true), std::runtime_error);
  EXPECT_EQ(view.construct_once<fussy>(false).number, 7);
}

struct slow {
  explicit slow(parent_link const* parent) {
    if (parent != nullptr) {
      parent->say("constructing");
      (void)parent->hear();
    }
    number = 9;
  }
  int number;
};

TEST_F(Once, ADeathInBetweenIsSurvived) {
  auto const memory = mapping::create("x", 64);
  child dying([](parent_link const& parent) {
    auto const view = mapping::open("x").map();
    view.construct_once<slow>(&parent);
  });
  ASSERT_EQ(dying.hear(), "constructing");
  child waiting([](parent_link const& parent) {
    parent.say("waiting");
    auto const view = mapping::open("x").map();
    parent.say(std::to_string(view.construct_once<slow>(nullptr).number));
  });
  ASSERT_EQ(waiting.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(waiting.pid()));
  dying.kill();
  EXPECT_EQ(waiting.hear(), "9");
}

TEST_F(Once, ManyAtOnceAreOne) {
  auto const memory = mapping::create("x", 64);
  auto const count = mapping::anonymous(64);
  auto const counter = count.map();
  struct counted {
    explicit counted(long& constructions) { std::atomic_ref<long>(constructions).fetch_add(1); }
    int number = 3;
  };
  {
    std::vector<std::unique_ptr<child>> all;
    for (int i = 0; i < 6; ++i) {
      all.push_back(std::make_unique<child>([&](parent_link const& parent) {
        auto const view = mapping::open("x").map();
        parent.say(std::to_string(view.construct_once<counted>(counter.as<long>()).number));
      }));
    }
    for (auto const& one : all) EXPECT_EQ(one->hear(), "3");
  }
  EXPECT_EQ(counter.as<long>(), 1);
}

TEST_F(Once, AnonymousMemoryToo) {
  auto const view = mapping::anonymous(sizeof(shared)).map();
  EXPECT_EQ(view.construct_once<shared>().total, 0);
}

TEST_F(Once, ADeadlineOfOnesOwn) {
  auto const view = mapping::create("x", 64).map();
  child const busy([](parent_link const& parent) {
    auto const mine = mapping::open("x").map();
    mine.construct_once<slow>(&parent);
    parent.say("done");
    (void)parent.hear();
  });
  ASSERT_EQ(busy.hear(), "constructing");
  EXPECT_EQ(view.construct_once_until<slow>(std::chrono::milliseconds(20), nullptr), nullptr);
  EXPECT_EQ(view.construct_once_until<slow>(std::chrono::seconds(0), nullptr), nullptr);
  busy.say("go on");
  ASSERT_EQ(busy.hear(), "done");
  auto const* const made = view.construct_once_until<slow>(std::chrono::seconds(0), nullptr);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->number, 9);
}

TEST_F(Once, ADeadlineThatIsPastConstructsWhereNobodyDoes) {
  auto const view = mapping::create("x", 64).map();
  auto const* const made = view.construct_once_until<numbered>(std::chrono::seconds(-1), 4);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->number, 4);
}

TEST_F(Once, WhereItCannotBe) {
  auto const memory = mapping::create("x", 8);
  auto const small = memory.map();
  EXPECT_ERROR(std::errc::result_out_of_range, "", (void)small.construct_once<shared>());
  auto const read_only = memory.map(access::read_only);
  EXPECT_ERROR(std::errc::permission_denied, "read-write", (void)read_only.construct_once<long>());
  auto const file = mapping::file(root_.path() / "data", access::read_write, {.size = 100});
  auto const shown = file.map();
  EXPECT_ERROR(std::errc::not_supported, "shows a file", (void)shown.construct_once<long>());
}

}  // namespace
}  // namespace coview
