// SPDX-License-Identifier: Apache-2.0
// Creating and holding a mutex, event, semaphore or timer.
#include "commands/create_sync.hpp"

#include <fmt/format.h>

#include <coview/error.hpp>
#include <coview/event.hpp>
#include <coview/semaphore.hpp>
#include <coview/timer.hpp>

#include "shared/exit_code.hpp"
#include "shared/sync_text.hpp"

namespace coview::tool {

namespace {

template <class Object>
std::shared_ptr<void const> kept(Object object) {
  return std::make_shared<Object>(std::move(object));
}

coview::timer make_timer(std::string const& name, sync_settings const& settings) {
  auto made = coview::timer::create(name, settings.manual ? reset::manual : reset::automatic, settings.options);
  if (settings.after != for_ever) {
    made.set(settings.after, settings.every);
  } else if (settings.every.count() > 0) {
    made.set(settings.every, settings.every);
  }
  return made;
}

std::shared_ptr<void const> make(object_kind kind, std::string const& name, sync_settings const& settings) {
  if (kind == object_kind::mutex) return kept(mutex::create(name, settings.options));
  if (kind == object_kind::event) {
    return kept(
        event::create(name, settings.manual ? reset::manual : reset::automatic, settings.set, settings.options));
  }
  if (kind == object_kind::timer) return kept(make_timer(name, settings));
  if (settings.initial > settings.maximum) {
    throw failure(exit_usage,
                  fmt::format("a semaphore of at most {} cannot begin with {}", settings.maximum, settings.initial),
                  "say a greater --maximum, or a smaller --initial");
  }
  return kept(semaphore::create(name, settings.initial, settings.maximum, settings.options));
}

std::string describe(object_kind kind, sync_settings const& settings) {
  if (kind == object_kind::mutex) return "mutex";
  if (kind == object_kind::event) {
    return fmt::format("{}-reset event{}", settings.manual ? "manual" : "automatic", settings.set ? ", set" : "");
  }
  if (kind == object_kind::timer) return settings.manual ? "manual-reset timer" : "automatic-reset timer";
  return "semaphore, " + permits_text(settings.initial, settings.maximum);
}

}  // namespace

held_sync::held_sync(object_kind kind, std::string const& name, sync_settings const& settings)
    : handle_(make(kind, name, settings)), description_(describe(kind, settings)), at_first_(stat(name)) {}

bool held_sync::still_named() const {
  try {
    auto const now = stat(at_first_.name);
    return now.created == at_first_.created && now.creator == at_first_.creator;
  } catch (error const& e) {
    return e.code() != std::errc::no_such_file_or_directory;
  }
}

}  // namespace coview::tool
