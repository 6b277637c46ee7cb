// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <coview/channel.hpp>

#include "channel/layout.hpp"
#include "channel/words.hpp"
#include "sync/sync_object.hpp"

/// A channel's memory in this process: the object's file, its mapping, its facts.
///
/// Invariants:
/// 1. What `facts` say was checked against one another and against the size of the file; nothing
///    beyond it is touched.
/// 2. The mapping carries no lock: the name goes with the last handle.
/// Thread and process safety: immutable once made, but for what is shared and atomic.
namespace coview::inline channel {

/// What a new channel is to be like, and what an existing one is checked against.
struct channel_settings {
  object_kind kind = object_kind::queue;
  std::uint64_t capacity = 0;
  std::uint64_t messages = 0;  // 0: as many as there are units
  std::uint32_t participants = 0;
  bool drops_of_the_dead = false;
  bool may_block = false;
  bool lock_in_memory = false;
  mode_t mode = 0600;
  bool permanent = false;
  type_tag type;
  bool read_only = false;  // of one that exists: nothing in its mapping may be touched but by the kernel

  /// What queues and topics are asked for alike.
  template <class Options>
  static channel_settings of(object_kind kind, Options const& options) {
    return {.kind = kind,
            .capacity = options.capacity,
            .messages = options.messages,
            .participants = options.participants,
            .lock_in_memory = options.lock_in_memory,
            .mode = options.mode,
            .permanent = options.permanent,
            .type = options.type};
  }
};

}  // namespace coview::inline channel

namespace coview::detail {

class segment {
 public:
  /// Errors: as mapping's and mutex's; errc::invalid_argument where another type, or sizes that cannot be, were asked
  /// for; errc::bad_message (damaged). Null where `try_open` finds nothing.
  static std::shared_ptr<segment> open(std::string_view name, name_use use, channel_settings const& settings,
                                       operation_context const& context);
  segment(segment const&) = delete;
  segment& operator=(segment const&) = delete;
  ~segment();

  // What never changes.
  [[nodiscard]] object_kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  /// That of an empty handle.
  static std::string const& no_name() noexcept;
  [[nodiscard]] bool created() const noexcept { return created_; }
  [[nodiscard]] bool still_named() const noexcept { return file_.still_named(); }
  [[nodiscard]] held_file const& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t capacity() const noexcept { return facts_.capacity; }
  [[nodiscard]] std::uint32_t unit() const noexcept { return facts_.unit; }
  [[nodiscard]] std::uint32_t units() const noexcept { return facts_.units; }
  [[nodiscard]] std::uint64_t places() const noexcept { return facts_.places; }
  /// No walk over the places is longer: whatever stands there, it ends.
  [[nodiscard]] std::uint64_t most_steps() const noexcept { return 4 * places() + 64; }
  [[nodiscard]] std::uint32_t participants() const noexcept { return facts_.participants; }
  [[nodiscard]] bool drops_of_the_dead() const noexcept { return (facts_.options & layout::drops_of_the_dead) != 0; }
  [[nodiscard]] bool may_block() const noexcept { return (facts_.options & layout::may_block) != 0; }
  [[nodiscard]] std::size_t largest() const noexcept { return largest_; }
  [[nodiscard]] bool read_only() const noexcept { return read_only_; }
  [[nodiscard]] layout::channel_facts const& facts() const noexcept { return facts_; }
  /// Whether the IDs that stand in it mean the same to this process.
  [[nodiscard]] bool same_pid_namespace() const noexcept { return same_pid_namespace_; }
  /// Where in the object's file a byte of the mapping stands.
  [[nodiscard]] std::uint64_t file_offset(void const* at) const noexcept {
    return payload_offset_ + static_cast<std::uint64_t>(static_cast<std::byte const*>(at) - base_);
  }
  [[nodiscard]] std::uint64_t participants_offset() const noexcept { return payload_offset_ + layout::first_page; }
  [[nodiscard]] node_ref lock_ref() const noexcept { return (*page_)->ref(); }

