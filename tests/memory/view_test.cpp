// SPDX-License-Identifier: Apache-2.0
// Ranges, addresses, protection and advice.
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstring>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>

#include "os/virtual_memory.hpp"
#include "support/expect_error.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

class View : public testing::Test {
 protected:
  View() : memory_(mapping::create("x", size)) {}

  static constexpr std::uint64_t size = 3 * 4096 + 100;
  coview_test::scoped_root root_;
  mapping memory_;
};

TEST_F(View, AnyRangeCoversExactlyWhatWasAsked) {
  auto const whole = memory_.map();
  for (std::uint64_t i = 0; i < size; ++i) whole.bytes()[i] = static_cast<std::byte>(i * 7 % 251);
  for (std::uint64_t const offset : {0U, 1U, 100U, 4095U, 4096U, 4097U, 12287U, 12387U}) {
    for (std::uint64_t const length :
         {std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{4096}, size - offset, to_end}) {
      if (length != to_end && length > size - offset) continue;
      auto const part = memory_.map(access::read_only, offset, length);
      ASSERT_EQ(part.size(), length == to_end ? size - offset : length);
      EXPECT_EQ(std::memcmp(part.data(), whole.data() + offset, part.size()), 0);
    }
  }
}

TEST_F(View, RangesBeyondTheEndAreRefused_V05_V07_V08) {
  struct range {
    std::uint64_t offset;
    std::uint64_t length;
  };
  for (auto const [offset, length] :
       {range{0, size + 1}, range{1, size}, range{size, 1}, range{size + 1, 0}, range{size + 1, to_end},
        range{to_end, to_end}, range{to_end, 1}, range{1, to_end - 1}, range{4096, to_end - 4096}}) {
    EXPECT_ERROR(std::errc::result_out_of_range, "goes beyond its 12388 bytes",
                 (void)memory_.map(access::read_only, offset, length));
  }
}

TEST_F(View, AnEmptyRangeIsAnEmptyView) {
  auto const none = memory_.map(access::read_write, size);
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.data(), nullptr);
  EXPECT_FALSE(none);
  EXPECT_TRUE(none.bytes().empty());
  none.flush();
  none.prefault();
  none.advise(advice::random);
}

TEST_F(View, MovesAndUnmaps) {
  auto first = memory_.map();
  auto* const data = first.data();
  view second = std::move(first);
  EXPECT_EQ(second.data(), data);
  EXPECT_EQ(first.data(), nullptr);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(first.size(), 0U);
  second = memory_.map();
  unsigned char resident = 0;
  EXPECT_NE(::mincore(data, 4096, &resident), 0);  // what it covered before is unmapped
  second.unmap();
  EXPECT_FALSE(second);
  second.unmap();
}

TEST_F(View, AsIsChecked) {
  auto const seen = memory_.map(access::read_write, 0, 100);
  seen.as<std::uint64_t>(8) = 5;
  EXPECT_EQ(seen.as<std::uint64_t const>(8), 5U);
  EXPECT_NO_THROW((void)seen.as<std::uint64_t>(88));
  EXPECT_NO_THROW((void)seen.as<char[100]>());
  EXPECT_ERROR(std::errc::invalid_argument, "offset 4 is not aligned to 8", (void)seen.as<std::uint64_t>(4));
  EXPECT_ERROR(std::errc::result_out_of_range, "8 bytes at 96 go beyond its 100", (void)seen.as<std::uint64_t>(96));
  EXPECT_ERROR(std::errc::result_out_of_range, "", (void)seen.as<char[101]>());
  EXPECT_ERROR(std::errc::result_out_of_range, "", (void)seen.as<char>(to_end));
  view const empty;
  EXPECT_ERROR(std::errc::result_out_of_range, "", (void)empty.as<char>());
}

