// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstring>

#include "channel/segment.hpp"
#include "os/file.hpp"

/// Reading a channel without touching its mapping: through the kernel, so that a file that somebody cuts short is an
/// answer and not a SIGBUS. What was read is private; it can be torn, and counts only where a second look says so.
namespace coview::inline channel {

/// False where the file ends before that.
[[nodiscard]] inline bool read_through_kernel(segment const& where, void const* at,
                                              std::span<std::byte> to) noexcept {
  auto const n = os::read_at(where.file().fd(), to, where.file_offset(at));
  // Later reads are of later values: the kernel's copy is loads of this processor, too.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return n && *n == to.size();
}

/// One word. Zero, which means "nothing", where the file ends before it.
template <class Word>
[[nodiscard]] Word word_through_kernel(segment const& where, std::atomic<Word> const& at) noexcept {
  std::array<std::byte, sizeof(Word)> raw{};
  Word value{};
  if (read_through_kernel(where, &at, raw)) std::memcpy(&value, raw.data(), sizeof value);
  return value;
}

}  // namespace coview::inline channel
