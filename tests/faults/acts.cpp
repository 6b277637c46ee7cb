// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <string>

#include <coview/copy.hpp>
#include <coview/error.hpp>
#include <coview/object.hpp>
#include <coview/wait.hpp>

#include "act.hpp"

namespace faults {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds a_moment{2};

/// Its memory is there, to the last byte.
bool has_memory(hands& mine) {
  auto const all = mine.mapping.map();
  std::memset(all.data(), 1, all.size());
  return all.size() == payload_bytes && mine.mapping.still_named();
}

void opens_mapping(hands& mine) {
  mine.mapping = coview::mapping::open(live_mapping);
}
void opens_mutex(hands& mine) {
  mine.mutex = coview::mutex::open(live_mutex);
}
void opens_event(hands& mine) {
  mine.event = coview::event::open(live_event);
}
void opens_semaphore(hands& mine) {
  mine.semaphore = coview::semaphore::open(live_semaphore);
}
void opens_all(hands& mine) {
  opens_mutex(mine);
  opens_event(mine);
  opens_semaphore(mine);
}

std::vector<act> of_mappings() {
  return {
      {.title = "create",
       .run = [](hands& mine) { mine.mapping = coview::mapping::create(free_name, payload_bytes); },
       .verify = [](hands& mine) { return has_memory(mine) && coview::mapping::try_open(free_name); }},
      {.title = "create over a stale one",
       .run = [](hands& mine) { mine.mapping = coview::mapping::create(stale_name, payload_bytes); },
       .verify = has_memory},
      {.title = "create what is there",
       .run = [](hands& mine) { mine.mapping = coview::mapping::create(live_mapping, payload_bytes); },
       .expected = std::errc::file_exists},
      {.title = "create in the global scope",
       .run =
           [](hands& mine) { mine.mapping = coview::mapping::create("Global\\new", payload_bytes, {.mode = 0666}); },
       .verify = has_memory},
      {.title = "open", .run = opens_mapping, .verify = has_memory},
      {.title = "open what is not there",
       .run = [](hands& mine) { mine.mapping = coview::mapping::open(free_name); },
       .expected = std::errc::no_such_file_or_directory},
      {.title = "open a stale one",
       .run = [](hands& mine) { mine.mapping = coview::mapping::open(stale_name); },
       .expected = std::errc::no_such_file_or_directory},
      {.title = "open or create",
       .run = [](hands& mine) { mine.mapping = coview::mapping::open_or_create(free_name, payload_bytes); },
       .verify = has_memory},
      {.title = "anonymous memory",
       .run = [](hands& mine) { mine.mapping = coview::mapping::anonymous(payload_bytes); },
       .verify = [](hands& mine) { return mine.mapping.map().size() == payload_bytes; }},
      {.title = "map a file by name",
       .run =
           [](hands& mine) {
             mine.mapping = coview::mapping::file(mine.folder / "data", coview::access::read_write,
                                                  {.size = payload_bytes, .name = free_name});
           },
       .verify = has_memory},
      {.title = "map and prefault",
       .prepare = opens_mapping,
       .run =
           [](hands& mine) {
             mine.view = mine.mapping.map(coview::access::read_write, 0, coview::to_end, {.prefault = true});
           },
       .verify = [](hands& mine) { return mine.view.size() == payload_bytes; }},
      {.title = "map without the name",
       .prepare = opens_mapping,
       .run =
           [](hands& mine) {
             mine.view = mine.mapping.map(coview::access::read_only, 10, 20, {.keeps_name = false});
           },
       .verify = [](hands& mine) { return mine.view.size() == 20; }},
      {.title = "protect, flush, unmap and close",
       .prepare =
           [](hands& mine) {
             opens_mapping(mine);
             mine.view = mine.mapping.map();
           },
       .run =
           [](hands& mine) {
             mine.view.protect(coview::access::read_only);
             mine.view.flush();
             mine.view.unmap();
             mine.mapping.close();
           },
       .closes = true},
      {.title = "close the last",
       .prepare = [](hands& mine) { mine.mapping = coview::mapping::create(free_name, payload_bytes); },
       .run = [](hands& mine) { mine.mapping.close(); },
       .closes = true},
      {.title = "construct once",
       .prepare =
           [](hands& mine) {
             mine.mapping = coview::mapping::create(free_name, payload_bytes);
             mine.view = mine.mapping.map();
           },
       .run = [](hands& mine) { mine.view.construct_once<int>(7); },
       .verify = [](hands& mine) { return mine.view.as<int>() == 7; }},
  };
}

std::vector<act> of_sync_objects() {
  return {
      {.title = "create a mutex",
       .run = [](hands& mine) { mine.mutex = coview::mutex::create(free_name); },
       .verify = [](hands& mine) { return mine.mutex.try_lock() && (mine.mutex.unlock(), true); }},
      {.title = "open a mutex",
       .run = opens_mutex,
       .verify = [](hands& mine) { return mine.mutex.try_lock() && (mine.mutex.unlock(), true); }},
      {.title = "lock and unlock",
       .prepare = opens_mutex,
       .run =
           [](hands& mine) {
             mine.owns = mine.mutex.try_lock_for(a_moment);
             if (mine.owns) mine.mutex.unlock();
           },
       .verify = [](hands& mine) { return mine.owns; }},
      {.title = "create and open an event",
       .run = [](hands& mine) { mine.event = coview::event::create(free_name, coview::reset::manual, true); },
       .verify =
           [](hands& mine) { return coview::event::open(free_name).wait(milliseconds(0)) && mine.event.created(); }},
      {.title = "wait for an event in vain",
       .prepare = opens_event,
       .run = [](hands& mine) { mine.owns = mine.event.wait(a_moment); },
       .verify = [](hands& mine) { return !mine.owns; }},
      {.title = "set, clear and pulse an event",
       .prepare = opens_event,
       .run =
           [](hands& mine) {
             mine.event.set();
             mine.event.clear();
             mine.event.pulse();
           },
       .verify = [](hands& mine) { return !mine.event.wait(milliseconds(0)); }},
      {.title = "acquire and release a semaphore",
       .prepare = opens_semaphore,
       .run =
           [](hands& mine) {
             mine.owns = mine.semaphore.acquire(a_moment);
             (void)mine.semaphore.release();
             (void)mine.semaphore.acquire();
             (void)mine.semaphore.acquire(a_moment);
             (void)mine.semaphore.release();
           },
       .verify = [](hands& mine) { return mine.owns && mine.semaphore.count() == 1; }},
      {.title = "wait for any in vain",
       .prepare =
           [](hands& mine) {
             opens_all(mine);
             (void)mine.semaphore.acquire();
           },
       .run =
           [](hands& mine) {
             mine.owns = coview::wait_any({mine.event, mine.semaphore}, a_moment).has_value();
           },
       .verify = [](hands& mine) { return !mine.owns; }},
      {.title = "wait for all in vain",
       .prepare = opens_all,
       .run =
           [](hands& mine) {
             mine.owns = coview::wait_all({mine.event, mine.semaphore, mine.mutex}, a_moment);
           },
       .verify = [](hands& mine) { return !mine.owns; }},
      {.title = "wait for any and all at once",
       .prepare = opens_all,
       .run =
           [](hands& mine) {
             mine.owns = coview::wait_all({mine.semaphore, mine.mutex}, a_moment) &&
                         coview::wait_any({mine.mutex, mine.event}, a_moment);
           },
       .verify =
           [](hands& mine) {
             if (!mine.owns) return false;
             mine.mutex.unlock();
             mine.mutex.unlock();
             return true;
           },
       .keeps_page = true},
      {.title = "close what is owned",
       .prepare =
           [](hands& mine) {
             opens_mutex(mine);
             mine.mutex.lock();
           },
       .run = [](hands& mine) { mine.mutex = {}; },
       .keeps_page = true,
       .closes = true},
  };
}

constexpr char const* some_text = "a message";

bool sends_and_receives(coview::queue const& queue) {
  if (!queue.send(some_text, a_moment)) return false;
  auto const got = queue.receive(a_moment);
  return got && std::ranges::equal(got->bytes(), std::as_bytes(std::span(some_text, std::strlen(some_text))));
}

bool publishes_and_receives(coview::topic const& topic, coview::subscription const& subscription) {
  if (!topic.publisher().publish(some_text, a_moment)) return false;
  auto const got = subscription.receive(a_moment);
  return got && got->lost() == 0 &&
         std::ranges::equal(got->bytes(), std::as_bytes(std::span(some_text, std::strlen(some_text))));
}

std::vector<act> of_channels() {
  auto const opens_queue = [](hands& mine) { mine.queue = coview::queue::open(live_queue); };
  auto const opens_topic = [](hands& mine) { mine.topic = coview::topic::open(live_topic); };
  auto const subscribes = [](hands& mine) { mine.subscription = mine.topic.subscribe(); };
  return {
      {.title = "create a queue",
       .run = [](hands& mine) { mine.queue = coview::queue::create(free_name, {.capacity = channel_bytes}); },
       .verify = [](hands& mine) { return sends_and_receives(mine.queue) && coview::queue::try_open(free_name); }},
      {.title = "create a queue over a stale one",
       .run = [](hands& mine) { mine.queue = coview::queue::create(stale_name, {.capacity = channel_bytes}); },
       .verify = [](hands& mine) { return sends_and_receives(mine.queue); }},
      {.title = "open a queue",
       .run = opens_queue,
       .verify = [](hands& mine) { return sends_and_receives(mine.queue); }},
      {.title = "send, loan and receive",
       .prepare = opens_queue,
       .run =
           [](hands& mine) {
             mine.owns = mine.queue.send(some_text, a_moment);
             if (auto slot = mine.queue.loan(1000, a_moment)) mine.owns = slot->publish() && mine.owns;
             auto const first = mine.queue.receive(a_moment);
             auto const second = mine.queue.receive(a_moment);
             mine.owns = mine.owns && first && second && second->bytes().size() == 1000;
           },
       .verify = [](hands& mine) { return mine.owns && mine.queue.depth() == 0; }},
      {.title = "receive in vain",
       .prepare = opens_queue,
       .run = [](hands& mine) { mine.owns = mine.queue.receive(a_moment).has_value(); },
       .verify = [](hands& mine) { return !mine.owns && sends_and_receives(mine.queue); }},
      {.title = "close the last of a queue",
       .prepare = [](hands& mine) { mine.queue = coview::queue::create(free_name, {.capacity = channel_bytes}); },
       .run = [](hands& mine) { mine.queue = {}; },
       .closes = true},
      {.title = "create a topic",
       .run = [](hands& mine) { mine.topic = coview::topic::create(free_name, {.capacity = channel_bytes}); },
       .verify = [](hands& mine) { return publishes_and_receives(mine.topic, mine.topic.subscribe()); }},
      {.title = "open a topic",
       .run = opens_topic,
       .verify = [](hands& mine) { return publishes_and_receives(mine.topic, mine.topic.subscribe()); }},
      {.title = "subscribe",
       .prepare = opens_topic,
       .run = subscribes,
       .verify = [](hands& mine) { return publishes_and_receives(mine.topic, mine.subscription); }},
      {.title = "publish, look at the latest and receive",
       .prepare =
           [=](hands& mine) {
             opens_topic(mine);
             subscribes(mine);
           },
       .run = [](hands& mine) { mine.owns = publishes_and_receives(mine.topic, mine.subscription); },
       .verify = [](hands& mine) { return mine.owns && mine.topic.latest(); }},
      {.title = "wait for any of two channels in vain",
       .prepare =
           [=](hands& mine) {
             opens_queue(mine);
             opens_topic(mine);
             subscribes(mine);
           },
       .run =
           [](hands& mine) {
             mine.owns = coview::wait_any({mine.queue, mine.subscription}, a_moment).has_value();
           },
       .verify = [](hands& mine) { return !mine.owns && sends_and_receives(mine.queue); }},
      {.title = "close the last of a topic",
       .prepare =
           [=](hands& mine) {
             mine.topic = coview::topic::create(free_name, {.capacity = channel_bytes});
             subscribes(mine);
           },
       .run =
           [](hands& mine) {
             mine.subscription = {};
             mine.topic = {};
           },
       .closes = true},
  };
}

/// Each live object exactly once: by its name, or, where the very call failed that looks at it, as what could not be
/// looked at. The stale one only where the call failed that asks for its locks, and never as held.
bool is_true(std::vector<coview::object_info> const& listed) {
  using coview::object_state;
  std::size_t failures = 0;
  for (auto const& each : listed) {
    bool const told = each.state == object_state::unreadable || each.state == object_state::incompatible;
    failures += told ? 1 : 0;
    if (told && each.problem.empty()) return false;
    if (each.file.find("/stale-") != std::string::npos && each.state != object_state::unreadable) return false;
  }
  auto const times = [&](std::string const& name) {
    std::string file = "/" + name + "-";
    std::ranges::replace(file, ' ', '_');
    return std::ranges::count_if(listed, [&](auto const& each) {
      bool const told = each.state == object_state::unreadable || each.state == object_state::incompatible;
      return each.file.find(file) != std::string::npos && (told || each.name == name);
    });
  };
  bool const all_there = std::ranges::all_of(live_names, [&](char const* name) { return times(name) == 1; });
  return all_there && failures <= 1 && listed.size() <= live_names.size() + failures;
}

std::vector<act> of_looks() {
  return {
      {.title = "list",
       .run = [](hands& mine) { mine.owns = is_true(coview::list()); },
       .verify = [](hands& mine) { return mine.owns; }},
      {.title = "stat", .run = [](hands& mine) { mine.owns = coview::stat(live_mutex).name == live_mutex; }},
      {.title = "holders", .run = [](hands& mine) { mine.owns = !coview::holders(live_mapping).empty(); }},
      {.title = "reclaim", .run = [](hands&) { coview::reclaim(); }},
      {.title = "remove what is held", .run = [](hands&) { (void)coview::remove(live_event); }},
      {.title = "copy a file",
       .prepare = [](hands& mine) { std::ofstream(mine.folder / "from") << "some bytes"; },
       .run = [](hands& mine) { (void)coview::copy_file(mine.folder / "from", mine.folder / "to"); },
       .verify =
           [](hands& mine) {
             std::ifstream copied(mine.folder / "to");
             std::string text;
             return std::getline(copied, text) && text == "some bytes";
           }},
  };
}

}  // namespace

