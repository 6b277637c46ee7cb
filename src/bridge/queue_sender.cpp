// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "bridge/queue_carrier.hpp"

namespace coview::inline bridging {
std::string part_key(std::uint64_t stream, std::uint64_t sequence, std::uint32_t chunk) {
  return hex_of(stream) + "." + std::to_string(sequence) + "." + std::to_string(chunk);
}

queue_sender::queue_sender(bridge_channel const& channel, bridge_options const& options)
    : carrier(channel, options) {}

void queue_sender::start_threads() {
  run([this](link& over) { carry(over); });
}

/// All chunks but the last, before the message that speaks of them. Once more does no harm.
void queue_sender::store_parts(link& over, queue_message const& message, cutter& cut) {
  auto const store = bucket(stream_context(over).get(), bucket_for(options_.prefix, "parts"), options_);
  auto about = facts(message.sequence());
  type_.tell(about);
  for (std::uint32_t i = 0; i + 1 < cut.chunks(); ++i) {
    put_bytes(store.get(), part_key(book_.stream(), message.sequence(), i), cut.piece(i, about));
    if (!goes_on(over)) throw trouble("the bridge ends");
  }
}

/// O2: one that has an ID, by which the server knows it again.
void queue_sender::send_one(link& over, stream_publisher& to, std::size_t place) {
  auto const& message = window_[place].message;
  auto about = facts(message.sequence());
  about.position = static_cast<std::uint32_t>(message.sequence());
  type_.tell(about);
  batch one(type_.name);
  std::optional<cutter> cut;
  std::span<std::byte const> bytes;
  if (cutter::is_needed(message.bytes().size(), type_.name, over.largest())) {
    cut.emplace(message.bytes(), type_.name, over.largest());
    store_parts(over, message, *cut);
    bytes = cut->piece(cut->chunks() - 1, about, form::parts);
  } else {
    one.add(message.bytes());
    bytes = one.finish(about);
  }
  auto const id = hex_of(book_.stream()) + "-" + std::to_string(message.sequence());
  window_[place].at = clock::now();
  to.send(place, subject_, id, bytes);
}

/// What there is and has room. False where there was none.
bool queue_sender::send_more(link& over, stream_publisher& to) {
  constexpr std::size_t some = 64;
  // Meanwhile there are answers to be heard.
  constexpr std::chrono::milliseconds soon(1);
  std::array<queue_message, some> fresh;
  bool const has_room = !free_places_.empty() && bytes_on_the_way_ < most_bytes_on_the_way;
  if (!has_room) return false;
  bool const idle = free_places_.size() == window_.size();
  auto const most = std::min(some, free_places_.size());
  auto const count = from_->receive_many(std::span(fresh).first(most), idle ? look_again : soon);
  // All of them are in the window before the first can fail.
  auto const first = free_places_.size() - count;
  for (std::size_t i = 0; i < count; ++i) {
    bytes_on_the_way_ += fresh[i].bytes().size();
    window_[free_places_[first + i]].message = std::move(fresh[i]);
  }
  std::array<std::size_t, some> places{};
  std::copy(free_places_.begin() + static_cast<std::ptrdiff_t>(first), free_places_.end(), places.begin());
  free_places_.resize(first);
  for (std::size_t i = 0; i < count; ++i) send_one(over, to, places[i]);
  return count != 0;
}

/// What the server has is dealt with here. Throws where it does not take one.
bool queue_sender::hear(link& over, stream_publisher& to, std::chrono::milliseconds time) {
  using answer = stream_publisher::answer;
  auto const heard = to.take(time);
  std::vector<std::size_t> again;
  auto& page = book_.page();
  for (auto const& [place, what] : heard) {
    auto& message = window_[place].message;
    if (what != answer::stored && what != answer::had_it) {
      again.push_back(place);
      continue;
    }
    auto const size = message.bytes().size();
    if (what == answer::stored) {
      ledger::count(page.sent);
      ledger::count(page.sent_bytes, size);
    } else {
      ledger::count(page.repeated);
    }
    bytes_on_the_way_ -= size;
    message.release();
    free_places_.push_back(place);
  }
  if (!again.empty()) {
    auto const why = "the server does not take it: " + to.why();
    note(over, why);
    if (!goes_on(over) || !server_->sleep(look_again)) throw trouble(why);
    for (auto const place : again) send_one(over, to, place);
  }
  return !heard.empty();
}

/// A server that answers to nothing may have another stream by now: another session begins with looking for it.
void queue_sender::expect_answers() const {
  auto const since = clock::now() - stream_publisher::patience - std::chrono::seconds(1);
  bool const is_late =
      std::any_of(window_.begin(), window_.end(), [&](auto& each) { return each.message && each.at < since; });
  if (is_late) throw trouble("the server does not take it: it does not answer");
}

void queue_sender::carry(link& over, stream_publisher& to) {
  auto next_look = clock::now();
  while (goes_on(over)) {
    note(over);
    bool const sent = send_more(over, to);
    bool const waits = !sent && free_places_.size() != window_.size();
    bool const heard = hear(over, to, waits && free_places_.empty() ? look_again : std::chrono::milliseconds(0));
    book_.page().lag.store(from_->depth() + window_.size() - free_places_.size(), std::memory_order_relaxed);
    if (heard || clock::now() < next_look) continue;
    next_look = clock::now() + look_again;
    expect_answers();
  }
  // Whose answer is on its way is not sent again.
  auto const until = clock::now() + std::chrono::seconds(1);
  while (free_places_.size() != window_.size() && !over.closed() && clock::now() < until) {
    (void)hear(over, to, look_again);
  }
}

void queue_sender::carry(link& over) {
  while (!from_) {
    from_ = queue::try_open(channel_.name);
    if (from_) break;
    note(over, "the queue does not exist here yet");
    if (!goes_on(over) || !server_->sleep(look_again)) return;
  }
  type_ = type_of_channel(channel_.name);
  (void)book_.adopt(identity_of(channel_.name), 0, channel_.way);
  ensure_stream(stream_context(over).get(), subject_, stream_use::queue, options_);
  stream_publisher to(over, most_on_the_way);
  free_places_.resize(window_.size());
  std::iota(free_places_.begin(), free_places_.end(), std::size_t{0});
  bytes_on_the_way_ = 0;
  // What the server does not have goes to the next bridge, or to a receiver here.
  auto const put_back = [&] {
    for (auto& each : window_) {
      while (!detail::carrying::put_back(each.message)) continue;
    }
  };
  try {
    carry(over, to);
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
}

}  // namespace coview::inline bridging
