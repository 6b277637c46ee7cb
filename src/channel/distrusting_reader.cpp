// SPDX-License-Identifier: Apache-2.0
#include "channel/distrusting_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <thread>

#include "channel/arena.hpp"
#include "channel/positions.hpp"

namespace coview::detail {
namespace {

/// Nobody can be told that such a reader sleeps: it looks again by itself, soon at first, and after a while as seldom
/// as where futex_waitv is refused.
constexpr std::chrono::microseconds first_pause(250);
constexpr std::chrono::microseconds longest_pause(4000);

/// How many steps of a walk may pass without a look at the clock.
constexpr std::uint64_t steps_between_looks = 64;

}  // namespace

distrusting_reader::distrusting_reader(std::shared_ptr<segment> where, from begin) : where_(std::move(where)) {
  point_.kind = wait_kind::source;
  point_.source = &source_;
  from_oldest_ = begin == from::oldest;
  auto const end = published();
  cursor_ = end;
  if (from_oldest_) {
    cursor_ = std::min(end, word_through_kernel(*where_, where_->control().oldest));
    if (end > where_->places()) cursor_ = std::max<std::uint64_t>(cursor_, end - where_->places());
  }
}

place_word distrusting_reader::place(std::uint64_t position) const noexcept {
  return words_through_kernel(*where_).place(position);
}

std::uint64_t distrusting_reader::published() const noexcept {
  return end_of(words_through_kernel(*where_), cursor_);
}

bool distrusting_reader::has_news() const noexcept {
  std::uint64_t const at = cursor_;
  return where_->laps_ahead(place(at), at) >= 0;
}

/// V1 and V2, of a message of any size.
distrusting_reader::copied distrusting_reader::copy(topic_message& out, std::uint64_t position,
                                                    place_word seen) const {
  auto const block = seen.block();
  block_shape const shape{word_through_kernel(*where_, where_->shape(block))};
  std::size_t const length = shape.length();
  bool const fits = length <= where_->largest() && length <= where_->bytes_of(where_->units_of(block, shape));
  if (fits) {
    std::byte* to = out.small_.data();
    if (length > topic_message::most_copied) {
      constexpr std::size_t alignment = 64;
      out.large_.reset(new (std::nothrow) std::byte[length + alignment]);
      if (!out.large_) {
        operation_context{"receive from", "topic", where_->name()}.fail(
            ENOMEM, "a message has " + std::to_string(length) + " bytes");
      }
      auto const address = reinterpret_cast<std::uintptr_t>(out.large_.get());
      to = out.large_.get() + (alignment - address % alignment) % alignment;
    }
    if (!read_through_kernel(*where_, where_->data(block), {to, length})) return copied::nonsense;
    out.data_ = to;
    out.size_ = length;
    out.sequence_ = position;
  }
  if (place(position).bits != seen.bits) return copied::changed;
  return fits ? copied::done : copied::nonsense;
}

/// As subscription_core's.
void distrusting_reader::overtaken(place_word seen) noexcept {
  auto next = cursor_ + 1;
  auto const ahead = where_->laps_ahead(seen, cursor_);
  if (ahead > 0) next = std::max(next, where_->later(cursor_, ahead - 1) + 1);
  auto const oldest = word_through_kernel(*where_, where_->control().oldest);
  if (oldest > next && where_->laps_ahead(place(oldest - 1), oldest - 1) >= 0) next = oldest;
  if (begun_ || !from_oldest_) lost_ += next - cursor_;
  cursor_ = next;
}

bool distrusting_reader::try_receive(topic_message& out, os::deadline const& give_up) {
  for (auto steps = where_->most_steps(); steps != 0; --steps) {
    if (steps % steps_between_looks == 0 && os::is_over(give_up)) return false;
    auto const seen = place(cursor_);
    auto const ahead = where_->laps_ahead(seen, cursor_);
    if (ahead < 0) return false;
    if (ahead > 0 || seen.is_gone() || seen.block() >= where_->units()) {
      overtaken(seen);
      continue;
    }
    auto const how = copy(out, cursor_, seen);
    if (how == copied::done) {
      cursor_ = cursor_ + 1;
      out.lost_ = lost_;
      lost_before_ += lost_;
      lost_ = 0;
      begun_ = true;
      return true;
    }
    out.data_ = nullptr;
    out.size_ = 0;
    if (how == copied::nonsense) overtaken(seen);
    if (os::is_over(give_up)) return false;  // each copy may have been of many bytes
  }
  return false;
}

/// On the doorbell: some other waiter may have set its bit, and then the next message wakes this one as well.
/// Where the word is not what it was, again and again and without a message, whoever rings it means no good,
/// and it is left alone.
void distrusting_reader::sleep(std::uint32_t bell, os::deadline const& until, pauses& pause) const {
  constexpr unsigned most_in_vain = 8;
  auto look_again = std::chrono::steady_clock::now() + pause.next;
  if (until) look_again = std::min(look_again, *until);
  auto const answer = pause.in_vain < most_in_vain ? os::futex_wait(&where_->control().news, bell, look_again)
                                                   : os::futex_answer::timed_out;
  if (answer != os::futex_answer::timed_out) {
    ++pause.in_vain;
    return;
  }
  std::this_thread::sleep_until(look_again);  // has passed, mostly
  pause.next = std::min(2 * pause.next, longest_pause);
}

std::optional<topic_message> distrusting_reader::receive(os::deadline const& until) {
  std::optional<topic_message> out(std::in_place);
  pauses pause{first_pause};
  for (;;) {
    auto const bell = word_through_kernel(*where_, where_->control().news);
    if (try_receive(*out, at_least_a_moment(until))) return out;
    if (os::is_over(until)) return {};
    sleep(bell, until, pause);
  }
}

std::optional<topic_message> distrusting_reader::latest() const {
  constexpr int most_attempts = 1000;
  std::optional<topic_message> out(std::in_place);
  auto const give_up = at_least_a_moment(std::chrono::steady_clock::now());
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto const end = published();
    if (end == 0) return {};
    auto const seen = place(end - 1);
    bool const there = where_->laps_ahead(seen, end - 1) == 0 && !seen.is_gone() && seen.block() < where_->units();
    if (there && copy(*out, end - 1, seen) == copied::done) return out;
    if (os::is_over(give_up)) return {};
  }
  return {};
}

/// Not on the doorbell: where futex_waitv is refused, the words are loaded, and this one may lie
/// beyond the file's end.
bool distrusting_reader::source::announce(std::span<::futex_waitv> room, std::size_t& used,
                                          os::deadline& look_again) {
  used = 0;
  if (reader_.has_news()) return false;
  if (!room.empty()) room[used++] = os::futex_entry(&never_changes_, 0);
  auto const then = std::chrono::steady_clock::now() + longest_pause;
  if (!look_again || then < *look_again) look_again = then;
  return true;
}

}  // namespace coview::detail
