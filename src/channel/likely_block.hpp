// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// Which block a receiver is about to find: senders use theirs in turn, so it is mostly the one that followed the
/// last one before. Its lines can be fetched while its place is looked at, and not only after it: a message takes as
/// long as one line then, and not as two. A guess, and nothing but fetching may come from it.
///
/// Thread safety: for one thread at a time.
namespace coview::inline channel {

class likely_block {
 public:
  void came(std::uint32_t block) noexcept {
    after_[last_] = static_cast<std::uint16_t>(block);
    last_ = block % remembered;
  }
  /// One that came before, or 0.
  [[nodiscard]] std::uint32_t next() const noexcept { return after_[last_]; }

 private:
  static constexpr std::size_t remembered = 4096;
  std::array<std::uint16_t, remembered> after_{};
  std::size_t last_ = 0;
};

}  // namespace coview::inline channel
