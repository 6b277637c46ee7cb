// SPDX-License-Identifier: Apache-2.0
// O1 to O3 for topics and logs: from the local topic to the server.
#include "bridge/topic_carrier.hpp"
#include "channel/carrying.hpp"

namespace coview::inline bridging {
namespace {

constexpr std::size_t most_in_a_batch = 32U << 10U;
constexpr std::uint32_t most_messages = 2048;

}  // namespace

local_topic* topic_carrier::wait_for_local(link& over) {
  while (goes_on(over)) {
    if (auto* const here = place_.try_open()) return here;
    watches();
    note(over, "the topic does not exist here yet");
    server_->sleep(look_again);
  }
  return nullptr;
}

/// Whether it is to be carried: not what this bridge published itself. Counts what was lost before it.
bool topic_carrier::is_foreign(std::uint64_t position, ledger::progress& at) {
  std::uint64_t own_before = 0;
  bool mine = false;
  auto const look = [&] {
    for (auto next = book_.own(at.own_read); next && *next <= position; next = book_.own(at.own_read)) {
      mine = *next == position;
      if (!mine && *next >= at.cursor) ++own_before;
      ++at.own_read;
    }
  };
  if (channel_.way == direction::both) {
    std::lock_guard const held(own_);
    look();
  }
  auto const lost = position - at.cursor - own_before;
  at.sequence += lost;
  if (lost != 0) ledger::count(book_.page().lost_out, lost);
  at.cursor = position + 1;
  return !mine;
}

/// O2. What libnats has no room for, while no server is there, is lost: the far end sees the gap.
void topic_carrier::hand_over(link& over, std::span<std::byte const> bytes, std::uint32_t count) {
  auto& page = book_.page();
  if (is_log()) {
    store_in_stream(over, js_.get(), subject_, bytes, {}, [&](std::string const& why) {
      note(over, why);
      // It may be full.
      trimmer_.look(over, js_.get(), subject_);
      return goes_on(over);
    });
  } else {
    auto const status =
        natsConnection_Publish(over.get(), subject_.c_str(), bytes.data(), static_cast<int>(bytes.size()));
    if (status == NATS_INSUFFICIENT_BUFFER || status == NATS_MAX_PAYLOAD) {
      ledger::count(page.lost_out, count);
      return;
    }
    if (status != NATS_OK) throw trouble("cannot publish: " + text_of(status));
  }
  ledger::count(page.sent, count);
  ledger::count(page.sent_bytes, bytes.size());
}

void topic_carrier::hand_over_in_pieces(link& over, std::span<std::byte const> message, local_type const& type,
                                        std::uint64_t sequence) {
  cutter cut(message, type.name, over.largest());
  auto about = facts(sequence);
  type.tell(about);
  auto const lost_before = book_.page().lost_out.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < cut.chunks(); ++i) {
    bool const is_last = i + 1 == cut.chunks();
    hand_over(over, cut.piece(i, about), is_last ? 1 : 0);
    if (is_last) continue;
    // A piece that is lost takes its message along.
    if (book_.page().lost_out.load(std::memory_order_relaxed) != lost_before) break;
  }
}

void topic_carrier::carry_out(link& over) {
  auto* const here = wait_for_local(over);
  if (here == nullptr) return;
  if (is_log()) {
    if (!js_ || js_for_ != over.get()) {
      js_ = stream_context(over);
      js_for_ = over.get();
    }
    ensure_stream(js_.get(), subject_, stream_use::log, options_);
  }
  auto const from = here->channel.subscribe({.from = from::oldest, .slow = is_log() ? slow::blocks : slow::lags});
  batch all(here->type.name);
  auto at = book_.reached();
  watches();
  while (goes_on(over)) {
    auto& page = book_.page();
    auto message = from.receive(look_again);
    note(over);
    if (is_log()) trimmer_.look(over, js_.get(), subject_);
    if (!message) {
      page.lag.store(0, std::memory_order_relaxed);
      continue;
    }
    std::uint64_t first = 0;
    auto const flush = [&] {
      if (all.count() == 0) return;
      auto about = facts(first);
      here->type.tell(about);
      hand_over(over, all.finish(about), all.count());
      all.begin();
    };
    all.begin();
    while (message) {
      bool const was_seen = message->sequence() < at.cursor;
      if (!was_seen && is_foreign(message->sequence(), at)) {
        bool const large = cutter::is_needed(message->bytes().size(), here->type.name, over.largest());
        // A batch's messages follow one another.
        if (large || at.sequence != first + all.count()) flush();
        if (all.count() == 0) first = at.sequence;
        if (large) {
          hand_over_in_pieces(over, message->bytes(), here->type, at.sequence);
        } else {
          if (all.size() + message->bytes().size() + batch::length_size > over.largest()) {
            flush();
            first = at.sequence;
          }
          all.add(message->bytes());
        }
        ++at.sequence;
      }
      if (all.size() >= most_in_a_batch || all.count() >= most_messages) break;
      message = from.try_receive();
    }
    message.reset();
    flush();
    book_.reach(at);  // O3
    auto const end = here->channel.published();
    page.lag.store(end > at.cursor ? end - at.cursor : 0, std::memory_order_relaxed);
  }
}

}  // namespace coview::inline bridging
