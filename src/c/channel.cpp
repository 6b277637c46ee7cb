// SPDX-License-Identifier: Apache-2.0
// Queues, topics, their slots and messages through coview.h.
#include <optional>
#include <span>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "c/call.hpp"
#include "c/handles.hpp"
#include "channel/arena.hpp"

namespace {

using namespace coview::c;

coview::type_tag type_of(coview_type const& given) {
  if (given.reserved != 0) throw bad_argument{EINVAL, "the type's member 'reserved' is not 0", {}};
  if (given.name == nullptr) return {};
  return {.name = given.name, .size = given.size, .version = given.version};
}

coview::type_tag type_of(coview_type const* given) {
  return given == nullptr ? coview::type_tag{} : type_of(*given);
}

coview_channel_options channel_options_of(coview_channel_options const* given) {
  return options(given, coview_channel_options COVIEW_CHANNEL_OPTIONS_INIT);
}

coview::queue_options queue_options_of(coview_channel_options const* given) {
  auto const from = channel_options_of(given);
  if (from.subscribers_may_block != 0)
    throw bad_argument{EINVAL, "the option 'subscribers_may_block' is for topics", "leave it 0"};
  return {.capacity = from.capacity,
          .type = type_of(from.type),
          .messages = from.messages,
          .on_death = from.drop_on_death != 0 ? coview::dead_receiver::drop : coview::dead_receiver::redeliver,
          .participants = from.participants,
          .lock_in_memory = from.lock_in_memory != 0,
          .mode = from.mode,
          .permanent = from.permanent != 0};
}

coview::topic_options topic_options_of(coview_channel_options const* given) {
  auto const from = channel_options_of(given);
  if (from.drop_on_death != 0) throw bad_argument{EINVAL, "the option 'drop_on_death' is for queues", "leave it 0"};
  return {.capacity = from.capacity,
          .type = type_of(from.type),
          .messages = from.messages,
          .subscribers_may_block = from.subscribers_may_block != 0,
          .participants = from.participants,
          .lock_in_memory = from.lock_in_memory != 0,
          .mode = from.mode,
          .permanent = from.permanent != 0};
}

std::span<std::byte const> bytes_of(void const* bytes, size_t size) {
  auto const* const first = static_cast<std::byte const*>(bytes);
  if (size != 0) given("bytes", first);
  return {first, size};
}

coview_queue* new_queue(coview::queue&& object) {
  return new coview_queue{std::make_shared<coview::queue const>(std::move(object))};
}

coview_status hand_out(coview_slot** result, std::shared_ptr<void const> from, std::optional<coview::slot> lent) {
  if (!lent) return COVIEW_TIMED_OUT;
  *result = new coview_slot{std::move(from), std::move(*lent)};
  return COVIEW_OK;
}

template <class Message>
coview_status hand_out(coview_message** result, std::shared_ptr<void const> from, std::optional<Message> received,
                       coview_status otherwise) {
  if (!received) return otherwise;
  *result = new coview_message{std::move(from), std::move(*received)};
  return COVIEW_OK;
}

/// What `look` sees in a message of either kind.
template <class Look>
auto in(coview_message const& message, Look look) {
  return std::visit(look, message.object);
}

}  // namespace

int coview_thread_patience(int patient) {
  return coview::be_patient(patient != 0) ? 1 : 0;
}

coview_status coview_queue_create(char const* name, coview_channel_options const* options, coview_queue** result) {
  return call(__func__, [&] {
    return made(result,
                [&] { return new_queue(coview::queue::create(text("name", name), queue_options_of(options))); });
  });
}

coview_status coview_queue_open(char const* name, coview_type const* type, coview_queue** result) {
  return call(__func__, [&] {
    return made(result, [&] { return new_queue(coview::queue::open(text("name", name), type_of(type))); });
  });
}

coview_status coview_queue_open_or_create(char const* name, coview_channel_options const* options,
                                          coview_queue** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new_queue(coview::queue::open_or_create(text("name", name), queue_options_of(options)));
    });
  });
}

