// SPDX-License-Identifier: Apache-2.0
// Receiving from a topic: to copy a message or keep it in place, and to go on where the publishers were faster.
#include <algorithm>
#include <bit>
#include <cerrno>

#include "channel/quick.hpp"

namespace coview::detail {

subscription_core::subscription_core(std::shared_ptr<segment> where, subscribe_options const& options,
                                     operation_context const& context, os::deadline const& until)
    : channel_core(std::move(where), channel_role::subscriber, context, until) {
  point_.kind = wait_kind::source;
  point_.source = &source_;
  try {
    begin(options, context, until);
  } catch (error const&) {
    me().leave(participant::leaves::as_if_dead);
    ring_for_all();
    throw;
  }
}

subscription_core::~subscription_core() {
  handle_.end();
  leave();
}

void subscription_core::begin(subscribe_options const& options, operation_context const& context,
                              os::deadline const& until) {
  from_oldest_ = options.from == from::oldest;
  auto& control = where().control();
  channel_lock const lock(where(), at_least_a_moment(until));  // E is not at work just now
  if (!lock.held()) fail_without_lock(context);
  auto const end = end_of(where(), 0);
  cursor_ = end;
  if (from_oldest_) {
    cursor_ = std::min(end, control.oldest.load(std::memory_order_acquire));
    if (end > where().places()) cursor_ = std::max<std::uint64_t>(cursor_, end - where().places());
  }
  me().page().cursor.store(cursor_, std::memory_order_seq_cst);  // of one that lags: to be shown
  if (options.slow == slow::blocks) {
    blocking_ = true;
    me().page().blocks.store(1, std::memory_order_seq_cst);
    control.rules.fetch_add(1, std::memory_order_seq_cst);
  }
}

/// So that publishers know; only of one that blocks.
void subscription_core::tell_cursor() noexcept {
  if (!blocking_) return;
  me().page().cursor.store(cursor_, std::memory_order_release);
  ring_after_store(where().control().room, os::everybody);
}

void subscription_core::deliver(topic_message& out) noexcept {
  out.sequence_ = cursor_;
  cursor_ = out.sequence_ + 1;
  out.lost_ = lost_;
  if (lost_ != 0) {
    lost_before_ += lost_;
    lost_ = 0;
    me().page().lost.store(lost_before_, std::memory_order_relaxed);
  }
  begun_ = true;
  auto& received = me().page().received;
  received.store(received.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (blocking_) {
    tell_cursor();
  } else {
    me().page().cursor.store(cursor_, std::memory_order_relaxed);  // to be shown
  }
}

/// The place has something later, or nothing any more: on to the oldest that may be there.
void subscription_core::overtaken(place_word seen) noexcept {
  auto next = cursor_ + 1;
  auto const ahead = where().laps_ahead(seen, cursor_);
  if (ahead > 0) next = std::max(next, where().later(cursor_, ahead - 1) + 1);
  auto const oldest = where().control().oldest.load(std::memory_order_acquire);
  bool const published = oldest != 0 && where().laps_ahead(where().place(oldest - 1), oldest - 1) >= 0;
  if (published) next = std::max(next, oldest);
  if (begun_ || !from_oldest_) lost_ += next - cursor_;
  cursor_ = next;
  tell_cursor();
}

/// V1 and V2.
bool subscription_core::take_copy(topic_message& out, place_word seen) {
  auto const block = seen.block();
  // A short one's length stands in the place, and its shape is left to its publisher.
  std::size_t length = seen.tells_length() ? seen.length() : ~std::size_t{0};
  if (length > where().bytes_of(where().units() - block)) {
    block_shape const shape{where().shape(block).load(std::memory_order_relaxed)};
    length = std::min<std::size_t>(shape.length(), where().bytes_of(where().units_of(block, shape)));
    if (length > topic_message::most_copied) return pin(out, seen, length);
  }
  copy_from_shared(out.small_.data(), where().data(block), length);
  std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the release fence after A
  if (where().place(cursor_, std::memory_order_relaxed).bits != seen.bits) return false;
  out.data_ = out.small_.data();
  out.size_ = length;
  return true;
}

/// H1 and H2.
bool subscription_core::pin(topic_message& out, place_word seen, std::size_t length) {
  // Acquire: pairs with the release of `release`, in whichever thread: its zero stands in the page
  // before our pin does.
  auto const used = pins_.load(std::memory_order_acquire);
  auto const free_pin = static_cast<std::uint32_t>(std::countr_one(used));
  if (free_pin >= layout::most_pins) {
    operation_context{"receive from", "topic", where().name()}.fail(
        ENOBUFS, std::to_string(layout::most_pins) + " messages are kept in place",
        "destroy some first, or copy them");
  }
  auto& word = me().page().pins[free_pin];
  word.store(std::uint64_t{seen.block()} + 1, std::memory_order_seq_cst);
  if (where().place(cursor_, std::memory_order_seq_cst).bits != seen.bits) {
    word.store(0, std::memory_order_seq_cst);
    return false;
  }
  pins_.fetch_or(1U << free_pin, std::memory_order_relaxed);
  out.data_ = where().data(seen.block());
  out.size_ = length;
  out.from_ = this;
  out.pin_ = free_pin;
  return true;
}

void subscription_core::release(std::uint32_t pin) noexcept {
  if (!me().is_this_process()) return;
  me().page().pins[pin].store(0, std::memory_order_seq_cst);
  pins_.fetch_and(~(1U << pin), std::memory_order_release);  // pairs with the acquire of `pin`
  ring(where().control().room, os::everybody);
}

bool subscription_core::try_receive(topic_message& out) {
  for (auto steps = where().most_steps(); steps != 0; --steps) {
    auto const seen = where().place(cursor_);
    auto const ahead = where().laps_ahead(seen, cursor_);
    if (ahead < 0) return false;
    if (ahead > 0 || seen.is_gone() || seen.block() >= where().units()) {
      overtaken(seen);
    } else if (take_copy(out, seen)) {
      pace_.received();
      deliver(out);
      return true;
    }
  }
  return false;
}

bool subscription_core::has_news() {
  std::uint64_t const at = cursor_;
  auto const seen = where().place(at, std::memory_order_seq_cst);
  return where().laps_ahead(seen, at) >= 0;
}

/// While it spins: what is likely, and the rest only where something is there.
bool subscription_core::look_again(topic_message& out) {
  auto const& at = addresses();
  std::uint64_t const p = cursor_;
  auto* const bytes = at.bytes(likely_.next());
  if (takes_lines_) {
    take_line(&at.leased[p & at.place_mask]);
    take_line(bytes);
  } else {
    __builtin_prefetch(bytes);
  }
  if (receive_at_once(out)) {
    // Read anew: what stands there by now may be anything.
    place_word const came{at.leased[p & at.place_mask].load(std::memory_order_relaxed)};
    if (came.block() < at.units) likely_.came(came.block());
    return true;
  }
  return where().laps_ahead(where().place(cursor_), cursor_) >= 0 && try_receive(out);
}

bool subscription_core::receive(topic_message& out, os::deadline const& until) {
  if (try_receive(out)) [[likely]]
    return true;
  return !os::is_over(until) && wait_for_message(
                                    pace_, until, [&] { return look_again(out); }, [&] { return try_receive(out); });
}

/// Several that take lines would take them from one another.
void subscription_core::now_and_then() noexcept {
  std::uint32_t subscribers = 0;
  for (std::uint32_t i = 0; i < where().participants(); ++i) {
    auto const role = where().participant(i).role.load(std::memory_order_relaxed);
    if (role == static_cast<std::uint32_t>(channel_role::subscriber)) ++subscribers;
  }
  takes_lines_ = subscribers == 1;
}

}  // namespace coview::detail
