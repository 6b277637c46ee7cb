// SPDX-License-Identifier: Apache-2.0
// Looking at channels from outside through coview.h: a status is copied once, into memory of its own.
#include <memory>

#include <coview/channel_status.hpp>

#include "c/call.hpp"
#include "c/handles.hpp"

namespace {

using namespace coview::c;

/// The text stays where it is in `from`.
coview_channel_counts counts_of(coview::channel_status const& from) {
  return {
      .struct_size = sizeof(coview_channel_counts),
      .kind = static_cast<coview_kind>(from.kind),
      .capacity = from.capacity,
      .largest = from.largest,
      .most_messages = from.most_messages,
      .sent = from.sent,
      .depth = from.depth,
      .deepest = from.deepest,
      .to_redeliver = from.to_redeliver,
      .redelivered = from.redelivered,
      .dropped = from.dropped,
      .lost = from.lost,
      .type = {.name = from.type_name.c_str(), .size = from.type_size, .version = from.type_version, .reserved = 0},
      .most_participants = from.most_participants,
      .drops_of_the_dead = from.drops_of_the_dead,
      .subscribers_may_block = from.subscribers_may_block,
      .same_pid_namespace = from.same_pid_namespace,
      .reserved = 0};
}

coview_participant participant_of(coview::channel_participant const& from) {
  return {.struct_size = sizeof(coview_participant),
          .number = from.number,
          .role = static_cast<coview_role>(from.role),
          .process = from.process,
          .user = from.user,
          .held = from.held,
          .received = from.received,
          .lost = from.lost,
          .lag = from.lag,
          .alive = from.alive,
          .blocks = from.blocks,
          .holds_back = from.holds_back,
          .reserved = {}};
}

}  // namespace

coview_status coview_channel_look(char const* name, coview_channel_status** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      auto status = std::make_unique<coview_channel_status>(
          coview_channel_status{coview::status_of_channel(text("name", name)), {}, {}});
      status->counts = counts_of(status->seen);
      status->participants.reserve(status->seen.participants.size());
      for (auto const& each : status->seen.participants) status->participants.push_back(participant_of(each));
      return status.release();
    });
  });
}

coview_channel_counts const* coview_channel_status_counts(coview_channel_status const* status) {
  return status == nullptr ? nullptr : &status->counts;
}

size_t coview_channel_status_participant_count(coview_channel_status const* status) {
  return status == nullptr ? 0 : status->participants.size();
}

coview_participant const* coview_channel_status_participant_at(coview_channel_status const* status, size_t index) {
  return index < coview_channel_status_participant_count(status) ? &status->participants[index] : nullptr;
}

void coview_channel_status_free(coview_channel_status* status) {
  delete status;
}
