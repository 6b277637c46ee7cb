// SPDX-License-Identifier: Apache-2.0
#include "bridge/local_topic.hpp"

#include <array>

#include <coview/channel_status.hpp>
#include <coview/object.hpp>

#include "bridge/hash.hpp"

namespace coview::inline bridging {

local_type type_of_channel(std::string_view name) {
  auto const status = status_of_channel(name);
  return {status.type_name, status.type_size, status.type_version};
}

std::uint64_t identity_of(std::string_view name) {
  auto const info = stat(name);
  std::array<std::uint64_t, 3> const facts = {static_cast<std::uint64_t>(info.created.time_since_epoch().count()),
                                              static_cast<std::uint64_t>(info.creator), info.size};
  auto const number = fast_hash(facts.data(), sizeof facts);
  return number == 0 ? 1 : number;
}

local_topic* topic_place::adopt(topic found) {
  auto fresh = std::make_unique<local_topic>();
  fresh->channel = std::move(found);
  fresh->type = type_of_channel(name_);
  fresh->object = identity_of(name_);
  opened_(*fresh);
  open_ = std::move(fresh);
  return open_.get();
}

local_topic* topic_place::try_open() {
  std::lock_guard const held(lock_);
  if (open_) return open_.get();
  auto found = topic::try_open(name_);
  return found ? adopt(std::move(*found)) : nullptr;
}

local_topic& topic_place::open_or_create(envelope const& type) {
  std::lock_guard const held(lock_);
  if (open_) return *open_;
  if (auto found = topic::try_open(name_)) return *adopt(std::move(*found));
  return *adopt(topic::open_or_create(
      name_, {.capacity = capacity_,
              .type = {.name = type.type_name, .size = type.type_size, .version = type.type_version},
              .subscribers_may_block = may_block_}));
}

}  // namespace coview::inline bridging
