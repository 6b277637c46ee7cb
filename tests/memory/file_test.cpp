// SPDX-License-Identifier: Apache-2.0
// Mapped files: C-10 to C-16, and names that lead to files.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

class File : public testing::Test {
 protected:
  File() : path_(root_.path() / "data.bin") {}

  void write(std::string const& text) const { std::ofstream(path_, std::ios::trunc) << text; }
  [[nodiscard]] std::string contents() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  coview_test::scoped_root root_;
  std::filesystem::path path_;
};

TEST_F(File, IsMappedWithItsExactSize_C16) {
  write("hello");
  auto const file = mapping::file(path_, access::read_only);
  EXPECT_EQ(file.size(), 5U);
  auto const seen = file.map();
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(std::memcmp(seen.data(), "hello", 5), 0);
  EXPECT_ERROR(std::errc::result_out_of_range, "beyond its 5 bytes",
               (void)file.map(access::read_only, 0, 6));  // V-06
}

TEST_F(File, WritesReachTheFile) {
  write("hello");
  auto const file = mapping::file(path_);
  auto const seen = file.map();
  std::memcpy(seen.data(), "J", 1);
  seen.flush();
  EXPECT_EQ(contents(), "Jello");
}

TEST_F(File, CopyOnWriteNeverReachesTheFile_W03) {
  write("hello");
  auto const file = mapping::file(path_, access::copy_on_write);
  auto const copy = file.map();
  std::memcpy(copy.data(), "J", 1);
  EXPECT_EQ(contents(), "hello");
}

TEST_F(File, Grows_C12) {
  write("hello");
  auto const file = mapping::file(path_, access::read_write, {.size = 5000});
  EXPECT_EQ(std::filesystem::file_size(path_), 5000U);
  EXPECT_EQ(file.map().bytes()[4999], std::byte{0});
  EXPECT_EQ(contents().substr(0, 5), "hello");
}

TEST_F(File, DoesNotGrowForAReader_C13) {
  write("hello");
  for (auto const rights : {access::read_only, access::copy_on_write}) {
    EXPECT_ERROR(std::errc::invalid_argument, "has 5 bytes, and 6 were asked for",
                 (void)mapping::file(path_, rights, {.size = 6}));
  }
  EXPECT_EQ(contents(), "hello");
}

TEST_F(File, NeverShrinks_C15) {
  write("hello");
  auto const file = mapping::file(path_, access::read_write, {.size = 3});
  EXPECT_EQ(file.size(), 3U);
  EXPECT_EQ(contents(), "hello");
}

TEST_F(File, AnEmptyOneIsAnEmptyView) {
  write("");
  auto const file = mapping::file(path_);
  EXPECT_EQ(file.size(), 0U);
  EXPECT_TRUE(file.map().bytes().empty());
}

TEST_F(File, AMissingOneIsMadeWhereASizeIsAsked) {
  EXPECT_ERROR(std::errc::no_such_file_or_directory, path_.string(), (void)mapping::file(path_));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "", (void)mapping::file(path_, access::read_only, {.size = 10}));
  auto const file = mapping::file(path_, access::read_write, {.size = 10});
  EXPECT_EQ(std::filesystem::file_size(path_), 10U);
}

TEST_F(File, MayBeLargerThanMemory) {
  constexpr std::uint64_t size = std::uint64_t{1} << 42U;
  auto const file = mapping::file(path_, access::read_write, {.size = size, .reserve = true});
  auto const end = file.map(access::read_write, size - 1);
  end.bytes()[0] = std::byte{1};
  EXPECT_EQ(file.map().bytes()[size - 1], std::byte{1});
}

TEST_F(File, WhatIsNoFileIsRefused) {
  EXPECT_ERROR(std::errc::is_a_directory, "", (void)mapping::file(root_.path()));
  EXPECT_ERROR(std::errc::is_a_directory, "", (void)mapping::file(root_.path(), access::read_only));
  EXPECT_ERROR(std::errc::invalid_argument, "not a regular file", (void)mapping::file("/dev/zero"));
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_ERROR(std::errc::invalid_argument, "not a regular file", (void)mapping::file(path_));
  EXPECT_ERROR(std::errc::invalid_argument, "not a regular file", (void)mapping::file(path_, access::read_only));
}

TEST_F(File, OneThatBecameShorterIsAnErrorAndNoSignal) {
  write(std::string(10000, 'x'));
  auto const file = mapping::file(path_);
  ASSERT_EQ(::truncate(path_.c_str(), 100), 0);
  EXPECT_ERROR(std::errc::result_out_of_range, "its file became shorter", (void)file.map());
  EXPECT_EQ(file.map(access::read_only, 0, 100).bytes()[99], std::byte{'x'});
}

