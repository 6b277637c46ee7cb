// SPDX-License-Identifier: Apache-2.0
// The public face of events, and of those without a name in memory of the program.
#include <cstdint>

#include <coview/event.hpp>

#include "sync/sync_object.hpp"

namespace coview {
namespace {

constexpr std::uint32_t manual_flavour = 1;
constexpr std::uint32_t one = 1;

sync_description described(reset kind, bool set) {
  sync_description event{object_kind::event, {}, set ? std::uint64_t{available} : 0};
  event.facts.flavour = kind == reset::manual ? manual_flavour : 0;
  return event;
}

operation_context asks(char const* operation, std::string_view name) {
  return {operation, "event", name};
}

robust_node& event_node(std::byte* state) {
  return *reinterpret_cast<robust_node*>(state);
}

[[gnu::noinline]] void set_slowly(robust_node& node, state_rules rules) {
  std::uint32_t before = 0;
  signal(node, rules, one, before);
}
inline void set(robust_node& node, state_rules rules) {
  if (!set_at_once(node)) set_slowly(node, rules);
}

[[gnu::noinline]] bool wait_slowly(robust_node& node, state_rules rules, timeout until) {
  return acquire(node, rules, until.deadline());
}

constexpr state_rules manual{state_kind::manual};

}  // namespace

event event::create(std::string_view name, reset kind, bool set, sync_options const& options) {
  return event(open_sync(name, name_use::create, described(kind, set), options, asks("create", name)));
}

event event::open(std::string_view name) {
  return event(open_sync(name, name_use::open, described(reset::manual, false), {}, asks("open", name)));
}

std::optional<event> event::try_open(std::string_view name) {
  auto object = open_sync(name, name_use::try_open, described(reset::manual, false), {}, asks("open", name));
  if (!object) return {};
  return event(std::move(object));
}

event event::open_or_create(std::string_view name, reset kind, bool set, sync_options const& options) {
  return event(
      open_sync(name, name_use::open_or_create, described(kind, set), options, asks("open or create", name)));
}

void event::set() const {
  auto const& object = behind(object_, "set", "event");
  coview::set(object.node(), object.rules());
}
void event::clear() const {
  reset_event(behind(object_, "clear", "event").node());
}
void event::pulse() const {
  auto const& object = behind(object_, "pulse", "event");
  pulse_event(object.node(), object.rules().kind);
}
bool event::wait(timeout until) const {
  auto const& object = behind(object_, "wait for", "event");
  auto& node = object.node();
  return acquire_at_once(node, object.point.rules.kind) || wait_slowly(node, object.rules(), until);
}

reset event::kind() const noexcept {
  return !object_ || object_->rules().kind == state_kind::manual ? reset::manual : reset::automatic;
}
bool event::still_named() const noexcept {
  return object_ && object_->file.still_named();
}
std::string const& event::name() const noexcept {
  return name_of(object_);
}
bool event::created() const noexcept {
  return object_ && object_->created;
}

void futex_event::set() {
  coview::set(event_node(state_.data()), manual);
}
void futex_event::clear() {
  reset_event(event_node(state_.data()));
}
bool futex_event::wait(timeout until) {
  auto& node = event_node(state_.data());
  return acquire_at_once(node, manual.kind) || wait_slowly(node, manual, until);
}

}  // namespace coview
