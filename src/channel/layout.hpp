// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "object/layout.hpp"
#include "sync/state_layout.hpp"

/// The bytes of a queue or topic as docs/channels.md describes them, and nothing else: facts in the first page,
/// then the control page, a page for each participant, the places (twice: the common ones and the leased ones),
/// the blocks, the units.
namespace coview::layout {

inline constexpr std::uint32_t channel_version = 2;
inline constexpr std::uint32_t drops_of_the_dead = 1U << 0U;  ///< bits of `options`
inline constexpr std::uint32_t may_block = 1U << 1U;
inline constexpr std::uint32_t all_channel_options = drops_of_the_dead | may_block;

inline constexpr std::uint32_t smallest_unit = 64;
inline constexpr std::uint32_t most_units = 32768;
inline constexpr std::uint32_t most_places = 32768;
inline constexpr std::uint32_t most_participants = 100;
inline constexpr std::uint32_t longest_type_name = 255;

/// Written before anybody else can open the object; never changed.
struct channel_facts {
  std::uint32_t version;
  std::uint32_t options;
  std::uint64_t capacity;
  std::uint32_t unit;
  std::uint32_t units;
  std::uint32_t places;
  std::uint32_t participants;
  std::uint64_t type_size;
  std::uint32_t type_version;
  std::uint32_t type_name_length;
  std::array<char, 256> type_name;
};
inline constexpr std::uint32_t channel_facts_offset = state_offset + sizeof(sync_facts);
static_assert(channel_facts_offset == 2072);
static_assert(offsetof(channel_facts, capacity) == 8);
static_assert(offsetof(channel_facts, unit) == 16);
static_assert(offsetof(channel_facts, type_size) == 32);
static_assert(offsetof(channel_facts, type_name) == 48);
static_assert(sizeof(channel_facts) == 304);

/// What several processes write stands 128 bytes apart: two lines, which some processors fetch together.
inline constexpr std::size_t apart = 128;

struct control_page {
  alignas(apart) std::atomic<std::uint64_t> tail;  ///< hints
  alignas(apart) std::atomic<std::uint64_t> head;
  alignas(apart) std::atomic<std::uint64_t> oldest;
  alignas(apart) std::atomic<std::uint32_t> news;  ///< doorbells
  alignas(apart) std::atomic<std::uint32_t> room;
  alignas(apart) std::atomic<std::uint64_t> rules;
  std::atomic<std::uint32_t> sender_lease;  ///< participant + 1
  std::atomic<std::uint32_t> receiver_lease;
  alignas(apart) std::atomic<std::uint64_t> orphans;
  alignas(apart) std::atomic<std::uint64_t> next_fit;  ///< under the lock
  alignas(apart) std::atomic<std::uint64_t> redelivered;
  std::atomic<std::uint64_t> dropped;
  std::atomic<std::uint64_t> lost;
  std::atomic<std::uint64_t> deepest;
};
static_assert(offsetof(control_page, news) == 384);
static_assert(offsetof(control_page, sender_lease) == 648);
static_assert(offsetof(control_page, next_fit) == 896);
static_assert(offsetof(control_page, redelivered) == 1024);
static_assert(sizeof(control_page) <= first_page);

inline constexpr std::size_t most_pins = 16;

/// A lease is participant + 1, and this bit as long as it is not sure yet.
inline constexpr std::uint32_t lease_asked_for = 1U << 31U;

/// Bits of `recall`.
inline constexpr std::uint32_t recalls_stock = 1U << 0U;
inline constexpr std::uint32_t recalls_sending = 1U << 1U;
inline constexpr std::uint32_t recalls_receiving = 1U << 2U;

struct participant_page {
  std::atomic<std::uint32_t> process;
  std::atomic<std::uint32_t> user;
  std::atomic<std::uint32_t> role;
  alignas(apart) std::atomic<std::uint64_t> cursor;  ///< of a subscriber
  std::atomic<std::uint64_t> received;
  std::atomic<std::uint64_t> lost;
  std::atomic<std::uint64_t> displacing;           ///< of a publisher: the position + 1 of what it is just displacing
  std::atomic<std::uint32_t> blocks;               ///< 1: publishers wait for it
  std::atomic<std::uint32_t> recall;               ///< bits: what somebody else needs back
  alignas(apart) std::atomic<std::uint32_t> busy;  ///< 1: it is just taking from its stock, or publishing
  std::atomic<std::uint32_t> others_sending;       ///< threads of it that publish and are not the one of `busy`
  std::atomic<std::uint32_t> others_receiving;     ///< the same of `taking`
  std::atomic<std::uint32_t> unused_word;
  std::atomic<std::uint64_t> intent;  ///< what it publishes under its lease: the word of a place
  std::atomic<std::uint64_t> taking;  ///< what it is just receiving: the position + 1
  std::atomic<std::uint64_t> helped;  ///< what somebody else received for it, likewise
  alignas(apart) std::array<std::atomic<std::uint64_t>, most_pins> pins;  ///< block + 1
  std::array<std::byte, node_offset - 3 * apart - most_pins * sizeof(std::uint64_t)> unused;
  std::array<std::byte, first_page - node_offset> life;  ///< the shared part of a robust_node
};
static_assert(offsetof(participant_page, cursor) == 128);
static_assert(offsetof(participant_page, recall) == 164);
static_assert(offsetof(participant_page, busy) == 256);
static_assert(offsetof(participant_page, intent) == 272);
static_assert(offsetof(participant_page, pins) == 384);
static_assert(offsetof(participant_page, life) == node_offset);
static_assert(sizeof(participant_page) == first_page);

struct block_entry {
  std::atomic<std::uint64_t> state;
  std::atomic<std::uint64_t> shape;
};
static_assert(sizeof(block_entry) == 16);

}  // namespace coview::layout
