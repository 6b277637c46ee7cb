// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>

#include <coview/channel.hpp>
#include <coview/shareable.hpp>
#include <coview/wait.hpp>

/// Topics: many publishers, many subscribers, and each of them sees every message, in one order.
///
///     auto t = coview::topic::open_or_create("cam/front", {.capacity = 64 << 20});
///     auto pub = t.publisher();
///     pub.publish(bytes);
///     auto sub = t.subscribe({.from = coview::from::now, .slow = coview::slow::lags});
///     if (auto msg = sub.receive(timeout)) { msg->lost(); msg->sequence(); msg->bytes(); }
///
/// Caveats, before anything else:
/// - A topic keeps as many messages as fit: the oldest goes where a new one needs its place, whoever has
///   not seen it. A subscriber that lags is told exactly how many it lost. One that blocks loses none, and
///   holds the publishers up.
/// - A topic lives as long as somebody has it open (or for ever, `permanent`), and its messages with it.
/// - Messages of more than 256 bytes are read in place: they keep their memory until they are destroyed, and must not
///   outlive their subscription.
///
/// Crash safety: any process may be killed at any instruction; dead subscribers hold nobody back. A forked child
/// makes publishers and subscriptions of its own.
namespace coview {

namespace detail {
class carrying;
class distrusting_reader;
class segment;
class publisher_core;
class subscription_core;
}  // namespace detail

/// With which message a subscription begins.
enum class from : std::uint8_t {
  now,     ///< the next one that is published
  oldest,  ///< the oldest that is still there
};

/// What becomes of a subscriber that is slower than the publishers.
enum class slow : std::uint8_t {
  lags,    ///< nobody waits for it: it loses the oldest messages, and is told how many
  blocks,  ///< publishers wait for it; where the topic allows that
};

/// How a topic is created. Whoever opens one that exists gets it as it was created.
struct topic_options {
  std::uint64_t capacity = 0;  ///< bytes of messages that it keeps; more than 0; rounded up to whole units
  type_tag type = {};          ///< what it carries
  std::uint64_t messages =
      0;  ///< how many it keeps, up to 32768, rounded up to a power of two; 0: half as many as units
  bool subscribers_may_block = false;
  std::uint32_t participants = 0;  ///< publishers and subscriptions at a time, 2 to 100; 0: 16
  bool lock_in_memory = false;     ///< never swapped out (mlock), for this handle
  mode_t mode = 0600;              ///< who may use it; using it needs both reading and writing
  bool permanent = false;          ///< keeps its name, and its messages, without a handle
};

struct subscribe_options {
  coview::from from = coview::from::now;
  coview::slow slow = coview::slow::lags;
};

/// A message of a topic: a copy of up to 256 bytes, or more in place. Move only; for one thread at a time.
class COVIEW_EXPORT topic_message {
 public:
  // Not defaulted: that would clear `small_` first wherever one is made with `()`, which takes longer than all else.
  topic_message() noexcept {}  // NOLINT(modernize-use-equals-default, cppcoreguidelines-pro-type-member-init)
  topic_message(topic_message&& other) noexcept { take(other); }
  topic_message& operator=(topic_message&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  topic_message(topic_message const&) = delete;
  topic_message& operator=(topic_message const&) = delete;
  ~topic_message() { release(); }

  /// At a multiple of 64.
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return {data_, size_}; }
  /// Its place in the order of publication, from 0.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  /// How many messages the subscription lost between the one before and this one.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  explicit operator bool() const noexcept { return data_ != nullptr; }

  /// The most that is copied.
  static constexpr std::size_t most_copied = 256;

 private:
  friend class detail::distrusting_reader;
  friend class detail::subscription_core;
  friend class topic;
  void release() noexcept;
  void take(topic_message& other) noexcept;

  std::byte const* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t lost_ = 0;
  detail::subscription_core* from_ = nullptr;  // of one in place
  std::uint32_t pin_ = 0;
  std::unique_ptr<std::byte[]> large_;  // of a large copy
  alignas(64) std::array<std::byte, most_copied> small_;
};

/// Publishes to a topic. Move only; a moved-from or default one is empty, and using it is an error:
/// errc::bad_file_descriptor. For one thread at a time: each has its own.
class COVIEW_EXPORT publisher {
 public:
  publisher() noexcept = default;

