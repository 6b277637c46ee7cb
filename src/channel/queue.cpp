// SPDX-License-Identifier: Apache-2.0
// The public face of queues: options and checks; the work is queue_core's.
#include <cerrno>

#include <coview/queue.hpp>

#include "channel/quick.hpp"

namespace coview {
namespace {

constexpr char const* a_queue = "queue";

channel_settings settings_of(queue_options const& options) {
  auto settings = channel_settings::of(object_kind::queue, options);
  settings.drops_of_the_dead = options.on_death == dead_receiver::drop;
  return settings;
}

std::shared_ptr<detail::queue_core> open_core(std::string_view name, name_use use, queue_options const& options,
                                              char const* operation) {
  operation_context const context{operation, a_queue, name};
  auto where = segment::open(name, use, settings_of(options), context);
  if (!where) return nullptr;
  return std::make_shared<detail::queue_core>(std::move(where), context);
}

detail::queue_core& behind(std::shared_ptr<detail::queue_core> const& core, char const* operation) {
  if (!core) [[unlikely]]
    fail_of_empty(operation, a_queue);
  core->require_own_process({operation, a_queue, core->where().name()});
  return *core;
}

}  // namespace

queue queue::create(std::string_view name, queue_options const& options) {
  return queue(open_core(name, name_use::create, options, "create"));
}
queue queue::open(std::string_view name, type_tag const& type) {
  return queue(open_core(name, name_use::open, {.type = type}, "open"));
}
std::optional<queue> queue::try_open(std::string_view name, type_tag const& type) {
  auto core = open_core(name, name_use::try_open, {.type = type}, "open");
  if (!core) return {};
  return queue(std::move(core));
}
queue queue::open_or_create(std::string_view name, queue_options const& options) {
  return queue(open_core(name, name_use::open_or_create, options, "open or create"));
}

bool queue::send(std::span<std::byte const> bytes, timeout until) const {
  auto& core = behind(core_, "send to");
  return core.send_at_once(bytes) || core.send(bytes, until.deadline());
}
std::size_t queue::send_many(std::span<std::span<std::byte const> const> messages, timeout until) const {
  return behind(core_, "send to").send_many(messages, until.deadline());
}
std::optional<slot> queue::loan(std::size_t bytes, timeout until) const {
  return behind(core_, "send to").loan(bytes, until.deadline());
}
std::optional<queue_message> queue::receive(timeout until) const {
  auto& core = behind(core_, "receive from");
  std::optional<queue_message> message(std::in_place);
  if (core.receive_at_once(*message)) [[likely]]
    return message;
  if (!core.receive(*message, until.deadline())) {
    message.reset();
    core.handle().found_nothing();
  }
  return message;
}
std::size_t queue::receive_many(std::span<queue_message> out, timeout until) const {
  auto& core = behind(core_, "receive from");
  auto const count = core.receive_many(out, until.deadline());
  if (count < out.size()) core.handle().found_nothing();
  return count;
}
int queue::native_wait_handle() const {
  auto& core = behind(core_, "wait for");
  return core.handle().fd(core.point(), {"wait for", a_queue, core.where().name()});
}

std::size_t queue::largest() const noexcept {
  return core_ ? core_->where().largest() : 0;
}
std::uint64_t queue::capacity() const noexcept {
  return core_ ? core_->where().capacity() : 0;
}
std::uint64_t queue::depth() const noexcept {
  return core_ ? core_->depth() : 0;
}
std::string const& queue::name() const noexcept {
  return core_ ? core_->where().name() : segment::no_name();
}
bool queue::created() const noexcept {
  return core_ && core_->where().created();
}
bool queue::still_named() const noexcept {
  return core_ && core_->where().still_named();
}

void queue_message::release() noexcept {
  if (from_ == nullptr) return;
  std::exchange(from_, nullptr)->release(block_);
  data_ = nullptr;
  size_ = 0;
}

slot::~slot() {
  if (from_ != nullptr) from_->give_back(block_);
}

bool slot::publish(std::size_t length, timeout until) {
  operation_context const context{"publish", "slot"};
  if (from_ == nullptr) context.fail(EBADF, "it is empty: published already, or moved from");
  if (length > size_) {
    context.fail(EOVERFLOW, "it has " + std::to_string(size_) + " bytes, and " + std::to_string(length) +
                                " are to be published");
  }
  if (!from_->publish(block_, length, until.deadline())) return false;
  from_ = nullptr;
  data_ = nullptr;
  size_ = 0;
  return true;
}

waitable::waitable(queue const& channel) noexcept : point_(channel.core_ ? &channel.core_->point() : nullptr) {}

}  // namespace coview
