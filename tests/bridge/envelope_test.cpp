// SPDX-License-Identifier: Apache-2.0
// Envelopes: what was put in comes out, and nothing that the network may send gets past `read`.
#include "bridge/envelope.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace coview {
namespace {

using bytes = std::vector<std::byte>;

bytes copy(std::span<std::byte const> of) {
  return {of.begin(), of.end()};
}

bytes some(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);  // NOLINT: the same in every run
  bytes out(size);
  for (auto& each : out) each = static_cast<std::byte>(random());
  return out;
}

envelope facts() {
  return {.kind = carried::topic,
          .stream = 0x1122334455667788,
          .sequence = 41,
          .lost = 3,
          .time = 99,
          .position = 7,
          .type_size = 64,
          .type_version = 2};
}

/// Writes a field as a hostile sender could, with a checksum that is right.
template <class T>
bytes with_field(bytes const& whole, std::size_t offset, T value) {
  auto changed = whole;
  std::memcpy(changed.data() + offset, &value, sizeof value);
  // As the table has it: the checksum is over all else.
  std::span<std::byte const> const all = changed;
  std::uint64_t const sum = hash_of(all.subspan(16)) * 0x9e3779b97f4a7c15U ^ hash_of(all.first(8));
  std::memcpy(changed.data() + 8, &sum, sizeof sum);
  return changed;
}

bytes three_messages() {
  batch all("pose");
  all.add(some(5));
  all.add({});
  all.add(some(300, 2));
  return copy(all.finish(facts()));
}

TEST(Envelope, ABatchComesBackAsItWas) {
  auto const whole = three_messages();
  auto const seen = read(whole);
  ASSERT_EQ(seen.why, unfit::none);
  EXPECT_EQ(seen.facts.kind, carried::topic);
  EXPECT_EQ(seen.facts.stream, 0x1122334455667788U);
  EXPECT_EQ(seen.facts.sequence, 41U);
  EXPECT_EQ(seen.facts.lost, 3U);
  EXPECT_EQ(seen.facts.count, 3U);
  EXPECT_EQ(seen.facts.type_name, "pose");
  EXPECT_EQ(seen.facts.type_size, 64U);
  EXPECT_EQ(seen.facts.type_version, 2U);
  message_walk walk(seen.body);
  EXPECT_EQ(copy(*walk.next()), some(5));
  EXPECT_TRUE(walk.next()->empty());
  EXPECT_EQ(copy(*walk.next()), some(300, 2));
  EXPECT_FALSE(walk.next());
}

TEST(Envelope, TheLayoutIsTheDocuments) {
  batch all("ab");
  all.add(some(1));
  auto const whole = copy(all.finish(facts()));
  ASSERT_EQ(whole.size(), 88U + 2 + 4 + 1);
  EXPECT_EQ(std::memcmp(whole.data(), "CVBR\x01\x00\x01\x00", 8), 0);
  EXPECT_EQ(std::memcmp(whole.data() + 16, "\x88\x77\x66\x55\x44\x33\x22\x11", 8), 0);
  EXPECT_EQ(whole[24], std::byte{41});
  EXPECT_EQ(whole[84], std::byte{2});
  EXPECT_EQ(std::memcmp(whole.data() + 88, "ab\x01\x00\x00\x00", 6), 0);
}

TEST(Envelope, EverySingleBitThatChangesIsNoticed) {
  auto const whole = three_messages();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto changed = whole;
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_NE(read(changed).why, unfit::none) << "bit " << bit;
  }
}

TEST(Envelope, CutOffAnywhereItIsRefused) {
  auto const whole = three_messages();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(read(std::span(whole).first(size)).why, unfit::none) << size;
  }
  auto longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_NE(read(longer).why, unfit::none);
}

TEST(Envelope, NumbersThatContradictOneAnotherAreRefusedThoughTheChecksumIsRight) {
  auto const whole = three_messages();
  EXPECT_EQ(read(with_field(whole, 24, std::uint64_t{41})).why, unfit::none) << "or this test tests nothing";
  struct lie {
    char const* what;
    bytes whole;
    unfit expected;
  };
  std::uint64_t const all_ones = ~std::uint64_t{0};
  std::vector<lie> const lies = {
      {"magic", with_field(whole, 0, 0U), unfit::no_envelope},
      {"version", with_field(whole, 4, std::uint16_t{2}), unfit::other_version},
      {"kind 0", with_field(whole, 6, std::uint8_t{0}), unfit::contradictory},
      {"kind 6", with_field(whole, 6, std::uint8_t{6}), unfit::contradictory},
      {"form", with_field(whole, 7, std::uint8_t{3}), unfit::contradictory},
      {"a chunk that is none", with_field(whole, 7, std::uint8_t{1}), unfit::contradictory},
      {"sequence at the end", with_field(whole, 24, all_ones), unfit::contradictory},
      {"size", with_field(whole, 40, all_ones), unfit::contradictory},
      {"size of 0", with_field(whole, 40, std::uint64_t{0}), unfit::contradictory},
      {"count of 0", with_field(whole, 48, 0U), unfit::contradictory},
      {"count", with_field(whole, 48, 4U), unfit::contradictory},
      {"count of all", with_field(whole, 48, ~0U), unfit::contradictory},
      {"chunk", with_field(whole, 52, 1U), unfit::contradictory},
      {"chunks", with_field(whole, 56, 2U), unfit::contradictory},
      {"type's length", with_field(whole, 84, std::uint16_t{256}), unfit::contradictory},
      {"type's length beyond the end", with_field(whole, 84, std::uint16_t{0xffff}), unfit::contradictory},
      {"type's length by one", with_field(whole, 84, std::uint16_t{5}), unfit::contradictory},
      {"zeros", with_field(whole, 86, std::uint16_t{1}), unfit::contradictory},
      {"a message's length", with_field(whole, 92, ~0U), unfit::contradictory},
      {"a message's length by one", with_field(whole, 92, 6U), unfit::contradictory},
  };
  for (auto const& each : lies) EXPECT_EQ(read(each.whole).why, each.expected) << each.what;
}

