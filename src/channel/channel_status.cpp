// SPDX-License-Identifier: Apache-2.0
// What a channel tells who only looks: read page by page through the kernel, from a mapping that cannot be written
// to, and taken for what somebody may have made up.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include <coview/channel_status.hpp>

#include "channel/participant.hpp"
#include "channel/positions.hpp"

namespace coview {
namespace {

/// A page as it was read: its words are private.
class page_copy {
 public:
  page_copy(segment const& where, void const* at) : base_(static_cast<std::byte const*>(at)) {
    whole_ = read_through_kernel(where, at, bytes_);
  }
  [[nodiscard]] bool whole() const noexcept { return whole_; }
  template <class Word>
  [[nodiscard]] Word word(std::atomic<Word> const& of) const noexcept {
    Word value{};
    std::memcpy(&value, bytes_.data() + (reinterpret_cast<std::byte const*>(&of) - base_), sizeof value);
    return value;
  }

 private:
  std::byte const* base_;
  std::array<std::byte, layout::first_page> bytes_{};
  bool whole_ = false;
};

[[noreturn]] void cut_short(operation_context const& context) {
  context.fail(EBADMSG, "its file is shorter than it says");
}

bool is_known(std::uint32_t role) {
  return role >= static_cast<std::uint32_t>(channel_role::queue_user) &&
         role <= static_cast<std::uint32_t>(channel_role::subscriber);
}

participant_role public_role(std::uint32_t role) {
  switch (static_cast<channel_role>(role)) {
    case channel_role::publisher:
      return participant_role::publisher;
    case channel_role::subscriber:
      return participant_role::subscriber;
    case channel_role::none:
    case channel_role::queue_user:
      break;
  }
  return participant_role::queue_user;
}

/// How many blocks each participant holds, or fills.
std::vector<std::uint32_t> held_blocks(segment const& where) {
  std::vector<std::uint32_t> held(layout::most_participants, 0);
  for (std::uint32_t block = 0; block < where.units();) {
    block_state const state{word_through_kernel(where, where.state(block))};
    block_shape const shape{word_through_kernel(where, where.shape(block))};
    if ((state.kind() == block_kind::held || state.kind() == block_kind::loaned) && state.who() < held.size())
      ++held[state.who()];
    block += std::max(where.units_of(block, shape), 1U);
  }
  return held;
}

/// The words of the control page that a status is made of.
struct totals {
  std::uint64_t tail = 0;
  std::uint64_t oldest = 0;
  bool somebody_waits_for_room = false;
};

totals read_totals(segment const& where, channel_status& status, operation_context const& context) {
  auto const& control = where.control();
  page_copy const page(where, &control);
  if (!page.whole()) cut_short(context);
  totals read;
  words_through_kernel const words(where);
  read.tail = end_of(words, 0);
  read.oldest = std::max(page.word(control.oldest), read.tail > where.places() ? read.tail - where.places() : 0);
  read.somebody_waits_for_room = (page.word(control.room) & 1U) != 0;
  status.sent = read.tail;
  if (where.kind() == object_kind::queue) {
    status.depth = depth_of(words, page.word(control.head));
  } else {
    status.depth = read.tail > read.oldest ? read.tail - read.oldest : 0;
  }
  status.to_redeliver = page.word(control.orphans);
  status.deepest = std::max(page.word(control.deepest), where.kind() == object_kind::queue ? status.depth : 0);
  status.redelivered = page.word(control.redelivered);
  status.dropped = page.word(control.dropped);
  status.lost = page.word(control.lost);
  return read;
}

void read_participants(segment const& where, totals const& all, channel_status& status,
                       operation_context const& context) {
  std::vector<std::uint32_t> held;
  if (where.kind() == object_kind::queue) held = held_blocks(where);
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    auto const& shared = where.participant(i);
    page_copy const page(where, &shared);
    if (!page.whole()) cut_short(context);
    auto const role = page.word(shared.role);
    if (page.word(where.life(i)) == 0 || !is_known(role)) continue;
    channel_participant one;
    one.number = i;
    one.role = public_role(role);
    one.process = static_cast<pid_t>(page.word(shared.process));
    one.user = page.word(shared.user);
    one.alive = !is_gone(where.file().descriptor(), i);
    if (one.role == participant_role::subscriber) {
      auto const cursor = page.word(shared.cursor);
      one.blocks = page.word(shared.blocks) != 0;
      one.received = page.word(shared.received);
      one.lost = page.word(shared.lost);
      one.lag = all.tail > cursor ? all.tail - cursor : 0;
      for (auto const& pin : shared.pins) one.held += page.word(pin) != 0 ? 1 : 0;
      status.lost += one.lost;
    } else if (!held.empty()) {
      one.held = held[i];
    }
    status.participants.push_back(one);
  }
}

/// Publishers wait for whoever blocks and has the lowest position still before it, once the topic is full.
void find_who_holds_back(segment const& where, totals const& all, channel_status& status) {
  std::uint64_t longest = 0;
  for (auto const& one : status.participants) {
    if (one.blocks) longest = std::max(longest, one.lag);
  }
  if (longest == 0 || (longest < where.places() && !all.somebody_waits_for_room)) return;
  for (auto& one : status.participants) one.holds_back = one.blocks && one.lag == longest;
}

}  // namespace

channel_status status_of_channel(std::string_view name) {
  operation_context const context{"look at", "channel", name};
  auto const kind = stat(name).kind;
  if (kind != object_kind::queue && kind != object_kind::topic) {
    context.fail(EINVAL, "it is not a queue or topic", "'coview stat' tells what it is");
  }
  channel_settings settings;
  settings.kind = kind;
  settings.read_only = true;
  auto const where = segment::open(name, name_use::open, settings, context);
  auto const& facts = where->facts();
  channel_status status;
  status.kind = kind;
  status.capacity = where->capacity();
  status.largest = where->largest();
  status.most_messages = where->places();
  status.most_participants = where->participants();
  status.drops_of_the_dead = where->drops_of_the_dead();
  status.subscribers_may_block = where->may_block();
  status.type_name.assign(facts.type_name.data(), facts.type_name_length);
  status.type_size = facts.type_size;
  status.type_version = facts.type_version;
  status.same_pid_namespace = where->same_pid_namespace();
  auto const all = read_totals(*where, status, context);
  read_participants(*where, all, status, context);
  find_who_holds_back(*where, all, status);
  return status;
}

}  // namespace coview