  // What is shared.
  [[nodiscard]] layout::control_page& control() const noexcept {
    return *reinterpret_cast<layout::control_page*>(base_);
  }
  [[nodiscard]] layout::participant_page& participant(std::uint32_t i) const noexcept {
    return *reinterpret_cast<layout::participant_page*>(base_ + layout::first_page * (std::size_t{i} + 1));
  }
  /// The state of a participant's life: its lower half is the word.
  [[nodiscard]] std::atomic<std::uint64_t>& life(std::uint32_t i) const noexcept {
    return *reinterpret_cast<std::atomic<std::uint64_t>*>(&participant(i).life);
  }
  /// A position's place, of which there are two: what is published there with a compare-and-swap stands in the common
  /// one, what is published under a lease in the leased one.
  [[nodiscard]] std::atomic<std::uint64_t>& common_place(std::uint64_t position) const noexcept {
    return places_[position & place_mask_];
  }
  [[nodiscard]] std::atomic<std::uint64_t>& leased_place(std::uint64_t position) const noexcept {
    return leased_places_[position & place_mask_];
  }
  /// What was published there last: the later of the two. Where both are of one lap the common one counts: the other
  /// was stored late, by somebody whom others had helped, and the message may have gone since.
  [[nodiscard]] place_word place(std::uint64_t position,
                                 std::memory_order order = std::memory_order_acquire) const noexcept {
    place_word const leased{leased_place(position).load(order)};
    place_word const common{common_place(position).load(order)};
    return later_of(leased, common);
  }
  /// From 1: 0 is the lap of places that nothing was published to yet.
  [[nodiscard]] std::uint64_t lap(std::uint64_t position) const noexcept {
    return ((position >> place_shift_) + 1) & place_word::lap_mask;
  }
  /// How many laps what stands in a position's place is ahead of it: below 0, nothing was published there yet.
  [[nodiscard]] std::int64_t laps_ahead(place_word seen, std::uint64_t position) const noexcept {
    return seen.ahead_of(lap(position));
  }
  /// The position that stands in the same place, so many laps later; never before this one.
  [[nodiscard]] std::uint64_t later(std::uint64_t position, std::int64_t laps) const noexcept {
    return position + (static_cast<std::uint64_t>(std::max<std::int64_t>(laps, 0)) << place_shift_);
  }
  [[nodiscard]] std::atomic<std::uint64_t>& state(std::uint32_t block) const noexcept { return entry(block).state; }
  [[nodiscard]] std::atomic<std::uint64_t>& shape(std::uint32_t block) const noexcept { return entry(block).shape; }
  [[nodiscard]] layout::block_entry& entry(std::uint32_t block) const noexcept { return blocks_[block]; }
  [[nodiscard]] std::byte* data(std::uint32_t block) const noexcept {
    return data_ + (std::size_t{block} << unit_shift_);
  }
  [[nodiscard]] std::uint32_t units_for(std::size_t bytes) const noexcept {
    return bytes == 0 ? 1 : static_cast<std::uint32_t>(((bytes - 1) >> unit_shift_) + 1);
  }
  /// The bytes of a block with so many units.
  [[nodiscard]] std::size_t bytes_of(std::uint32_t units) const noexcept { return std::size_t{units} << unit_shift_; }
  /// How many units a shape means; 0 where that is nonsense.
  [[nodiscard]] std::uint32_t units_of(std::uint32_t block, block_shape shape) const noexcept {
    std::uint32_t const rest = units() - block;
    if (shape.raw_units() == 0) return rest;
    return shape.raw_units() <= rest ? shape.raw_units() : 0;
  }
  /// The same of what stands there now.
  [[nodiscard]] std::uint32_t units_at(std::uint32_t block) const noexcept {
    return units_of(block, {shape(block).load(std::memory_order_relaxed)});
  }
  /// Calls visit(block, state) for each block, in order; false where they contradict themselves. Under the lock.
  template <class Visit>
  bool for_each_block(Visit const& visit) const {
    for (std::uint32_t block = 0; block < units();) {
      auto const has = units_at(block);
      if (has == 0) return false;
      visit(block, block_state{state(block).load(std::memory_order_acquire)});
      block += has;
    }
    return true;
  }

  /// Where a participant's memory is, for paths on which every load counts: a copy in a local variable stays in
  /// registers, whatever the barriers between say of everything else.
  struct addresses {
    std::atomic<std::uint64_t>* common;
    std::atomic<std::uint64_t>* leased;
    layout::block_entry* blocks;
    std::byte* data;
    layout::control_page* control;
    layout::participant_page* page;
    std::uint64_t place_mask;
    std::uint32_t units;
    std::uint32_t index;
    unsigned place_shift;
    unsigned unit_shift;
    std::uint64_t kept;      ///< states of a block, of this participant's
    std::uint64_t queued;    ///< with a position
    std::uint64_t held;      ///< with a position
    std::uint64_t one_unit;  ///< its shape, with a length

    [[nodiscard]] std::uint64_t lap(std::uint64_t position) const noexcept {
      return ((position >> place_shift) + 1) & place_word::lap_mask;
    }
    [[nodiscard]] std::byte* bytes(std::uint32_t block) const noexcept {
      return data + (std::size_t{block} << unit_shift);
    }
    [[nodiscard]] std::size_t unit() const noexcept { return std::size_t{1} << unit_shift; }
    /// What is told in a place, of a block that is inside: 0 to 126 bytes that are inside as well; else false.
    [[nodiscard]] bool is_told(place_word seen) const noexcept {
      return seen.block() < units && seen.tells_length() &&
             seen.length() <= (std::size_t{units - seen.block()} << unit_shift);
    }
  };
  [[nodiscard]] addresses addresses_of(std::uint32_t i) const noexcept {
    return {.common = places_,
            .leased = leased_places_,
            .blocks = blocks_,
            .data = data_,
            .control = &control(),
            .page = &participant(i),
            .place_mask = place_mask_,
            .units = facts_.units,
            .index = i,
            .place_shift = place_shift_,
            .unit_shift = unit_shift_,
            .kept = block_state::of(block_kind::kept, i).bits,
            .queued = block_state::of(block_kind::queued, i).bits,
            .held = block_state::of(block_kind::held, i).bits,
            .one_unit = block_shape::of(1, i).bits};
  }

 private:
  segment() = default;
  void adopt(open_object opened, object_name const& name, bool created, operation_context const& context);
  /// What the segment is, read and checked.
  void read_facts(open_object const& opened, operation_context const& context);
  void map(open_object const& opened, operation_context const& context);
  void require_type(type_tag const& wanted, operation_context const& context) const;

  object_kind kind_{};
  std::string name_;
  bool created_ = false;
  bool read_only_ = false;
  bool same_pid_namespace_ = true;
  held_file file_;
  std::optional<page_use> page_;
  layout::channel_facts facts_{};
  std::uint64_t payload_offset_ = 0;
  std::byte* base_ = nullptr;
  std::size_t mapped_ = 0;
  std::atomic<std::uint64_t>* places_ = nullptr;
  std::atomic<std::uint64_t>* leased_places_ = nullptr;
  layout::block_entry* blocks_ = nullptr;
  std::byte* data_ = nullptr;
  unsigned unit_shift_ = 0;
  unsigned place_shift_ = 0;
  std::uint64_t place_mask_ = 0;
  std::size_t largest_ = 0;
};

}  // namespace coview::detail

namespace coview::inline channel {
using detail::segment;
}
