// SPDX-License-Identifier: Apache-2.0
// Topics of which the newest message counts, over a key of a bucket: each host puts its newest there, and takes from
// there what others put.
#include "bridge/topic_carrier.hpp"
#include "channel/carrying.hpp"

namespace coview::inline bridging {
namespace {

/// How often the key is looked at by itself: of a watch that the server forgot nobody is told.
constexpr std::chrono::seconds between_looks(2);
constexpr unsigned most_looked_at = 2048;

/// Large ones stand in several keys, which the next one overwrites: who finds parts of two waits for the newer one.
std::string latest_part_key(std::uint64_t stream, std::uint32_t chunk) {
  return hex_of(stream) + ".part." + std::to_string(chunk);
}

}  // namespace

/// O2.
std::uint64_t topic_carrier::put_newest(link& over, kvStore* to, std::span<std::byte const> message,
                                        local_type const& type, std::uint64_t sequence) {
  auto about = facts(sequence);
  type.tell(about);
  ledger::count(book_.page().sent);
  ledger::count(book_.page().sent_bytes, message.size());
  if (!cutter::is_needed(message.size(), type.name, over.largest())) {
    batch one(type.name);
    one.add(message);
    return put_bytes(to, key_of(subject_), one.finish(about));
  }
  cutter cut(message, type.name, over.largest());
  for (std::uint32_t i = 0; i + 1 < cut.chunks(); ++i)
    put_bytes(to, latest_part_key(book_.stream(), i), cut.piece(i, about));
  return put_bytes(to, key_of(subject_), cut.piece(cut.chunks() - 1, about, form::parts));
}

void topic_carrier::carry_out_latest(link& over) {
  auto* const here = wait_for_local(over);
  if (here == nullptr) return;
  auto const js = stream_context(over);
  auto const store = bucket(js.get(), bucket_for(options_.prefix, word_for(carried::latest)), options_);
  auto const from = here->channel.subscribe({.from = from::oldest, .slow = slow::lags});
  auto at = book_.reached();
  auto& in_doubt = book_.page().put_in_doubt;
  watches();
  while (goes_on(over)) {
    auto message = from.receive(look_again);
    note(over);
    if (!message) continue;
    // Nothing comes in between what is the newest here and what stands in the key: whoever was later there is the
    // newest everywhere.
    std::lock_guard const turn(turn_);
    std::optional<topic_message> newest;
    std::uint64_t number = 0;
    for (unsigned count = 0; message; message = ++count < most_looked_at ? from.try_receive() : std::nullopt) {
      if (message->sequence() < at.cursor) continue;
      // What came from others is newer here, and needs no put; but where this host's may stand in the key already, or
      // come there late, it has to follow it there.
      if (is_foreign(message->sequence(), at) || in_doubt.load(std::memory_order_relaxed) != 0) {
        number = at.sequence++;
        newest = std::move(message);
      } else {
        newest.reset();
      }
    }
    if (newest) {
      // Killed or not answered between here and O3, it is put again, and then has another number: what others put
      // meanwhile is older for all of them, who would drop what they have seen.
      auto before = book_.reached();
      before.sequence = at.sequence;
      book_.reach(before);
      in_doubt.store(1, std::memory_order_relaxed);
      last_put_ = put_newest(over, store.get(), newest->bytes(), here->type, number);
    }
    book_.reach(at);  // O3
    in_doubt.store(0, std::memory_order_relaxed);
  }
}

std::optional<std::span<std::byte const>> topic_carrier::parts_of(read_envelope const& seen) {
  together_.forget();
  for (std::uint32_t i = 0; i + 1 < seen.facts.chunks; ++i) {
    nats_entry entry;
    auto const key = latest_part_key(seen.facts.stream, i);
    auto const status = nats_make(entry, kvStore_Get, parts_from_, key.c_str());
    if (status == NATS_NOT_FOUND) return {};
    // Not heard is not gone: the session begins again, and with it the key is read again.
    if (status != NATS_OK) throw trouble("cannot read the bucket: " + text_of(status));
    auto const piece = read(value_of(entry.get()));
    bool const fits = piece.why == unfit::none && piece.facts.form == form::chunk && piece.facts.chunk == i &&
                      piece.facts.stream == seen.facts.stream && piece.facts.sequence == seen.facts.sequence;
    if (!fits || together_.add(piece)) return {};
  }
  return together_.add(seen);
}

void topic_carrier::take_newest(link& over, kvEntry* entry) {
  std::lock_guard const turn(turn_);
  auto const revision = kvEntry_Revision(entry);
  if (kvEntry_Operation(entry) != kvOp_Put || revision <= last_seen_) return;
  last_seen_ = revision;
  // What this host has put there is newer: the others take that one, too.
  if (revision < last_put_) return;
  (void)take(over, value_of(entry));
}

void topic_carrier::carry_in_latest(link& over) {
  auto const losses = over.losses();
  auto const js = stream_context(over);
  auto const store = bucket(js.get(), bucket_for(options_.prefix, word_for(carried::latest)), options_);
  auto const key = key_of(subject_);
  nats_watcher watch;
  auto status = nats_make(watch, kvStore_Watch, store.get(), key.c_str(), static_cast<kvWatchOptions*>(nullptr));
  if (status != NATS_OK) throw trouble("cannot watch the bucket: " + text_of(status));
  {
    // A bucket that was made anew counts from the beginning.
    std::lock_guard const turn(turn_);
    last_put_ = 0;
    last_seen_ = 0;
  }
  parts_from_ = store.get();
  hears(true);
  note(over);
  auto looked = std::chrono::steady_clock::now();
  // The server keeps a watch for as long as the connection: another one needs its own.
  while (goes_on(over) && over.losses() == losses) {
    nats_entry entry;
    status = nats_make(entry, kvWatcher_Next, watch.get(), std::int64_t{look_again.count()});
    listens(over);
    if (status == NATS_TIMEOUT) {
      auto const now = std::chrono::steady_clock::now();
      if (now - looked < between_looks) continue;
      looked = now;
      status = nats_make(entry, kvStore_Get, store.get(), key.c_str());
      if (status == NATS_NOT_FOUND) continue;
    }
    if (status != NATS_OK) throw trouble("cannot read the bucket: " + text_of(status));
    // None: that was all there was in the beginning.
    if (entry) take_newest(over, entry.get());
  }
}

std::unique_ptr<carrier> make_latest_carrier(bridge_channel const& channel, bridge_options const& options) {
  return std::make_unique<topic_carrier>(channel, options);
}

}  // namespace coview::inline bridging
