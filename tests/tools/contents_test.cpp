// SPDX-License-Identifier: Apache-2.0
// coview read, write and watch: bytes out, in, and as they change.
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;

/// A mapping of 32 bytes that this process holds and writes through a view.
class Contents : public testing::Test {
 protected:
  Contents() { std::memcpy(view_.data(), "hello, world", 12); }

  scoped_root root_;
  mapping mapping_ = mapping::create("Bytes", 32);
  ::coview::view view_ = mapping_.map();
};

std::string zeros(std::size_t count) {
  return std::string(count, '\0');
}

TEST_F(Contents, ReadPrintsTheBytesIntoAPipe) {
  EXPECT_EQ(coview({"read", "Bytes"}).out, "hello, world" + zeros(20));
  EXPECT_EQ(coview({"read", "Bytes", "--offset", "7", "--length", "5"}).out, "world");
  EXPECT_EQ(coview({"read", "Bytes", "--offset", "0x20"}).out, "");
}

TEST_F(Contents, ReadRefusesWhatLiesBeyondTheEnd) {
  EXPECT_EQ(coview({"read", "Bytes", "--offset", "33"}).status, 1);
  EXPECT_EQ(coview({"read", "Bytes", "--offset", "30", "--length", "3"}).status, 1);
  EXPECT_EQ(coview({"read", "Bytes", "--offset", "1", "--length", "0xffffffffffffffff"}).status, 0);
  EXPECT_EQ(coview({"read", "Bytes", "--offset", "1", "--length", "0xfffffffffffffffe"}).status, 1);
}

TEST_F(Contents, ReadAsHexDump) {
  auto const result = coview({"read", "Bytes", "--hex"});
  EXPECT_EQ(result.out,
            "00000000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 00 00 00 00  |hello, world....|\n"
            "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
            "00000020\n");
}

TEST_F(Contents, HexDumpLeavesRepeatedLinesOut) {
  auto const big = mapping::create("Big", 1 << 20);
  big.map().data()[(1 << 20) - 1] = std::byte{'!'};
  EXPECT_EQ(coview({"read", "Big", "--hex"}).out,
            "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
            "*\n"
            "000ffff0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 21  |...............!|\n"
            "00100000\n");
}

TEST_F(Contents, ReadAsJson) {
  auto const read = coview_json({"read", "Bytes", "--offset", "7", "--length", "5", "--json"});
  EXPECT_EQ(read["schema"], "coview.read/1");
  EXPECT_EQ(read["hex"], "776f726c64");
  EXPECT_EQ(read["offset"], 7);
}

TEST_F(Contents, ReadSurvivesAFileThatSomebodyMadeShorter) {
  auto const big = mapping::create("Short", 1 << 20);
  ASSERT_EQ(ftruncate(big.native_handle(), 8192), 0);
  // Damaged as an object, or short while it is read: never a signal.
  EXPECT_EQ(coview({"read", "Short"}).status, 6);
}

TEST_F(Contents, WriteFromTheCommandLineAndFromStandardInput) {
  EXPECT_EQ(coview({"write", "Bytes", "--data", "HELLO"}).status, 0);
  EXPECT_EQ(std::memcmp(view_.data(), "HELLO, world", 12), 0);
  start how;
  how.input = std::string("a\0b", 3);
  EXPECT_EQ(coview({"write", "Bytes", "--offset", "29"}, how).status, 0);
  EXPECT_EQ(std::memcmp(view_.data() + 29, "a\0b", 3), 0);
  EXPECT_EQ(view_.data()[28], std::byte{0});
}

TEST_F(Contents, WriteIsAllOrNothing) {
  EXPECT_EQ(coview({"write", "Bytes", "--offset", "30", "--data", "xyz"}).status, 1);
  start how;
  how.input = std::string(33, 'x');
  EXPECT_EQ(coview({"write", "Bytes"}, how).status, 1);
  EXPECT_EQ(coview({"write", "Bytes", "--offset", "33", "--data", ""}).status, 1);
  EXPECT_EQ(coview({"read", "Bytes"}).out, "hello, world" + zeros(20));
}

TEST_F(Contents, WriteExactlyToTheEnd) {
  start how;
  how.input = std::string(32, 'x');
  EXPECT_EQ(coview({"write", "Bytes"}, how).status, 0);
  EXPECT_EQ(coview({"read", "Bytes"}).out, std::string(32, 'x'));
}

/// Watches, and has looked once when this returns.
class watching : public running {
 public:
  explicit watching(argument_texts arguments) : running(prepared(std::move(arguments))) { error_line(); }

 private:
  static argument_texts prepared(argument_texts arguments) {
    arguments.insert(arguments.begin(), {"watch", "Bytes", "--interval", "1ms"});
    return arguments;
  }
};

TEST_F(Contents, WatchSeesStoresMadeThroughAView) {
  watching watch({"--count", "1"});
  std::memcpy(view_.data() + 16, "ab", 2);
  auto const result = watch.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  // Two stores that a look may fall between; both were made before the last one.
  EXPECT_EQ(result.out, "0x00000010 0000 6162\n");
}

TEST_F(Contents, WatchPrintsOneLineForEachRun) {
  watching watch({"--json"});
  view_.data()[0] = std::byte{'J'};
  auto const first = nlohmann::json::parse(watch.line());
  EXPECT_EQ(first["schema"], "coview.watch/1");
  EXPECT_EQ(first["offset"], 0);
  EXPECT_EQ(first["old"], "68");
  EXPECT_EQ(first["new"], "4a");
  view_.data()[31] = std::byte{0xff};
  auto const second = nlohmann::json::parse(watch.line());
  EXPECT_EQ(second["offset"], 31);
  EXPECT_EQ(second["new"], "ff");
}

TEST_F(Contents, WatchOfARangeSeesNothingElse) {
  watching watch({"--offset", "8", "--length", "4", "--count", "1"});
  view_.data()[0] = std::byte{'J'};
  view_.data()[12] = std::byte{'!'};
  view_.data()[8] = std::byte{'O'};
  EXPECT_EQ(watch.wait().out, "0x00000008 6f 4f\n");
}

TEST_F(Contents, WatchEndsWhenTheNameIsGone) {
  watching watch({});
  view_.unmap();
  mapping_.close();
  auto const result = watch.wait();
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("'Bytes' is gone"), std::string::npos) << result.err;
  EXPECT_FALSE(mapping::try_open("Bytes")) << "watching must not keep the name";
}

TEST_F(Contents, WatchDoesNotTakeANewObjectForTheOldOne) {
  watching watch({});
  watch.signal(SIGSTOP);
  view_.unmap();
  mapping_.close();
  ::coview::reclaim();
  // Stopped in the middle of a look, the program holds the old object itself, and the name is taken.
  auto const fresh = mapping::open_or_create("Bytes", 32);
  watch.signal(SIGCONT);
  if (fresh.created()) {
    EXPECT_EQ(watch.wait().status, 3);
  } else {
    watch.signal(SIGTERM);
    EXPECT_EQ(watch.wait().status, 128 + SIGTERM);
  }
}

}  // namespace
}  // namespace coview_test
