// SPDX-License-Identifier: Apache-2.0
// Standard output that is full, closed or not read to its end: never passed off as success.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;

class Output : public testing::Test {
 protected:
  scoped_root root_;
  mapping held_ = mapping::create("Big", 4 << 20);
};

TEST_F(Output, FullDiskIsAnError) {
  start how;
  how.output = open("/dev/full", O_WRONLY | O_CLOEXEC);
  for (argument_texts const& arguments : {argument_texts{"ls"}, argument_texts{"read", "Big"},
                                          argument_texts{"ls", "--json"}, argument_texts{"--help"}}) {
    auto const result = coview(arguments, how);
    EXPECT_EQ(result.status, 7) << arguments[0];
    EXPECT_NE(result.err.find("standard output"), std::string::npos) << result.err;
  }
  close(how.output);
}

TEST_F(Output, ClosedOutputIsAnErrorAndNeverTheObject) {
  start how;
  how.close_output = true;
  auto const before = coview({"read", "Big", "--length", "4096"}).out;
  EXPECT_EQ(coview({"ls"}, how).status, 1);
  EXPECT_EQ(coview({"read", "Big"}, how).status, 1);
  // Without output, the object's file would get the number of standard output.
  EXPECT_EQ(coview({"create", "New", "--size", "4K", "--permanent", "--json"}, how).status, 1);
  EXPECT_EQ(coview({"read", "Big", "--length", "4096"}).out, before);
  EXPECT_EQ(coview({"read", "New"}).out, std::string(4096, '\0'));
}

TEST_F(Output, AReaderThatWentAwayEndsItQuietly) {
  running read({"read", "Big"});
  read.close_output();
  auto const result = read.wait();
  EXPECT_EQ(result.status, 128 + SIGPIPE);
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace coview_test