coview_status coview_queue_send(coview_queue const* queue, void const* bytes, size_t size, int64_t timeout) {
  return call(__func__, [&] {
    bool const sent = given("queue", queue).object->send(bytes_of(bytes, size), within(timeout));
    return sent ? COVIEW_OK : COVIEW_TIMED_OUT;
  });
}

coview_status coview_queue_loan(coview_queue const* queue, size_t size, int64_t timeout, coview_slot** result) {
  return call(__func__, [&] {
    place(result);
    auto const& from = given("queue", queue).object;
    return hand_out(result, from, from->loan(size, within(timeout)));
  });
}

coview_status coview_queue_receive(coview_queue const* queue, int64_t timeout, coview_message** result) {
  return call(__func__, [&] {
    place(result);
    auto const& from = given("queue", queue).object;
    return hand_out(result, from, from->receive(within(timeout)), COVIEW_TIMED_OUT);
  });
}

int32_t coview_queue_native_wait_handle(coview_queue const* queue) {
  return call(__func__, [&] { return given("queue", queue).object->native_wait_handle(); });
}

uint64_t coview_queue_largest(coview_queue const* queue) {
  return queue == nullptr ? 0 : queue->object->largest();
}

uint64_t coview_queue_capacity(coview_queue const* queue) {
  return queue == nullptr ? 0 : queue->object->capacity();
}

uint64_t coview_queue_depth(coview_queue const* queue) {
  return queue == nullptr ? 0 : queue->object->depth();
}

char const* coview_queue_name(coview_queue const* queue) {
  return queue == nullptr ? "" : queue->object->name().c_str();
}

int coview_queue_created(coview_queue const* queue) {
  return queue != nullptr && queue->object->created() ? 1 : 0;
}

int coview_queue_still_named(coview_queue const* queue) {
  return queue != nullptr && queue->object->still_named() ? 1 : 0;
}

void coview_queue_close(coview_queue* queue) {
  delete queue;
}

void* coview_slot_data(coview_slot const* slot) {
  return slot == nullptr ? nullptr : slot->object.data();
}

size_t coview_slot_size(coview_slot const* slot) {
  return slot == nullptr ? 0 : slot->object.size();
}

coview_status coview_slot_publish(coview_slot* slot, size_t length, int64_t timeout) {
  return call(__func__, [&] {
    return given("slot", slot).object.publish(length, within(timeout)) ? COVIEW_OK : COVIEW_TIMED_OUT;
  });
}

void coview_slot_release(coview_slot* slot) {
  delete slot;
}

void const* coview_message_data(coview_message const* message) {
  return message == nullptr ? nullptr : in(*message, [](auto const& m) -> void const* { return m.bytes().data(); });
}

size_t coview_message_size(coview_message const* message) {
  return message == nullptr ? 0 : in(*message, [](auto const& m) { return m.bytes().size(); });
}

uint64_t coview_message_sequence(coview_message const* message) {
  return message == nullptr ? 0 : in(*message, [](auto const& m) { return m.sequence(); });
}

uint32_t coview_message_deaths(coview_message const* message) {
  auto const* const m = message == nullptr ? nullptr : std::get_if<coview::queue_message>(&message->object);
  return m == nullptr ? 0 : m->deaths();
}

uint64_t coview_message_lost(coview_message const* message) {
  auto const* const m = message == nullptr ? nullptr : std::get_if<coview::topic_message>(&message->object);
  return m == nullptr ? 0 : m->lost();
}

void coview_message_release(coview_message* message) {
  delete message;
}

coview_status coview_topic_create(char const* name, coview_channel_options const* options, coview_topic** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_topic{coview::topic::create(text("name", name), topic_options_of(options))};
    });
  });
}

coview_status coview_topic_open(char const* name, coview_type const* type, coview_topic** result) {
  return call(__func__, [&] {
    return made(result, [&] { return new coview_topic{coview::topic::open(text("name", name), type_of(type))}; });
  });
}

coview_status coview_topic_open_or_create(char const* name, coview_channel_options const* options,
                                          coview_topic** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_topic{coview::topic::open_or_create(text("name", name), topic_options_of(options))};
    });
  });
}

