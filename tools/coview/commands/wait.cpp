// SPDX-License-Identifier: Apache-2.0
// coview wait: until one of several events, semaphores, timers and mutexes is there, or all of them.
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <variant>

#include <coview/event.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/semaphore.hpp>
#include <coview/timer.hpp>
#include <coview/wait.hpp>

#include "command.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct wait_arguments {
  std::vector<std::string> names;
  bool all = false;
  std::chrono::nanoseconds time = for_ever;
  bool json = false;
};

/// An object to wait for, whatever its kind.
struct awaited {
  object_kind kind;
  std::variant<mutex, event, semaphore, coview::timer> handle;

  [[nodiscard]] waitable as_waitable() const {
    return std::visit([](auto const& object) { return waitable(object); }, handle);
  }
  [[nodiscard]] mutex const* as_mutex() const { return std::get_if<mutex>(&handle); }
};

/// What came: its place on the command line, and whether it is a mutex that was found abandoned.
struct arrival {
  std::size_t index;
  bool abandoned;
};

awaited open_any(std::string const& name) {
  auto const info = stat(name);
  if (info.state == object_state::incompatible) {
    throw failure(exit_incompatible, fmt::format("cannot wait for '{}': {}", escape(name), escape(info.problem)));
  }
  switch (info.kind) {
    case object_kind::mutex:
      return {info.kind, mutex::open(name)};
    case object_kind::event:
      return {info.kind, event::open(name)};
    case object_kind::semaphore:
      return {info.kind, semaphore::open(name)};
    case object_kind::timer:
      return {info.kind, coview::timer::open(name)};
    case object_kind::mapping:
    case object_kind::queue:
    case object_kind::topic:
      break;
  }
  throw failure(exit_usage, fmt::format("cannot wait for '{}': it is a {}", escape(name), kind_text(info.kind)),
                "'coview wait' waits for mutexes, events, semaphores and timers");
}

/// Gives a mutex back. One that was abandoned stays owned until this thread ends, which abandons it again: who locks
/// it to work with what it protects is to be told, and not who only waited.
void give_back(mutex const& taken) {
  if (!taken.was_abandoned()) taken.release();
}

std::vector<arrival> wait_for_any(std::vector<awaited> const& objects, std::span<waitable const> wanted,
                                  timeout const& until) {
  auto const came = wait_any(wanted, until);
  if (!came) return {};
  if (auto const* const taken = objects[came->index].as_mutex()) give_back(*taken);
  return {{came->index, came->abandoned}};
}

std::vector<arrival> wait_for_all(std::vector<awaited> const& objects, std::span<waitable const> wanted,
                                  timeout const& until) {
  if (!wait_all(wanted, until)) return {};
  std::vector<arrival> came;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    auto const* const taken = objects[i].as_mutex();
    came.push_back({i, taken != nullptr && taken->was_abandoned()});
    if (taken != nullptr) give_back(*taken);
  }
  return came;
}

/// In a thread of its own, for whose end see `give_back`. Empty when time is up.
std::vector<arrival> wait_in_thread(std::vector<awaited> const& objects, wait_arguments const& given) {
  std::vector<waitable> wanted;
  std::transform(objects.begin(), objects.end(), std::back_inserter(wanted),
                 [](awaited const& each) { return each.as_waitable(); });
  std::packaged_task<std::vector<arrival>()> task([&] {
    return given.all ? wait_for_all(objects, wanted, given.time) : wait_for_any(objects, wanted, given.time);
  });
  auto result = task.get_future();
  std::thread(std::move(task)).join();
  return result.get();
}

void print_json(console& out, wait_arguments const& given, std::vector<awaited> const& objects,
                std::vector<arrival> const& came) {
  auto all = nlohmann::ordered_json::array();
  for (auto const& [index, abandoned] : came) {
    all.push_back({{"name", given.names[index]},
                   {"kind", kind_text(objects[index].kind)},
                   {"index", index},
                   {"abandoned", abandoned}});
  }
  out.write_json({{"schema", "coview.wait/1"}, {"timed_out", came.empty()}, {"came", std::move(all)}});
}

void print(console& out, wait_arguments const& given, std::vector<awaited> const& objects,
           std::vector<arrival> const& came) {
  for (auto const& each : came) out.print("{}\n", escape(given.names[each.index]));
  for (auto const& [index, abandoned] : came) {
    if (objects[index].as_mutex() == nullptr) continue;
    auto const name = escape(given.names[index]);
    if (abandoned) {
      out.say("'{}' is free, and abandoned: its last owner died, which the next to lock it is told", name);
    } else {
      out.say("'{}' was free, and is not kept; 'coview lock' keeps it while a command runs", name);
    }
  }
}

std::string too_late(wait_arguments const& given) {
  std::vector<std::string> names;
  for (auto const& name : given.names) names.push_back(fmt::format("'{}'", escape(name)));
  if (names.size() == 1) return fmt::format("time is up: {} did not come", names.front());
  auto const list = fmt::format("{}", fmt::join(names, ", "));
  return given.all ? fmt::format("time is up: {} were not all there at once", list)
                   : fmt::format("time is up: none of {} came", list);
}

int wait(console& out, wait_arguments const& given) {
  std::vector<awaited> objects;
  for (auto const& name : given.names) objects.push_back(open_any(name));
  auto const came = wait_in_thread(objects, given);
  if (given.json) {
    print_json(out, given, objects, came);
  } else {
    print(out, given, objects, came);
  }
  if (!came.empty()) return exit_ok;
  throw failure(exit_busy, too_late(given));
}

action prepare_wait(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<wait_arguments>();
  takes.option("NAME", given->names, "Names of events, semaphores, timers and mutexes, up to 64")
      .type_name("")
      .required();
  takes.flag("-a,--all", given->all, "Wait until all are there, and take them in one step");
  add_duration(takes, "-t,--timeout", given->time, "Wait so long: 100ms, 5s, 2m (default: for ever); 0 asks once");
  add_json(takes, given->json);
  return [given](console& out) { return wait(out, *given); };
}

}  // namespace

constinit command const wait_command = {
    .name = "wait",
    .summary = "Wait for events, semaphores, timers and mutexes: for any, or for all",
    .examples =
        "coview wait ready && ./client\n"
        "coview wait ready failed --timeout 5s  prints which one came\n"
        "coview wait slots --timeout 0 || echo 'nothing is free'\n"
        "coview wait left right --all",
    .details =
        "Prints the name of what came, one a line; of several that are there, the first one named. What is waited\n"
        "for is taken: an automatic-reset event or timer is reset, a semaphore counted down by one (give it back "
        "with\n"
        "'coview post'). A mutex is released at once, so that waiting for one means waiting until it is free;\n"
        "one that was abandoned stays so, for whoever locks it next. All objects must exist: the status is 3\n"
        "where one does not, and 5 when time is up.",
    .prepare = prepare_wait};

}  // namespace coview::tool
