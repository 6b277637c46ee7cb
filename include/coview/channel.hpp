// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <coview/error.hpp>
#include <coview/export.hpp>
#include <coview/timeout.hpp>

/// What queues and topics have in common. docs/channels.md says what they promise, which of them to choose, and how
/// their bytes lie.
namespace coview {

namespace detail {
class sending;
}

/// What a channel carries, stored when it is created and compared when it is opened: name, size (0: it varies) and
/// version must all be equal. An empty name: bytes, and whatever a channel has is right.
struct type_tag {
  std::string_view name = {};  ///< at most 255 bytes; kept only during the call
  std::uint64_t size = 0;      ///< bytes of each message; 0: they vary
  std::uint32_t version = 0;
};

/// What becomes of a message that a receiver had when it died.
enum class dead_receiver : std::uint8_t {
  redeliver,  ///< the next receiver gets it, marked
  drop,       ///< it is dropped, and counted
};

/// Whom a reader of a topic believes.
enum class trust : std::uint8_t {
  writers,  ///< whoever may write to the object is trusted with its messages, and with a place among the participants
  none,     ///< nobody: opened for reading only, and whatever anybody stores there, or cuts off, this process is safe
};

/// Memory for one message, to be filled in place and then published. Not published, it is given back by
/// the destructor. Belongs to the queue or publisher that gave it, and must not outlive it. Move only; for
/// one thread at a time.
class COVIEW_EXPORT slot {
 public:
  slot() noexcept = default;
  slot(slot&& other) noexcept { swap(other); }
  slot& operator=(slot&& other) noexcept {
    slot(std::move(other)).swap(*this);
    return *this;
  }
  slot(slot const&) = delete;
  slot& operator=(slot const&) = delete;
  ~slot();

  /// The bytes to fill: what was asked for, at a multiple of 64. They hold what was there before.
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

  /// Sends the first `length` bytes. Waits while no place is free (a queue with many small messages), or while a
  /// subscriber blocks. True where it was sent; it is empty then. False when time is up: it can be tried again.
  /// Errors: errc::value_too_large (more than it has), errc::bad_file_descriptor (an empty one, or one of a forked
  /// child's parent).
  bool publish(std::size_t length, timeout until = {});
  bool publish() { return publish(size_); }

  explicit operator bool() const noexcept { return from_ != nullptr; }

 private:
  friend class detail::sending;
  slot(detail::sending& from, std::uint32_t block, std::byte* data, std::size_t size) noexcept
      : from_(&from), block_(block), data_(data), size_(size) {}
  void swap(slot& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  detail::sending* from_ = nullptr;
  std::uint32_t block_ = 0;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace coview
