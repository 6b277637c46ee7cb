// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "bridge/queue_carrier.hpp"

namespace coview::inline bridging {
namespace {

enum : std::uint64_t { is_free = 0, is_intended = 1, is_delivered = 2, is_dealt_with = 3 };

constexpr std::chrono::milliseconds idle_wait(200);
constexpr std::chrono::milliseconds busy_wait(20);
constexpr std::chrono::milliseconds until_again(2000);
constexpr std::chrono::seconds until_told_again(1);

struct metadata_delete {
  void operator()(jsMsgMetaData* about) const noexcept { jsMsgMetaData_Destroy(about); }
};
using metadata = std::unique_ptr<jsMsgMetaData, metadata_delete>;

}  // namespace

queue_receiver::queue_receiver(bridge_channel const& channel, bridge_options const& options)
    : carrier(channel, options), together_(largest_of_all) {}

void queue_receiver::start_threads() {
  run([this](link& over) {
    carry(over);
    hears(false);
  });
}

std::unique_ptr<carrier> make_queue_carrier(bridge_channel const& channel, bridge_options const& options) {
  if (channel.way == direction::out) return std::make_unique<queue_sender>(channel, options);
  return std::make_unique<queue_receiver>(channel, options);
}

/// Where the queue is another one, what was in hand went with the old one: the server delivers it again.
void queue_receiver::drop_all_in_hand() {
  for (auto& each : book_.page().hands) each.used.store(is_free, std::memory_order_relaxed);
  book_.finished();
  index_hands();
}

void queue_receiver::open(envelope const* type) {
  if (to_) return;
  to_ = queue::try_open(channel_.name);
  if (!to_ && type == nullptr) return drop_all_in_hand();
  if (!to_) {
    to_ = queue::open_or_create(
        channel_.name, {.capacity = channel_.capacity,
                        .type = {.name = type->type_name, .size = type->type_size, .version = type->type_version}});
  }
  try {
    type_ = type_of_channel(channel_.name);
    if (!book_.adopt(identity_of(channel_.name), 0, channel_.way)) drop_all_in_hand();
    recover();
  } catch (...) {
    to_.reset();  // once more from the beginning
    throw;
  }
}

/// Finishes what a bridge that was killed had begun between I1 and I3.
void queue_receiver::recover() {
  auto& page = book_.page();
  auto& in = page.in;
  if (in.active.load(std::memory_order_acquire) != 0) {
    auto& which = page.hands[in.next.load(std::memory_order_relaxed) % ledger_page::most_in_hand];
    auto const found = detail::carrying::find(*to_, in.begin.load(std::memory_order_relaxed),
                                              [this](auto message) { return book_.is_intended(message); });
    if (found && which.used.load(std::memory_order_relaxed) == is_intended) {
      which.position.store(found->position, std::memory_order_relaxed);
      which.block.store(found->block, std::memory_order_relaxed);
      which.used.store(is_delivered, std::memory_order_release);
      ledger::count(page.received);
    }
  }
  for (auto& each : page.hands) {
    if (each.used.load(std::memory_order_relaxed) == is_intended) each.used.store(is_free, std::memory_order_relaxed);
  }
  book_.finished();
  index_hands();
}

void queue_receiver::index_hands() {
  in_hand_.clear();
  free_hands_.clear();
  auto const& hands = book_.page().hands;
  for (auto i = hands.size(); i-- > 0;) {
    auto const& each = hands[i];
    if (each.used.load(std::memory_order_relaxed) != is_free) {
      in_hand_[{each.number.load(std::memory_order_relaxed), each.time.load(std::memory_order_relaxed)}] = i;
    } else if (i < options_.in_hand) {
      free_hands_.push_back(i);
    }
  }
}

void queue_receiver::tell(link& over, hand const& which, char const* what, std::string const& answer_to) {
  auto const* const to = which.reply.data();
  auto const length = static_cast<int>(std::strlen(what));
  if (answer_to.empty()) {
    (void)natsConnection_Publish(over.get(), to, what, length);
  } else {
    (void)natsConnection_PublishRequest(over.get(), to, answer_to.c_str(), what, length);
  }
}

void queue_receiver::done(std::size_t index) {
  auto& which = book_.page().hands[index];
  auto const number = which.number.load(std::memory_order_relaxed);
  auto const time = which.time.load(std::memory_order_relaxed);
  for (auto n = which.parts.load(std::memory_order_relaxed); n != 0 && parts_; --n) {
    auto const key = part_key(which.stream.load(std::memory_order_relaxed),
                              which.sequence.load(std::memory_order_relaxed), static_cast<std::uint32_t>(n - 1));
    (void)kvStore_Purge(parts_.get(), key.c_str(), nullptr);
  }
  book_.remember_done(number, time);
  which.used.store(is_free, std::memory_order_release);
  in_hand_.erase({number, time});
  if (index < options_.in_hand) free_hands_.push_back(index);
}

/// I4: the server hears of what is dealt with, and says that it heard; and that the rest is being worked on.
void queue_receiver::settle(link& over) {
  // Of many that are dealt with in a moment the server hears together.
  constexpr std::chrono::milliseconds between(1);
  auto const now = clock::now();
  if (now - settled_ < between) return;
  settled_ = now;
  bool const progress = now - told_progress_ > options_.ack_wait / 4;
  if (progress) told_progress_ = now;
  auto& page = book_.page();
  while (!unconfirmed_.empty() && now - unconfirmed_.front().at > until_told_again) unconfirmed_.pop_front();
  std::vector<std::size_t> to_tell;
  for (auto const& [number, i] : in_hand_) {
    auto& each = page.hands[i];
    auto const state = each.used.load(std::memory_order_relaxed);
    if (state == is_dealt_with) {
      if (now - told_done_[i] > until_told_again) to_tell.push_back(i);
      continue;
    }
    detail::message_place const place{each.position.load(std::memory_order_relaxed),
                                      static_cast<std::uint32_t>(each.block.load(std::memory_order_relaxed))};
    if (detail::carrying::is_settled(*to_, place)) {
      each.used.store(is_dealt_with, std::memory_order_release);
      to_tell.push_back(i);
    } else if (progress) {
      tell(over, each, "+WPI");
    }
  }
  if (!to_tell.empty()) acknowledge(over, std::move(to_tell));
  page.in_hand_now.store(in_hand_.size(), std::memory_order_relaxed);
}

void queue_receiver::acknowledge(link& over, std::vector<std::size_t> dealt_with) {
  acknowledged all{++last_acknowledged_, over.connections(), clock::now(), {}};
  for (auto const i : dealt_with) {
    auto const& each = book_.page().hands[i];
    told_done_[i] = all.at;
    all.hands.emplace_back(
        i, stream_place(each.number.load(std::memory_order_relaxed), each.time.load(std::memory_order_relaxed)));
    bool const is_last = all.hands.size() == dealt_with.size();
    tell(over, each, "+ACK", is_last ? inbox_ + "." + std::to_string(all.number) : "");
  }
  unconfirmed_.push_back(std::move(all));
}

void queue_receiver::confirmed(link& over) {
  for (;;) {
    nats_message answer;
    if (nats_make(answer, natsSubscription_NextMsg, confirmations_.get(), std::int64_t{0}) != NATS_OK) return;
    std::string_view const subject = natsMsg_GetSubject(answer.get());
    if (natsMsg_IsNoResponders(answer.get()) || subject.size() <= inbox_.size()) continue;
    auto const number = std::strtoull(subject.data() + inbox_.size() + 1, nullptr, 10);
    auto const found =
        std::find_if(unconfirmed_.begin(), unconfirmed_.end(), [&](auto& each) { return each.number == number; });
    if (found == unconfirmed_.end()) continue;
    // Another connection may have been made after the first of them was sent, which then did not arrive.
    if (found->connections == over.connections()) {
      for (auto const& [index, place] : found->hands) {
        auto const in_hand = in_hand_.find(place);
        if (in_hand != in_hand_.end() && in_hand->second == index) done(index);
      }
    }
    unconfirmed_.erase(found);
  }
}

/// The message of a checked envelope, its parts fetched; empty where a part is missing.
std::optional<std::span<std::byte const>> queue_receiver::whole(read_envelope const& seen) {
  if (seen.facts.form == form::messages) return message_walk(seen.body).next();
  together_.forget();
  for (std::uint32_t i = 0; i + 1 < seen.facts.chunks; ++i) {
    nats_entry entry;
    auto const key = part_key(seen.facts.stream, seen.facts.sequence, i);
    if (nats_make(entry, kvStore_Get, parts_.get(), key.c_str()) != NATS_OK) return {};
    auto const piece = read(value_of(entry.get()));
    if (piece.why != unfit::none || piece.facts.form != form::chunk || piece.facts.stream != seen.facts.stream ||
        piece.facts.sequence != seen.facts.sequence || together_.add(piece)) {
      return {};
    }
  }
  return together_.add(seen);
}

/// I1 to I3. False where it stays with the server.
bool queue_receiver::deliver(link& over, arrival const& what) {
  auto& page = book_.page();
  auto* const message = what.message;
  auto const& seen = what.seen;
  auto const* const reply = natsMsg_GetReply(message);
  if (free_hands_.empty() || reply == nullptr || std::strlen(reply) >= ledger_page::text_size) return false;
  if (seen.facts.form == form::parts && !parts_) {
    parts_ = bucket(stream_context(over).get(), bucket_for(options_.prefix, "parts"), options_);
  }
  auto const bytes = whole(seen);
  if (!bytes) {
    note(over, "a part of a large message is missing");
    return false;
  }
  if (!type_.takes(*bytes) || bytes->size() > to_->largest()) {
    note(over, "a message has another size than the queue here takes");
    return false;
  }
  auto const index = free_hands_.back();
  free_hands_.pop_back();
  auto* const which = &page.hands[index];
  which->number.store(what.number, std::memory_order_relaxed);
  which->time.store(what.time, std::memory_order_relaxed);
  which->parts.store(seen.facts.form == form::parts ? seen.facts.chunks - 1 : 0, std::memory_order_relaxed);
  which->stream.store(seen.facts.stream, std::memory_order_relaxed);
  which->sequence.store(seen.facts.sequence, std::memory_order_relaxed);
  std::strcpy(which->reply.data(), reply);
  while (goes_on(over)) {
    book_.intend(detail::carrying::end(*to_), *bytes, 0, index);  // I1
    which->used.store(is_intended, std::memory_order_release);
    if (to_->try_send(*bytes)) {  // I2
      auto const place = detail::carrying::last(*to_);
      which->position.store(place.position, std::memory_order_relaxed);
      which->block.store(place.block, std::memory_order_relaxed);
      which->used.store(is_delivered, std::memory_order_release);  // I3
      book_.finished();
      in_hand_[{what.number, what.time}] = index;
      ledger::count(page.received);
      ledger::count(page.received_bytes, bytes->size());
      return true;
    }
    which->used.store(is_free, std::memory_order_release);
    book_.finished();
    // It is full: whoever receives makes room, and the server hears of it meanwhile.
    settle(over);
    answer(over, message, says_in_progress);
    constexpr std::chrono::milliseconds pause(2);
    if (!server_->sleep(pause)) break;
  }
  free_hands_.push_back(index);
  return false;
}

/// Whether it is in hand, or was dealt with: then the server is told.
bool queue_receiver::had(link& over, arrival const& which) {
  if (auto const in_hand = in_hand_.find({which.number, which.time}); in_hand != in_hand_.end()) {
    // It comes again because the server waited for too long, or was another one: this is how it hears from now on.
    auto const* const reply = natsMsg_GetReply(which.message);
    auto& to = book_.page().hands[in_hand->second].reply;
    if (std::strlen(reply) < to.size()) std::strcpy(to.data(), reply);
    ledger::count(book_.page().repeated);
    answer(over, which.message, says_in_progress);
    return true;
  }
  // Also where the server takes it for the first time: a leader that was killed told the next one neither of that nor
  // of what this host had said.
  if (!book_.was_done(which.number, which.time)) return false;
  ledger::count(book_.page().repeated);
  answer(over, which.message, says_done);
  return true;
}

/// Empty where it is not to be delivered: then the server is told why.
std::optional<queue_receiver::arrival> queue_receiver::look_at(link& over, natsMsg* message) {
  jsMsgMetaData* raw = nullptr;
  if (natsMsg_GetMetaData(&raw, message) != NATS_OK) return {};
  metadata const about(raw);
  arrival which{message, about->Sequence.Stream, static_cast<std::uint64_t>(about->Timestamp), {}};
  if (had(over, which)) return {};
  which.seen = read(bytes_of(message));
  auto const& seen = which.seen;
  bool const is_ours = seen.why == unfit::none && seen.facts.kind == carried::queue &&
                       seen.facts.form != form::chunk && seen.facts.count == 1;
  if (!is_ours && seen.why != unfit::other_version) {
    ledger::count(book_.page().refused);
    note(over, "refused what came in: " +
                   std::string(seen.why == unfit::none ? "it is no message of a queue" : reason_for(seen.why)));
    answer(over, message, says_never);
    return {};
  }
  bool fits = is_ours;
  if (fits) {
    open(&seen.facts);
    fits = type_.takes(seen.facts);
  }
  if (!fits) {
    ledger::count(book_.page().refused);
    note(over, "left to others what came in: it has another version or type than the queue here");
    answer(over, message, says_later(until_again));
    return {};
  }
  return which;
}

void queue_receiver::take(link& over, std::span<nats_message const> messages) {
  std::vector<arrival> fresh;
  for (auto const& each : messages) {
    if (auto which = look_at(over, each.get())) fresh.push_back(std::move(*which));
  }
  using verdict = claims::verdict;
  std::vector verdicts(fresh.size(), verdict::ours);
  if (claims_ && !fresh.empty()) {
    std::vector<claims::message> wanted;
    for (auto const& each : fresh) {
      wanted.push_back({each.seen.facts.stream, each.seen.facts.sequence, each.number, each.time});
    }
    verdicts = claims_->claim(wanted);
  }
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    auto const& each = fresh[i];
    if (verdicts[i] == verdict::stored_twice) {
      ledger::count(book_.page().repeated);
      answer(over, each.message, says_done);
    } else if (verdicts[i] != verdict::ours || !goes_on(over)) {
      answer(over, each.message, says_later(until_again));
      // It may have come twice at once.
    } else if (!had(over, each) && !deliver(over, each)) {
      answer(over, each.message, says_later(until_again));
    }
  }
}

