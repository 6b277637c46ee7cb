// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel/participant.hpp"
#include "channel/stock.hpp"

/// Who sends or receives alone does so with plain stores: steps L of docs/channels.md.
///
/// Invariants, over all processes:
/// 1. While somebody has the lease, nobody else is between `enter` and `leave`.
/// 2. Nobody gets it as long as somebody else is, or is between `begin` and `end` with one that was revoked.
/// 3. Who has it and is stopped or killed keeps nobody waiting: what it was about to do is done
///    for it, or not at all.
///
/// Thread safety: `enter`, `leave` and `revoke` may be called by several threads; the rest
/// belongs to the home thread.
namespace coview::inline channel {

/// Bits of `recall` that end what a sender does under its lease, with its stock.
inline constexpr std::uint32_t recalls_what_sends = layout::recalls_stock | layout::recalls_sending;
/// The most bytes of a message for which every instruction counts: as many as a unit has at least.
inline constexpr std::size_t quick_size = layout::smallest_unit;
/// The most bytes of a message that is copied meanwhile.
inline constexpr std::size_t most_sent_at_once = 512;

enum class lease_of : std::uint8_t { sending, receiving };

/// L3 to L6: nobody has it after that, or nobody who had it. False where the channel's lock cannot be had.
bool revoke(segment const& where, lease_of what);
/// The same under the lock.
void revoke_now(segment const& where, lease_of what);

class lease {
 public:
  lease(segment& where, participant const& me, lease_of what) noexcept : where_(where), me_(me), what_(what) {}
  lease(lease const&) = delete;
  lease& operator=(lease const&) = delete;

  /// Of `taking`: somebody is inside, and nobody need know with what.
  static constexpr std::uint64_t inside = ~std::uint64_t{0};

  /// By this process's home thread: who asks must be that.
  [[nodiscard]] bool is_held() const noexcept { return held_; }
  [[nodiscard]] bool is_recalled() const noexcept {
    return (me_.page().recall.load(std::memory_order_relaxed) & bit()) != 0;
  }

  /// L1, for who does not have it: false where somebody else has, and it cannot be revoked just now.
  /// The mark does not say with what: nobody is to do it for this one.
  bool enter(bool home) {
    set_mark(home, inside);
    if (word().load(std::memory_order_relaxed) == 0) [[likely]]
      return true;
    return enter_slowly(home);
  }
  /// The same under the lock, also for who has it; and by the home thread.
  bool enter_locked();
  /// The end of what `enter` began.
  void leave(bool home) noexcept { clear_mark(home); }
  /// L2, for who has it. False where it was recalled, and nothing is begun then.
  bool begin(std::uint64_t position) noexcept {
    set_mark(true, inside);
    if (!is_recalled()) [[likely]]
      return true;
    lost(position);
    clear_mark(true);
    return false;
  }
  void end() noexcept { clear_mark(true); }

  /// After a step of one's own between `enter` and `leave` has succeeded; `alone`: no other
  /// participant's came between; `position`: of one who sends, where it goes on.
  void stepped(bool home, bool alone, std::uint64_t position) {
    if (!home) return;
    streak_ = alone ? streak_ + 1 : 0;
    if (streak_ >= needed_) [[unlikely]]
      acquire(position);
  }

