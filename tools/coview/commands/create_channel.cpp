// SPDX-License-Identifier: Apache-2.0
// Creating and holding a queue or topic.
#include "commands/create_channel.hpp"

#include <fmt/format.h>

#include "shared/text.hpp"

namespace coview::tool {

namespace {

type_tag tag_of(channel_settings const& settings) {
  return {settings.type_name, settings.type_size, settings.type_version};
}

std::variant<queue, topic> make(object_kind kind, std::string const& name, channel_settings const& settings) {
  if (kind == object_kind::queue) {
    return queue::create(name, {.capacity = settings.capacity,
                                .type = tag_of(settings),
                                .messages = settings.messages,
                                .on_death = settings.drop ? dead_receiver::drop : dead_receiver::redeliver,
                                .participants = settings.participants,
                                .lock_in_memory = settings.lock_in_memory,
                                .mode = settings.mode,
                                .permanent = settings.permanent});
  }
  return topic::create(name, {.capacity = settings.capacity,
                              .type = tag_of(settings),
                              .messages = settings.messages,
                              .subscribers_may_block = settings.may_block,
                              .participants = settings.participants,
                              .lock_in_memory = settings.lock_in_memory,
                              .mode = settings.mode,
                              .permanent = settings.permanent});
}

}  // namespace

held_channel::held_channel(object_kind kind, std::string const& name, channel_settings const& settings)
    : handle_(make(kind, name, settings)) {}

std::string const& held_channel::name() const {
  return std::visit([](auto const& channel) -> std::string const& { return channel.name(); }, handle_);
}

std::uint64_t held_channel::capacity() const {
  return std::visit([](auto const& channel) { return channel.capacity(); }, handle_);
}

bool held_channel::still_named() const {
  return std::visit([](auto const& channel) { return channel.still_named(); }, handle_);
}

std::string held_channel::description() const {
  auto const largest = std::visit([](auto const& channel) { return channel.largest(); }, handle_);
  return fmt::format("{} for {} of messages, {} at most each",
                     std::holds_alternative<queue>(handle_) ? "queue" : "topic", human_size(capacity()),
                     human_size(largest));
}

}  // namespace coview::tool