TEST(Envelope, HostileBytesAreRefusedOrTrue) {
  // Random ones, mutations, and mutations under a checksum that is right; what is let through holds what it says.
  std::mt19937_64 random(11);  // NOLINT: the same in every run
  auto const whole = three_messages();
  auto const piece = [] {
    bytes const message(1000);
    cutter more(message, "t", 200);
    return copy(more.piece(1, facts()));
  }();
  unsigned let_through = 0;
  assembly together(1U << 20U);
  for (int i = 0; i < 200000; ++i) {
    bytes tried;
    if (i % 4 == 0) {
      tried = some(random() % 400, static_cast<unsigned>(random()));
    } else {
      tried = i % 2 == 0 ? whole : piece;
      for (auto n = 1 + random() % 4; n != 0; --n) tried[random() % tried.size()] = static_cast<std::byte>(random());
      if (random() % 4 == 0) tried.resize(random() % (tried.size() + 1));
      if (tried.size() >= envelope::header_size) tried = with_field(tried, 4, std::uint16_t{1});
    }
    auto const seen = read(tried);
    if (seen.why != unfit::none) continue;
    ++let_through;
    ASSERT_LE(seen.body.size(), tried.size());
    ASSERT_LE(seen.facts.type_name.size(), envelope::longest_type);
    if (seen.facts.form == form::messages) {
      std::uint32_t count = 0;
      message_walk walk(seen.body);
      while (walk.next()) ++count;
      ASSERT_EQ(count, seen.facts.count);
    } else if (auto const message = together.add(seen)) {
      ASSERT_EQ(message->size(), seen.facts.size);
    }
  }
  EXPECT_GT(let_through, 100U) << "nothing got as far as the checks behind the checksum";
}

TEST(Chunks, OfAnySizeComeTogether) {
  for (std::size_t const size : {1U, 63U, 64U, 65U, 1000U, 4096U, 100000U}) {
    auto const message = some(size);
    cutter cut(message, "type", 500);
    assembly together(1U << 20U);
    for (std::uint32_t i = 0; i < cut.chunks(); ++i) {
      auto const piece = copy(cut.piece(i, facts()));
      ASSERT_LE(piece.size(), 500U);
      if (cut.chunks() == 1) continue;  // what fits is not cut
      auto const seen = read(piece);
      ASSERT_EQ(seen.why, unfit::none) << size << " " << i;
      auto const whole = together.add(seen);
      ASSERT_EQ(whole.has_value(), i + 1 == cut.chunks());
      if (whole) {
        EXPECT_EQ(copy(*whole), message);
      }
    }
    EXPECT_EQ(together.given_up(), 0U);
  }
  EXPECT_FALSE(cutter::is_needed(100, "type", 100 + 4 + 88 + 4));
  EXPECT_TRUE(cutter::is_needed(101, "type", 100 + 4 + 88 + 4));
}

TEST(Chunks, OneThatIsMissingTwiceOrAnothersEndsTheMessage) {
  auto const message = some(2000);
  cutter cut(message, "", 500);
  auto const add = [&](assembly& to, std::uint32_t i, std::uint64_t sequence = 41, std::uint64_t stream = 1) {
    auto about = facts();
    about.sequence = sequence;
    about.stream = stream;
    auto const piece = copy(cut.piece(i, about));
    return to.add(read(piece)).has_value();
  };
  ASSERT_EQ(cut.chunks(), 5U);
  for (auto const& order : std::vector<std::vector<std::uint32_t>>{{0, 1, 3, 4}, {0, 1, 1, 2, 3, 4}, {1, 2, 3, 4}}) {
    assembly together(1U << 20U);
    for (auto const i : order) EXPECT_FALSE(add(together, i));
  }
  assembly together(1U << 20U);
  EXPECT_FALSE(add(together, 0));
  EXPECT_FALSE(add(together, 1));
  EXPECT_FALSE(add(together, 2, 42)) << "of another message";
  EXPECT_EQ(together.given_up(), 1U);
  EXPECT_FALSE(add(together, 3));
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_FALSE(add(together, i));
  EXPECT_FALSE(add(together, 4, 41, 2)) << "of another stream";
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_FALSE(add(together, i));
  EXPECT_TRUE(add(together, 4)) << "and it goes on as if nothing had been";
}

TEST(Chunks, TakeNoMoreMemoryThanWasSent) {
  auto const message = some(2000);
  cutter cut(message, "", 500);
  auto const first = copy(cut.piece(0, facts()));
  assembly together(1U << 20U);
  EXPECT_FALSE(together.add(read(with_field(first, 40, std::uint64_t{1} << 62U)))) << "larger than any may be";
  EXPECT_EQ(together.given_up(), 0U) << "it was not even begun";
  // One that says 1 MiB and 5 chunks, and ends with fewer bytes.
  EXPECT_FALSE(together.add(read(with_field(first, 40, std::uint64_t{1} << 20U))));
  for (std::uint32_t i = 1; i < 5; ++i) {
    auto const next = copy(cut.piece(i, facts()));
    EXPECT_FALSE(together.add(read(with_field(next, 40, std::uint64_t{1} << 20U))));
  }
  EXPECT_EQ(together.given_up(), 1U);
}

}  // namespace
}  // namespace coview
