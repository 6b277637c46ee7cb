// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "channel/kernel_read.hpp"
#include "channel/segment.hpp"

/// Where a channel begins and ends. The control page has hints only: whoever was slow may have stored an old one
/// over a newer one (P3, T2), and whoever was killed between P2 and P3 has stored none. What counts is what
/// stands in the places.
namespace coview::inline channel {

/// Reads a channel's words where they are mapped.
class mapped_words {
 public:
  explicit mapped_words(segment const& where, std::memory_order order = std::memory_order_acquire) noexcept
      : where_(where), order_(order) {}
  [[nodiscard]] segment const& where() const noexcept { return where_; }
  template <class Word>
  [[nodiscard]] Word word(std::atomic<Word> const& at) const noexcept {
    return at.load(std::memory_order_acquire);
  }
  [[nodiscard]] place_word place(std::uint64_t position) const noexcept { return where_.place(position, order_); }

 private:
  segment const& where_;
  std::memory_order order_;
};

/// Reads them through the kernel: its file may be cut short.
class words_through_kernel {
 public:
  explicit words_through_kernel(segment const& where) noexcept : where_(where) {}
  [[nodiscard]] segment const& where() const noexcept { return where_; }
  template <class Word>
  [[nodiscard]] Word word(std::atomic<Word> const& at) const noexcept {
    return word_through_kernel(where_, at);
  }
  [[nodiscard]] place_word place(std::uint64_t position) const noexcept {
    return later_of({word(where_.leased_place(position))}, {word(where_.common_place(position))});
  }

 private:
  segment const& where_;
};

/// The first position that nothing was published to; at most one lap, or `most_steps`, after what is known.
template <class Words>
[[nodiscard]] std::uint64_t end_of(Words const& of, std::uint64_t guess) noexcept {
  auto const& where = of.where();
  auto t = guess;
  // The hint is believed where what is before it was published.
  if (auto const hint = of.word(where.control().tail);
      hint > t && where.laps_ahead(of.place(hint - 1), hint - 1) >= 0)
    t = hint;
  for (auto steps = where.most_steps(); steps != 0; --steps) {
    auto const ahead = where.laps_ahead(of.place(t), t);
    if (ahead < 0) break;
    t = where.later(t, ahead) + 1;
  }
  return t;
}

/// Of a queue: where the next message is, or will be.
struct front_of_queue {
  std::uint64_t position = 0;
  bool is_queued = false;
};
template <class Words>
[[nodiscard]] front_of_queue front_of(Words const& of, std::uint64_t guess) noexcept {
  auto const& where = of.where();
  auto h = guess;
  for (auto steps = where.most_steps(); steps != 0; --steps) {
    auto const seen = of.place(h);
    auto const ahead = where.laps_ahead(seen, h);
    if (ahead < 0) break;
    if (ahead > 0) {
      h = where.later(h, ahead - 1) + 1;  // received long ago, and so was what followed it in that lap
      continue;
    }
    if (seen.block() >= where.units()) break;
    if (block_state{of.word(where.state(seen.block()))}.is_queued_at(h)) return {h, true};
    ++h;
  }
  return {h, false};
}

/// The same, where it is mapped.
[[nodiscard]] inline std::uint64_t end_of(segment const& where, std::uint64_t guess) noexcept {
  return end_of(mapped_words(where), guess);
}

/// Of a queue: how many messages wait, where everything before `first` was received.
template <class Words>
[[nodiscard]] std::uint64_t depth_of(Words const& of, std::uint64_t first) noexcept {
  auto const front = front_of(of, first);
  return front.is_queued ? std::min(end_of(of, front.position) - front.position, of.where().places()) : 0;
}

}  // namespace coview::inline channel
