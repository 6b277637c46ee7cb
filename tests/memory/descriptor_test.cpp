// SPDX-License-Identifier: Apache-2.0
// Descriptors that the program closed, or closed and let another file have their number: an error, never another
// file's bytes, and never another's descriptor closed.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>

#include "support/expect_error.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

struct kind_of_mapping {
  char const* name;
  bool is_file;
  std::function<mapping(std::filesystem::path const&)> make;
};

class Descriptor : public testing::TestWithParam<kind_of_mapping> {
 protected:
  Descriptor() : other_(root_.path() / "other.bin") { std::ofstream(other_) << std::string(65536, 'o'); }

  [[nodiscard]] mapping make() const { return GetParam().make(root_.path() / "data.bin"); }
  /// Closes the mapping's descriptor, and has another file take its number.
  [[nodiscard]] int reuse(mapping const& closed) const {
    int const number = closed.native_handle();
    int const fd = ::open(other_.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(::dup3(fd, number, O_CLOEXEC), number);
    ::close(fd);
    return number;
  }

  coview_test::scoped_root root_;
  std::filesystem::path other_;
};

TEST_P(Descriptor, ThatWasClosedIsAnError) {
  auto closed = make();
  ASSERT_EQ(::close(closed.native_handle()), 0);
  EXPECT_ERROR(std::errc::bad_file_descriptor, "was closed by the program", (void)closed.map());
}

TEST_P(Descriptor, ThatAnotherFileHasNowIsAnErrorAndNotThatFile) {
  auto const reused = make();
  int const number = reuse(reused);
  EXPECT_ERROR(std::errc::bad_file_descriptor, "was closed by the program", (void)reused.map());
  ::close(number);
}

TEST_P(Descriptor, ThatIsGoneGivesNoViewOfAnyKind) {
  auto const reused = make();
  auto const seen = reused.map();
  int const number = reuse(reused);
  for (auto const rights : {access::read_only, access::read_write, access::copy_on_write}) {
    EXPECT_ERROR(std::errc::bad_file_descriptor, "was closed by the program",
                 (void)reused.map(rights, 0, 100, {.keeps_name = false}));
  }
  if (!GetParam().is_file) {
    EXPECT_ERROR(std::errc::bad_file_descriptor, "was closed by the program", (void)seen.construct_once<long>());
  }
  ::close(number);
}

TEST_P(Descriptor, ThatAnotherFileHasNowIsNotClosed) {
  int number = -1;
  {
    auto reused = make();
    number = reuse(reused);
    reused.close();
    EXPECT_NE(::fcntl(number, F_GETFD), -1);
    auto const assigned_over = [&] {
      auto one = make();
      int const taken = reuse(one);
      one = make();
      return taken;
    }();
    EXPECT_NE(::fcntl(assigned_over, F_GETFD), -1);
    ::close(assigned_over);
  }
  char first = 0;
  EXPECT_EQ(::pread(number, &first, 1, 0), 1);
  EXPECT_EQ(first, 'o');
  ::close(number);
}

TEST_P(Descriptor, ThatWasClosedLeavesItsViewsUsable) {
  auto mapped = make();
  auto const seen = mapped.map();
  int const number = reuse(mapped);
  seen.bytes()[0] = std::byte{1};
  seen.flush();
  mapped.close();
  char first = 0;
  EXPECT_EQ(::pread(number, &first, 1, 0), 1);
  EXPECT_EQ(first, 'o');
  ::close(number);
}

/// The name is gone with the descriptor, whatever its number leads to now.
TEST(DescriptorOfAName, ThatIsGoneIsNoName) {
  coview_test::scoped_root const root;
  auto const memory = mapping::create("Data", 4096);
  auto const signal = event::create("Signal", reset::manual);
  EXPECT_TRUE(memory.still_named());
  int const another = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::dup3(another, memory.native_handle(), O_CLOEXEC), memory.native_handle());
  EXPECT_FALSE(memory.still_named());
  ::close(memory.native_handle());
  EXPECT_FALSE(memory.still_named());
  EXPECT_TRUE(signal.still_named());
  ::close(another);
}

/// One that was closed by mistake, and is given to another handle of the same object.
TEST(DescriptorOfAName, ThatAnotherHandleHasNowIsItsOnly) {
  coview_test::scoped_root const root;
  auto const keeper = mapping::create("Data", 4096);
  auto first = mapping::open("Data");
  int const number = first.native_handle();
  ::close(number);
  auto const second = mapping::open("Data");
  ASSERT_EQ(second.native_handle(), number);
  EXPECT_ERROR(std::errc::bad_file_descriptor, "was closed by the program", (void)first.map());
  EXPECT_FALSE(first.still_named());
  first.close();
  EXPECT_NE(::fcntl(number, F_GETFD), -1);
  EXPECT_TRUE(second.still_named());
  EXPECT_EQ(second.map().size(), 4096U);
  auto moved = mapping::open("Data");
  first = std::move(moved);  // what was moved is still its own
  EXPECT_EQ(first.map().size(), 4096U);
}

/// Beyond the first piece of what is noted.
TEST(DescriptorOfAName, OfAnyNumberIsLookedAt) {
  coview_test::scoped_root const root;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  if (before.rlim_max < 3000) GTEST_SKIP() << "so many descriptors are not allowed";
  rlimit const many{3000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &many), 0);
  std::vector<int> all;
  for (int fd = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC); fd >= 0 && fd < 2500;
       fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 0))
    all.push_back(fd);
  auto const keeper = mapping::create("Data", 4096);
  auto first = mapping::open("Data");
  int const number = first.native_handle();
  EXPECT_GT(number, 2000);
  ::close(number);
  auto const second = mapping::open("Data");
  ASSERT_EQ(second.native_handle(), number);
  first.close();
  EXPECT_NE(::fcntl(number, F_GETFD), -1);
  for (int const fd : all) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Descriptor,
    testing::Values(
        kind_of_mapping{"Anonymous", false, [](auto const&) { return mapping::anonymous(4096); }},
        kind_of_mapping{"Named", false, [](auto const&) { return mapping::open_or_create("Data", 4096); }},
        kind_of_mapping{"ReservedNamed", false,
                        [](auto const&) { return mapping::open_or_create("Data", 4096, {.reserve = true}); }},
        kind_of_mapping{"File", true,
                        [](auto const& path) { return mapping::file(path, access::read_write, {.size = 4096}); }},
        kind_of_mapping{
            "NamedFile", true,
            [](auto const& path) { return mapping::file(path, access::read_write, {.size = 4096, .name = "Data"}); }},
        kind_of_mapping{"OpenedNamedFile", true,
                        [](auto const& path) {
                          auto const made = mapping::file(path, access::read_write, {.size = 4096, .name = "Data"});
                          return mapping::open("Data");
                        }}),
    [](auto const& tested) { return tested.param.name; });

}  // namespace
}  // namespace coview
