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
#define COVIEW_NODE_CHANNEL(kind, option)                                  \
  struct kind##_calls {                                                    \
    using type = coview_##kind;                                            \
    static constexpr auto create = coview_##kind##_create;                 \
    static constexpr auto open = coview_##kind##_open;                     \
    static constexpr auto open_or_create = coview_##kind##_open_or_create; \
    static constexpr auto close = coview_##kind##_close;                   \
    static constexpr auto name = coview_##kind##_name;                     \
    static constexpr auto created = coview_##kind##_created;               \
    static constexpr auto capacity = coview_##kind##_capacity;             \
    static constexpr auto largest = coview_##kind##_largest;               \
    static constexpr auto special = &coview_channel_options::option;       \
  }
COVIEW_NODE_CHANNEL(queue, drop_on_death);
COVIEW_NODE_CHANNEL(topic, subscribers_may_block);
#undef COVIEW_NODE_CHANNEL

/// Leaving a channel takes its lock, which others may be slow with: never in the event loop.
constexpr bool leaves_slowly = true;

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
    auto const made = wrap(where, channel, Calls::close, leaves_slowly);
    describe(where, made, Calls::name(channel), Calls::created(channel));
    set(where, made, "capacity", number(where, static_cast<double>(Calls::capacity(channel))));
    set(where, made, "largest", number(where, static_cast<double>(Calls::largest(channel))));
    return made;
  });
}

/// openPublisher(topic): a promise
napi_value open_publisher(napi_env env, napi_callback_info info) {
  auto const topic = arguments(env, info).given(0);
  if (!topic) return nullptr;
  auto const result = std::make_shared<coview_publisher*>(nullptr);
  return promise_of(
      env, [topic, result] { return coview_publisher_open(as<coview_topic>(topic), result.get()); },
      [result](napi_env where, coview_status) {
        return wrap(where, *result, coview_publisher_close, leaves_slowly);
      });
}

/// openSubscription(topic, oldest, blocks): a promise
napi_value open_subscription(napi_env env, napi_callback_info info) {
  arguments const given(env, info);
  auto const topic = given.given(0);
  if (!topic) return nullptr;
  auto const from = given.flag(1) ? COVIEW_FROM_OLDEST : COVIEW_FROM_NOW;
  auto const slow = given.flag(2) ? COVIEW_SLOW_BLOCKS : COVIEW_SLOW_LAGS;
  auto const result = std::make_shared<coview_subscription*>(nullptr);
  return promise_of(
      env,
      [topic, from, slow, result] {
        return coview_subscription_open(as<coview_topic>(topic), from, slow, result.get());
      },
      [result](napi_env where, coview_status) {
        return wrap(where, *result, coview_subscription_close, leaves_slowly);
      });
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
