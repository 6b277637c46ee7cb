// SPDX-License-Identifier: Apache-2.0
// The spool on disk: nothing that was synced is lost, whatever is torn off, flipped, or full.
#include "bridge/disk_spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include <coview/error.hpp>

#include "bridge/spool_folder.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"

namespace coview {
namespace {

using namespace coview_test;
namespace fs = std::filesystem;

constexpr std::uint64_t plenty = 1U << 20U;
bridge_channel const jobs_out{.what = carried::queue, .name = "jobs", .way = direction::out};
local_type const job_type{.name = "job", .size = 24, .version = 7};

/// Of a length that leaves some zeros behind it.
std::string text_of(std::uint64_t number) {
  return "message " + std::to_string(number) + std::string(number % 11, '.');
}

std::uint64_t size_of(std::uint64_t number) {
  return disk_spool::size_of(text_of(number).size(), job_type.name);
}

bool add(disk_spool& to, std::uint64_t number, std::uint64_t stream = 5) {
  auto const text = text_of(number);
  return to.append(stream, number, job_type, std::as_bytes(std::span(text)));
}

void fill(disk_spool& to, std::uint64_t count, std::uint64_t from = 0) {
  for (auto i = from; i < from + count; ++i) ASSERT_TRUE(add(to, i));
  to.sync();
}

/// All numbers from the first one that is not handed over; each must be whole.
std::vector<std::uint64_t> numbers_in(disk_spool& from) {
  std::vector<std::uint64_t> all;
  from.rewind();
  while (auto const each = from.next()) {
    EXPECT_EQ(std::string(reinterpret_cast<char const*>(each->bytes.data()), each->bytes.size()),
              text_of(each->sequence));
    EXPECT_EQ(each->stream, 5U);
    EXPECT_EQ(each->type.name, "job");
    EXPECT_EQ(each->type.size, 24U);
    EXPECT_EQ(each->type.version, 7U);
    all.push_back(each->sequence);
  }
  return all;
}

std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint64_t> all;
  for (auto i = first; i < end; ++i) all.push_back(i);
  return all;
}

std::string read_file(std::string const& path) {
  std::ifstream from(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), {}};
}

void write_file(std::string const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Gives up so many of the front, as a sender does.
void hand_over(disk_spool& from, std::uint64_t count) {
  from.rewind();
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < count; ++i) end = from.next()->end;
  from.handed_over(end, count);
}

