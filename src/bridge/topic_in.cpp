// SPDX-License-Identifier: Apache-2.0
// I1 to I3 for topics and logs: from the server to the local topic.
#include "bridge/topic_carrier.hpp"
#include "channel/carrying.hpp"

namespace coview::inline bridging {
namespace {

constexpr int most_waiting_bytes = 64 << 20;

/// A message's number in its stream; 0 where it does not say.
std::uint64_t number_in_stream(natsMsg* message) {
  jsMsgMetaData* about = nullptr;
  if (natsMsg_GetMetaData(&about, message) != NATS_OK) return 0;
  auto const number = about->Sequence.Stream;
  jsMsgMetaData_Destroy(about);
  return number;
}

}  // namespace

topic_carrier::taken topic_carrier::refuse(link& over, std::string const& why) {
  ledger::count(book_.page().refused);
  note(over, "refused what came in: " + why);
  return taken::yes;
}

/// I1 to I3. False when the bridge ends before there is room.
bool topic_carrier::publish_here(link& over, std::span<std::byte const> message, ledger_page::origin& origin,
                                 std::uint64_t sequence, std::uint64_t lost) {
  constexpr std::chrono::milliseconds pause(1);
  auto& page = book_.page();
  auto* const here = place_.try_open();
  auto const number = static_cast<std::uint64_t>(&origin - page.origins.data());
  while (goes_on(over)) {
    {
      std::lock_guard const held(own_);
      bool const both = channel_.way == direction::both;
      if (!both || book_.has_room_for_own()) {
        book_.intend(detail::carrying::end(here->channel), message, number, sequence + 1, lost);  // I1
        if (publisher_.publish(message, timeout::time_point{})) {                                 // I2
          if (both) book_.add_own(detail::carrying::last(here->channel, publisher_).position);
          origin.lost.store(lost, std::memory_order_relaxed);
          origin.next.store(sequence + 1, std::memory_order_relaxed);
          ledger::count(page.received_bytes, message.size());
          book_.finished();  // I3
          return true;
        }
        book_.finished();
      }
    }
    // Somebody local blocks; others shall come to the lock.
    if (!server_->sleep(pause)) return false;
  }
  return false;
}

/// Whether all of a log before this message is dealt with. What another bridge of this host had in hand when it was
/// killed comes again later, and belongs before this.
bool topic_carrier::is_first_open() {
  return number_ <= log_settled(log_, subject_, book_.page().consumer.load(std::memory_order_relaxed)) + 1;
}

topic_carrier::taken topic_carrier::arrived(link& over, std::span<std::byte const> message, std::uint64_t sequence,
                                            std::uint64_t stream) {
  auto& page = book_.page();
  auto& origin = book_.origin_of(stream);
  auto const next = origin.next.load(std::memory_order_relaxed);
  if (next != 0 && sequence < next) {
    ledger::count(page.repeated);
    return taken::yes;
  }
  if (next == 0 && is_log() && !is_first_open()) return taken::later;
  if (next == 0) origin.first.store(sequence, std::memory_order_relaxed);
  auto lost = origin.lost.load(std::memory_order_relaxed);
  if (next != 0 && sequence > next) {
    // Time does not tell: bridges may be killed sooner than the server gives out again what they had.
    if (is_log() && !is_first_open()) return taken::later;
    lost += sequence - next;
  }
  return publish_here(over, message, origin, sequence, lost) ? taken::yes : taken::later;
}

/// Looks at an envelope and publishes what is in it.
topic_carrier::taken topic_carrier::take(link& over, std::span<std::byte const> bytes) {
  auto const seen = read(bytes);
  if (seen.why != unfit::none) return refuse(over, std::string(reason_for(seen.why)));
  auto const& about = seen.facts;
  if (about.kind != channel_.what || (about.form == form::parts && !is_latest()))
    return refuse(over, "it belongs to another kind");
  if (about.stream == book_.stream()) return taken::yes;
  auto const& here = place_.open_or_create(about);
  if (!here.type.takes(about)) {
    return refuse(over, "it carries '" + std::string(about.type_name) + "' of " + std::to_string(about.type_size) +
                            " bytes and version " + std::to_string(about.type_version) +
                            ", and the topic here has another type");
  }
  auto const fits = [&](std::span<std::byte const> message) {
    return here.type.takes(message) && message.size() <= here.channel.largest();
  };
  if (about.form != form::messages) {
    auto const whole = about.form == form::parts ? parts_of(seen) : together_.add(seen);
    if (!whole) return about.chunk == 0 ? taken::first_part : taken::part;
    if (!fits(*whole)) return refuse(over, "a message is larger than the topic here takes");
    return arrived(over, *whole, about.sequence, about.stream);
  }
  auto sequence = about.sequence;
  message_walk walk(seen.body);
  for (auto message = walk.next(); message; message = walk.next(), ++sequence) {
    if (!fits(*message)) {
      (void)refuse(over, "a message has another size than the topic here takes");
      continue;
    }
    if (arrived(over, *message, sequence, about.stream) == taken::later) return taken::later;
  }
  return taken::yes;
}

void topic_carrier::carry_in_topic(link& over) {
  auto const from = over.subscribe(subject_);
  // What is more than that is lost: the gap is counted.
  natsSubscription_SetPendingLimits(from.get(), -1, most_waiting_bytes);
  // Who sees it connected in `status` shall know that what is published from now on comes.
  constexpr std::int64_t patience_ms = 2000;
  hears(natsConnection_FlushTimeout(over.get(), patience_ms) == NATS_OK);
  note(over);
  while (goes_on(over)) {
    nats_message message;
    auto const status = nats_make(message, natsSubscription_NextMsg, from.get(), std::int64_t{look_again.count()});
    if (status == NATS_OK) {
      (void)take(over, bytes_of(message.get()));
    } else if (status == NATS_TIMEOUT) {
      listens(over);
    } else if (status != NATS_SLOW_CONSUMER) {
      throw trouble("cannot receive: " + text_of(status));
    }
  }
}

void topic_carrier::carry_in_log(link& over) {
  auto const js = stream_context(over);
  auto const made = ensure_stream(js.get(), subject_, stream_use::log, options_);
  auto& place = book_.page().log;
  auto const host = book_.page().consumer.load(std::memory_order_relaxed);
  auto const from = log_consumer(over, js.get(), subject_, host, made, place);
  log_ = js.get();
  hears(true);
  note(over);
  constexpr int some = 64;
  constexpr std::chrono::milliseconds soon(300);
  constexpr std::chrono::seconds between_notes(1);
  auto next_note = std::chrono::steady_clock::now() + between_notes;
  std::vector<nats_message> parts;  // of a message that is not whole yet: killed here, all come again
  while (goes_on(over)) {
    auto got = from->fetch(some, look_again);
    auto last = taken::yes;
    for (auto& message : got) {
      // In order or not at all: what comes after one that has to wait, waits.
      if (last != taken::later) {
        number_ = number_in_stream(parts.empty() ? message.get() : parts.front().get());
        last = take(over, bytes_of(message.get()));
      }
      if (last == taken::later) {
        answer(over, message.get(), says_later(soon));
        continue;
      }
      if (last == taken::first_part) parts.clear();
      if (last != taken::yes) {
        parts.push_back(std::move(message));
        continue;
      }
      for (auto const& part : parts) answer(over, part.get(), says_done);
      parts.clear();
      answer(over, message.get(), says_done);
    }
    if (std::chrono::steady_clock::now() > next_note) {
      place.note(made, log_settled(js.get(), subject_, host));
      next_note = std::chrono::steady_clock::now() + between_notes;
    }
    listens(over);
  }
}

}  // namespace coview::inline bridging
