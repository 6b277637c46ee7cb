// SPDX-License-Identifier: Apache-2.0
// Creating and holding a mutex, event or semaphore.
#include "commands/create_sync.hpp"

#include <fmt/format.h>

#include <coview/error.hpp>
#include <coview/event.hpp>
#include <coview/semaphore.hpp>

#include "shared/exit_code.hpp"

namespace coview::tool {

namespace {

template <class Object>
std::shared_ptr<void const> kept(Object object) {
  return std::make_shared<Object>(std::move(object));
}

std::shared_ptr<void const> make(object_kind kind, std::string const& name, sync_wish const& wish) {
  if (kind == object_kind::mutex) return kept(mutex::create(name, wish.options));
  if (kind == object_kind::event) {
    return kept(event::create(name, wish.manual ? reset::manual : reset::automatic, wish.set, wish.options));
  }
  if (wish.initial > wish.maximum) {
    throw failure(exit_usage,
                  fmt::format("a semaphore of at most {} cannot begin with {}", wish.maximum, wish.initial),
                  "say a greater --maximum, or a smaller --initial");
  }
  return kept(semaphore::create(name, wish.initial, wish.maximum, wish.options));
}

std::string describe(object_kind kind, sync_wish const& wish) {
  if (kind == object_kind::mutex) return "mutex";
  if (kind == object_kind::event) {
    return fmt::format("{}-reset event{}", wish.manual ? "manual" : "automatic", wish.set ? ", set" : "");
  }
  return fmt::format("semaphore, {} of {}", wish.initial, wish.maximum);
}

}  // namespace

held_sync::held_sync(object_kind kind, std::string const& name, sync_wish const& wish)
    : handle_(make(kind, name, wish)), words_(describe(kind, wish)), at_first_(stat(name)) {}

bool held_sync::still_named() const {
  try {
    auto const now = stat(at_first_.name);
    return now.created == at_first_.created && now.creator == at_first_.creator;
  } catch (error const& e) {
    return e.code() != std::errc::no_such_file_or_directory;
  }
}

}  // namespace coview::tool