TEST(DiskSpool, KeepsOrderIdsAndTypesUntilTheyAreHandedOver) {
  spool_folder const where;
  {
    disk_spool spool(where.path(), jobs_out, plenty);
    EXPECT_EQ(spool.count(), 0U);
    EXPECT_FALSE(spool.next());
    fill(spool, 20);
    EXPECT_EQ(spool.count(), 20U);
    EXPECT_EQ(numbers_in(spool), from_to(0, 20));
    hand_over(spool, 5);
    EXPECT_EQ(numbers_in(spool), from_to(5, 20));
  }
  struct stat facts {};
  ASSERT_EQ(::stat(where.file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  disk_spool spool(where.path(), jobs_out, plenty);
  EXPECT_EQ(spool.count(), 15U);
  EXPECT_EQ(spool.damaged() + spool.torn(), 0U);
  EXPECT_EQ(numbers_in(spool), from_to(5, 20));
  EXPECT_FALSE(spool.had(5, 4));
  EXPECT_TRUE(spool.had(5, 5));
  EXPECT_TRUE(spool.had(5, 19));
  EXPECT_FALSE(spool.had(5, 20));
  EXPECT_FALSE(spool.had(6, 5));
  fill(spool, 3, 20);
  EXPECT_EQ(numbers_in(spool), from_to(5, 23));
  hand_over(spool, 18);
  EXPECT_EQ(spool.count(), 0U);
  EXPECT_EQ(fs::file_size(where.file()), spool_layout::records_begin);
  fill(spool, 2, 23);
  EXPECT_EQ(numbers_in(spool), from_to(23, 25));
}

TEST(DiskSpool, WhatWasTakenUpAndNotSyncedIsNotThere) {
  spool_folder const where;
  disk_spool spool(where.path(), jobs_out, plenty);
  ASSERT_TRUE(add(spool, 0));
  EXPECT_EQ(spool.count(), 0U);
  EXPECT_GT(spool.pending(), 0U);
  spool.sync();
  EXPECT_EQ(spool.count(), 1U);
  EXPECT_EQ(spool.pending(), 0U);
  spool.sync();
  EXPECT_EQ(spool.count(), 1U);
}

TEST(DiskSpool, HasRoomForExactlySoMuch) {
  spool_folder const where;
  auto const exactly = size_of(0) + size_of(1);
  for (auto const& [most, fits] : {std::pair(exactly, true), std::pair(exactly - 1, false)}) {
    fs::remove(where.file());
    disk_spool spool(where.path(), jobs_out, most);
    EXPECT_TRUE(add(spool, 0));
    EXPECT_EQ(add(spool, 1), fits);
    spool.sync();
    EXPECT_EQ(spool.count(), fits ? 2U : 1U);
    EXPECT_FALSE(add(spool, 2));
    hand_over(spool, spool.count());
    EXPECT_TRUE(add(spool, 2)) << "it is empty, and has its room back";
    spool.sync();
  }
  fs::remove(where.file());
  disk_spool none(where.path(), jobs_out, 0);
  EXPECT_FALSE(add(none, 0));
  EXPECT_EQ(none.bytes(), 0U);
}

TEST(DiskSpool, AnEmptyMessageAndALargeOneAreMessages) {
  spool_folder const where;
  std::vector<std::byte> const large((3U << 20U) + 5, std::byte{0x5a});
  {
    disk_spool spool(where.path(), jobs_out, 16U << 20U);
    ASSERT_TRUE(spool.append(1, 0, {}, {}));
    ASSERT_TRUE(spool.append(1, 1, {}, large));
    ASSERT_TRUE(spool.append(1, 2, {}, {}));
    spool.sync();
  }
  disk_spool spool(where.path(), jobs_out, 16U << 20U);
  EXPECT_TRUE(spool.next()->bytes.empty());
  EXPECT_EQ(spool.next()->bytes, large);
  EXPECT_EQ(spool.next()->sequence, 2U);
  EXPECT_FALSE(spool.next());
}

/// What was handed over gives room while the rest is still there.
TEST(DiskSpool, GivesBlocksBackBehindWhatWasHandedOver) {
  spool_folder const where;
  std::vector<std::byte> const block(64U << 10U, std::byte{1});
  constexpr std::uint64_t most = 4U << 20U;
  disk_spool spool(where.path(), jobs_out, most);
  std::uint64_t next = 0;
  auto const until_full = [&] {
    while (spool.append(1, next, {}, block)) ++next;
    spool.sync();
  };
  until_full();
  auto const at_first = next;
  struct stat facts {};
  for (int round = 0; round < 20; ++round) {
    hand_over(spool, spool.count() / 2);
    until_full();
    ASSERT_EQ(::stat(where.file().c_str(), &facts), 0);
    if (next == at_first) GTEST_SKIP() << "this file system makes no holes";
    EXPECT_LE(static_cast<std::uint64_t>(facts.st_blocks) * 512, most + (64U << 10U));
  }
  EXPECT_GT(static_cast<std::uint64_t>(facts.st_size), 4 * most) << "the file begins anew only when it is empty";
  EXPECT_EQ(spool.next()->bytes, block);
}

TEST(DiskSpool, ATailTornAtAnyByteCostsNothingBeforeIt) {
  spool_folder const where;
  { fill(*std::make_unique<disk_spool>(where.path(), jobs_out, plenty), 3); }
  auto const whole = read_file(where.file());
  auto const last = whole.size() - size_of(2);
  for (auto size = last; size < whole.size(); ++size) {
    write_file(where.file(), whole.substr(0, size));
    disk_spool spool(where.path(), jobs_out, plenty);
    ASSERT_EQ(numbers_in(spool), from_to(0, 2)) << size;
    ASSERT_EQ(spool.torn(), size - last);
    ASSERT_EQ(spool.damaged(), 0U);
    // What is appended then stands where the torn one stood.
    fill(spool, 1, 2);
    ASSERT_EQ(numbers_in(spool), from_to(0, 3)) << size;
  }
}

TEST(DiskSpool, AnyBitFlippedCostsAtMostItsOwnMessage) {
  spool_folder const where;
  { fill(*std::make_unique<disk_spool>(where.path(), jobs_out, plenty), 4); }
  auto const whole = read_file(where.file());
  auto const at = [&](std::uint64_t number) {
    auto begin = spool_layout::records_begin;
    for (std::uint64_t i = 0; i < number; ++i) begin += size_of(i);
    return begin;
  };
  for (std::uint64_t const victim : {0U, 1U, 3U}) {
    for (auto byte = at(victim); byte < at(victim + 1); ++byte) {
      for (unsigned bit = 0; bit < 8; bit += 3) {
        auto damaged = whole;
        damaged[byte] = static_cast<char>(static_cast<unsigned char>(damaged[byte]) ^ (1U << bit));
        write_file(where.file(), damaged);
        disk_spool spool(where.path(), jobs_out, plenty);
        auto rest = from_to(0, 4);
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(victim));
        ASSERT_EQ(numbers_in(spool), rest) << byte;
        bool const is_last = victim == 3;
        ASSERT_EQ(spool.damaged(), is_last ? 0U : 1U) << byte;
        ASSERT_EQ(spool.torn(), is_last ? size_of(3) : 0U) << byte;
        spool.rewind();
        std::uint64_t lost = 0;
        while (auto const each = spool.next()) lost += each->lost;
        ASSERT_EQ(lost, is_last ? 0U : 1U);
      }
    }
  }
}

TEST(DiskSpool, AnyBitOfTheHeadFlippedIsRefusedOrHarmless) {
  spool_folder const where;
  {
    disk_spool spool(where.path(), jobs_out, plenty);
    fill(spool, 4);
    hand_over(spool, 2);
  }
  auto const whole = read_file(where.file());
  auto const flipped = [&](std::uint64_t byte) {
    auto damaged = whole;
    damaged[byte] = static_cast<char>(static_cast<unsigned char>(damaged[byte]) ^ 0x10U);
    write_file(where.file(), damaged);
  };
  for (std::uint64_t byte = 0; byte < sizeof(spool_layout::head); ++byte) {
    flipped(byte);
    EXPECT_ERROR(std::errc::bad_message, "spool", disk_spool(where.path(), jobs_out, plenty));
    EXPECT_EQ(read_file(where.file()).size(), whole.size()) << "what is refused is left as it is";
  }
  // Where the place is not known, what was handed over goes out once more, under its IDs.
  for (auto byte = spool_layout::place_at; byte < spool_layout::place_at + sizeof(spool_layout::place); ++byte) {
    flipped(byte);
    disk_spool spool(where.path(), jobs_out, plenty);
    EXPECT_EQ(numbers_in(spool), from_to(0, 4));
    EXPECT_EQ(spool.damaged(), 0U);
  }
}

TEST(DiskSpool, AnotherVersionAndWhatIsNoSpoolAreRefusedByName) {
  spool_folder const where;
  { disk_spool const spool(where.path(), jobs_out, plenty); }
  auto other = read_file(where.file());
  other[8] = 2;
  write_file(where.file(), other);
  EXPECT_ERROR(std::errc::bad_message, "version 2", disk_spool(where.path(), jobs_out, plenty));
  write_file(where.file(), "some text that somebody had there");
  EXPECT_ERROR(std::errc::bad_message, "no spool", disk_spool(where.path(), jobs_out, plenty));
  EXPECT_EQ(read_file(where.file()), "some text that somebody had there");
}

TEST(DiskSpool, TheSpoolOfAnotherChannelIsRefused) {
  spool_folder const where;
  { disk_spool const spool(where.path(), {.what = carried::queue, .name = "others"}, plenty); }
  fs::rename(disk_spool::path_for(where.path(), carried::queue, "others"), where.file());
  EXPECT_ERROR(std::errc::bad_message, "another channel", disk_spool(where.path(), jobs_out, plenty));
}

TEST(DiskSpool, OneThatWasCutShortWhileItWasMadeIsMadeAgain) {
  spool_folder const where;
  for (std::size_t const size : {0U, 1U, 4095U}) {
    write_file(where.file(), std::string(size, '\0'));
    disk_spool spool(where.path(), jobs_out, plenty);
    fill(spool, 1);
    EXPECT_EQ(numbers_in(spool), from_to(0, 1));
  }
}

/// Killed after the file was cut and before it was noted that it begins anew.
TEST(DiskSpool, KilledWhileItBeginsAnewItIsEmpty) {
  spool_folder const where;
  {
    disk_spool spool(where.path(), jobs_out, plenty);
    fill(spool, 3);
    hand_over(spool, 2);
  }
  auto place = read_file(where.file());
  for (auto const size : {spool_layout::records_begin, spool_layout::records_begin + 8}) {
    write_file(where.file(), place.substr(0, size));
    {
      disk_spool spool(where.path(), jobs_out, plenty);
      EXPECT_EQ(spool.count(), 0U);
      fill(spool, 2);
    }
    disk_spool spool(where.path(), jobs_out, plenty);
    EXPECT_EQ(numbers_in(spool), from_to(0, 2));
  }
}

TEST(DiskSpool, LinksFoldersAndWhatIsMissingAreRefused) {
  spool_folder const where;
  auto const elsewhere = where.path() + "/elsewhere";
  write_file(elsewhere, "");
  fs::create_symlink(elsewhere, where.file());
  EXPECT_ERROR(std::errc::too_many_symbolic_link_levels, "symbolic link", disk_spool(where.path(), jobs_out, plenty));
  EXPECT_EQ(fs::file_size(elsewhere), 0U);
  fs::remove(where.file());
  fs::create_hard_link(elsewhere, where.file());
  EXPECT_ERROR(std::errc::permission_denied, "no regular file", disk_spool(where.path(), jobs_out, plenty));
  fs::remove(where.file());
  ASSERT_EQ(mkfifo(where.file().c_str(), 0600), 0);
  EXPECT_ERROR(std::errc::permission_denied, "no regular file", disk_spool(where.path(), jobs_out, plenty));
  fs::remove(where.file());
  fs::create_directory(where.file());
  EXPECT_ERROR(std::errc::is_a_directory, "spool", disk_spool(where.path(), jobs_out, plenty));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "mkdir", disk_spool(where.path() + "/x", jobs_out, plenty));
  EXPECT_ERROR(std::errc::not_a_directory, "spool directory", disk_spool(elsewhere, jobs_out, plenty));
}

