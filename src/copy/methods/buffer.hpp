// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <utility>

namespace coview::copying {

/// Memory for bytes on their way: not cleared, because all of it is written before it is read, and aligned so that
/// any device takes it for direct I/O.
class buffer {
 public:
  explicit buffer(std::size_t size) : data_(static_cast<std::byte*>(::operator new(size, alignment))), size_(size) {}
  buffer(buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  buffer(buffer const&) = delete;
  buffer& operator=(buffer const&) = delete;
  buffer& operator=(buffer&&) = delete;
  ~buffer() { ::operator delete(data_, alignment); }

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }
  /// At most all of it.
  [[nodiscard]] std::span<std::byte> first(std::size_t size) const noexcept { return bytes().first(size); }

 private:
  static constexpr auto alignment = std::align_val_t{4096};
  std::byte* data_;
  std::size_t size_;
};

}  // namespace coview::copying
