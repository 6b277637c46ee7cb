// SPDX-License-Identifier: Apache-2.0
// The public face of mutexes, and of those without a name in memory of the program.
#include <cerrno>

#include <coview/mutex.hpp>

#include "sync/sync_object.hpp"

namespace coview {
namespace {

constexpr sync_description free_mutex{object_kind::mutex, {}, 0};

operation_context mutex_call(char const* operation, std::string_view name) {
  return {operation, "mutex", name};
}

robust_node& mutex_node(std::byte* state) {
  return *reinterpret_cast<robust_node*>(state);
}

acquired acquired_of(lock_outcome outcome) noexcept {
  switch (outcome) {
    case lock_outcome::taken:
      return acquired::yes;
    case lock_outcome::taken_abandoned:
      return acquired::abandoned;
    case lock_outcome::refused:
      break;
  }
  return acquired::timed_out;
}

[[gnu::noinline]] acquired acquire_slowly(node_ref ref, timeout until) {
  return acquired_of(lock_slowly(ref, until.deadline()));
}

[[noreturn]] void fail_to_release(std::string_view name) {
  mutex_call("release", name)
      .fail(EPERM, "this thread does not own it", "each acquire by a thread needs one release by the same");
}

}  // namespace

mutex mutex::create(std::string_view name, sync_options const& options) {
  return mutex(open_sync(name, name_use::create, free_mutex, options, mutex_call("create", name)));
}

mutex mutex::open(std::string_view name) {
  return mutex(open_sync(name, name_use::open, free_mutex, {}, mutex_call("open", name)));
}

std::optional<mutex> mutex::try_open(std::string_view name) {
  auto object = open_sync(name, name_use::try_open, free_mutex, {}, mutex_call("open", name));
  if (!object) return {};
  return mutex(std::move(object));
}

mutex mutex::open_or_create(std::string_view name, sync_options const& options) {
  return mutex(open_sync(name, name_use::open_or_create, free_mutex, options, mutex_call("open or create", name)));
}

acquired mutex::acquire(timeout until) const {
  auto const& point = behind(object_, "acquire", "mutex").point;
  return lock_at_once(*point.node, point.listed_by) ? acquired::yes : acquire_slowly(point.ref(), until);
}

void mutex::release() const {
  if (!coview::unlock(behind(object_, "release", "mutex").point.ref())) fail_to_release(object_->name);
}

bool mutex::was_abandoned() const {
  return object_ && found_abandoned(object_->node());
}

std::string const& mutex::name() const noexcept {
  return name_of(object_);
}
bool mutex::still_named() const noexcept {
  return object_ && object_->file.still_named();
}
bool mutex::created() const noexcept {
  return object_ && object_->created;
}

acquired robust_mutex::acquire(timeout until) {
  auto& node = mutex_node(state_.data());
  return lock_at_once(node, nullptr) ? acquired::yes : acquire_slowly(node, until);
}

void robust_mutex::release() {
  if (!coview::unlock(mutex_node(state_.data()))) fail_to_release({});
}

bool robust_mutex::was_abandoned() const {
  return found_abandoned(*reinterpret_cast<robust_node const*>(state_.data()));
}

}  // namespace coview
