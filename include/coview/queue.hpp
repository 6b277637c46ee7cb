// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include <coview/channel.hpp>
#include <coview/shareable.hpp>
#include <coview/wait.hpp>

/// Queues: many senders, many receivers, each message to one of them, in the order of publication.
///
///     auto q = coview::queue::open_or_create("jobs", {.capacity = 1 << 20});
///     q.send(bytes);                                                              // blocks while it is full
///     if (auto slot = q.loan(4096)) { fill(slot->data()); slot->publish(3000); }  // in place
///     if (auto msg = q.receive(std::chrono::seconds(1))) use(msg->bytes());       // in place until msg is destroyed
///
/// Caveats, before anything else:
/// - The queue lives as long as somebody has it open: what was sent to nobody is gone with its last handle. Where the
///   sender may end first, make it `permanent`.
/// - A message is delivered at least once: what a receiver had when it died goes to the next one, and says so.
/// - A message that is not destroyed keeps its memory. Slots and messages must not outlive their queue.
///
/// Crash safety: any process may be killed at any instruction. Nothing that was published is lost, blocks or repeats
/// unmarked. A forked child opens the queue itself.
namespace coview {

namespace detail {
class carrying;
class queue_core;
}  // namespace detail

/// How a queue is created. Whoever opens one that exists gets it as it was created.
struct queue_options {
  std::uint64_t capacity = 0;  ///< bytes of messages that it holds; more than 0; rounded up to whole units
  type_tag type = {};          ///< what it carries
  std::uint64_t messages = 0;  ///< how many it holds at most, up to 32768; 0: as many as there are units
  dead_receiver on_death = dead_receiver::redeliver;
  std::uint32_t participants = 0;  ///< how many may have it open at a time, 2 to 100; 0: 16
  bool lock_in_memory = false;     ///< never swapped out (mlock), for this handle
  mode_t mode = 0600;              ///< who may use it; using it needs both reading and writing
  bool permanent = false;          ///< keeps its name, and its messages, without a handle
};

/// A received message, in place. Destroying it gives its memory back, and says that it was dealt with: until then the
/// death of this process has it delivered again. Move only; for one thread at a time, though any one.
class COVIEW_EXPORT queue_message {
 public:
  queue_message() noexcept = default;
  queue_message(queue_message&& other) noexcept { swap(other); }
  queue_message& operator=(queue_message&& other) noexcept {
    queue_message(std::move(other)).swap(*this);
    return *this;
  }
  queue_message(queue_message const&) = delete;
  queue_message& operator=(queue_message const&) = delete;
  ~queue_message() { release(); }

  /// At a multiple of 64.
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return {data_, size_}; }
  /// Its place in the order of publication, from 0.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  /// Whether a receiver had it before, and died with it.
  [[nodiscard]] bool redelivered() const noexcept { return deliveries_ != 0; }
  /// How many had it before and died with it; 255 for more.
  [[nodiscard]] unsigned deaths() const noexcept { return deliveries_; }
  /// As the destructor.
  void release() noexcept;
  explicit operator bool() const noexcept { return from_ != nullptr; }

 private:
  friend class detail::carrying;
  friend class detail::queue_core;
  void swap(queue_message& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(sequence_, other.sequence_);
    std::swap(block_, other.block_);
    std::swap(deliveries_, other.deliveries_);
  }

  detail::queue_core* from_ = nullptr;
  std::byte const* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint32_t block_ = 0;
  std::uint32_t deliveries_ = 0;
};

/// A handle to a named queue. Move only; a moved-from or default one is empty, and using it is an error:
/// errc::bad_file_descriptor, as is using it in a forked child.
/// Thread safety: all functions but moving may be called from several threads at once.
class COVIEW_EXPORT queue {
 public:
  queue() noexcept = default;
  queue(queue&&) noexcept = default;
  queue& operator=(queue&&) noexcept = default;
  queue(queue const&) = delete;
  queue& operator=(queue const&) = delete;
  ~queue() = default;

  /// Errors: as mapping::create and mutex::create; errc::invalid_argument for sizes that cannot be, and where
  /// it exists and carries another type; errc::resource_unavailable_try_again where all places for
  /// participants are taken.
  [[nodiscard]] static queue create(std::string_view name, queue_options const& options);
  [[nodiscard]] static queue open(std::string_view name, type_tag const& type = {});
  [[nodiscard]] static std::optional<queue> try_open(std::string_view name, type_tag const& type = {});
  [[nodiscard]] static queue open_or_create(std::string_view name, queue_options const& options);

  // Sending. False: it was full until time was up; nothing was sent then. Errors: errc::message_size for more than
  // `largest()` bytes.

  /// Copies the bytes into the queue.
  bool send(std::span<std::byte const> bytes, timeout until = {}) const;
  bool send(std::string_view text, timeout until = {}) const {
    return send(std::as_bytes(std::span(text.data(), text.size())), until);
  }
  [[nodiscard]] bool try_send(std::span<std::byte const> bytes) const { return send(bytes, at_once()); }
  template <class Rep, class Period>
  [[nodiscard]] bool send_for(std::span<std::byte const> bytes,
                              std::chrono::duration<Rep, Period> const& time) const {
    return send(bytes, time);
  }
  /// In order, with one wake-up. How many were sent before time was up.
  std::size_t send_many(std::span<std::span<std::byte const> const> messages, timeout until = {}) const;
  /// Memory to fill in place, for as long as it takes: nobody waits for it. Empty when time is up.
  [[nodiscard]] std::optional<slot> loan(std::size_t bytes, timeout until = {}) const;

  /// The next message. Empty when time is up.
  [[nodiscard]] std::optional<queue_message> receive(timeout until = {}) const;
  [[nodiscard]] std::optional<queue_message> try_receive() const { return receive(at_once()); }
  /// As many as are there, and fit; waits for the first. How many.
  std::size_t receive_many(std::span<queue_message> out, timeout until = {}) const;
  /// A descriptor for epoll, asio, Qt and the like: readable from when there is a message until a receive here finds
  /// none. So receive until there is none, then wait; of a queue, another receiver may have been faster. The first
  /// call starts a thread of this process that waits, and closes with this object; do not close, read or write it. A
  /// forked child's copy is its parent's. It costs a thread (256 KiB of address space) and two switches of threads
  /// for each time that messages come after there were none, and nothing while there are always some. Errors:
  /// errc::too_many_files_open, errc::resource_unavailable_try_again (no thread).
  [[nodiscard]] int native_wait_handle() const;

  /// The most that a message can have: a quarter of the capacity. 0 for an empty handle, as all that follow.
  [[nodiscard]] std::size_t largest() const noexcept;
  [[nodiscard]] std::uint64_t capacity() const noexcept;
  /// Messages that are there now, about.
  [[nodiscard]] std::uint64_t depth() const noexcept;
  [[nodiscard]] std::string const& name() const noexcept;
  /// Whether this call made the object (false: it was there).
  [[nodiscard]] bool created() const noexcept;
  /// As of a mutex.
  [[nodiscard]] bool still_named() const noexcept;
  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  friend class detail::carrying;
  friend class waitable;
  explicit queue(std::shared_ptr<detail::queue_core> core) noexcept : core_(std::move(core)) {}
  static timeout at_once() noexcept { return timeout::time_point{}; }
  std::shared_ptr<detail::queue_core> core_;
};

}  // namespace coview
