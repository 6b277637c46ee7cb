// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "addon.hpp"

namespace coview_node {

namespace {

/// openQueue or openTopic(way, name, mode, permanent, capacity, messages, participants, type or null, type's size,
/// its version, lockInMemory, dropOnDeath or subscribersMayBlock)
struct wanted {
  explicit wanted(arguments const& given)
      : how(static_cast<way>(given.number(0))), name(given.text(1)), typed(given.is_text(7)), type(given.text(7)) {
    options.mode = static_cast<std::uint32_t>(given.number(2));
    options.permanent = given.flag(3);
    options.capacity = static_cast<std::uint64_t>(given.number(4));
    options.messages = static_cast<std::uint64_t>(given.number(5));
    options.participants = static_cast<std::uint32_t>(given.number(6));
    options.type.size = static_cast<std::uint64_t>(given.number(8));
    options.type.version = static_cast<std::uint32_t>(given.number(9));
    options.lock_in_memory = given.flag(10);
    special = given.flag(11);
  }
  /// The type's name is this object's, wherever it is copied to.
  [[nodiscard]] coview_channel_options with_type() const {
    auto made = options;
    made.type.name = typed ? type.c_str() : nullptr;
    return made;
  }
  way how;
  std::string name;
  bool typed;
  std::string type;
  bool special = false;
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
};

/// The calls of one kind of channel, and the option that only this kind has.
struct queue_calls {
  using type = coview_queue;
  static constexpr auto create = coview_queue_create;
  static constexpr auto open = coview_queue_open;
  static constexpr auto open_or_create = coview_queue_open_or_create;
  static constexpr auto close = coview_queue_close;
  static constexpr auto name = coview_queue_name;
  static constexpr auto created = coview_queue_created;
  static constexpr auto capacity = coview_queue_capacity;
  static constexpr auto largest = coview_queue_largest;
  static constexpr auto special = &coview_channel_options::drop_on_death;
};

struct topic_calls {
  using type = coview_topic;
  static constexpr auto create = coview_topic_create;
  static constexpr auto open = coview_topic_open;
  static constexpr auto open_or_create = coview_topic_open_or_create;
  static constexpr auto close = coview_topic_close;
  static constexpr auto name = coview_topic_name;
  static constexpr auto created = coview_topic_created;
  static constexpr auto capacity = coview_topic_capacity;
  static constexpr auto largest = coview_topic_largest;
  static constexpr auto special = &coview_channel_options::subscribers_may_block;
};

template <class Calls>
napi_value open_channel(napi_env env, napi_callback_info info) {
  auto const result = std::make_shared<typename Calls::type*>(nullptr);
  auto const run = [result, asked = wanted(arguments(env, info))] {
    auto options = asked.with_type();
    options.*Calls::special = asked.special;
    if (asked.how == way::open) return Calls::open(asked.name.c_str(), &options.type, result.get());
    auto* const make = asked.how == way::create ? Calls::create : Calls::open_or_create;
    return make(asked.name.c_str(), &options, result.get());
  };
  return promise_of(env, run, [result](napi_env where, coview_status) {
    auto* const channel = *result;
    auto const made = wrap(where, channel, Calls::close, Calls::capacity(channel) > much);
    describe(where, made, Calls::name(channel), Calls::created(channel));
    set(where, made, "capacity", number(where, static_cast<double>(Calls::capacity(channel))));
    set(where, made, "largest", number(where, static_cast<double>(Calls::largest(channel))));
    return made;
  });
}

/// openPublisher(topic)
napi_value open_publisher(napi_env env, napi_callback_info info) {
  auto const topic = arguments(env, info).given(0);
  if (!topic) return nullptr;
  coview_publisher* publisher = nullptr;
  auto const status = coview_publisher_open(as<coview_topic>(topic), &publisher);
  if (status < 0) return raise(env, status);
  return wrap(env, publisher, coview_publisher_close, coview_topic_capacity(as<coview_topic>(topic)) > much);
}

/// openSubscription(topic, oldest, blocks)
napi_value open_subscription(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const topic = given.given(0);
  if (!topic) return nullptr;
  coview_subscription* subscription = nullptr;
  auto const status =
      coview_subscription_open(as<coview_topic>(topic), given.flag(1) ? COVIEW_FROM_OLDEST : COVIEW_FROM_NOW,
                               given.flag(2) ? COVIEW_SLOW_BLOCKS : COVIEW_SLOW_LAGS, &subscription);
  if (status < 0) return raise(env, status);
  return wrap(env, subscription, coview_subscription_close, coview_topic_capacity(as<coview_topic>(topic)) > much);
}

/// evict(topic, participant or -1): how many
napi_value evict(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const topic = given.given(0);
  if (!topic) return nullptr;
  auto const participant = given.number(1);
  std::uint64_t count = 0;
  coview_status status = COVIEW_OK;
  if (participant < 0) {
    status = coview_topic_evict(as<coview_topic>(topic), &count);
  } else {
    status = coview_topic_evict_one(as<coview_topic>(topic), static_cast<std::uint32_t>(participant));
    count = status == COVIEW_OK ? 1 : 0;
  }
  return status < 0 ? raise(env, status) : number(env, static_cast<double>(count));
}

}  // namespace

void add_channels(napi_env env, napi_value exports) {
  add(env, exports, "openQueue", open_channel<queue_calls>);
  add(env, exports, "openTopic", open_channel<topic_calls>);
  add(env, exports, "openPublisher", open_publisher);
  add(env, exports, "openSubscription", open_subscription);
  add(env, exports, "queueDepth", number_of<coview_queue, coview_queue_depth>);
  add(env, exports, "queueStillNamed", flag_of<coview_queue, coview_queue_still_named>);
  add(env, exports, "topicStillNamed", flag_of<coview_topic, coview_topic_still_named>);
  add(env, exports, "topicPublished", number_of<coview_topic, coview_topic_published>);
  add(env, exports, "subscriptionLost", number_of<coview_subscription, coview_subscription_lost>);
  add(env, exports, "subscriptionBlocks", flag_of<coview_subscription, coview_subscription_blocks>);
  add(env, exports, "evict", evict);
}

}  // namespace coview_node
