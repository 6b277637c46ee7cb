// SPDX-License-Identifier: Apache-2.0
// The header: written, read back, and every way in which foreign bytes can be wrong.
#include "object/header.hpp"

#include <fcntl.h>

#include <cstring>
#include <functional>
#include <gtest/gtest.h>

#include "object/layout.hpp"
#include "os/file.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

class Header : public testing::Test {
 protected:
  Header() : file_(std::move(*os::open((root_.path() / "object").c_str(), O_RDWR | O_CREAT, 0600))) {}

  static object_header example(std::string name) {
    object_header header;
    header.name = std::move(name);
    header.payload_size = 100;
    header.created = 1'700'000'000'123'456'789;
    header.creator = 4242;
    header.creator_user = 1000;
    header.payload_offset = payload_offset_for(header);
    return header;
  }

  void write(object_header const& header) {
    ASSERT_EQ(os::resize(file_.get(), header.payload_offset + header.payload_size), 0);
    ASSERT_EQ(write_header(file_.get(), header), 0);
  }

  header_answer read(object_header& out) {
    return read_header(file_.get(), static_cast<std::uint64_t>(os::status(file_.get())->st_size), out);
  }

  /// The answer after one change to the raw bytes of a good header.
  header_answer after(std::function<void(layout::header&)> const& change) {
    write(example("name"));
    layout::header raw;
    EXPECT_EQ(*os::read_at(file_.get(), std::as_writable_bytes(std::span(&raw, 1)), 0), sizeof raw);
    change(raw);
    EXPECT_EQ(os::write_at(file_.get(), std::as_bytes(std::span(&raw, 1)), 0), 0);
    object_header out;
    return read(out);
  }

  coview_test::scoped_root root_;
  os::unique_fd file_;
};

TEST_F(Header, ComesBackAsWritten) {
  auto const written = example("MySharedMem");
  write(written);
  object_header back;
  ASSERT_EQ(read(back), header_answer::ok);
  EXPECT_EQ(back.name, written.name);
  EXPECT_EQ(back.payload_offset, 4096U);
  EXPECT_EQ(back.payload_size, 100U);
  EXPECT_EQ(back.created, written.created);
  EXPECT_EQ(back.creator, 4242U);
  EXPECT_EQ(back.creator_user, 1000U);
  EXPECT_EQ(back.kind, object_kind::mapping);
}

TEST_F(Header,
       NamesOfEveryLengthComeBack) {  // around each place where the layout changes: first read, state, first page
  for (std::size_t const length : {1U, 383U, 384U, 385U, 1919U, 1920U, 1921U, 4095U, 4096U, 4097U, 98298U}) {
    auto const written = example(std::string(length, 'n'));
    write(written);
    object_header back;
    ASSERT_EQ(read(back), header_answer::ok) << length;
    EXPECT_EQ(back.name, written.name) << length;
    EXPECT_GE(back.payload_offset, length <= 1920 ? 4096U : 4096U + length) << length;
    EXPECT_EQ(back.payload_offset % 4096, 0U) << length;
  }
}

TEST_F(Header, ATargetStandsBesideTheName) {
  auto written = example("Data");
  written.file_backed = true;
  written.target = "/some/where/" + std::string(3000, 'd');
  written.target_inode = 77;
  written.payload_offset = payload_offset_for(written);
  EXPECT_EQ(written.payload_offset, 0U);
  ASSERT_EQ(write_header(file_.get(), written), 0);
  object_header back;
  ASSERT_EQ(read(back), header_answer::ok);
  EXPECT_EQ(back.target, written.target);
  EXPECT_EQ(back.target_inode, 77U);
  EXPECT_TRUE(back.file_backed);
}

TEST_F(Header, HugePagesAlignThePayload) {
  auto header = example("huge");
  header.huge_pages = true;
  EXPECT_EQ(payload_offset_for(header), std::uint64_t{2} << 20U);
}

TEST_F(Header, AShortFileIsUnfinished) {
  object_header out;
  EXPECT_EQ(read(out), header_answer::unfinished);
  ASSERT_EQ(os::resize(file_.get(), sizeof(layout::header) - 1), 0);
  EXPECT_EQ(read(out), header_answer::unfinished);
}

TEST_F(Header, WhatIsNotOursIsNamed) {
  EXPECT_EQ(after([](auto&) {}), header_answer::ok);
  EXPECT_EQ(after([](auto& raw) { raw.magic[0] = 'X'; }), header_answer::foreign);
  EXPECT_EQ(after([](auto& raw) { raw.magic.fill(0); }), header_answer::foreign);
  EXPECT_EQ(after([](auto& raw) { raw.version = layout::version + 1; }), header_answer::other_version);
  EXPECT_EQ(after([](auto& raw) { raw.version = layout::version - 1; }), header_answer::other_version);
  EXPECT_EQ(after([](auto& raw) { raw.version = 0; }), header_answer::other_version);
  EXPECT_EQ(after([](auto& raw) { raw.byte_order = 0x0201; }), header_answer::other_machine);
  EXPECT_EQ(after([](auto& raw) { raw.word_size = 4; }), header_answer::other_machine);
}

TEST_F(Header, NumbersThatLieAreDamage) {
  using header = layout::header;
  std::function<void(header&)> const lies[] = {
      [](header& raw) { raw.kind = 0; },
      [](header& raw) { raw.kind = static_cast<std::uint8_t>(coview::object_kind::timer) + 1; },
      [](header& raw) { raw.options = 1U << 31U; },
      [](header& raw) { raw.name_length = 0; },
      [](header& raw) { raw.name_length = 0xffffffffU; },
      [](header& raw) { raw.name_length = 5000; },
      [](header& raw) { raw.name_offset = 0; },
      [](header& raw) { raw.name_offset = 0xfffffff0U; },
      [](header& raw) { raw.target_length = 1; },
      [](header& raw) { raw.options = layout::option_file_backed; },
      [](header& raw) { raw.payload_offset = 0; },
      [](header& raw) { raw.payload_offset = 4097; },
      [](header& raw) { raw.payload_offset = ~std::uint64_t{4095}; },
      [](header& raw) { raw.payload_size = 101; },
      [](header& raw) { raw.payload_size = ~std::uint64_t{0}; },
      [](header& raw) { raw.payload_size = ~std::uint64_t{4095}; },
  };
  for (std::size_t i = 0; i < std::size(lies); ++i) EXPECT_EQ(after(lies[i]), header_answer::damaged) << "lie " << i;
}

TEST_F(Header, EveryAnswerHasASentence) {
  for (auto const answer : {header_answer::unfinished, header_answer::foreign, header_answer::other_version,
                            header_answer::other_machine, header_answer::damaged, header_answer::unreadable}) {
    EXPECT_GT(std::strlen(describe(answer)), 10U);
  }
}

}  // namespace
}  // namespace coview
