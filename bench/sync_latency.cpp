// SPDX-License-Identifier: Apache-2.0
// How long a waiter takes to run again, and what it adds that it slept on several objects.

#include <coview/event.hpp>
#include <coview/wait.hpp>

#include "sync_contenders.hpp"
#include "waiter.hpp"

namespace bench {
namespace {

/// What was made before the processes parted.
std::function<std::function<void()>()> already(std::function<void()> wait) {
  return [wait = std::move(wait)] { return wait; };
}

std::unique_ptr<waiter> bare_one() {
  auto event = in_shared_memory<bare::futex_event<0>>();
  return std::make_unique<waiter>(already([=] { event->wait(); }), [=] { event->set(); });
}

constexpr std::size_t most = 64;

/// What the kernel's wait for several costs at least.
std::unique_ptr<waiter> bare_several(std::size_t count) {
  auto events = in_shared_memory<std::array<bare::futex_event<0>, most>>();
  auto const wait = [=] {
    std::array<::futex_waitv, most> entries{};
    for (;;) {
      bool set = false;
      for (std::size_t i = 0; i < count && !set; ++i) set = !events->at(i).announce(entries.at(i));
      if (!set) ::syscall(SYS_futex_waitv, entries.data(), count, 0, nullptr, 0);
      for (std::size_t i = 0; i < count; ++i) {
        if (events->at(i).take()) return;
      }
    }
  };
  return std::make_unique<waiter>(already(wait), [=] { events->at(count - 1).set(); });
}

std::vector<coview::event> new_events(root_directory const& root, std::size_t count, std::string const& name) {
  root.enter();
  std::vector<coview::event> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(coview::event::create(name + std::to_string(i), coview::reset::automatic));
  }
  return made;
}

std::unique_ptr<waiter> our_one(root_directory const& root) {
  auto events = std::make_shared<std::vector<coview::event>>(new_events(root, 1, "wake-one"));
  return std::make_unique<waiter>(already([=] { events->front().wait(); }), [=] { events->front().set(); });
}

std::unique_ptr<waiter> our_several(root_directory const& root, std::size_t count) {
  auto events =
      std::make_shared<std::vector<coview::event>>(new_events(root, count, "wake-" + std::to_string(count) + "-"));
  std::vector<coview::waitable> const objects(events->begin(), events->end());
  return std::make_unique<waiter>(already([=] { keep(coview::wait_any(objects)); }), [=] { events->back().set(); });
}

}  // namespace

measured wake_latency(root_directory const& root, std::uint32_t rounds) {
  constexpr std::size_t several = 8;
  choose(spinning::off);
  std::vector<named_waiter> all;
  all.push_back({"coview::event, wait", our_one(root)});
  all.push_back({"coview::wait_any of 1", our_several(root, 1)});
  all.push_back({"coview::wait_any of 8", our_several(root, several)});
  all.push_back({"coview::wait_any of 64", our_several(root, most)});
  all.push_back({"bare futex", bare_one()});
  all.push_back({"bare futex_waitv of 8", bare_several(several)});
  all.push_back({"bare futex_waitv of 64", bare_several(most)});
  return wake_times("from set to the waiter running, on two cores", std::move(all), rounds);
}

}  // namespace bench