TEST(DiskSpool, AnotherUsersFileIsRefused) {
  NEEDS_ROOT();
  spool_folder const where;
  write_file(where.file(), "");
  ASSERT_EQ(::chown(where.file().c_str(), alice, alice), 0);
  EXPECT_ERROR(std::errc::permission_denied, "no regular file", disk_spool(where.path(), jobs_out, plenty));
}

TEST(DiskSpool, TwoProcessesNeverHaveOne) {
  spool_folder const where;
  child holds([&](parent_link const& parent) {
    disk_spool const spool(where.path(), jobs_out, plenty);
    parent.say("has it");
    (void)parent.hear();
  });
  ASSERT_EQ(holds.hear(), "has it");
  EXPECT_ERROR(std::errc::device_or_resource_busy, "another bridge", disk_spool(where.path(), jobs_out, plenty));
  holds.kill();
  disk_spool const spool(where.path(), jobs_out, plenty);
}

/// In a process of its own, whose mounts nobody else sees.
TEST(DiskSpool, AFullDiskTakesNothingAndLosesNothing) {
  NEEDS_ROOT();
  spool_folder const where;
  child full([&](parent_link const& parent) {
    if (!own_mounts()) return parent.say("no mounts");
    // A page for the head, and three for records.
    scoped_tmpfs const disk(where.path(), "size=16k");
    if (!disk.ok()) return parent.say("no mounts");
    disk_spool spool(where.path(), jobs_out, plenty);
    std::vector<std::byte> const block(5000, std::byte{9});
    std::uint64_t taken = 0;
    std::string said;
    for (std::uint64_t i = 0; i < 4 && said.empty(); ++i) {
      if (!spool.append(1, i, {}, block)) said = "no room";
      try {
        spool.sync();
        ++taken;
      } catch (error const& e) {
        said = e.code() == std::errc::no_space_on_device ? "full" : e.what();
      }
    }
    auto const all = [](disk_spool& from) {
      std::uint64_t count = 0;
      from.rewind();
      while (auto const each = from.next()) count += each->sequence == count ? 1 : 1000;
      return count;
    };
    parent.say(said);
    parent.say(std::to_string(taken) + " " + std::to_string(all(spool)));
    hand_over(spool, taken);
    // There is room again, for the one that was refused.
    if (!spool.append(1, 7, {}, block)) return parent.say("no room");
    spool.sync();
    parent.say("went on with " + std::to_string(spool.next()->sequence));
  });
  auto const said = full.hear();
  if (said == "no mounts") GTEST_SKIP() << "cannot mount in a namespace of its own here";
  EXPECT_EQ(said, "full");
  EXPECT_EQ(full.hear(), "2 2");
  EXPECT_EQ(full.hear(), "went on with 7");
}

