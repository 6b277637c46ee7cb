// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>

#include "channel/arena.hpp"
#include "channel/doorbell.hpp"
#include "channel/pace.hpp"
#include "sync/retry_pause.hpp"
#include "sync/spin.hpp"
#include "sync/wait_point.hpp"

/// What every participant of a channel does: wait, and look after the dead.
namespace coview::inline channel {

class channel_core {
 public:
  /// `until`: for the channel's lock. Who needs that again to join has no more time for it.
  channel_core(std::shared_ptr<segment> where, channel_role role, operation_context const& context,
               os::deadline const& until = a_while());
  channel_core(channel_core const&) = delete;
  channel_core& operator=(channel_core const&) = delete;

  [[nodiscard]] segment& where() const noexcept { return *where_; }
  [[nodiscard]] participant& me() noexcept { return me_; }
  [[nodiscard]] arena& memory() noexcept { return arena_; }
  [[nodiscard]] segment::addresses const& addresses() const noexcept { return addresses_; }

  /// errc::bad_file_descriptor in a forked child, whose parent's the channel is.
  void require_own_process(operation_context const& context) const {
    if (!me_.is_this_process()) [[unlikely]]
      refuse_other_process(context);
  }

  /// D1 to D5, for all whose lock is free. True where somebody was dead; `dying` where somebody may be soon.
  bool look_after_the_dead(bool& dying);
  /// Without asking the kernel unless somebody's life says so.
  bool look_after_those_who_say_so(bool& dying);

  /// S1: the value to sleep on, and when to look again where nobody can be made to see it.
  static std::uint32_t announce(doorbell& bell, os::deadline& look_again) noexcept;
  /// R1 after a plain store: what the waiter's barrier is paired with.
  void ring_after_store(doorbell& bell, int how_many) noexcept {
    if (!me_.has_barriers_made()) [[unlikely]]
      std::atomic_thread_fence(std::memory_order_seq_cst);
    ring(bell, how_many);
  }

  /// S2 to S3: what to sleep on beside a doorbell. False where somebody died meanwhile and was looked after.
  bool watch_lives(std::span<::futex_waitv> room, std::size_t& used, os::deadline& look_again);

  /// Spins, then sleeps until `attempt` answers true or time is up: false. The bell is rung by whoever makes it
  /// likely. `quick` is what is tried while it spins.
  template <class Quick, class Attempt>
  bool wait(doorbell& bell, os::deadline const& until, Quick&& quick, Attempt const& attempt);

  /// For a receiver that found nothing: looks again soon, and then waits as above.
  template <class Quick, class Attempt>
  bool wait_for_message(pace& how, os::deadline const& until, Quick const& quick, Attempt const& attempt);

  /// For one who slept and leaves with what it found: whom the kernel woke for a death tells the others.
  void pass_on() noexcept;

  /// So that all who sleep look again.
  void ring_for_all() noexcept;

 protected:
  ~channel_core() = default;
  /// Somebody has the lock for long, and a message or a place may be there all the same: nobody rings for that.
  void look_again_soon() noexcept { looks_again_soon_.store(true, std::memory_order_relaxed); }
  /// For its owner's destructor: what the dead would leave, and the page.
  void leave() noexcept;

 private:
  [[noreturn]] static void refuse_other_process(operation_context const& context);
  enum class clean_up_answer : std::uint8_t { done, not_needed, no_lock };
  clean_up_answer clean_up_after_dead(std::uint32_t i);
  bool sleep(doorbell& bell, std::uint32_t value, os::deadline const& until, os::deadline look_again);

  std::shared_ptr<segment> where_;
  participant me_;
  segment::addresses addresses_;
  arena arena_;
  std::atomic<bool> looks_again_soon_{false};
};

template <class Quick, class Attempt>
bool channel_core::wait(doorbell& bell, os::deadline const& until, Quick&& quick, Attempt const& attempt) {
  spinner spin;
  while (spin.pause()) {
    if (quick()) {
      spin.rewarded();
      return true;
    }
  }
  spin.in_vain();
  for (;;) {
    os::deadline look_again;
    auto const value = announce(bell, look_again);  // S1
    if (attempt()) return true;                     // S2
    if (os::is_over(until)) return false;
    if (sleep(bell, value, until, look_again)) spin.woken();  // S3
    if (attempt()) return true;  // S4: before the barrier of the next S1, which takes as long as half a wake-up
  }
}

template <class Quick, class Attempt>
bool channel_core::wait_for_message(pace& how, os::deadline const& until, Quick const& quick,
                                    Attempt const& attempt) {
  if (how.step_back() && attempt()) return true;
  for (int i = 0; i < pace::soon; ++i) {
    relax();
    if (quick()) return true;
  }
  how.waited();
  return wait(where_->control().news, until, quick, attempt);
}

/// A bell and what makes a wait end, for the wait engine.
template <class Channel>
class channel_source final : public wait_source {
 public:
  explicit channel_source(Channel& channel) noexcept : channel_(channel) {}
  [[nodiscard]] bool is_there() override { return channel_.has_news(); }
  bool announce(std::span<::futex_waitv> room, std::size_t& used, os::deadline& look_again) override {
    auto& bell = channel_.where().control().news;
    used = 0;
    if (room.empty()) return true;
    auto const value = channel_.announce(bell, look_again);
    if (channel_.has_news()) return false;
    room[used++] = os::futex_entry(&bell, value);
    std::size_t lives = 0;
    if (!channel_.watch_lives(room.subspan(1), lives, look_again)) return !channel_.has_news();
    used += lives;
    return true;
  }
  void pass_on() noexcept override {
    channel_.channel_core::pass_on();
    if (channel_.has_news()) ring(channel_.where().control().news, 1);
  }

 private:
  Channel& channel_;
};

}  // namespace coview::inline channel