  /// Before P1 under the lease: what somebody else can do for this one from P1 on.
  void intend(place_word word) noexcept { me_.page().intent.store(word.bits, std::memory_order_release); }
  /// P2, under the lease (after `begin`) or not (after `enter`); `common`: what the common place had.
  bool publish(bool leased, std::uint64_t position, std::uint64_t common, place_word word) noexcept {
    if (leased) [[likely]] {
      std::atomic_signal_fence(std::memory_order_seq_cst);  // the processor's order is the revoker's barrier
      if (!is_recalled()) [[likely]] {
        where_.leased_place(position).store(word.bits, std::memory_order_release);
        return true;
      }
      lost(position);
    }
    return where_.common_place(position).compare_exchange_strong(common, word.bits, std::memory_order_seq_cst) ||
           is_published(position, common, word);
  }
  /// Whether L5 was done for this one, which finds the common place as it is. What was published for it may
  /// have been dealt with meanwhile, and the place be somebody else's by a lap or more: but nobody changes what
  /// P1 left before that.
  [[nodiscard]] bool is_published(std::uint64_t position, std::uint64_t common, place_word word) const noexcept {
    auto const left = block_state::of(block_kind::queued, me_.index(), position).bits;
    return common == word.bits || where_.state(word.block()).load(std::memory_order_acquire) != left;
  }
  /// T2 under the lease: with L2, since the mark says all that somebody else needs to do it. False where there is
  /// nothing to take, or it was recalled.
  bool take(std::uint32_t block, std::uint64_t h) noexcept {
    auto& state = where_.state(block);
    auto const held = block_state::of(block_kind::held, me_.index(), h).bits;
    set_mark(true, h + 1);
    bool taken = false;
    if (!is_recalled()) [[likely]] {
      taken = block_state{state.load(std::memory_order_acquire)}.is_queued_at(h);
      if (taken) [[likely]] {
        state.store(held, std::memory_order_release);
      } else {
        taken = is_helped(state, held, h);
      }
    } else {
      taken = take_recalled(state, held, h);
    }
    clear_mark(true);
    return taken;
  }
  /// Whether L5 was done for this one.
  [[nodiscard]] bool is_helped(std::atomic<std::uint64_t> const& state, std::uint64_t held,
                               std::uint64_t h) const noexcept {
    return state.load(std::memory_order_acquire) == held &&
           me_.page().helped.load(std::memory_order_acquire) == h + 1;
  }

 private:
  [[nodiscard]] std::uint32_t bit() const noexcept {
    return what_ == lease_of::sending ? layout::recalls_sending : layout::recalls_receiving;
  }
  [[nodiscard]] std::atomic<std::uint32_t>& word() const noexcept {
    auto& control = where_.control();
    return what_ == lease_of::sending ? control.sender_lease : control.receiver_lease;
  }
  [[nodiscard]] std::atomic<std::uint32_t>& others_of(layout::participant_page& page) const noexcept {
    return what_ == lease_of::sending ? page.others_sending : page.others_receiving;
  }
  [[nodiscard]] bool is_inside(layout::participant_page const& page) const noexcept {
    return what_ == lease_of::sending ? page.busy.load(std::memory_order_seq_cst) != 0
                                      : page.taking.load(std::memory_order_seq_cst) != 0;
  }
  void set_mark(bool home, std::uint64_t mark) noexcept {
    auto& page = me_.page();
    if (!home) {
      others_of(page).fetch_add(1, std::memory_order_seq_cst);
    } else if (what_ == lease_of::sending) {
      page.busy.store(no_block, std::memory_order_relaxed);
    } else {
      page.taking.store(mark, std::memory_order_relaxed);
    }
    if (!me_.has_barriers_made()) [[unlikely]]
      std::atomic_thread_fence(std::memory_order_seq_cst);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  void clear_mark(bool home) noexcept {
    auto& page = me_.page();
    if (!home) {
      others_of(page).fetch_sub(1, std::memory_order_release);
    } else if (what_ == lease_of::sending) {
      page.intent.store(0, std::memory_order_release);
      page.busy.store(0, std::memory_order_release);
    } else {
      page.taking.store(0, std::memory_order_release);
    }
  }
  bool take_recalled(std::atomic<std::uint64_t>& state, std::uint64_t held, std::uint64_t h) noexcept;
  bool enter_slowly(bool home);
  void acquire(std::uint64_t position);
  /// It was recalled.
  void lost(std::uint64_t position) noexcept;
  [[nodiscard]] bool is_anybody_inside() const noexcept;
  [[nodiscard]] bool is_at_end(std::uint64_t position) const noexcept;

  segment& where_;
  participant const& me_;
  lease_of what_;
  bool held_ = false;
  std::uint32_t streak_ = 0;
  std::uint32_t needed_ = at_first;
  std::uint64_t since_ = 0;  // where it began

  static constexpr std::uint32_t no_block = ~std::uint32_t{0};  // of `busy`: nothing of the stock
  static constexpr std::uint32_t at_first = 8;
  static constexpr std::uint32_t most_needed = 1U << 16U;
};

}  // namespace coview::inline channel