void queue_receiver::carry(link& over) {
  open(nullptr);
  auto const js = stream_context(over);
  ensure_stream(js.get(), subject_, stream_use::queue, options_);
  inbox_ = "_INBOX." + hex_of(random_number());
  confirmations_ = over.subscribe(inbox_ + ".>");
  unconfirmed_.clear();
  parts_.reset();
  bool const has_parts = std::any_of(book_.page().hands.begin(), book_.page().hands.end(), [](auto& each) {
    return each.used.load() != is_free && each.parts.load() != 0;
  });
  if (has_parts) parts_ = bucket(js.get(), bucket_for(options_.prefix, "parts"), options_);
  claims_.reset();
  if (options_.claims) claims_.emplace(over, options_, book_.page().consumer.load());
  auto const from = queue_consumer(over, js.get(), subject_, options_);
  hears(true);
  note(over);
  while (goes_on(over)) {
    std::uint64_t in_hand = 0;
    if (to_) {
      settle(over);
      confirmed(over);
      in_hand = in_hand_.size();
    }
    auto const room = static_cast<int>(options_.in_hand) - static_cast<int>(in_hand);
    if (room <= 0) {
      constexpr std::chrono::milliseconds pause(2);
      server_->sleep(pause);
      continue;
    }
    auto const got = from->fetch(static_cast<std::size_t>(room), in_hand == 0 ? idle_wait : busy_wait);
    if (claims_) claims_->show_life();
    take(over, got);
    if (watch_.look(over, js.get(), subject_)) throw trouble("the server had passed messages of the queue");
    listens(over);
  }
  claims_.reset();
  confirmations_.reset();
  parts_.reset();
}

}  // namespace coview::inline bridging
