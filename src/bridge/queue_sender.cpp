// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <numeric>

#include <coview/error.hpp>

#include "bridge/queue_carrier.hpp"

namespace coview::inline bridging {
std::string part_key(std::uint64_t stream, std::uint64_t sequence, std::uint32_t chunk) {
  return hex_of(stream) + "." + std::to_string(sequence) + "." + std::to_string(chunk);
}

queue_sender::queue_sender(bridge_channel const& channel, bridge_options const& options) : carrier(channel, options) {
  if (!options.spool_directory.empty()) spool_.emplace(options.spool_directory, channel, options.spool);
  show_spool();
}

/// The thread is gone.
queue_sender::~queue_sender() {
  for (auto& each : received_) put_back(each);
}

void queue_sender::start_threads() {
  if (spool_) {
    run([this](link& over) { carry(over); }, [this](std::string const& failed) { keep(failed); });
  } else {
    run([this](link& over) { carry(over); });
  }
}

/// With a spool there is something better to do than to wait for a server that is gone.
bool queue_sender::may_go_on(link const& over) const noexcept {
  return goes_on(over) && (!spool_ || over.is_up());
}

bool queue_sender::try_open() {
  if (from_) return true;
  auto found = queue::try_open(channel_.name);
  if (!found) return false;
  type_ = type_of_channel(channel_.name);
  (void)book_.adopt(identity_of(channel_.name), 0, channel_.way);
  from_ = std::move(found);
  return true;
}

/// All chunks but the last, before the message that speaks of them. Once more does no harm.
void queue_sender::store_parts(link& over, outgoing_message const& message, cutter& cut) {
  auto const store = bucket(stream_context(over).get(), bucket_for(options_.prefix, "parts"), options_);
  auto about = facts(message.sequence);
  about.stream = message.stream;
  message.type.tell(about);
  for (std::uint32_t i = 0; i + 1 < cut.chunks(); ++i) {
    put_bytes(store.get(), part_key(message.stream, message.sequence, i), cut.piece(i, about));
    if (!goes_on(over)) throw trouble("the bridge ends");
  }
}

queue_sender::outgoing_message queue_sender::what_is_at(std::size_t place) const noexcept {
  auto const& [message, kept, at] = window_[place];
  if (kept) return {kept->stream, kept->sequence, kept->bytes, kept->type};
  return {book_.stream(), message.sequence(), message.bytes(), type_};
}

/// O2: one that has an ID, by which the server knows it again.
void queue_sender::send_one(link& over, stream_publisher& to, std::size_t place) {
  auto const message = what_is_at(place);
  auto about = facts(message.sequence);
  about.stream = message.stream;
  about.position = static_cast<std::uint32_t>(message.sequence);
  message.type.tell(about);
  batch one(message.type.name);
  std::optional<cutter> cut;
  std::span<std::byte const> bytes;
  if (cutter::is_needed(message.bytes.size(), message.type.name, over.largest())) {
    cut.emplace(message.bytes, message.type.name, over.largest());
    store_parts(over, message, *cut);
    bytes = cut->piece(cut->chunks() - 1, about, form::parts);
  } else {
    one.add(message.bytes);
    bytes = one.finish(about);
  }
  auto const id = hex_of(message.stream) + "-" + std::to_string(message.sequence);
  window_[place].at = clock::now();
  to.send(place, subject_, id, bytes);
}

/// So many at most; waits for the first. How many came.
std::size_t queue_sender::receive(std::size_t most, std::chrono::milliseconds time) {
  std::array<queue_message, most_together> fresh;
  auto const count = from_->receive_many(std::span(fresh).first(std::min(most, fresh.size())), time);
  for (auto& each : std::span(fresh).first(count)) {
    // The last bridge had written it to the disk when it was killed, and had not released it yet.
    if (spool_ && spool_->had(book_.stream(), each.sequence())) {
      each.release();
    } else {
      received_.push_back(std::move(each));
    }
  }
  return count;
}

/// What there is and has room. False where there was none.
bool queue_sender::send_more(link& over, stream_publisher& to) {
  bool const has_room = !free_places_.empty() && bytes_on_the_way_ < most_bytes_on_the_way;
  if (!has_room) return false;
  return has_spooled() ? send_more_of_spool(over, to) : send_more_of_queue(over, to);
}

bool queue_sender::send_more_of_spool(link& over, stream_publisher& to) {
  std::size_t count = 0;
  while (count < most_together && !free_places_.empty() && bytes_on_the_way_ < most_bytes_on_the_way) {
    auto next = spool_->next();
    if (!next) break;
    auto const place = free_places_.back();
    free_places_.pop_back();
    kept_at_[place] = first_kept_ + kept_.size();
    kept_.push_back({next->end, next->lost, false});
    bytes_on_the_way_ += next->bytes.size();
    window_[place].kept = std::move(next);
    send_one(over, to, place);
    ++count;
  }
  return count != 0;
}

bool queue_sender::send_more_of_queue(link& over, stream_publisher& to) {
  // Meanwhile there are answers to be heard.
  constexpr std::chrono::milliseconds soon(1);
  bool const idle = free_places_.size() == window_.size();
  if (received_.empty()) (void)receive(free_places_.size(), idle ? look_again : soon);
  auto const count = std::min({received_.size(), free_places_.size(), most_together});
  // All of them are in the window before the first can fail.
  auto const first = free_places_.size() - count;
  for (std::size_t i = 0; i < count; ++i) {
    bytes_on_the_way_ += received_.front().bytes().size();
    window_[free_places_[first + i]].message = std::move(received_.front());
    received_.pop_front();
  }
  std::array<std::size_t, most_together> places{};
  std::copy(free_places_.begin() + static_cast<std::ptrdiff_t>(first), free_places_.end(), places.begin());
  free_places_.resize(first);
  for (std::size_t i = 0; i < count; ++i) send_one(over, to, places[i]);
  return count != 0;
}

/// The server has it: it is dealt with here.
void queue_sender::stored(sent_message& which) {
  if (!which.kept) {
    which.message.release();
    return;
  }
  auto const place = static_cast<std::size_t>(&which - window_.data());
  kept_[kept_at_.at(place) - first_kept_].is_stored = true;
  kept_at_.erase(place);
  which.kept.reset();
}

/// What the server has is dealt with here. Throws where it does not take one.
bool queue_sender::hear(link& over, stream_publisher& to, std::chrono::milliseconds time) {
  using answer = stream_publisher::answer;
  auto const heard = to.take(time);
  std::vector<std::size_t> again;
  auto& page = book_.page();
  for (auto const& [place, what] : heard) {
    if (what != answer::stored && what != answer::had_it) {
      again.push_back(place);
      continue;
    }
    auto const size = what_is_at(place).bytes.size();
    if (what == answer::stored) {
      ledger::count(page.sent);
      ledger::count(page.sent_bytes, size);
    } else {
      ledger::count(page.repeated);
    }
    bytes_on_the_way_ -= size;
    stored(window_[place]);
    free_places_.push_back(place);
  }
  note_handed_over();
  if (!again.empty()) {
    auto const why = "the server does not take it: " + to.why();
    note(over, why);
    if (!goes_on(over) || !server_->sleep(look_again)) throw trouble(why);
    for (auto const place : again) send_one(over, to, place);
  }
  return !heard.empty();
}

/// Of the spool, all up to the first that the server has not.
void queue_sender::note_handed_over() {
  std::uint64_t count = 0;
  std::uint64_t lost = 0;
  std::uint64_t end = 0;
  for (; !kept_.empty() && kept_.front().is_stored; kept_.pop_front(), ++count) {
    end = kept_.front().end;
    lost += kept_.front().lost;
  }
  if (count == 0) return;
  first_kept_ += count;
  spool_->handed_over(end, count);
  if (lost != 0) ledger::count(book_.page().lost_out, lost);
  show_spool();
}

void queue_sender::show_spool() {
  book_.page().spooled.store(spool_ ? spool_->count() : 0, std::memory_order_relaxed);
  book_.page().spooled_bytes.store(spool_ ? spool_->bytes() : 0, std::memory_order_relaxed);
}

/// A server that answers to nothing may have another stream by now: another session begins with looking for it.
void queue_sender::expect_answers() const {
  auto const since = clock::now() - stream_publisher::patience - std::chrono::seconds(1);
  bool const is_late = std::any_of(window_.begin(), window_.end(),
                                   [&](auto& each) { return (each.message || each.kept) && each.at < since; });
  if (is_late) throw trouble("the server does not take it: it does not answer");
}

/// What was wrong with the spool when it was opened, for as long as anything is in it.
std::string queue_sender::about_spool() const {
  if (!has_spooled()) return {};
  if (spool_->damaged() != 0) {
    return "at least " + std::to_string(spool_->damaged()) + " messages in '" + spool_->path() +
           "' are damaged, and lost";
  }
  return {};
}

void queue_sender::carry(link& over, stream_publisher& to) {
  auto next_look = clock::now();
  while (may_go_on(over)) {
    note(over, about_spool());
    // After a reboot the spool may be there before the queue.
    if (!has_spooled() && !from_) return;
    bool const sent = send_more(over, to);
    bool const waits = !sent && free_places_.size() != window_.size();
    // Of the spool nothing more comes by itself.
    bool const rests = waits && (free_places_.empty() || has_spooled());
    bool const heard = hear(over, to, rests ? look_again : std::chrono::milliseconds(0));
    auto const on_the_way = has_spooled() ? 0 : window_.size() - free_places_.size();
    auto const depth = from_ ? from_->depth() : 0;
    book_.page().lag.store(depth + received_.size() + on_the_way, std::memory_order_relaxed);
    if (heard || clock::now() < next_look) continue;
    next_look = clock::now() + look_again;
    expect_answers();
  }
  // Whose answer is on its way is not sent again.
  auto const until = clock::now() + std::chrono::seconds(1);
  while (free_places_.size() != window_.size() && !over.closed() && (!spool_ || over.is_up()) &&
         clock::now() < until) {
    (void)hear(over, to, look_again);
  }
}

/// Leaves it to the next bridge, or to a receiver here.
void queue_sender::put_back(queue_message& message) {
  while (!detail::carrying::put_back(message)) continue;
}

/// What the server does not have.
void queue_sender::take_back_window() {
  std::vector<queue_message> fresh;
  for (auto& each : window_) {
    if (each.message) fresh.push_back(std::move(each.message));
    each.kept.reset();
  }
  if (!spool_) {
    for (auto& each : fresh) put_back(each);
    for (auto& each : received_) put_back(each);
    received_.clear();
    return;
  }
  // They are older than what was received since, and stay with this thread, which may have to write them to the disk.
  std::ranges::sort(fresh, {}, [](auto const& each) { return each.sequence(); });
  received_.insert(received_.begin(), std::move_iterator(fresh.begin()), std::move_iterator(fresh.end()));
  kept_.clear();
  kept_at_.clear();
  spool_->rewind();
}

void queue_sender::carry(link& over) {
  while (!has_spooled() && !try_open()) {
    note(over, "the queue does not exist here yet");
    if (!may_go_on(over) || !server_->sleep(look_again)) return;
  }
  (void)try_open();
  ensure_stream(stream_context(over).get(), subject_, stream_use::queue, options_);
  stream_publisher to(over, most_on_the_way);
  free_places_.resize(window_.size());
  std::iota(free_places_.begin(), free_places_.end(), std::size_t{0});
  bytes_on_the_way_ = 0;
  try {
    carry(over, to);
  } catch (...) {
    take_back_window();
    throw;
  }
  take_back_window();
}

/// Without a server; or for a moment after a session that failed, since one that takes nothing may be there.
void queue_sender::keep(std::string const& failed) {
  auto const until = clock::now() + (failed.empty() ? std::chrono::seconds(0) : std::chrono::seconds(1));
  while (!server_->stopping() && (!server_is_there() || clock::now() < until)) {
    auto why = try_open() ? keep_some() : "the queue does not exist here yet";
    bool const rests = !why.empty();
    if (why.empty()) why = failed.empty() ? about_spool() : failed;
    note_alone(why);
    // What was full may have room by then.
    if (rests) (void)server_->sleep(look_again);
  }
}

/// O2 for the disk: written, and on it, before it is released here. What was wrong.
std::string queue_sender::keep_some() {
  // Each time costs a write to the disk that is waited for.
  constexpr std::size_t most_at_once = 1024;
  constexpr std::uint64_t most_bytes_at_once = std::uint64_t{8} << 20U;
  if (received_.empty()) (void)receive(most_together, look_again);
  while (received_.size() < most_at_once && receive(most_together, std::chrono::milliseconds(0)) != 0) continue;
  std::string why;
  std::size_t count = 0;
  try {
    for (; count < received_.size() && spool_->pending() < most_bytes_at_once; ++count) {
      auto const& each = received_[count];
      if (spool_->append(book_.stream(), each.sequence(), type_, each.bytes())) continue;
      why = "the spool '" + spool_->path() + "' is full (--spool): senders wait when the queue is";
      break;
    }
    spool_->sync();
    // Who sees that there is room again sees why.
    show_spool();
    for (std::size_t i = 0; i < count; ++i, received_.pop_front()) received_.front().release();
  } catch (error const& e) {
    why = e.what();
  }
  book_.page().lag.store(from_->depth() + received_.size(), std::memory_order_relaxed);
  return why;
}

}  // namespace coview::inline bridging
