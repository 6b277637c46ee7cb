// SPDX-License-Identifier: Apache-2.0
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
void queue_sender::store_parts(link& over, jsCtx* js, queue_message const& message, cutter& cut) {
  auto const store = bucket(js, bucket_for(options_.prefix, "parts"), options_);
  auto about = facts(message.sequence());
  type_.tell(about);
  for (std::uint32_t i = 0; i + 1 < cut.chunks(); ++i) {
    put_bytes(store.get(), part_key(book_.stream(), message.sequence(), i), cut.piece(i, about));
    if (!goes_on(over)) throw trouble("the bridge ends");
  }
}

/// O2: one that has an ID, by which the server knows it again.
void queue_sender::send_one(link& over, async_publisher& to, queue_message const& message, std::size_t index) {
  auto about = facts(message.sequence());
  about.position = static_cast<std::uint32_t>(message.sequence());
  type_.tell(about);
  batch one(type_.name);
  std::optional<cutter> cut;
  std::span<std::byte const> bytes;
  if (cutter::is_needed(message.bytes().size(), type_.name, over.largest())) {
    cut.emplace(message.bytes(), type_.name, over.largest());
    store_parts(over, to.get(), message, *cut);
    bytes = cut->piece(cut->chunks() - 1, about, form::parts);
  } else {
    one.add(message.bytes());
    bytes = one.finish(about);
  }
  auto const id = hex_of(book_.stream()) + "-" + std::to_string(message.sequence());
  to.send(index, subject_, id, bytes);
}

/// Until the server has all of them. Throws where the link ends, or the bridge.
void queue_sender::deliver(link& over, async_publisher& to, std::span<queue_message> messages) {
  std::vector<std::size_t> open(messages.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  while (!open.empty()) {
    answers_.expect(open.size());
    for (std::size_t i = 0; i < open.size(); ++i) send_one(over, to, messages[open[i]], i);
    bool const all = answers_.wait(async_publisher::patience + std::chrono::seconds(1));
    std::vector<std::size_t> again;
    auto& page = book_.page();
    for (std::size_t i = 0; i < open.size(); ++i) {
      auto const answer = answers_.of(i);
      if (answer == answers::answer::stored) {
        ledger::count(page.sent);
        ledger::count(page.sent_bytes, messages[open[i]].bytes().size());
        messages[open[i]].release();
      } else if (answer == answers::answer::had_it) {
        ledger::count(page.repeated);
        messages[open[i]].release();
      } else {
        again.push_back(open[i]);
      }
    }
    open = std::move(again);
    if (open.empty()) break;
    auto const why = "the server does not take it: " + (all ? answers_.why() : "it does not answer");
    note(over, why);
    // What is not answered counts for libnats as on its way for ever: another session begins with nothing.
    if (!goes_on(over) || !server_->sleep(look_again) || !all) throw trouble(why);
  }
}

void queue_sender::deliver_all(link& over, async_publisher& to, std::span<queue_message> messages) {
  while (!messages.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < messages.size() && (count == 0 || bytes < most_bytes_at_once); ++count)
      bytes += messages[count].bytes().size();
    deliver(over, to, messages.first(count));
    messages = messages.subspan(count);
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
  async_publisher to(over, answers_, 2 * most_at_once);
  std::array<queue_message, most_at_once> window;
  // What the server does not have goes to the next bridge, or to a receiver here.
  auto const put_back = [&] {
    for (auto& each : window) {
      while (!detail::carrying::put_back(each)) continue;
    }
  };
  try {
    while (goes_on(over)) {
      note(over);
      auto const count = from_->receive_many(window, look_again);
      book_.page().lag.store(from_->depth() + count, std::memory_order_relaxed);
      if (count != 0) deliver_all(over, to, std::span(window).first(count));
    }
  } catch (...) {
    put_back();
    throw;
  }
}

}  // namespace coview::inline bridging
