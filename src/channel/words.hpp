// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// The words of docs/channels.md as values: a place, a block's state and its shape. Whatever is read from shared
/// memory is read once, into one of these.
namespace coview::inline channel {

/// A place's word: what was published there last. All zeros: nothing yet.
struct place_word {
  static constexpr unsigned length_shift = 16;
  static constexpr unsigned lap_shift = 23;
  static constexpr std::uint64_t block_mask = 0xffff;
  static constexpr std::uint64_t gone_mark = block_mask;  ///< of a topic: displaced
  static constexpr std::uint64_t length_mask = 0x7f;
  static constexpr std::uint64_t longest_told = length_mask - 1;
  static constexpr std::uint64_t lap_mask = ~std::uint64_t{0} >> lap_shift;

  /// Of a message that is longer than `longest_told`, its shape knows the length.
  static constexpr place_word full(std::uint64_t lap, std::uint32_t block, std::size_t length) {
    auto const told = length <= longest_told ? length + 1 : 0;
    return {(lap << lap_shift) | (told << length_shift) | (block + std::uint64_t{1})};
  }
  /// Of what is short enough to be told.
  static constexpr place_word full_of_few(std::uint64_t lap, std::uint32_t block, std::size_t length) {
    return {(lap << lap_shift) | ((length + 1) << length_shift) | (block + std::uint64_t{1})};
  }
  static constexpr place_word gone(std::uint64_t lap) { return {(lap << lap_shift) | gone_mark}; }

  [[nodiscard]] constexpr std::uint64_t lap() const { return bits >> lap_shift; }
  /// How many laps this one is ahead of another one: laps are counted in a circle.
  [[nodiscard]] constexpr std::int64_t ahead_of(std::uint64_t lap) const {
    return static_cast<std::int64_t>(bits - (lap << lap_shift)) >> lap_shift;
  }
  [[nodiscard]] constexpr bool was_used() const { return (bits & block_mask) != 0; }
  [[nodiscard]] constexpr bool is_of(std::uint64_t lap, std::uint32_t block) const {
    return this->lap() == lap && this->block() == block;
  }
  [[nodiscard]] constexpr bool tells_length() const { return ((bits >> length_shift) & length_mask) != 0; }
  [[nodiscard]] constexpr std::size_t length() const { return ((bits >> length_shift) & length_mask) - 1; }
  [[nodiscard]] constexpr bool is_gone() const { return (bits & block_mask) == gone_mark; }
  /// May be more than there are.
  [[nodiscard]] constexpr std::uint32_t block() const { return static_cast<std::uint32_t>((bits & block_mask) - 1); }

  std::uint64_t bits = 0;
};

/// Of a position's two places, the one that counts: docs/channels.md, "A place".
constexpr place_word later_of(place_word leased, place_word common) {
  return leased.ahead_of(common.lap()) > 0 ? leased : common;
}

enum class block_kind : std::uint8_t { free, loaned, queued, held, orphan, retired, merged, kept };

/// A block's state. All zeros: free.
struct block_state {
  static constexpr unsigned kind_shift = 60;
  static constexpr unsigned who_shift = 48;
  static constexpr std::uint64_t who_mask = 0xfff;
  static constexpr std::uint64_t position_mask = (std::uint64_t{1} << who_shift) - 1;

  static constexpr block_state of(block_kind kind, std::uint32_t who = 0, std::uint64_t position = 0) {
    return {(static_cast<std::uint64_t>(kind) << kind_shift) | (std::uint64_t{who} << who_shift) |
            (position & position_mask)};
  }
  [[nodiscard]] constexpr block_kind kind() const { return static_cast<block_kind>(bits >> kind_shift); }
  [[nodiscard]] constexpr std::uint32_t who() const {
    return static_cast<std::uint32_t>((bits >> who_shift) & who_mask);
  }
  [[nodiscard]] constexpr std::uint64_t position() const { return bits & position_mask; }
  [[nodiscard]] constexpr bool is_queued_at(std::uint64_t p) const {
    return kind() == block_kind::queued && position() == (p & position_mask);
  }

  std::uint64_t bits = 0;
  static constexpr std::uint64_t free_bits = 0;
};

/// A block's shape.
struct block_shape {
  static constexpr unsigned units_shift = 32;
  static constexpr unsigned home_shift = 48;
  static constexpr unsigned deliveries_shift = 56;
  static constexpr std::uint64_t units_mask = 0xffff;
  static constexpr std::uint64_t home_mask = 0xff;
  static constexpr std::uint64_t most_deliveries = 0xff;

  static constexpr block_shape of(std::uint32_t units) { return {std::uint64_t{units} << units_shift}; }
  /// A block that comes back to a participant's stock.
  static constexpr block_shape of(std::uint32_t units, std::uint32_t home) {
    return {((std::uint64_t{home} + 1) << home_shift) | (std::uint64_t{units} << units_shift)};
  }
  static constexpr std::uint64_t kept_bits = (home_mask << home_shift) | (units_mask << units_shift);

  /// The same block with a new message.
  [[nodiscard]] constexpr block_shape with_length(std::size_t length) const {
    return {(bits & kept_bits) | static_cast<std::uint32_t>(length)};
  }
  /// The same message once more.
  [[nodiscard]] constexpr block_shape with_deliveries(std::uint64_t deliveries) const {
    return {(bits & ~(most_deliveries << deliveries_shift)) | (deliveries << deliveries_shift)};
  }
  [[nodiscard]] constexpr bool has_home() const { return ((bits >> home_shift) & home_mask) != 0; }
  [[nodiscard]] constexpr std::uint32_t home() const {
    return static_cast<std::uint32_t>((bits >> home_shift) & home_mask) - 1;
  }
  [[nodiscard]] constexpr bool is_home_of(std::uint32_t participant) const { return home() == participant; }
  [[nodiscard]] constexpr std::uint32_t length() const { return static_cast<std::uint32_t>(bits); }
  /// As it stands there: 0 means "to the end".
  [[nodiscard]] constexpr std::uint32_t raw_units() const {
    return static_cast<std::uint32_t>((bits >> units_shift) & units_mask);
  }
  [[nodiscard]] constexpr std::uint64_t deliveries() const { return bits >> deliveries_shift; }

  std::uint64_t bits = 0;
};

}  // namespace coview::inline channel
