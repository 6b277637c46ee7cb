// SPDX-License-Identifier: Apache-2.0
// coview's locks and signals, as its users write them.
#include <coview/event.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "sync_contenders.hpp"

namespace bench {
namespace {

/// Each contender has its own process, so the process is in the name.
std::string unique(std::string const& name) {
  return name + "." + std::to_string(::getpid());
}

maker<coview::mutex> named_mutex(root_directory const& root) {
  return [&root](std::string const& name) {
    root.enter();
    return std::make_shared<coview::mutex>(coview::mutex::create(unique(name)));
  };
}

maker<coview::event> named_event(root_directory const& root, coview::reset kind) {
  return [&root, kind](std::string const& name) {
    root.enter();
    return std::make_shared<coview::event>(coview::event::create(unique(name), kind));
  };
}

class semaphore_signal {
 public:
  explicit semaphore_signal(std::string const& name) : semaphore_(coview::semaphore::create(name, 0, 1)) {}
  void set() const { semaphore_.release(); }
  void wait() const { semaphore_.acquire(); }

 private:
  coview::semaphore semaphore_;
};

maker<semaphore_signal> named_semaphore(root_directory const& root) {
  return [&root](std::string const& name) {
    root.enter();
    return std::make_shared<semaphore_signal>(unique(name));
  };
}

/// Several events, of which the last is signalled, and who waits waits for any of them.
class crowd_signal {
 public:
  crowd_signal(std::string const& name, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      events_.push_back(coview::event::create(name + "." + std::to_string(i), coview::reset::automatic));
    }
    objects_.assign(events_.begin(), events_.end());
  }
  void set() const { events_.back().set(); }
  void wait() const { keep(coview::wait_any(objects_)); }

 private:
  std::vector<coview::event> events_;
  std::vector<coview::waitable> objects_;
};

maker<crowd_signal> crowd_of(root_directory const& root, std::size_t count) {
  return [&root, count](std::string const& name) {
    root.enter();
    return std::make_shared<crowd_signal>(unique(name), count);
  };
}

constexpr std::size_t several = 8;
constexpr std::size_t many = 64;

/// A manual event that stays set, at the end of several others.
operation ready_among(root_directory const& root, std::size_t count) {
  root.enter();
  auto events = std::make_shared<std::vector<coview::event>>();
  for (std::size_t i = 0; i + 1 < count; ++i) {
    events->push_back(coview::event::create(unique("scan" + std::to_string(i)), coview::reset::automatic));
  }
  events->push_back(coview::event::create(unique("ready"), coview::reset::manual, true));
  std::vector<coview::waitable> const objects(events->begin(), events->end());
  return [=] {
    keep(events);
    for (std::uint32_t i = 0; i < batch; ++i) keep(coview::wait_any(objects));
  };
}

}  // namespace

void add_our_locks(group& g, root_directory const& root) {
  g.contenders.push_back(lock_unlock("coview::mutex", named_mutex(root)));
  g.contenders.push_back(lock_unlock<coview::robust_mutex>("coview::robust_mutex", plain<coview::robust_mutex>));
}

void add_our_signals(group& g, root_directory const& root) {
  g.contenders.push_back(set_wait("coview::event", named_event(root, coview::reset::automatic)));
  g.contenders.push_back(set_wait("coview::semaphore", named_semaphore(root)));
}

void add_our_clears(group& g, root_directory const& root) {
  g.contenders.push_back(set_clear("coview::event", named_event(root, coview::reset::manual)));
  g.contenders.push_back(set_clear<coview::futex_event>("coview::futex_event", plain<coview::futex_event>));
}

void add_our_scans(group& g, root_directory const& root) {
  g.contenders.push_back({"coview::wait_any, set before", [&root] { return ready_among(root, several); }});
  g.contenders.push_back(set_wait("coview::wait_any, with the set", crowd_of(root, several)));
}

void add_our_ping_pongs(group& g, root_directory const& root, spinning how) {
  g.contenders.push_back(ping_pong("coview::event", how, named_event(root, coview::reset::automatic)));
  g.contenders.push_back(ping_pong("coview::semaphore", how, named_semaphore(root)));
}

void add_our_hand_offs(group& g, root_directory const& root, spinning how) {
  g.contenders.push_back(hand_off("coview::mutex", how, named_mutex(root)));
  g.contenders.push_back(hand_off<coview::robust_mutex>("coview::robust_mutex", how, plain<coview::robust_mutex>));
}

void add_our_contenders(group& g, root_directory const& root, spinning how, std::uint32_t total, std::uint32_t work) {
  std::string const note = how == spinning::off ? "" : ", spinning first";
  g.contenders.push_back(contend("coview::mutex" + note, how, total, work, named_mutex(root)));
  g.contenders.push_back(
      contend<coview::robust_mutex>("coview::robust_mutex" + note, how, total, work, plain<coview::robust_mutex>));
}

void add_our_crowds(group& g, root_directory const& root) {
  constexpr auto how = spinning::off;
  g.contenders.push_back(ping_pong("coview::wait_any of 1", how, crowd_of(root, 1)));
  g.contenders.push_back(ping_pong("coview::wait_any of 8", how, crowd_of(root, several)));
  g.contenders.push_back(ping_pong("coview::wait_any of 64", how, crowd_of(root, many)));
}

}  // namespace bench