coview_status coview_topic_latest(coview_topic const* topic, coview_message** result) {
  return call(__func__, [&] {
    place(result);
    return hand_out(result, nullptr, given("topic", topic).object.latest(), COVIEW_ABSENT);
  });
}

coview_status coview_topic_evict(coview_topic const* topic, uint64_t* count) {
  return call(__func__, [&] {
    auto const blocked = given("topic", topic).object.evict();
    if (count != nullptr) *count = blocked;
    return COVIEW_OK;
  });
}

coview_status coview_topic_evict_one(coview_topic const* topic, uint32_t participant) {
  return call(__func__, [&] { return given("topic", topic).object.evict(participant) ? COVIEW_OK : COVIEW_ABSENT; });
}

uint64_t coview_topic_published(coview_topic const* topic) {
  return topic == nullptr ? 0 : topic->object.published();
}

uint64_t coview_topic_largest(coview_topic const* topic) {
  return topic == nullptr ? 0 : topic->object.largest();
}

uint64_t coview_topic_capacity(coview_topic const* topic) {
  return topic == nullptr ? 0 : topic->object.capacity();
}

char const* coview_topic_name(coview_topic const* topic) {
  return topic == nullptr ? "" : topic->object.name().c_str();
}

int coview_topic_created(coview_topic const* topic) {
  return topic != nullptr && topic->object.created() ? 1 : 0;
}

int coview_topic_still_named(coview_topic const* topic) {
  return topic != nullptr && topic->object.still_named() ? 1 : 0;
}

void coview_topic_close(coview_topic* topic) {
  delete topic;
}

coview_status coview_publisher_open(coview_topic const* topic, coview_publisher** result) {
  return call(__func__, [&] {
    return made(result, [&] {
      return new coview_publisher{
          std::make_shared<coview::publisher const>(given("topic", topic).object.publisher())};
    });
  });
}

coview_status coview_publisher_publish(coview_publisher const* publisher, void const* bytes, size_t size,
                                       int64_t timeout) {
  return call(__func__, [&] {
    bool const sent = given("publisher", publisher).object->publish(bytes_of(bytes, size), within(timeout));
    return sent ? COVIEW_OK : COVIEW_TIMED_OUT;
  });
}

coview_status coview_publisher_loan(coview_publisher const* publisher, size_t size, int64_t timeout,
                                    coview_slot** result) {
  return call(__func__, [&] {
    place(result);
    auto const& from = given("publisher", publisher).object;
    return hand_out(result, from, from->loan(size, within(timeout)));
  });
}

void coview_publisher_close(coview_publisher* publisher) {
  delete publisher;
}

coview_status coview_subscription_open(coview_topic const* topic, coview_from from, coview_slow slow,
                                       coview_subscription** result) {
  return call(__func__, [&] {
    coview::subscribe_options const wanted{.from = value("coview_from", from, coview::from::oldest),
                                           .slow = value("coview_slow", slow, coview::slow::blocks)};
    return made(result, [&] {
      return new coview_subscription{
          std::make_shared<coview::subscription const>(given("topic", topic).object.subscribe(wanted))};
    });
  });
}

coview_status coview_subscription_receive(coview_subscription const* subscription, int64_t timeout,
                                          coview_message** result) {
  return call(__func__, [&] {
    place(result);
    auto const& from = given("subscription", subscription).object;
    return hand_out(result, from, from->receive(within(timeout)), COVIEW_TIMED_OUT);
  });
}

int32_t coview_subscription_native_wait_handle(coview_subscription const* subscription) {
  return call(__func__, [&] { return given("subscription", subscription).object->native_wait_handle(); });
}

uint64_t coview_subscription_lost(coview_subscription const* subscription) {
  return subscription == nullptr ? 0 : subscription->object->lost();
}

int coview_subscription_blocks(coview_subscription const* subscription) {
  return subscription != nullptr && subscription->object->blocks() ? 1 : 0;
}

void coview_subscription_close(coview_subscription* subscription) {
  delete subscription;
}
