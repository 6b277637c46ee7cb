// SPDX-License-Identifier: Apache-2.0
#include "channel/channel_core.hpp"

#include <bit>
#include <cerrno>

#include "channel/death.hpp"
#include "os/memory_barrier.hpp"

namespace coview::inline channel {
namespace {

/// How soon to look again at one who is dying, and where there are more lives than can be slept on.
constexpr std::chrono::milliseconds soon(10);
constexpr std::chrono::milliseconds later(100);

void at_the_latest(os::deadline& when, std::chrono::milliseconds from_now) {
  auto const then = std::chrono::steady_clock::now() + from_now;
  if (!when || then < *when) when = then;
}

/// Of a life that somebody slept on.
bool says_that_it_died(::futex_waitv const& life) noexcept {
  auto const now = __atomic_load_n(std::bit_cast<std::uint32_t const*>(life.uaddr), __ATOMIC_ACQUIRE);
  return (now & owner_died) != 0;
}

/// A thread that is cancelled where it sleeps may have used up a wake-up.
class pass_on_if_cancelled {
 public:
  explicit pass_on_if_cancelled(doorbell& bell) noexcept : bell_(bell) {}
  pass_on_if_cancelled(pass_on_if_cancelled const&) = delete;
  pass_on_if_cancelled& operator=(pass_on_if_cancelled const&) = delete;
  ~pass_on_if_cancelled() {
    if (cancelled_) ring(bell_, os::everybody);
  }
  void not_so() noexcept { cancelled_ = false; }

 private:
  doorbell& bell_;
  bool cancelled_ = true;
};

std::shared_ptr<segment> joinable(std::shared_ptr<segment> where, operation_context const& context) {
  if (!where) context.fail(EBADF, "it was moved from, or never opened");
  return where;
}

}  // namespace

channel_core::channel_core(std::shared_ptr<segment> where, channel_role role, operation_context const& context,
                           os::deadline const& until)
    : where_(joinable(std::move(where), context)),
      me_([&]() -> participant {
        channel_lock const lock(*where_, until);
        if (!lock.held()) fail_without_lock(context);
        return {where_, role, context};
      }()),
      addresses_(where_->addresses_of(me_.index())),
      arena_(*where_, me_) {
  ring_for_all();  // whoever sleeps watches this one from now on
}

void channel_core::refuse_other_process(operation_context const& context) {
  context.fail(EBADF, "it belongs to the process that this one was forked from", "open it again in the child");
}

void channel_core::ring_for_all() noexcept {
  ring_now(where_->control().news, os::everybody);
  ring_now(where_->control().room, os::everybody);
}

void channel_core::leave() noexcept {
  if (!me_.is_this_process()) return;
  {
    channel_lock const lock(*where_, a_while());
    if (lock.held()) clear_up_after(*where_, me_.index());
    me_.leave(lock.held() ? participant::leaves::cleared_up : participant::leaves::as_if_dead);
  }
  ring_for_all();
}

bool channel_core::look_after_the_dead(bool& dying) {
  bool anybody = false;
  for (std::uint32_t i = 0; i < where_->participants(); ++i) {
    auto const life = where_->life(i).load(std::memory_order_acquire);
    if (i == me_.index() || life == 0) continue;
    if (is_gone(me_.descriptor(), i)) {
      auto const how = clean_up_after_dead(i);
      anybody = anybody || how == clean_up_answer::done;
      if (how != clean_up_answer::no_lock) continue;
      dying = true;  // somebody has the lock for long: later, and not once for each of the dead
      break;
    }
    if ((life & owner_died) != 0) {
      dying = true;
    }
  }
  return anybody;
}

bool channel_core::look_after_those_who_say_so(bool& dying) {
  for (std::uint32_t i = 0; i < where_->participants(); ++i) {
    if (i != me_.index() && (where_->life(i).load(std::memory_order_relaxed) & owner_died) != 0) {
      return look_after_the_dead(dying);
    }
  }
  return false;
}

/// D2 to D5.
channel_core::clean_up_answer channel_core::clean_up_after_dead(std::uint32_t i) {
  {
    channel_lock const lock(*where_, at_least_a_moment(std::chrono::steady_clock::now()));
    if (!lock.held()) return clean_up_answer::no_lock;
    if (where_->life(i).load(std::memory_order_acquire) == 0 || !is_gone(me_.descriptor(), i))
      return clean_up_answer::not_needed;
    clear_up_after(*where_, i);
    where_->life(i).store(0, std::memory_order_seq_cst);
  }
  ring_for_all();
  return clean_up_answer::done;
}

bool channel_core::watch_lives(std::span<::futex_waitv> room, std::size_t& used, os::deadline& look_again) {
  used = 0;
  bool dying = false;
  if (look_after_those_who_say_so(dying)) return false;
  // An orphan that was not taken because somebody had the lock: nobody rings when it is free.
  if (dying || where_->control().orphans.load(std::memory_order_seq_cst) != 0) at_the_latest(look_again, soon);
  if (looks_again_soon_.exchange(false, std::memory_order_relaxed)) at_the_latest(look_again, soon);
  me_.stay_alive();
  for (std::uint32_t i = 0; i < where_->participants(); ++i) {
    auto const life = where_->life(i).load(std::memory_order_seq_cst);
    if (i == me_.index() || life == 0) continue;
    if ((life & owner_died) != 0) {
      at_the_latest(look_again, soon);
    } else if (used == room.size()) {
      at_the_latest(look_again, later);
      return true;
    } else {
      room[used++] = os::futex_entry(&where_->life(i), static_cast<std::uint32_t>(life));
    }
  }
  return true;
}

std::uint32_t channel_core::announce(doorbell& bell, os::deadline& look_again) noexcept {
  auto const value = coview::announce(bell);
  // Whoever stores and then looks at the bell sees it from now on; or the store is seen by who looks after this.
  if (!os::global_barrier()) at_the_latest(look_again, soon);
  return value;
}

/// Whether a wake-up ended it.
bool channel_core::sleep(doorbell& bell, std::uint32_t value, os::deadline const& until, os::deadline look_again) {
  constexpr std::size_t most_words = 128;
  std::array<::futex_waitv, most_words> words;
  words[0] = os::futex_entry(&bell, value);
  std::size_t lives = 0;
  if (!watch_lives(std::span(words).subspan(1), lives, look_again)) return false;
  bool const looks_again = look_again && (!until || *look_again < *until);
  pass_on_if_cancelled cancelled(bell);
  auto const watched = std::span(words).subspan(1, lives);
  auto const ended = os::futex_wait_any(std::span(words).first(lives + 1), looks_again ? look_again : until);
  cancelled.not_so();
  // The kernel wakes one for a death. It may find something for itself and leave: then the others must know as well.
  if (std::any_of(watched.begin(), watched.end(), says_that_it_died)) {
    ring_for_all();
    bool dying = false;
    look_after_the_dead(dying);
  }
  return ended == os::futex_answer::woken;
}

void channel_core::pass_on() noexcept {
  for (std::uint32_t i = 0; i < where_->participants(); ++i) {
    if ((where_->life(i).load(std::memory_order_acquire) & owner_died) != 0) {
      ring_for_all();
      return;
    }
  }
}

}  // namespace coview::inline channel
