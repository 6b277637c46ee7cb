// SPDX-License-Identifier: Apache-2.0
// Readers that trust nobody, users, modes and pid namespaces; and the status that is read in the same way.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include <coview/channel_status.hpp>
#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel/channel_support.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using namespace std::chrono_literals;
using coview::from;
using coview::queue;
using coview::slow;
using coview::topic;
using coview::trust;
using coview_test::child;
using coview_test::expect_error;
using coview_test::parent_link;
using coview_test::text;

constexpr uid_t somebody = 1000;
constexpr uid_t somebody_else = 1001;

class TrustNone : public testing::Test {
 protected:
  coview_test::scoped_root root_{01777};
  topic camera_ = topic::create("camera", {.capacity = 1 << 20, .messages = 16, .subscribers_may_block = true});
  coview::publisher publisher_ = camera_.publisher();
  topic distrusted_ = topic::open("camera", {}, trust::none);
};

TEST_F(TrustNone, SeesEveryMessageOfAnySize) {
  auto const now = distrusted_.subscribe();
  std::string const large(100'000, 'x');
  publisher_.publish("");
  publisher_.publish("small");
  publisher_.publish(large);
  auto const oldest = distrusted_.subscribe({.from = from::oldest});
  for (auto const* const reader : {&now, &oldest}) {
    std::uint64_t sequence = 0;
    for (auto const& expected : {std::string(), std::string("small"), large}) {
      auto const message = reader->receive(1s);
      ASSERT_TRUE(message);
      EXPECT_EQ(text(*message), expected);
      EXPECT_EQ(message->sequence(), sequence++);
      EXPECT_EQ(message->lost(), 0U);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message->bytes().data()) % 64, 0U);
    }
    EXPECT_FALSE(reader->try_receive());
  }
  EXPECT_EQ(distrusted_.published(), 3U);
  EXPECT_EQ(text(*distrusted_.latest()), large);
}

TEST_F(TrustNone, IsToldExactlyWhatItLost) {
  auto const reader = distrusted_.subscribe();
  publisher_.publish("0");
  EXPECT_EQ(text(*reader.receive()), "0");
  for (int i = 1; i < 40; ++i) publisher_.publish(std::to_string(i));
  auto const next = reader.receive();
  EXPECT_EQ(text(*next), std::to_string(next->sequence()));
  EXPECT_EQ(next->lost(), next->sequence() - 1);
  EXPECT_EQ(reader.lost(), next->lost());
  for (auto i = next->sequence() + 1; i < 40; ++i) EXPECT_EQ(reader.receive()->sequence(), i);
}

TEST_F(TrustNone, MessagesOutliveWhatCameAfterThem) {
  auto const reader = distrusted_.subscribe();
  publisher_.publish(std::string(1000, 'a'));
  auto const kept = reader.receive();
  for (int i = 0; i < 100; ++i) publisher_.publish(std::string(1000, 'b'));
  EXPECT_EQ(text(*kept), std::string(1000, 'a')) << "a copy";
}

TEST_F(TrustNone, WritesNothingAndTakesNoPlace) {
  auto const reader = distrusted_.subscribe();
  EXPECT_EQ(coview::status_of_channel("camera").participants.size(), 1U);
  char const* const cause = "it was opened with trust::none";
  expect_error(std::errc::operation_not_permitted, cause, [&] { (void)distrusted_.publisher(); });
  expect_error(std::errc::operation_not_permitted, cause, [&] { (void)distrusted_.evict(); });
  expect_error(std::errc::operation_not_permitted, cause, [&] { (void)distrusted_.evict(0); });
  expect_error(std::errc::operation_not_permitted, "publishers cannot know",
               [&] { (void)distrusted_.subscribe({.slow = slow::blocks}); });
  expect_error(std::errc::invalid_argument, "asked for", [] { (void)topic::open("camera", {"pose"}, trust::none); });
  EXPECT_FALSE(topic::try_open("nothing", {}, trust::none));
}