TEST_F(File, PrefaultOfALostPageIsAnErrorAndNoSignal) {
  write(std::string(10000, 'x'));
  auto const seen = mapping::file(path_).map();
  ASSERT_EQ(::truncate(path_.c_str(), 100), 0);
  EXPECT_ERROR(std::errc::bad_address, "no memory, or no file", seen.prefault());
}

TEST_F(File, NoRoomToGrowLeavesItAsItWas_C14) {
  NEEDS_ROOT();
  std::filesystem::create_directory(root_.path() / "small");
  coview_test::scoped_tmpfs const small(root_.path() / "small", "size=1m");
  ASSERT_TRUE(small.ok());
  path_ = root_.path() / "small" / "data.bin";
  write("hello");
  EXPECT_ERROR(std::errc::no_space_on_device, path_.string(),
               (void)mapping::file(path_, access::read_write, {.size = 4U << 20U}));
  EXPECT_EQ(contents(), "hello");
  EXPECT_ERROR(std::errc::file_too_large, "",
               (void)mapping::file(path_, access::read_write, {.size = ~std::uint64_t{0} - 1}));
}

TEST_F(File, ANameLeadsToIt) {
  auto const file = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"});
  EXPECT_TRUE(file.created());
  EXPECT_EQ(file.name(), "Data");
  auto const other = mapping::open("Data");
  EXPECT_EQ(other.size(), 1000U);
  std::memcpy(other.map().data(), "hello", 5);
  EXPECT_EQ(contents().substr(0, 5), "hello");
  EXPECT_ERROR(std::errc::permission_denied, "",
               (void)mapping::open("Data", access::read_only).map(access::read_write));
}

TEST_F(File, TheNameGoesAndTheFileStays) {
  { auto const file = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"}); }
  EXPECT_FALSE(mapping::try_open("Data"));
  EXPECT_EQ(std::filesystem::file_size(path_), 1000U);
}

TEST_F(File, AViewKeepsTheNameThoughItMapsTheFile) {
  auto file = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"});
  auto seen = file.map();
  auto loose = file.map(access::read_only, 0, to_end, {.keeps_name = false});
  file.close();
  EXPECT_TRUE(mapping::try_open("Data"));
  seen.unmap();
  EXPECT_FALSE(mapping::try_open("Data"));
  EXPECT_EQ(loose.bytes()[0], std::byte{0});
}

TEST_F(File, TheSameFileSharesTheName_C23) {
  auto const first = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"});
  auto const second = mapping::file(path_, access::read_write, {.name = "Data"});
  EXPECT_FALSE(second.created());
  EXPECT_EQ(second.size(), 1000U);
}

TEST_F(File, ANameThatExistsKeepsItsSizeAndTheFileItsLength_C21_C23) {
  auto const first = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"});
  auto const second = mapping::file(path_, access::read_write, {.size = 5000, .name = "Data"});
  EXPECT_EQ(second.size(), 1000U);
  EXPECT_EQ(std::filesystem::file_size(path_), 1000U);
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "other.bin",
               (void)mapping::file(root_.path() / "other.bin", access::read_write, {.size = 1, .name = "Data"}));
}

TEST_F(File, AnotherFileCannotHaveTheName) {
  auto const first = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"});
  (void)mapping::file(root_.path() / "other.bin", access::read_write, {.size = 1});
  EXPECT_ERROR(std::errc::file_exists, "leads to something else",
               (void)mapping::file(root_.path() / "other.bin", access::read_write, {.size = 1, .name = "Data"}));
  auto const memory = mapping::create("Memory", 1);
  EXPECT_ERROR(std::errc::file_exists, "leads to something else",
               (void)mapping::file(path_, access::read_write, {.name = "Memory"}));
}

TEST_F(File, ANameWhoseFileWasReplacedSaysSo) {
  auto const file = mapping::file(path_, access::read_write, {.size = 1000, .name = "Data"});
  std::filesystem::rename(path_, root_.path() / "moved.bin");
  EXPECT_ERROR(std::errc::no_such_file_or_directory, path_.string(), (void)mapping::open("Data"));
  write("another");
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "was moved or replaced", (void)mapping::open("Data"));
  EXPECT_EQ(file.map().size(), 1000U);  // whoever has it open keeps it
}

TEST_F(File, AReaderOfTheFileCanNameIt) {
  write("hello");
  auto const file = mapping::file(path_, access::read_only, {.name = "Data"});
  EXPECT_EQ(mapping::open("Data", access::read_only).size(), 5U);
}

TEST_F(File, AnImpossibleNameLeavesTheFileAlone) {
  EXPECT_ERROR(std::errc::invalid_argument, "backslash",
               (void)mapping::file(path_, access::read_write, {.size = 10, .name = "a\\b"}));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace coview
