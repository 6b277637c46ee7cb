// SPDX-License-Identifier: Apache-2.0
// What changes at a terminal: hex dumps, colour, width, JSON without anything a terminal might obey.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;

class Terminal : public testing::Test {
 protected:
  static std::string shown(argument_texts const& arguments, argument_texts const& environment = {"TERM=xterm"}) {
    at_terminal program(arguments, environment);
    EXPECT_EQ(program.wait(), 0) << program.text();
    return program.text();
  }

  scoped_root root_;
};

TEST_F(Terminal, ReadIsAHexDumpUnlessRawIsAskedFor) {
  auto const held = mapping::create("Bytes", 16);
  std::memcpy(held.map().data(), "\x1b[2Jhello", 9);
  auto const dump = shown({"read", "Bytes"}, {"TERM=dumb"});
  EXPECT_EQ(dump, "00000000  1b 5b 32 4a 68 65 6c 6c  6f 00 00 00 00 00 00 00  |.[2Jhello.......|\r\n00000010\r\n");
  EXPECT_TRUE(contains(shown({"read", "Bytes", "--raw"}), "\x1b[2Jhello"));
}

TEST_F(Terminal, ColourIsForTerminalsThatWantIt) {
  auto const held = mapping::create("Bytes", 16);
  EXPECT_TRUE(contains(shown({"ls"}), "\x1b[1m"));
  EXPECT_FALSE(contains(shown({"ls"}, {"TERM=xterm", "NO_COLOR=1"}), "\x1b"));
  EXPECT_TRUE(contains(shown({"ls"}, {"TERM=xterm", "NO_COLOR="}), "\x1b[1m")) << "an empty NO_COLOR says nothing";
  EXPECT_FALSE(contains(shown({"ls"}, {"TERM=dumb"}), "\x1b"));
  EXPECT_FALSE(contains(coview({"ls"}).out, "\x1b"));
}

TEST_F(Terminal, LongNamesAreCutToFit) {
  std::string const name(300, 'n');
  auto const held = mapping::create(name, 16);
  auto const text = shown({"ls"}, {"TERM=dumb"});
  EXPECT_TRUE(contains(text, "nnn…  mapping")) << text;
  for (std::size_t begin = 0; begin < text.size(); begin = text.find("\r\n", begin) + 2) {
    auto const line = text.substr(begin, text.find("\r\n", begin) - begin);
    EXPECT_LE(line.size(), 80U + 2) << line;  // the ellipsis has two bytes more than columns
  }
  EXPECT_TRUE(contains(coview({"ls"}).out, name));
}

TEST_F(Terminal, JsonIsIndentedAndAscii) {
  std::string const name = "caf\xc3\xa9 \xc2\x9b \xe2\x80\xae \x7f";
  auto const held = mapping::create(name, 16);
  auto const text = shown({"ls", "--json"});
  EXPECT_TRUE(contains(text, "{\r\n  \"schema\": \"coview.ls/1\"")) << text;
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x7f; })) << text;
  EXPECT_EQ(nlohmann::json::parse(text)["objects"][0]["name"], name);
}

TEST_F(Terminal, WatchHighlightsTheBytesThatChanged) {
  auto const held = mapping::create("Bytes", 32);
  auto const view = held.map();
  at_terminal watch({"watch", "Bytes", "--interval", "1ms"});
  watch.until("00000020");
  std::memcpy(view.data() + 17, "!", 1);
  EXPECT_TRUE(contains(watch.until("1 byte changed"), "1 byte changed"));
  EXPECT_TRUE(contains(watch.until("\x1b[1;7m!\x1b[0m"), "\x1b[1;7m21\x1b[0m")) << watch.text();
  watch.type("\x03");
  EXPECT_EQ(watch.wait(), 128 + SIGINT);
}

TEST_F(Terminal, ControlCEndsTheHolding) {
  at_terminal create({"create", "Bytes", "--size", "4K"});
  create.until("Ctrl-C lets it go");
  create.type("\x03");
  EXPECT_EQ(create.wait(), 0);
  EXPECT_FALSE(mapping::try_open("Bytes"));
}

}  // namespace
}  // namespace coview_test