TEST_F(TrustNone, SleepsUntilSomethingComes) {
  auto const reader = distrusted_.subscribe();
  EXPECT_FALSE(reader.receive(1ms));
  coview_test::waiter waits([&] {
    auto const message = reader.receive();
    EXPECT_EQ(text(*message), "come");
  });
  waits.until_asleep();
  publisher_.publish("come");
  waits.join();
  auto const never = coview::event::create("never", coview::reset::manual);
  EXPECT_FALSE(coview::wait_any({never, reader}, 1ms));
  coview_test::waiter either([&] { EXPECT_EQ(coview::wait_any({never, reader})->index, 1U); });
  either.until_asleep();
  publisher_.publish("again");
  either.join();
  EXPECT_EQ(text(*reader.try_receive()), "again");
}

TEST_F(TrustNone, WorksInAForkedChild) {
  auto const reader = distrusted_.subscribe();
  publisher_.publish("to both");
  child other([&](parent_link const& parent) { parent.say(text(*reader.receive(1s))); });
  EXPECT_EQ(other.hear(), "to both");
  EXPECT_EQ(text(*reader.receive()), "to both");
}

TEST(TrustNoneOfAFile, ThatIsCutShortIsNoCrash) {
  coview_test::scoped_root const root;
  child writer([](parent_link const& parent) {
    auto const camera = topic::create("camera", {.capacity = 1 << 20, .messages = 16});
    auto const publisher = camera.publisher();
    publisher.publish(std::string(50'000, 'x'));
    parent.say("ready");
    (void)parent.hear();  // killed: its own mapping is cut as well
  });
  ASSERT_EQ(writer.hear(), "ready");
  auto const distrusted = topic::open("camera", {}, trust::none);
  auto const reader = distrusted.subscribe({.from = from::oldest});
  auto const file = coview::stat("camera").file;
  for (off_t const size : {off_t{300'000}, off_t{30'000}, off_t{5000}, off_t{4096}, off_t{0}}) {
    ASSERT_EQ(::truncate(file.c_str(), size), 0);
    (void)reader.receive(1ms);
    (void)distrusted.latest();
    (void)distrusted.published();
    (void)coview::wait_any({reader}, coview::timeout(1ms));
    try {
      (void)coview::status_of_channel("camera");
    } catch (coview::error const&) {
    }
  }
  EXPECT_FALSE(reader.receive(5ms));
  EXPECT_EQ(distrusted.published(), 0U);
}

/// Runs in a pid namespace of its own; what it says.
std::string in_another_pid_namespace(std::function<std::string()> const& body) {
  child other([&](parent_link const& parent) {
    if (::unshare(CLONE_NEWPID) != 0) {
      parent.say("refused");
      return;
    }
    auto const pid = ::fork();
    if (pid == 0) {
      parent.say(body());
      ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
  });
  return other.hear();
}

TEST_F(TrustNone, PidNamespacesAreCrossedByThoseWhoOnlyRead) {
  publisher_.publish("hello");
  auto const jobs = queue::create("jobs", {.capacity = 4096});
  auto const said = in_another_pid_namespace([]() -> std::string {
    return text(*topic::open("camera", {}, trust::none).subscribe({.from = from::oldest}).receive(1s));
  });
  if (said == "refused") GTEST_SKIP() << "needs the right to make a pid namespace";
  EXPECT_EQ(said, "hello");
  auto const why = [](std::function<void()> const& open) {
    return in_another_pid_namespace([&]() -> std::string {
      try {
        open();
      } catch (coview::error const& e) {
        return e.code() == std::errc::not_supported ? e.what() : "another error";
      }
      return "none";
    });
  };
  for (auto const& text : {why([] { (void)topic::open("camera"); }), why([] { (void)queue::open("jobs"); })}) {
    EXPECT_NE(text.find("made in another pid namespace"), std::string::npos) << text;
    EXPECT_NE(text.find("trust::none"), std::string::npos) << text;
  }
  auto const status =
      in_another_pid_namespace([] { return std::to_string(coview::status_of_channel("camera").same_pid_namespace); });
  EXPECT_EQ(status, "0");
}

class ChannelUsers : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become other users";
  }
  coview_test::scoped_root root_{01777};
};

TEST_F(ChannelUsers, AQueueGoesFromOneToAnother) {
  child receiver(somebody, [](parent_link const& parent) {
    auto const jobs = queue::create("Global\\jobs", {.capacity = 1 << 16, .mode = 0666});
    parent.say("ready");
    auto const job = jobs.receive(10s);
    parent.say(job ? std::string(reinterpret_cast<char const*>(job->bytes().data()), job->bytes().size())
                   : "nothing");
    (void)parent.hear();  // killed with the message in its hand
  });
  ASSERT_EQ(receiver.hear(), "ready");
  child sender(somebody_else, [](parent_link const& parent) {
    auto const jobs = queue::open("Global\\jobs");
    jobs.send("job");
    parent.say("sent");
    (void)parent.hear();
    auto const again = jobs.receive(10s);
    parent.say(again && again->redelivered() ? "redelivered" : "no");
  });
  ASSERT_EQ(sender.hear(), "sent");
  EXPECT_EQ(receiver.hear(), "job");
  auto const status = coview::status_of_channel("Global\\jobs");
  ASSERT_EQ(status.participants.size(), 2U);
  EXPECT_EQ(status.participants[0].user, somebody);
  EXPECT_EQ(status.participants[1].user, somebody_else);
  receiver.kill();
  sender.say("now");
  EXPECT_EQ(sender.hear(), "redelivered");
}

TEST_F(ChannelUsers, WhoMayNotWriteMayReadWithTrustNone) {
  auto const readable = topic::create("Global\\readable", {.capacity = 4096, .mode = 0644});
  auto const own = topic::create("Global\\own", {.capacity = 4096, .mode = 0600});
  auto const jobs = queue::create("Global\\jobs", {.capacity = 4096, .mode = 0644});
  auto const publisher = readable.publisher();
  publisher.publish("for all");
  child other(somebody, [](parent_link const& parent) {
    auto const outcome = [](auto const& open) -> std::string {
      try {
        open();
        return "opened";
      } catch (coview::error const& e) {
        return e.code() == std::errc::permission_denied ? "denied" : e.what();
      }
    };
    parent.say(outcome([] { (void)topic::open("Global\\readable"); }));
    parent.say(outcome([] { (void)queue::open("Global\\jobs"); }));
    parent.say(outcome([] { (void)topic::open("Global\\own", {}, trust::none); }));
    parent.say(text(*topic::open("Global\\readable", {}, trust::none).latest()));
    parent.say(outcome([] { (void)coview::status_of_channel("Global\\own"); }));
    parent.say(std::to_string(coview::status_of_channel("Global\\jobs").most_messages));
  });
  for (auto const* const expected : {"denied", "denied", "denied", "for all", "denied", "64"})
    EXPECT_EQ(other.hear(), expected);
}

TEST(ChannelStatus, CountsWhatHappened) {
  coview_test::scoped_root const root;
  auto const camera = topic::create("camera", {.capacity = 1 << 16, .type = {"frame", 8, 3}, .messages = 4});
  auto const publisher = camera.publisher();
  auto const lags = camera.subscribe();
  auto status = coview::status_of_channel("camera");
  EXPECT_EQ(status.participants.at(1).lag, 0U);
  for (int i = 0; i < 10; ++i) publisher.publish("12345678");
  status = coview::status_of_channel("camera");
  EXPECT_EQ(status.kind, coview::object_kind::topic);
  EXPECT_EQ(status.sent, 10U);
  EXPECT_EQ(status.depth, 4U);
  EXPECT_EQ(status.type_name, "frame");
  EXPECT_EQ(status.type_size, 8U);
  EXPECT_EQ(status.type_version, 3U);
  EXPECT_EQ(status.participants.at(1).lag, 10U);
  EXPECT_EQ(lags.receive()->lost(), 6U);
  status = coview::status_of_channel("camera");
  EXPECT_EQ(status.lost, 6U);
  EXPECT_EQ(status.participants.at(1).lost, 6U);
  EXPECT_EQ(status.participants.at(1).received, 1U);
  EXPECT_EQ(status.participants.at(1).lag, 3U);
  EXPECT_FALSE(status.participants.at(1).blocks);
}

TEST(ChannelStatus, IsOfQueuesAndTopicsOnly) {
  coview_test::scoped_root const root;
  auto const memory = coview::mapping::create("memory", 4096);
  expect_error(std::errc::invalid_argument, "it is not a queue or topic",
               [] { (void)coview::status_of_channel("memory"); });
  expect_error(std::errc::no_such_file_or_directory, "", [] { (void)coview::status_of_channel("nothing"); });
  expect_error(std::errc::invalid_argument, "", [] { (void)coview::status_of_channel(""); });
}

}  // namespace
