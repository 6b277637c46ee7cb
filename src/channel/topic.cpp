// SPDX-License-Identifier: Apache-2.0
// The public face of topics: options, checks, and what needs no subscription, as the latest message and evicting.
#include <cerrno>
#include <utility>

#include <coview/topic.hpp>

#include "channel/distrusting_reader.hpp"
#include "channel/quick.hpp"

namespace coview {
namespace {

constexpr char const* a_topic = "topic";

channel_settings settings_of(topic_options const& options) {
  auto settings = channel_settings::of(object_kind::topic, options);
  settings.may_block = options.subscribers_may_block;
  return settings;
}

std::shared_ptr<segment> open_segment(std::string_view name, name_use use, topic_options const& options,
                                      char const* operation) {
  return segment::open(name, use, settings_of(options), {operation, a_topic, name});
}

std::shared_ptr<segment> open_existing(std::string_view name, name_use use, type_tag const& type, trust whom) {
  channel_settings settings;
  settings.kind = object_kind::topic;
  settings.type = type;
  settings.read_only = whom == trust::none;
  return segment::open(name, use, settings, {"open", a_topic, name});
}

segment& behind(std::shared_ptr<segment> const& where, char const* operation) {
  if (!where) [[unlikely]]
    fail_of_empty(operation, a_topic);
  return *where;
}

/// For what writes to it.
segment& writable(std::shared_ptr<segment> const& where, char const* operation) {
  auto& found = behind(where, operation);
  if (found.read_only()) {
    operation_context{operation, a_topic, found.name()}.fail(EPERM, "it was opened with trust::none, to be read only",
                                                             "open it without that");
  }
  return found;
}

bool no_longer_blocks(segment const& where, std::uint32_t i) noexcept {
  return where.participant(i).blocks.exchange(0, std::memory_order_seq_cst) != 0;
}

void tell_publishers(segment const& where) noexcept {
  where.control().rules.fetch_add(1, std::memory_order_seq_cst);
  ring_now(where.control().room, os::everybody);
}

template <class Core>
Core& end_behind(std::shared_ptr<Core> const& core, char const* operation, char const* of_what) {
  if (!core) [[unlikely]]
    fail_of_empty(operation, of_what);
  core->require_own_process({operation, a_topic, core->where().name()});
  return *core;
}

template <class Core>
int handle_of(Core& core) {
  return core.handle().fd(core.point(), {"wait for", a_topic, core.where().name()});
}

}  // namespace

topic topic::create(std::string_view name, topic_options const& options) {
  return topic(open_segment(name, name_use::create, options, "create"));
}
topic topic::open(std::string_view name, type_tag const& type, trust whom) {
  return topic(open_existing(name, name_use::open, type, whom));
}
std::optional<topic> topic::try_open(std::string_view name, type_tag const& type, trust whom) {
  auto where = open_existing(name, name_use::try_open, type, whom);
  if (!where) return {};
  return topic(std::move(where));
}
topic topic::open_or_create(std::string_view name, topic_options const& options) {
  return topic(open_segment(name, name_use::open_or_create, options, "open or create"));
}

coview::publisher topic::publisher() const {
  auto const& where = writable(where_, "publish to");
  return coview::publisher(
      std::make_shared<detail::publisher_core>(where_, operation_context{"publish to", a_topic, where.name()}));
}

subscription topic::subscribe(subscribe_options const& options) const {
  auto const& where = behind(where_, "subscribe to");
  operation_context const context{"subscribe to", a_topic, where.name()};
  if (where.read_only()) {
    if (options.slow == slow::blocks) {
      context.fail(EPERM, "it was opened with trust::none, and publishers cannot know of such readers",
                   "use slow::lags, or open it without that");
    }
    return subscription(std::make_shared<detail::distrusting_reader>(where_, options.from));
  }
  if (options.slow == slow::blocks && !where.may_block()) {
    context.fail(EPERM, "it was created without subscribers_may_block", "use slow::lags, or create it with that");
  }
  return subscription(std::make_shared<detail::subscription_core>(where_, options, context));
}

std::optional<topic_message> topic::latest() const {
  constexpr int most_attempts = 1000;  // each that fails means that all places were published to meanwhile
  auto const& where = behind(where_, "read from");
  if (where.read_only()) return detail::distrusting_reader(where_, from::now).latest();
  std::optional<topic_message> out(std::in_place);
  std::uint64_t end = 0;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    end = end_of(where, end);
    if (end == 0) return {};
    auto const newest = end - 1;
    auto const seen = where.place(newest);
    if (where.laps_ahead(seen, newest) != 0 || seen.is_gone() || seen.block() >= where.units()) continue;
    block_shape const shape{where.shape(seen.block()).load(std::memory_order_relaxed)};
    std::size_t const room = where.bytes_of(where.units_of(seen.block(), shape));
    std::size_t const length = std::min<std::size_t>(shape.length(), room);
    std::byte* to = out->small_.data();
    if (length > topic_message::most_copied) {
      constexpr std::size_t alignment = 64;
      out->large_ = std::make_unique_for_overwrite<std::byte[]>(length + alignment);
      auto const address = reinterpret_cast<std::uintptr_t>(out->large_.get());
      to = out->large_.get() + (alignment - address % alignment) % alignment;
    }
    copy_from_shared(to, where.data(seen.block()), length);  // V1
    std::atomic_thread_fence(std::memory_order_acquire);
    if (where.place(newest, std::memory_order_relaxed).bits != seen.bits) continue;  // V2
    out->data_ = to;
    out->size_ = length;
    out->sequence_ = newest;
    return out;
  }
  return {};
}

