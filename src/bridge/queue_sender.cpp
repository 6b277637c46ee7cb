// SPDX-License-Identifier: Apache-2.0
#include "bridge/queue_carrier.hpp"

namespace coview::inline bridging {
namespace {

constexpr std::int64_t answer_wait_ms = 3000;
constexpr char const* id_header = "Nats-Msg-Id";

}  // namespace

void answers::expect(std::size_t count) {
  std::lock_guard const held(lock_);
  pending_.clear();
  answers_.assign(count, answer::none);
  missing_ = count;
}

void answers::sent(natsMsg const* message, std::size_t index) {
  std::lock_guard const held(lock_);
  pending_[message] = index;
}

void answers::note(std::size_t index, answer what) {
  if (index >= answers_.size() || answers_[index] != answer::none) return;
  answers_[index] = what;
  if (--missing_ == 0) changed_.notify_all();
}

void answers::failed(std::size_t index, std::string why) {
  std::lock_guard const held(lock_);
  why_ = std::move(why);
  note(index, answer::failed);
}

void answers::heard(jsCtx*, natsMsg* message, jsPubAck* stored, jsPubAckErr* failed, void* of) {
  auto& all = *static_cast<answers*>(of);
  {
    std::lock_guard const held(all.lock_);
    auto const found = all.pending_.find(message);
    if (found != all.pending_.end()) {
      if (failed != nullptr) {
        all.why_ = failed->ErrText != nullptr ? failed->ErrText : natsStatus_GetText(failed->Err);
      }
      all.note(found->second, stored == nullptr   ? answer::failed
                              : stored->Duplicate ? answer::had_it
                                                  : answer::stored);
      all.pending_.erase(found);
    }
  }
  natsMsg_Destroy(message);
}

bool answers::wait(std::chrono::milliseconds time) {
  std::unique_lock held(lock_);
  return changed_.wait_for(held, time, [&] { return missing_ == 0; });
}

answers::answer answers::of(std::size_t index) {
  std::lock_guard const held(lock_);
  return answers_[index];
}

std::string answers::why() {
  std::lock_guard const held(lock_);
  return why_;
}

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
void queue_sender::send_one(link& over, jsCtx* js, queue_message const& message, std::size_t index) {
  auto about = facts(message.sequence());
  about.position = static_cast<std::uint32_t>(message.sequence());
  type_.tell(about);
  batch one(type_.name);
  std::optional<cutter> cut;
  std::span<std::byte const> bytes;
  if (cutter::is_needed(message.bytes().size(), type_.name, over.largest())) {
    cut.emplace(message.bytes(), type_.name, over.largest());
    store_parts(over, js, message, *cut);
    bytes = cut->piece(cut->chunks() - 1, about, form::parts);
  } else {
    one.add(message.bytes());
    bytes = one.finish(about);
  }
  natsMsg* made = nullptr;
  auto status = natsMsg_Create(&made, subject_.c_str(), nullptr, reinterpret_cast<char const*>(bytes.data()),
                               static_cast<int>(bytes.size()));
  auto const id = hex_of(book_.stream()) + "-" + std::to_string(message.sequence());
  if (status == NATS_OK) status = natsMsgHeader_Set(made, id_header, id.c_str());
  if (status == NATS_OK) {
    answers_.sent(made, index);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = answer_wait_ms;
    status = js_PublishMsgAsync(js, &made, &options);
  }
  if (status != NATS_OK) {
    natsMsg_Destroy(made);
    answers_.failed(index, text_of(status));
  }
}

/// Until the server has all of them. Throws where the link ends, or the bridge.
void queue_sender::deliver(link& over, jsCtx* js, std::span<queue_message> messages) {
  std::vector<std::size_t> open(messages.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  while (!open.empty()) {
    answers_.expect(open.size());
    for (std::size_t i = 0; i < open.size(); ++i) send_one(over, js, messages[open[i]], i);
    constexpr std::chrono::milliseconds patience(answer_wait_ms + 1000);
    bool const all = answers_.wait(patience);
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
    if (!goes_on(over) || !server_->sleep(look_again)) throw trouble(why);
  }
}

void queue_sender::deliver_all(link& over, jsCtx* js, std::span<queue_message> messages) {
  while (!messages.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < messages.size() && (count == 0 || bytes < most_bytes_at_once); ++count)
      bytes += messages[count].bytes().size();
    deliver(over, js, messages.first(count));
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
  jsOptions with;
  jsOptions_Init(&with);
  with.Wait = answer_wait_ms;
  with.PublishAsync.AckHandler = &answers::heard;
  with.PublishAsync.AckHandlerClosure = &answers_;
  with.PublishAsync.MaxPending = 2 * most_at_once;
  with.PublishAsync.StallWait = answer_wait_ms;
  nats_stream_context js;
  auto const status = nats_make(js, natsConnection_JetStream, over.get(), &with);
  if (status != NATS_OK) throw trouble("no streams: " + text_of(status));
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
      if (count != 0) deliver_all(over, js.get(), std::span(window).first(count));
    }
  } catch (...) {
    put_back();
    natsMsgList pending{};
    if (js_PublishAsyncGetPendingList(&pending, js.get()) == NATS_OK) natsMsgList_Destroy(&pending);
    throw;
  }
}

}  // namespace coview::inline bridging