std::vector<act> const& acts() {
  static std::vector<act> const all = [] {
    auto out = of_mappings();
    for (auto more : {of_sync_objects(), of_channels(), of_looks()}) out.insert(out.end(), more.begin(), more.end());
    return out;
  }();
  return all;
}

std::vector<act> const& broken_acts() {
  static std::vector<act> const all = {
      {.title = "a create that believes ftruncate",
       .run =
           [](hands& mine) {
             mine.raw = ::open((mine.folder / "naive").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
             (void)!::ftruncate(mine.raw, payload_bytes);
           },
       .verify =
           [](hands& mine) {
             auto const length = ::lseek(mine.raw, 0, SEEK_END);
             ::close(mine.raw);
             return length == static_cast<off_t>(payload_bytes);
           }},
      {.title = "an error that forgets a descriptor",
       .run =
           [](hands& mine) {
             int const fd = ::open(mine.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
             if (::fchmod(fd, 0755) != 0) return;
             ::close(fd);
           }},
      {.title = "a create that leaves what it began",
       .run =
           [](hands&) {
             auto const file = std::filesystem::path(std::getenv("COVIEW_ROOT")) / "new-naive";
             int const fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
             if (fd < 0) return;
             bool const failed = ::fchmod(fd, 0644) != 0;
             int const failure = errno;
             ::close(fd);
             if (failed) throw coview::error(failure, {"create", "file", "it has another mode", ""});
             ::unlink(file.c_str());
           }},
  };
  return all;
}

}  // namespace faults
