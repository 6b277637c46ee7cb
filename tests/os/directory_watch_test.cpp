// SPDX-License-Identifier: Apache-2.0
#include "os/directory_watch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <gtest/gtest.h>

#include "os/file.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

class DirectoryWatch : public testing::Test {
 protected:
  DirectoryWatch() {
    EXPECT_EQ(watch_.start(), 0);
    EXPECT_TRUE(watch_.watch(root_.path()));
  }
  /// What has come, each name once.
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (auto const& event : watch_.read()) {
      if (std::find(all.begin(), all.end(), event.name) == all.end()) all.push_back(event.name);
    }
    return all;
  }
  [[nodiscard]] std::string at(char const* name) const { return root_.path() / name; }

  coview_test::scoped_root root_;
  directory_watch watch_;
};

TEST_F(DirectoryWatch, TellsOfFilesThatAreClosed) {
  {
    auto const file = open(at("a").c_str(), O_RDWR | O_CREAT, 0600);
    EXPECT_TRUE(names().empty());
  }
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
  (void)open(at("a").c_str(), O_RDONLY);
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
  ASSERT_EQ(::rename(at("a").c_str(), at("b").c_str()), 0);
  EXPECT_EQ(names(), std::vector<std::string>{"b"});
}

TEST_F(DirectoryWatch, IsNotWokenByWhoListsDirectories) {  // the one who watches does that as well
  ASSERT_EQ(::mkdir(at("d").c_str(), 0700), 0);
  EXPECT_EQ(names(), std::vector<std::string>{"d"});
  EXPECT_TRUE(entries(AT_FDCWD));
  auto const root = open(root_.path().c_str(), O_RDONLY | O_DIRECTORY);
  EXPECT_TRUE(entries(root->get()));
  auto const below = open(at("d").c_str(), O_RDONLY | O_DIRECTORY);
  EXPECT_TRUE(entries(below->get()));
  EXPECT_TRUE(names().empty());
  ASSERT_EQ(::rmdir(at("d").c_str()), 0);
  ASSERT_EQ(::mkdir(at("d").c_str(), 0700), 0);
  EXPECT_EQ(names(), std::vector<std::string>{"d"});
}

}  // namespace
}  // namespace coview::os