  /// Copies the bytes into the topic. False where a blocking subscriber, or messages that are kept in place,
  /// left no room until time was up: nothing was published then. Errors: errc::message_size for more than a
  /// quarter of the capacity.
  bool publish(std::span<std::byte const> bytes, timeout until = {}) const;
  bool publish(std::string_view text, timeout until = {}) const {
    return publish(std::as_bytes(std::span(text.data(), text.size())), until);
  }
  /// Memory to fill in place, for as long as it takes: nobody waits for it. Empty when time is up.
  [[nodiscard]] std::optional<slot> loan(std::size_t bytes, timeout until = {}) const;
  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  friend class detail::carrying;
  friend class topic;
  explicit publisher(std::shared_ptr<detail::publisher_core> core) noexcept : core_(std::move(core)) {}
  std::shared_ptr<detail::publisher_core> core_;
};

/// A subscriber's place in a topic. Move only; empty ones as publisher. For one thread at a time.
class COVIEW_EXPORT subscription {
 public:
  subscription() noexcept = default;

  /// The next message. Empty when time is up. Errors: errc::no_buffer_space where 16 messages are kept in place.
  [[nodiscard]] std::optional<topic_message> receive(timeout until = {}) const;
  [[nodiscard]] std::optional<topic_message> try_receive() const { return receive(timeout::time_point{}); }
  /// A descriptor for epoll, asio, Qt and the like: readable from when there is a message until a receive here finds
  /// none. So receive until there is none, then wait. The first call starts a thread of this process that waits, and
  /// closes with this object; do not close, read or write it. A forked child's copy is its parent's. It costs a
  /// thread (256 KiB of address space) and two switches of threads for each time that messages come after there were
  /// none, and nothing while there are always some. Errors: errc::too_many_files_open,
  /// errc::resource_unavailable_try_again (no thread).
  [[nodiscard]] int native_wait_handle() const;
  /// Messages lost so far, those included that the next one will tell of.
  [[nodiscard]] std::uint64_t lost() const noexcept;
  /// Whether publishers still wait for it: `coview evict` ends that.
  [[nodiscard]] bool blocks() const noexcept;
  explicit operator bool() const noexcept { return core_ != nullptr || reader_ != nullptr; }

 private:
  friend class topic;
  friend class waitable;
  explicit subscription(std::shared_ptr<detail::subscription_core> core) noexcept : core_(std::move(core)) {}
  explicit subscription(std::shared_ptr<detail::distrusting_reader> reader) noexcept : reader_(std::move(reader)) {}
  std::shared_ptr<detail::subscription_core> core_;
  std::shared_ptr<detail::distrusting_reader> reader_;  // of a topic opened with trust::none
};

/// A handle to a named topic. Move only; a moved-from or default one is empty, and using it is an error:
/// errc::bad_file_descriptor. Thread safety: all functions but moving may be called from several threads at once.
/// Publishers and subscriptions may outlive it.
class COVIEW_EXPORT topic {
 public:
  topic() noexcept = default;
  topic(topic&&) noexcept = default;
  topic& operator=(topic&&) noexcept = default;
  topic(topic const&) = delete;
  topic& operator=(topic const&) = delete;
  ~topic() = default;

  /// Errors: as queue.
  [[nodiscard]] static topic create(std::string_view name, topic_options const& options);
  /// With trust::none, it needs the right to read only, takes no place for a participant, and works from other pid
  /// namespaces. Its messages are copies, and its subscriptions lag; nobody is told that they sleep, so they look
  /// again by themselves, every 4 ms at most. Publishing and evicting fail with errc::operation_not_permitted.
  [[nodiscard]] static topic open(std::string_view name, type_tag const& type = {}, trust whom = trust::writers);
  [[nodiscard]] static std::optional<topic> try_open(std::string_view name, type_tag const& type = {},
                                                     trust whom = trust::writers);
  [[nodiscard]] static topic open_or_create(std::string_view name, topic_options const& options);