std::size_t topic::evict() const {
  auto const& where = writable(where_, "evict subscribers from");
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < where.participants(); ++i) count += no_longer_blocks(where, i) ? 1 : 0;
  tell_publishers(where);
  return count;
}

bool topic::evict(std::uint32_t participant) const {
  auto const& where = writable(where_, "evict a subscriber from");
  if (participant >= where.participants()) {
    operation_context{"evict a subscriber from", a_topic, where.name()}.fail(
        EINVAL,
        "it has " + std::to_string(where.participants()) + " places for participants, and none is number " +
            std::to_string(participant),
        "'coview who' shows their numbers");
  }
  bool const blocked = no_longer_blocks(where, participant);
  tell_publishers(where);
  return blocked;
}

std::size_t topic::largest() const noexcept {
  return where_ ? where_->largest() : 0;
}
std::uint64_t topic::capacity() const noexcept {
  return where_ ? where_->capacity() : 0;
}
std::uint64_t topic::published() const noexcept {
  if (!where_) return 0;
  if (where_->read_only()) return detail::distrusting_reader(where_, from::now).published();
  return end_of(*where_, 0);
}
std::string const& topic::name() const noexcept {
  return where_ ? where_->name() : segment::no_name();
}
bool topic::created() const noexcept {
  return where_ && where_->created();
}
bool topic::still_named() const noexcept {
  return where_ && where_->still_named();
}

bool publisher::publish(std::span<std::byte const> bytes, timeout until) const {
  auto& core = end_behind(core_, "publish to", "publisher");
  return core.send_at_once(bytes) || core.send(bytes, until.deadline());
}
std::optional<slot> publisher::loan(std::size_t bytes, timeout until) const {
  return end_behind(core_, "publish to", "publisher").loan(bytes, until.deadline());
}

std::optional<topic_message> subscription::receive(timeout until) const {
  // One variable for all that is returned: it is made where the caller has it.
  std::optional<topic_message> message(std::in_place);
  if (reader_) [[unlikely]] {
    message = reader_->receive(until.deadline());
    if (!message) reader_->handle().found_nothing();
    return message;
  }
  auto& core = end_behind(core_, "receive from", "subscription");
  if (core.receive_at_once(*message)) [[likely]]
    return message;
  if (!core.receive(*message, until.deadline())) {
    message.reset();
    core.handle().found_nothing();
  }
  return message;
}
int subscription::native_wait_handle() const {
  if (reader_) return handle_of(*reader_);
  return handle_of(end_behind(core_, "wait for", "subscription"));
}
std::uint64_t subscription::lost() const noexcept {
  if (reader_) return reader_->lost();
  return core_ ? core_->lost() : 0;
}
bool subscription::blocks() const noexcept {
  return core_ && core_->blocks();
}

void topic_message::release() noexcept {
  if (from_ != nullptr) std::exchange(from_, nullptr)->release(pin_);
  data_ = nullptr;
  size_ = 0;
}

void topic_message::take(topic_message& other) noexcept {
  bool const small = other.data_ == other.small_.data();
  if (small) std::memcpy(small_.data(), other.small_.data(), other.size_);
  data_ = small ? small_.data() : std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  other.data_ = nullptr;
  sequence_ = other.sequence_;
  lost_ = other.lost_;
  from_ = std::exchange(other.from_, nullptr);
  pin_ = other.pin_;
  large_ = std::move(other.large_);
}

waitable::waitable(subscription const& channel) noexcept
    : point_(channel.core_     ? &channel.core_->point()
             : channel.reader_ ? &channel.reader_->point()
                               : nullptr) {}

}  // namespace coview
