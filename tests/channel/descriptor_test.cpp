// SPDX-License-Identifier: Apache-2.0
// A program can close descriptors that it does not know, and open files of its own under their numbers.
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using namespace std::chrono_literals;

std::set<int> open_descriptors() {
  std::set<int> all;
  for (int fd = 0; fd < 256; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) all.insert(fd);
  }
  return all;
}

/// The program's own file in the place of all descriptors that were opened since.
class file_instead {
 public:
  file_instead(std::filesystem::path const& folder, std::set<int> const& before) : path_(folder / "own file") {
    int const fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    EXPECT_EQ(::write(fd, "own bytes", 9), 9);
    for (int const each : open_descriptors()) {
      if (each == fd || before.contains(each)) continue;
      EXPECT_EQ(::dup2(fd, each), each);
      taken_.push_back(each);
    }
    ::close(fd);
  }
  file_instead(file_instead const&) = delete;
  file_instead& operator=(file_instead const&) = delete;
  ~file_instead() {
    for (int const each : taken_) ::close(each);
  }

  [[nodiscard]] std::size_t count() const { return taken_.size(); }
  /// All of them are still open, and lead to it; its position and its bytes are as they were.
  [[nodiscard]] bool untouched() const {
    struct ::stat own {};
    if (::stat(path_.c_str(), &own) != 0 || own.st_size != 9) return false;
    for (int const each : taken_) {
      struct ::stat now {};
      if (::fstat(each, &now) != 0 || now.st_ino != own.st_ino || now.st_dev != own.st_dev) return false;
      if (::lseek(each, 0, SEEK_CUR) != 9) return false;
    }
    return true;
  }

 private:
  std::filesystem::path path_;
  std::vector<int> taken_{};
};

class ChannelDescriptors : public testing::Test {
 protected:
  coview_test::scoped_root const root_{};
  std::filesystem::path const folder_{root_.path()};
};

TEST_F(ChannelDescriptors, AQueueLeavesAloneWhatTheProgramOpenedUnderTheirNumbers) {
  auto const before = open_descriptors();
  std::optional q(coview::queue::create("q", {.capacity = 4096}));
  q->send("one");
  EXPECT_TRUE(q->receive(0ms));
  file_instead const own(folder_, before);
  ASSERT_GE(own.count(), 2U) << "the object's, and the participant's";
  q->send("two");
  q.reset();
  EXPECT_TRUE(own.untouched());
}

TEST_F(ChannelDescriptors, ATopicLeavesThemAloneToo) {
  auto const before = open_descriptors();
  std::optional t(coview::topic::create("t", {.capacity = 4096}));
  std::optional publisher(t->publisher());
  std::optional subscription(t->subscribe());
  file_instead const own(folder_, before);
  publisher->publish("one");
  EXPECT_TRUE(subscription->receive(0ms));
  subscription.reset();
  publisher.reset();
  t.reset();
  EXPECT_TRUE(own.untouched());
}

TEST_F(ChannelDescriptors, NobodyIsToldThroughADescriptorThatIsAnotherFilesByNow) {
  auto const before = open_descriptors();
  std::optional q(coview::queue::create("q", {.capacity = 4096}));
  EXPECT_GE(q->native_wait_handle(), 0);
  file_instead const own(folder_, before);
  for (int i = 0; i < 20; ++i) {
    q->send("one");
    EXPECT_TRUE(q->receive(10s));
    EXPECT_FALSE(q->receive(0ms));  // takes back what was told
  }
  q.reset();
  EXPECT_TRUE(own.untouched());
}

TEST_F(ChannelDescriptors, AForkedChildClosesNoneOfTheProgramsOwn) {
  auto const before = open_descriptors();
  auto const q = coview::queue::create("q", {.capacity = 4096});
  q.send("one");
  file_instead const own(folder_, before);
  coview_test::child child([&](coview_test::parent_link const&) { return own.untouched() ? 0 : 1; });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(own.untouched());
}

TEST_F(ChannelDescriptors, AThreadThatIsCancelledClosesItsWaitHandle) {
  auto const q = coview::queue::create("q", {.capacity = 4096});
  pthread_t thread{};
  auto const body = [](void* argument) -> void* {
    auto const mine = coview::queue::open(static_cast<char const*>(argument));
    EXPECT_GE(mine.native_wait_handle(), 0);
    ::pthread_cancel(::pthread_self());  // acts at the next cancellation point: in the close, or else here
    return nullptr;
  };
  std::string name = "q";
  ASSERT_EQ(::pthread_create(&thread, nullptr, body, name.data()), 0);
  EXPECT_EQ(::pthread_join(thread, nullptr), 0);
}

}  // namespace
