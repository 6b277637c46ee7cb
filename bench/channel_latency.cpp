// SPDX-License-Identifier: Apache-2.0
// From right before the send to a sleeping receiver running, beside a bare futex.
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel_contenders.hpp"
#include "waiter.hpp"

namespace bench {
namespace {

std::unique_ptr<waiter> bare_one() {
  auto event = in_shared_memory<bare::futex_event<0>>();
  return std::make_unique<waiter>([=]() -> std::function<void()> { return [=] { event->wait(); }; },
                                  [=] { event->set(); });
}

std::unique_ptr<waiter> on_queue(root_directory const& root) {
  root.enter();
  auto sending = std::make_shared<coview::queue>(coview::queue::create("wake-queue", {.capacity = 1 << 16}));
  return std::make_unique<waiter>(
      []() -> std::function<void()> {
        auto receiving = std::make_shared<coview::queue>(coview::queue::open("wake-queue"));
        return [=] { keep(receiving->receive().has_value()); };
      },
      [=] { sending->send("wake up"); });
}

std::unique_ptr<waiter> on_topic(root_directory const& root) {
  root.enter();
  auto topic = coview::topic::create("wake-topic", {.capacity = 1 << 16});
  auto publisher = std::make_shared<coview::publisher>(topic.publisher());
  return std::make_unique<waiter>(
      []() -> std::function<void()> {
        auto subscription = std::make_shared<coview::subscription>(coview::topic::open("wake-topic").subscribe());
        return [=] { keep(subscription->receive().has_value()); };
      },
      [=] { publisher->publish("wake up"); });
}

}  // namespace

measured channel_wake_latency(root_directory const& root, std::uint32_t rounds) {
  choose(spinning::off);
  std::vector<named_waiter> all;
  all.push_back({"bare futex", bare_one()});
  all.push_back({"coview::queue", on_queue(root)});
  all.push_back({"coview::topic", on_topic(root)});
  return wake_times("from send to the sleeping receiver running", std::move(all), rounds);
}

}  // namespace bench