TEST_F(View, AsSpanIsChecked) {
  auto const seen = memory_.map(access::read_write, 0, 100);
  auto const numbers = seen.as_span<std::uint32_t>();
  ASSERT_EQ(numbers.size(), 25U);
  numbers[24] = 7;
  EXPECT_EQ(seen.as<std::uint32_t>(96), 7U);
  EXPECT_EQ(seen.as_span<std::uint32_t const>(96).front(), 7U);
  EXPECT_EQ(seen.as_span<std::uint64_t>(8).size(), 11U);
  EXPECT_EQ(seen.as_span<std::uint64_t>(8, 2).size(), 2U);
  EXPECT_TRUE(seen.as_span<std::uint64_t>(96).empty());
  EXPECT_TRUE(seen.as_span<char>(100).empty());
  view const empty;
  EXPECT_TRUE(empty.as_span<std::uint64_t>().empty());
  EXPECT_ERROR(std::errc::invalid_argument, "offset 2 is not aligned to 4", (void)seen.as_span<std::uint32_t>(2));
  EXPECT_ERROR(std::errc::result_out_of_range, "96 bytes at 8 go beyond its 100",
               (void)seen.as_span<std::uint64_t>(8, 12));
  EXPECT_ERROR(std::errc::result_out_of_range, "", (void)seen.as_span<std::uint64_t>(8, to_end - 1));
  EXPECT_ERROR(std::errc::result_out_of_range, "", (void)seen.as_span<char>(101));
}

TEST_F(View, AWishedAddressIsKeptOrRefused_V16_V17) {
  void* const preferred = memory_.map().data();  // free again as soon as the statement ends
  auto const there = memory_.map(access::read_write, 0, to_end, {.address = preferred});
  EXPECT_EQ(static_cast<void*>(there.data()), preferred);
  EXPECT_ERROR(std::errc::address_in_use, "the address range asked for is taken",
               (void)memory_.map(access::read_write, 0, to_end, {.address = preferred}));
  EXPECT_ERROR(std::errc::invalid_argument, "the same remainder",
               (void)memory_.map(access::read_write, 0, to_end, {.address = static_cast<char*>(preferred) + 1}));
  EXPECT_ERROR(std::errc::invalid_argument, "the same remainder",
               (void)memory_.map(access::read_write, 5, to_end, {.address = static_cast<char*>(preferred)}));
}

TEST_F(View, AWishedAddressTakesTheOffsetsRemainder) {
  auto* const preferred = reinterpret_cast<char*>(memory_.map().data());
  auto const there = memory_.map(access::read_write, 5, 10, {.address = preferred + 5});
  EXPECT_EQ(reinterpret_cast<char*>(there.data()), preferred + 5);
}

TEST_F(View, ProtectionChangesWithinWhatWasMapped_P01) {
  auto writable = memory_.map();
  writable.protect(access::read_only);
  EXPECT_EQ(writable.rights(), access::read_only);
  EXPECT_DEATH(writable.bytes()[0] = std::byte{1}, "");
  writable.protect(access::read_write);
  writable.bytes()[0] = std::byte{1};
  EXPECT_ERROR(std::errc::permission_denied, "not mapped for that", writable.protect(access::copy_on_write));

  auto copy = memory_.map(access::copy_on_write);
  copy.protect(access::read_only);
  copy.protect(access::copy_on_write);
  copy.bytes()[0] = std::byte{2};
  EXPECT_EQ(writable.bytes()[0], std::byte{1});
  EXPECT_ERROR(std::errc::permission_denied, "", copy.protect(access::read_write));

  auto readable = memory_.map(access::read_only);
  EXPECT_ERROR(std::errc::permission_denied, "", readable.protect(access::read_write));
}

TEST_F(View, PrefaultBringsPagesIn) {
  auto const memory = mapping::create("sparse", 64 * 4096, {.reserve = true});
  auto const seen = memory.map(access::read_write, 0, to_end, {.prefault = true});
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  for (std::size_t i = 0; i < seen.size(); i += 4096) seen.bytes()[i] = std::byte{1};
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_minflt - before.ru_minflt, 32);  // the loop itself would have taken 64
  (void)memory.map(access::read_only, 0, to_end, {.prefault = true});
  (void)memory.map(access::copy_on_write, 0, to_end, {.prefault = true});
  EXPECT_ERROR(std::errc::result_out_of_range, "", seen.prefault(0, seen.size() + 1));
}

TEST_F(View, AdviceOfEveryKindIsTaken) {
  auto const seen = memory_.map();
  for (auto const what :
       {advice::normal, advice::sequential, advice::random, advice::will_need, advice::huge_pages, advice::no_dump}) {
    seen.advise(what, 100, 5000);
  }
  EXPECT_ERROR(std::errc::result_out_of_range, "", seen.advise(advice::random, size + 1));
}

TEST_F(View, FlushOfMemoryIsNothingToDo_F03) {
  memory_.map().flush();
  memory_.map(access::read_only).flush();
  memory_.map(access::copy_on_write).flush();
  EXPECT_ERROR(std::errc::result_out_of_range, "", memory_.map().flush(0, size + 1));
}

}  // namespace
}  // namespace coview
