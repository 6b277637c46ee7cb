// SPDX-License-Identifier: Apache-2.0
#include "channel/carrying.hpp"

#include <algorithm>
#include <cerrno>

#include "channel/lease.hpp"
#include "channel/queue_core.hpp"
#include "channel/topic_core.hpp"

namespace coview::detail {
namespace {

constexpr std::uint32_t no_block = ~std::uint32_t{0};

message_place at(segment const& where, std::uint64_t position) {
  place_word const seen{where.place(position, std::memory_order_acquire)};
  // A whole lap later already: whatever it was is dealt with.
  return {position, where.laps_ahead(seen, position) == 0 ? seen.block() : no_block};
}

std::optional<message_place> find_in(segment const& where, std::uint64_t begin, carrying::test const& is_it) {
  // What a sender had begun under its lease when it was killed is published for it by whoever comes next (L5): that
  // is us, and not somebody who does so when we have looked.
  if (!revoke(where, lease_of::sending)) {
    operation_context{"look into", where.kind() == object_kind::topic ? "topic" : "queue", where.name()}.fail(
        ETIMEDOUT, "somebody has its lock for long", "see who has it: 'coview who' tells; a stopped process goes on");
  }
  auto const end = end_of(where, 0);
  if (end > where.places()) begin = std::max(begin, end - where.places());
  for (auto p = begin; p < end; ++p) {
    place_word const seen{where.place(p, std::memory_order_acquire)};
    if (where.laps_ahead(seen, p) != 0 || seen.is_gone() || seen.block() >= where.units()) continue;
    block_shape const shape{where.shape(seen.block()).load(std::memory_order_relaxed)};
    std::size_t const length = seen.tells_length() ? seen.length() : shape.length();
    if (length > where.bytes_of(where.units() - seen.block())) continue;
    if (is_it({where.data(seen.block()), length})) return message_place{p, seen.block()};
  }
  return {};
}

}  // namespace

message_place carrying::last(topic const& where, publisher const& by) {
  return at(*where.where_, by.core_->last_position());
}
message_place carrying::last(queue const& by) {
  return at(by.core_->where(), by.core_->last_position());
}
std::uint64_t carrying::end(topic const& where) {
  return end_of(*where.where_, 0);
}
std::uint64_t carrying::end(queue const& where) {
  return end_of(where.core_->where(), 0);
}
std::optional<message_place> carrying::find(topic const& where, std::uint64_t begin, test const& is_it) {
  return find_in(*where.where_, begin, is_it);
}
std::optional<message_place> carrying::find(queue const& where, std::uint64_t begin, test const& is_it) {
  return find_in(where.core_->where(), begin, is_it);
}

bool carrying::is_settled(queue const& where, message_place which) {
  auto const& memory = where.core_->where();
  if (which.block >= memory.units()) return true;
  block_state const state{memory.state(which.block).load(std::memory_order_acquire)};
  bool const is_there =
      state.kind() == block_kind::queued || state.kind() == block_kind::held || state.kind() == block_kind::orphan;
  return !is_there || state.position() != (which.position & block_state::position_mask);
}

bool carrying::put_back(queue_message& message) {
  if (!message) return true;
  if (!message.from_->put_back(message.block_, message.sequence_)) return false;
  message.from_ = nullptr;
  message.data_ = nullptr;
  message.size_ = 0;
  return true;
}

}  // namespace coview::detail
