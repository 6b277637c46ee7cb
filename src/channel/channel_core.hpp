// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>

#include "channel/arena.hpp"
#include "channel/doorbell.hpp"
#include "sync/retry_pause.hpp"
#include "sync/spin.hpp"
#include "sync/wait_point.hpp"

/// What every participant of a channel does: wait, and look after the dead.
namespace coview::inline channel {

class channel_core {
 public:
  channel_core(std::shared_ptr<segment> where, channel_role role, operation_context const& context);
  channel_core(channel_core const&) = delete;
  channel_core& operator=(channel_core const&) = delete;

  [[nodiscard]] segment& where() const noexcept { return *where_; }
  [[nodiscard]] participant& me() noexcept { return me_; }
  [[nodiscard]] arena& memory() noexcept { return arena_; }

  /// errc::bad_file_descriptor in a forked child, whose parent's the channel is.
  void require_own_process(operation_context const& context) const;

  /// D1 to D5, for all whose lock is free. True where somebody was dead; `dying` where somebody may be soon.
  bool look_after_the_dead(bool& dying);
  /// Without asking the kernel unless somebody's life says so.
  bool look_after_those_who_say_so(bool& dying);

  /// S2 to S3: what to sleep on beside a doorbell. False where somebody died meanwhile and was looked after.
  bool watch_lives(std::span<::futex_waitv> room, std::size_t& used, os::deadline& look_again);

  /// Spins, then sleeps until `attempt` answers true or time is up: false. The bell is rung by whoever makes it likely.
  /// `quick` is what is tried while it spins.
  template <class Quick, class Attempt>
  bool wait(doorbell& bell, os::deadline const& until, Quick&& quick, Attempt const& attempt);

  /// For one who slept and leaves with what it found: whom the kernel woke for a death tells the others.
  void pass_on() noexcept;

  /// So that all who sleep look again.
  void ring_for_all() noexcept;

 protected:
  ~channel_core() = default;
  /// For its owner's destructor: what the dead would leave, and the page.
  void leave() noexcept;

 private:
  enum class burial : std::uint8_t { done, not_needed, no_lock };
  burial bury(std::uint32_t i);
  bool sleep(doorbell& bell, std::uint32_t value, os::deadline const& until);

  std::shared_ptr<segment> where_;
  participant me_;
  arena arena_;
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
    auto const value = announce(bell);  // S1
    if (attempt()) return true;         // S2
    if (os::is_over(until)) return false;
    if (sleep(bell, value, until)) spin.woken();  // S3
  }
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
    auto const value = coview::announce(bell);
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