TEST(DiskSpool, KilledAtAnyMomentItHasWhatWasSynced) {
  spool_folder const where;
  std::uint64_t synced = 0;
  for (int round = 0; round < 20; ++round) {
    child appends([&](parent_link const& parent) {
      disk_spool spool(where.path(), jobs_out, plenty);
      for (auto i = spool.count();; ++i) {
        if (!add(spool, i)) break;
        spool.sync();
        parent.say(std::to_string(i + 1));
      }
    });
    for (int i = 0; i <= round; ++i) synced = std::stoull(appends.hear());
    appends.kill();
    disk_spool spool(where.path(), jobs_out, plenty);
    ASSERT_GE(spool.count(), synced);
    ASSERT_EQ(numbers_in(spool), from_to(0, spool.count()));
  }
}

TEST(SequenceRuns, KnowWhatWasAddedWhateverTheOrder) {
  sequence_runs runs;
  for (std::uint64_t const each : {5U, 3U, 4U, 4U, 9U, 0U}) runs.add(1, each);
  runs.add(2, 6);
  for (std::uint64_t i = 0; i < 12; ++i) {
    EXPECT_EQ(runs.has(1, i), (i >= 3 && i <= 5) || i == 9 || i == 0) << i;
    EXPECT_EQ(runs.has(2, i), i == 6) << i;
    EXPECT_FALSE(runs.has(3, i));
  }
}

}  // namespace
}  // namespace coview
