// SPDX-License-Identifier: Apache-2.0
// What a mapping is and what its handle lets one do.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "os/virtual_memory.hpp"
#include "support/expect_error.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

class Mapping : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

TEST_F(Mapping, KnowsWhatItIs) {
  auto const memory = mapping::create("Local\\x", 100);
  EXPECT_TRUE(memory);
  EXPECT_EQ(memory.size(), 100U);
  EXPECT_EQ(memory.name(), "x");
  EXPECT_EQ(memory.rights(), access::read_write);
  EXPECT_TRUE(memory.created());
  EXPECT_TRUE(memory.still_named());
  EXPECT_EQ(memory.payload_offset(), 4096U);
  EXPECT_EQ(::fcntl(memory.native_handle(), F_GETFD), FD_CLOEXEC);
}

TEST_F(Mapping, AnEmptyOneIsSafe) {
  mapping none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.name(), "");
  EXPECT_FALSE(none.created());
  EXPECT_FALSE(none.still_named());
  EXPECT_EQ(none.native_handle(), -1);
  EXPECT_ERROR(std::errc::bad_file_descriptor, "moved from, closed, or never opened", (void)none.map());
  none.close();
}

TEST_F(Mapping, MemoryIsCommittedUnlessReserved) {
  constexpr std::uint64_t size = 40 * 4096;
  auto const committed = mapping::create("committed", size);
  auto const reserved = mapping::create("reserved", size, {.reserve = true});
  EXPECT_EQ(stat("committed").resident, size + 4096);
  EXPECT_EQ(stat("reserved").resident, 4096U);
  reserved.map().bytes()[size - 1] = std::byte{1};
  EXPECT_EQ(stat("reserved").resident, 2 * 4096U);
}

TEST_F(Mapping, WhatOneWritesAllSee) {
  auto const memory = mapping::create("x", 10000);
  auto const first = memory.map();
  auto const second = mapping::open("x", access::read_only).map();
  EXPECT_NE(first.data(), second.data());  // V-12
  std::strcpy(first.as<char[6]>(5000), "hello");
  EXPECT_STREQ(second.as<char const[6]>(5000), "hello");
}

TEST_F(Mapping, RightsCannotBeRaised_V10) {
  auto const memory = mapping::create("x", 4096);
  auto const reader = mapping::open("x", access::read_only);
  EXPECT_ERROR(std::errc::permission_denied, "opened for reading only", (void)reader.map(access::read_write));
  EXPECT_EQ(reader.map().rights(), access::read_only);
  EXPECT_EQ(::fcntl(reader.native_handle(), F_GETFL) & O_ACCMODE, O_RDONLY);
  auto const seen = reader.map();
  EXPECT_NE(::mprotect(seen.data(), 4096, PROT_READ | PROT_WRITE), 0);  // the kernel refuses, whoever asks
}

TEST_F(Mapping, CopyOnWriteNeverSpoilsTheOriginal_W03) {
  auto const memory = mapping::create("x", 8192);
  auto const shared = memory.map();
  auto const copier = mapping::open("x", access::copy_on_write);
  auto const copy = copier.map();
  EXPECT_EQ(copy.rights(), access::copy_on_write);
  shared.bytes()[0] = std::byte{1};
  EXPECT_EQ(copy.bytes()[0], std::byte{1});  // W-01: shared until written
  copy.bytes()[1] = std::byte{2};
  EXPECT_EQ(shared.bytes()[1], std::byte{0});
  shared.bytes()[0] = std::byte{3};
  shared.bytes()[5000] = std::byte{4};
  EXPECT_EQ(copy.bytes()[0], std::byte{1});     // W-02: the written page is this view's own,
  EXPECT_EQ(copy.bytes()[5000], std::byte{4});  // the others stay shared
  EXPECT_EQ(copier.map().bytes()[1], std::byte{0});
  EXPECT_ERROR(std::errc::permission_denied, "", (void)copier.map(access::read_write));
}

TEST_F(Mapping, AnonymousMemoryHasNoName) {
  auto const memory = mapping::anonymous(std::uint64_t{1} << 20U);
  EXPECT_EQ(memory.size(), std::uint64_t{1} << 20U);
  EXPECT_EQ(memory.name(), "");
  EXPECT_FALSE(memory.still_named());
  EXPECT_TRUE(list().empty());
  auto const first = memory.map();
  auto const second = memory.map();
  first.bytes()[7] = std::byte{9};
  EXPECT_EQ(second.bytes()[7], std::byte{9});
  EXPECT_NE(::ftruncate(memory.native_handle(), 0),
            0);  // sealed: a peer that is given the descriptor cannot shrink it
  EXPECT_ERROR(std::errc::result_out_of_range, "anonymous mapping",
               (void)memory.map(access::read_write, 0, (1U << 20U) + 1));
}

TEST_F(Mapping, OpenOrCreateFollowsTheMode) {
  auto const first = mapping::open_or_create("x", 1, {.mode = 0444});
  EXPECT_EQ(first.rights(), access::read_write);  // who makes it may fill it
  auto const second = mapping::open_or_create("x", 1, {.mode = 0444});
  EXPECT_EQ(second.rights(), ::geteuid() == 0 ? access::read_write : access::read_only);
}

TEST_F(Mapping, HugePagesAlignFileAndAddress) {
  constexpr std::uint64_t size = std::uint64_t{6} << 20U;
  auto const memory = mapping::create("x", size, {.huge_pages = true});
  EXPECT_EQ(memory.payload_offset() % os::huge_page_size, 0U);
  auto const seen = memory.map();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(seen.data()) % os::huge_page_size, 0U);
  EXPECT_LE(stat("x").resident, size + os::huge_page_size);
  auto const opened = mapping::open("x").map();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(opened.data()) % os::huge_page_size, 0U);
  seen.bytes()[size - 1] = std::byte{1};
  EXPECT_EQ(opened.bytes()[size - 1], std::byte{1});
}

TEST_F(Mapping, OffsetsHave64Bits) {
  constexpr std::uint64_t size = std::uint64_t{5} << 40U;
  auto const memory = mapping::create("x", size, {.reserve = true});
  auto const end = memory.map(access::read_write, size - 3, 3);
  end.bytes()[2] = std::byte{1};
  EXPECT_EQ(mapping::open("x").map(access::read_only, size - 1, 1).bytes()[0], std::byte{1});
}

TEST_F(Mapping, ErrorsHaveParts) {
  try {
    (void)mapping::open("x");
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.operation(), "open");
    EXPECT_EQ(e.object(), "mapping 'x'");
    EXPECT_EQ(e.cause(), "nobody holds it");
    EXPECT_NE(e.remedy(), "");
    error const copy = e;
    EXPECT_STREQ(copy.what(), e.what());
  }
}

}  // namespace
}  // namespace coview