  /// Errors: errc::resource_unavailable_try_again where all places for participants are taken.
  [[nodiscard]] coview::publisher publisher() const;
  /// Errors: the same; errc::operation_not_permitted for slow::blocks where the topic does not allow it.
  [[nodiscard]] subscription subscribe(subscribe_options const& options = {}) const;
  /// A copy of the newest message; empty where nothing was published yet. Waits for nobody, and is never torn.
  [[nodiscard]] std::optional<topic_message> latest() const;
  /// Frees the publishers from all subscribers that block: they lag from now on. How many there were. Needs no place
  /// for a participant.
  std::size_t evict() const;
  /// The same of one participant, by its number in `channel_status`. False where it did not block.
  bool evict(std::uint32_t participant) const;

  /// The most that a message can have: a quarter of the capacity. 0 for an empty handle, as all that follow.
  [[nodiscard]] std::size_t largest() const noexcept;
  [[nodiscard]] std::uint64_t capacity() const noexcept;
  /// Messages published so far.
  [[nodiscard]] std::uint64_t published() const noexcept;
  [[nodiscard]] std::string const& name() const noexcept;
  /// Whether this call made the object (false: it was there).
  [[nodiscard]] bool created() const noexcept;
  /// As of a mutex.
  [[nodiscard]] bool still_named() const noexcept;
  explicit operator bool() const noexcept { return where_ != nullptr; }

 private:
  friend class detail::carrying;
  explicit topic(std::shared_ptr<detail::segment> where) noexcept : where_(std::move(where)) {}
  std::shared_ptr<detail::segment> where_;
};

/// How a topic of one type is created.
struct topic_of_options {
  std::uint64_t history = 16;  ///< how many it keeps, up to 16384, rounded up to a power of two
  std::string_view type = {};  ///< the type's name; empty: as the compiler has it
  std::uint32_t version = 0;   ///< of the type
  bool subscribers_may_block = false;
  std::uint32_t participants = 0;
  mode_t mode = 0600;
  bool permanent = false;
};

/// A topic of values of one type, which must be trivially copyable. `publish` is for one thread at a
/// time; `latest` for any.
template <class T>
class topic_of {
  static_assert(std::is_trivially_copyable_v<T> && shareable<T>, "this type cannot live in shared memory");
  static_assert(sizeof(T) <= std::size_t{1} << 26U, "share what is that large by a mapping");

 public:
  /// Opens the topic, or creates it. Errors: as topic::open_or_create.
  explicit topic_of(std::string_view name, topic_of_options const& options = {})
      : topic_(topic::open_or_create(name, expand(options))) {}

  /// As publisher::publish.
  bool publish(T const& value, timeout until = {}) {
    if (!publisher_) publisher_ = topic_.publisher();
    return publisher_.publish(std::as_bytes(std::span(&value, 1)), until);
  }
  /// The newest value. Waits for nobody, and is never torn.
  [[nodiscard]] std::optional<T> latest() const {
    auto const newest = topic_.latest();
    if (!newest) return {};
    return value_of(*newest);
  }
  [[nodiscard]] subscription subscribe(subscribe_options const& options = {}) const {
    return topic_.subscribe(options);
  }
  /// The value of a message of such a subscription. Errors: errc::bad_message where it has another size.
  [[nodiscard]] static T value_of(topic_message const& message) {
    if (message.bytes().size() != sizeof(T)) {
      throw error(std::errc::bad_message, {"read", "message of a topic", "it has another size than its type", {}});
    }
    T value;
    std::memcpy(&value, message.bytes().data(), sizeof value);
    return value;
  }
  [[nodiscard]] coview::topic const& underlying() const noexcept { return topic_; }

 private:
  static topic_options expand(topic_of_options const& options) {
    std::uint64_t unit = 64;
    while (unit < sizeof(T)) unit *= 2;
    std::uint64_t places = 2;
    while (places < options.history) places *= 2;
    constexpr std::uint64_t in_hand = 64;  // what is being filled, and kept in place
    return {.capacity = (places + in_hand) * unit,
            .type = {options.type.empty() ? std::string_view(typeid(T).name()) : options.type, sizeof(T),
                     options.version},
            .messages = places,
            .subscribers_may_block = options.subscribers_may_block,
            .participants = options.participants,
            .mode = options.mode,
            .permanent = options.permanent};
  }

  topic topic_;
  coview::publisher publisher_;
};

}  // namespace coview
