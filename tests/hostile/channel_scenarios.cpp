// SPDX-License-Identifier: Apache-2.0
// What a victim does with queues and topics that a hostile peer may write.
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coview/channel_status.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "victim.hpp"

namespace hostile {
namespace {

using sees = stage::sees;

constexpr char const* queue_name = "Global\\shared_queue";
constexpr char const* topic_name = "Global\\shared_topic";
constexpr std::size_t small = 40;
constexpr std::size_t large = 900;

coview::queue a_queue() {
  return coview::queue::open_or_create(
      queue_name, {.capacity = channel_capacity, .participants = channel_participants, .mode = 0666});
}
coview::topic a_topic() {
  return coview::topic::open_or_create(topic_name, {.capacity = channel_capacity,
                                                    .messages = channel_messages,
                                                    .subscribers_may_block = true,
                                                    .participants = channel_participants,
                                                    .mode = 0666});
}

/// Opens, as the first step of a scenario; empty where that fails, which ends the scenario.
template <class Open>
auto opened_channel(stage& on, Open const& open) {
  std::optional<decltype(open())> out;
  // Opening a channel reads and writes its pages: a SIGBUS is excused where a file was cut.
  on.call("open a channel", patience, [&] { out.emplace(open()); });
  return out;
}

/// What came from a channel: no more than there can be, and to be read to its end.
void use(stage& on, std::span<std::byte const> bytes) {
  if (bytes.size() > channel_capacity) on.wrong("a message of " + std::to_string(bytes.size()) + " bytes");
  on.touch({const_cast<std::byte*>(bytes.data()), bytes.size()});  // NOLINT: only reads
}

void messages_through_a_queue(stage& on) {
  auto q = opened_channel(on, a_queue);
  if (!q) return;
  std::vector<std::byte> const bytes(large);
  std::span<std::byte const> const all(bytes);
  for (int i = 0; i < 2; ++i) {
    on.point();
    on.call("send", wait_length, [&] { (void)q->send(all.first(small), wait_length); });
    on.point();
    std::optional<coview::slot> slot;
    on.call("loan", wait_length, [&] { slot = q->loan(large, wait_length); });
    on.point();
    if (slot) on.touch(slot->bytes());
    if (slot) on.call("publish", wait_length, [&] { (void)slot->publish(large, wait_length); });
    on.call("drop a slot", patience, [&] { slot.reset(); });
    on.during();
    std::optional<coview::queue_message> message;
    on.call("receive", wait_length, [&] { message = q->receive(wait_length); });
    if (message) use(on, message->bytes());
    on.point();
    std::array<coview::queue_message, 4> more;
    on.call("receive many", wait_length, [&] { (void)q->receive_many(more, wait_length); });
    for (auto const& each : more) use(on, each.bytes());
    on.point();
    on.call("give messages back", patience, [&] { message.reset(), more = {}; });
    on.during();
    on.call("wait for a queue", wait_length, [&] { (void)coview::wait_any({*q}, wait_length); });
  }
  on.call("close a queue", patience, [&] { q.reset(); });
}

/// `slowness`: of the subscriber.
void through_a_topic(stage& on, coview::slow slowness) {
  auto t = opened_channel(on, a_topic);
  if (!t) return;
  std::optional<coview::publisher> publisher;
  std::optional<coview::subscription> subscription;
  on.point();
  on.call("make a publisher", patience, [&] { publisher = t->publisher(); });
  on.point();
  on.call("subscribe", patience,
          [&] { subscription = t->subscribe({.from = coview::from::oldest, .slow = slowness}); });
  if (!publisher || !subscription) return;
  std::vector<std::byte> const bytes(large);
  std::span<std::byte const> const all(bytes);
  for (int i = 0; i < 2; ++i) {
    on.point();
    on.call("publish", wait_length, [&] { (void)publisher->publish(all.first(small), wait_length); });
    on.point();
    on.call("publish", wait_length, [&] { (void)publisher->publish(all, wait_length); });
    on.during();
    std::array<std::optional<coview::topic_message>, 2> messages;
    for (auto& each : messages) {
      on.point();
      on.call("receive", wait_length, [&] { each = subscription->receive(wait_length); });
      if (each) use(on, each->bytes());
    }
    on.point();
    on.call("give messages back", patience, [&] { messages = {}; });
    std::optional<coview::topic_message> latest;
    on.call("look at the latest", patience, [&] { latest = t->latest(); });
    if (latest) use(on, latest->bytes());
    on.point();
    on.call("evict", patience, [&] { (void)t->evict(), (void)t->published(); });
  }
  on.point();
  on.call("close a subscription", patience, [&] { subscription.reset(); });
  on.call("close a publisher", patience, [&] { publisher.reset(); });
}

void a_topic_that_lags(stage& on) {
  through_a_topic(on, coview::slow::lags);
}
void a_topic_that_blocks(stage& on) {
  through_a_topic(on, coview::slow::blocks);
}

/// Nothing is excused here: not even a SIGBUS where the file was cut.
void a_reader_that_trusts_nobody(stage& on) {
  std::optional<coview::topic> t;
  std::optional<coview::subscription> subscription;
  on.point();
  on.call(
      "open a topic", patience, [&] { t = coview::topic::open(topic_name, {}, coview::trust::none); }, sees::files);
  if (!t) return;
  on.point();
  on.call(
      "subscribe", patience, [&] { subscription = t->subscribe({.from = coview::from::oldest}); }, sees::files);
  if (!subscription) return;
  for (int i = 0; i < 3; ++i) {
    on.during();
    std::optional<coview::topic_message> message;
    on.call(
        "receive", wait_length, [&] { message = subscription->receive(wait_length); }, sees::files);
    if (message && message->bytes().size() > channel_capacity) on.wrong("a message that is too large");
    on.point();
    on.call(
        "look at the latest", patience, [&] { message = t->latest(), (void)t->published(); }, sees::files);
    on.during();
    on.call(
        "wait for a topic", wait_length, [&] { (void)coview::wait_any({*subscription}, wait_length); }, sees::files);
  }
  on.point();
  on.call(
      "close a topic", patience, [&] { subscription.reset(), t.reset(); }, sees::files);
}

void channels_looked_at(stage& on) {
  for (char const* name : {queue_name, topic_name}) {
    on.point();
    on.call(
        "look at a channel", patience, [&] { (void)coview::status_of_channel(name); }, sees::files);
  }
}

}  // namespace

std::vector<scenario> const& channel_scenarios() {
  static std::vector<scenario> const all = {
      {"messages through a queue", messages_through_a_queue},
      {"a topic, with a subscriber that lags", a_topic_that_lags},
      {"a topic, with a subscriber that blocks", a_topic_that_blocks},
      {"a topic's reader that trusts nobody", a_reader_that_trusts_nobody},
      {"channels looked at", channels_looked_at},
  };
  return all;
}

void own_all_channels() {
  static auto const q = a_queue();
  static auto const t = a_topic();
  static auto const publisher = t.publisher();
  std::vector<std::byte> const bytes(large);
  for (auto const size : {small, large, std::size_t{0}}) {
    (void)q.try_send(std::span(bytes).first(size));
    (void)publisher.publish(std::span(bytes).first(size), coview::timeout(milliseconds(0)));
  }
}

}  // namespace hostile
