// SPDX-License-Identifier: Apache-2.0
// The public face of semaphores.
#include <cerrno>
#include <cstdint>

#include <coview/semaphore.hpp>

#include "sync/sync_object.hpp"

namespace coview {
namespace {

sync_description described(std::uint32_t initial, std::uint32_t maximum) {
  constexpr unsigned high_half = 32;
  sync_description semaphore{object_kind::semaphore, {}, std::uint64_t{initial} << high_half};
  if (initial > 0) semaphore.state |= available;
  semaphore.facts.maximum = maximum;
  return semaphore;
}

operation_context semaphore_call(char const* operation, std::string_view name) {
  return {operation, "semaphore", name};
}

/// SM-01.
void require_counts(std::uint32_t initial, std::uint32_t maximum, operation_context const& context) {
  if (maximum == 0 || maximum > INT32_MAX) context.fail(EINVAL, "its maximum is not between 1 and 2147483647");
  if (initial > maximum) context.fail(EINVAL, "it would begin with more than its maximum");
}

}  // namespace

semaphore semaphore::create(std::string_view name, std::uint32_t initial, std::uint32_t maximum,
                            sync_options const& options) {
  auto const context = semaphore_call("create", name);
  require_counts(initial, maximum, context);
  return semaphore(open_sync(name, name_use::create, described(initial, maximum), options, context));
}

semaphore semaphore::open(std::string_view name) {
  return semaphore(open_sync(name, name_use::open, described(0, 1), {}, semaphore_call("open", name)));
}

std::optional<semaphore> semaphore::try_open(std::string_view name) {
  auto object = open_sync(name, name_use::try_open, described(0, 1), {}, semaphore_call("open", name));
  if (!object) return {};
  return semaphore(std::move(object));
}

semaphore semaphore::open_or_create(std::string_view name, std::uint32_t initial, std::uint32_t maximum,
                                    sync_options const& options) {
  auto const context = semaphore_call("open or create", name);
  require_counts(initial, maximum, context);
  return semaphore(open_sync(name, name_use::open_or_create, described(initial, maximum), options, context));
}

bool semaphore::acquire(timeout until) const {
  auto const& object = behind(object_, "acquire", "semaphore");
  return coview::acquire(object.node(), object.rules(), until.deadline());
}

std::uint32_t semaphore::release(std::uint32_t count) const {
  auto const& object = behind(object_, "release", "semaphore");
  if (count == 0)
    semaphore_call("release", object.name).fail(EINVAL, "0 permits were given back", "give back at least 1");
  std::uint32_t before = 0;
  if (!signal(object.node(), object.rules(), count, before)) {
    semaphore_call("release", object.name)
        .fail(EOVERFLOW, std::to_string(before) + " and " + std::to_string(count) +
                             " permits are more than its maximum of " + std::to_string(object.rules().maximum));
  }
  return before;
}

std::uint32_t semaphore::count() const noexcept {
  return object_ ? amount(object_->node(), object_->rules()) : 0;
}
std::uint32_t semaphore::maximum() const noexcept {
  return object_ ? object_->rules().maximum : 0;
}
bool semaphore::still_named() const noexcept {
  return object_ && object_->file.still_named();
}
std::string const& semaphore::name() const noexcept {
  return name_of(object_);
}
bool semaphore::created() const noexcept {
  return object_ && object_->created;
}

}  // namespace coview
