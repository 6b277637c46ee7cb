// SPDX-License-Identifier: Apache-2.0
#include "object/name.hpp"

#include <gtest/gtest.h>

#include "object/escape.hpp"
#include "object/fail.hpp"
#include "support/expect_error.hpp"

namespace coview {
namespace {

using namespace std::string_literals;

struct name_case {
  char const* rule;
  std::string text;
  name_fault fault;
};

class Name : public testing::TestWithParam<name_case> {};

TEST_P(Name, IsLegalOrNot) {
  object_name name;
  EXPECT_EQ(parse_name(GetParam().text, name), GetParam().fault);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Name,
    testing::Values(name_case{"plain", "MySharedMem", name_fault::none}, name_case{"empty", "", name_fault::empty},
                    name_case{"nul", "a\0b"s, name_fault::nul},
                    name_case{"NM05_case_local", "local\\x", name_fault::backslash},
                    name_case{"NM05_case_global", "GLOBAL\\x", name_fault::backslash},
                    name_case{"NM06", "a\\b", name_fault::backslash},
                    name_case{"NM06_global", "Global\\a\\b", name_fault::backslash},
                    name_case{"NM07", "\\x", name_fault::leading_backslash},
                    name_case{"NM08_global", "Global\\", name_fault::nothing_after},
                    name_case{"NM08_local", "Local\\", name_fault::nothing_after},
                    name_case{"NM09_global", "Global", name_fault::reserved},
                    name_case{"NM09_local", "Local", name_fault::reserved},
                    name_case{"NM10_session", "Session\\1\\x", name_fault::none},
                    name_case{"NM10_no_number", "Session\\x\\y", name_fault::backslash},
                    name_case{"NM10_nested", "Local\\Global\\x", name_fault::none},
                    name_case{"NM11_slash", "a/b", name_fault::none}, name_case{"NM11_dots", "..", name_fault::none},
                    name_case{"NM11_control", "\x01\n\x1b", name_fault::none},
                    name_case{"NM11_path", "../../etc/passwd", name_fault::none},
                    name_case{"NM11_local_slash", "Local/x", name_fault::none},
                    name_case{"NM14_longest", std::string(32766, 'x'), name_fault::none},
                    name_case{"NM14_too_long", std::string(32767, 'x'), name_fault::too_long},
                    name_case{"NM16_spaces", " x. ", name_fault::none},
                    name_case{"NM17_high_surrogate", "\xED\xA0\x80", name_fault::none},
                    name_case{"NM17_low_surrogate", "\xED\xB0\x80", name_fault::none},
                    name_case{"surrogate_pair_in_six_bytes", "\xED\xA0\x80\xED\xB0\x80", name_fault::not_utf8},
                    name_case{"continuation_alone", "\x80", name_fault::not_utf8},
                    name_case{"cut_off", "\xC3", name_fault::not_utf8},
                    name_case{"overlong_two", "\xC0\xAF", name_fault::not_utf8},
                    name_case{"overlong_three", "\xE0\x80\xAF", name_fault::not_utf8},
                    name_case{"overlong_four", "\xF0\x80\x80\xAF", name_fault::not_utf8},
                    name_case{"beyond_unicode", "\xF4\x90\x80\x80", name_fault::not_utf8},
                    name_case{"five_bytes", "\xF8\x88\x80\x80\x80", name_fault::not_utf8},
                    name_case{"last_character", "\xF4\x8F\xBF\xBF", name_fault::none}),
    [](auto const& tested) { return std::string(tested.param.rule); });

std::string repeated(std::string const& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(NameLength, CountsUtf16Units_NM14) {
  object_name name;
  EXPECT_EQ(parse_name(repeated("€", 32766), name), name_fault::none);  // 98 298 bytes
  EXPECT_EQ(parse_name(repeated("€", 32767), name), name_fault::too_long);
  EXPECT_EQ(parse_name(repeated("😀", 16383), name), name_fault::none);  // two units each
  EXPECT_EQ(parse_name(repeated("😀", 16384), name), name_fault::too_long);
}

TEST(NameScope, PlainIsLocal_NM03) {
  auto const plain = require_name("x", "open");
  auto const local = require_name("Local\\x", "open");
  auto const session = require_name("Session\\7\\x", "open");
  EXPECT_EQ(plain.file, local.file);
  EXPECT_EQ(plain.file, session.file);
  EXPECT_EQ(local.scope, name_scope::local);
  EXPECT_EQ(local.display(), "x");
}

TEST(NameScope, GlobalIsAnother_NM04) {
  auto const global = require_name("Global\\x", "open");
  EXPECT_EQ(global.scope, name_scope::global);
  EXPECT_EQ(global.leaf, "x");
  EXPECT_EQ(global.display(), "Global\\x");
  EXPECT_NE(global.file, require_name("x", "open").file);
  EXPECT_EQ(require_name("Local\\Global\\x", "open").file, global.file);
}

TEST(NameFile, IsReadableAndFits) {
  EXPECT_TRUE(require_name("MySharedMem", "open").file.starts_with("MySharedMem-"));
  EXPECT_TRUE(require_name("Global\\cam/front", "open").file.starts_with("coview-global-cam_front-"));
  EXPECT_TRUE(require_name("..", "open").file.starts_with("_.-"));
  for (auto const& name : {std::string(32766, 'x'), repeated("€", 32766), "\n\x1b["s}) {
    auto const file = slot_file(require_name(name, "open").file, 63);
    EXPECT_LT(file.size(), 255U);
    EXPECT_EQ(file.find_first_of("/\n\x1b["), std::string::npos);
  }
}

TEST(NameFile, DiffersWhereNamesDiffer_NM02) {
  EXPECT_NE(require_name("pn2", "open").file, require_name("PN2", "open").file);
  EXPECT_NE(require_name("a b", "open").file, require_name("a_b", "open").file);
  EXPECT_NE(require_name("x ", "open").file, require_name("x", "open").file);
  EXPECT_NE(require_name(std::string(50, 'x'), "open").file, require_name(std::string(51, 'x'), "open").file);
}

TEST(NameFile, HashIsFnv1a128) {  // the value is part of docs/layout.md: other languages find objects by it
  EXPECT_EQ(require_name("a", "open").file, "a-d228cb696f1a8caf78912b704e4a8964");
}

TEST(NameFile, IsRecognised) {
  file_name_parts parts;
  auto const global = require_name("Global\\cam/front", "open");
  ASSERT_TRUE(parse_file_name(slot_file(global.file, 12), name_scope::global, parts));
  EXPECT_EQ(parts.readable, "cam_front");
  EXPECT_EQ(parts.base, global.file);
  EXPECT_EQ(parts.slot, 12U);
  EXPECT_FALSE(parse_file_name(slot_file(global.file, 12), name_scope::local, parts) &&
               parts.readable == "cam_front");
  for (char const* other :
       {"", ".", "x", "x.0", "-0123456789abcdef0123456789abcdef.0", "x-0123.0",
        "x-0123456789abcdef0123456789abcdeg.0", "x-0123456789abcdef0123456789abcdef",
        "x-0123456789abcdef0123456789abcdef.", "x-0123456789abcdef0123456789abcdef.00",
        "x-0123456789abcdef0123456789abcdef.-1", "x-0123456789abcdef0123456789abcdef.99999999999"}) {
    EXPECT_FALSE(parse_file_name(other, name_scope::local, parts)) << other;
    EXPECT_FALSE(parse_file_name(other, name_scope::global, parts)) << other;
  }
}

TEST(NameError, SaysWhatIsWrong) {
  EXPECT_ERROR(std::errc::invalid_argument, "the name is empty; give it a name", require_name("", "create"));
  EXPECT_ERROR(std::errc::filename_too_long, "longer than 32766 UTF-16 units",
               require_name(std::string(40000, 'x'), "create"));
  EXPECT_ERROR(std::errc::invalid_argument, "'a\\x00b': the name has a NUL in it", require_name("a\0b"s, "create"));
}

TEST(Escape, LeavesWhatIsHarmlessAndShowsTheRest) {
  EXPECT_EQ(escape("front/Kamera 1 – ü 漢 😀"), "front/Kamera 1 – ü 漢 😀");
  EXPECT_EQ(escape("a\nb\tc\rd\x1b[31m\x7f"), "a\\nb\\tc\\rd\\x1b[31m\\x7f");
  EXPECT_EQ(escape("\xc2\x9b"), "\\u{9b}") << "a control character of 8 bits";
  EXPECT_EQ(escape("\xe2\x80\xae"), "\\u{202e}") << "right to left";
  EXPECT_EQ(escape("\xff\xc0\x80\xed\xa0\x80"), "\\xff\\xc0\\x80\\xed\\xa0\\x80")
      << "no UTF-8: alone, overlong, a surrogate";
  EXPECT_EQ(escape("\xf0\x9f"), "\\xf0\\x9f") << "cut off";
}

TEST(Escape, IsAppliedToNamesInErrors) {
  EXPECT_EQ(in_quotes("it's \xe2\x80\xae\n"), "'it\\'s \\u{202e}\\n'");
}

}  // namespace
}  // namespace coview
