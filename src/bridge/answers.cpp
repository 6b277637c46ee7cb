// SPDX-License-Identifier: Apache-2.0
#include "bridge/answers.hpp"

#include <utility>

#include "bridge/carrier.hpp"

namespace coview::inline bridging {
namespace {

constexpr char const* id_header = "Nats-Msg-Id";

natsStatus make_message(nats_message& to, std::string const& subject, char const* bytes, std::size_t size) {
  return nats_make(to, natsMsg_Create, subject.c_str(), nullptr, bytes, static_cast<int>(size));
}

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
      bool const taken = failed != nullptr && failed->ErrCode == JSStreamWrongLastSequenceErr;
      if (failed != nullptr && !taken) {
        all.why_ = failed->ErrText != nullptr ? failed->ErrText : natsStatus_GetText(failed->Err);
      }
      auto const what = taken               ? answer::taken
                        : stored == nullptr ? answer::failed
                        : stored->Duplicate ? answer::had_it
                                            : answer::stored;
      all.note(found->second, what);
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

async_publisher::async_publisher(link& over, answers& to, std::size_t most) : to_(to) {
  jsOptions with;
  jsOptions_Init(&with);
  with.Wait = patience.count();
  with.PublishAsync.AckHandler = &answers::heard;
  with.PublishAsync.AckHandlerClosure = &to_;
  with.PublishAsync.MaxPending = static_cast<std::int64_t>(most);
  with.PublishAsync.StallWait = patience.count();
  auto const status = nats_make(js_, natsConnection_JetStream, over.get(), &with);
  if (status != NATS_OK) throw trouble("no streams: " + text_of(status));
}

async_publisher::~async_publisher() {
  // libnats 3.4.1 crashes where nothing was sent yet.
  if (!has_sent_) return;
  natsMsgList pending{};
  if (js_PublishAsyncGetPendingList(&pending, js_.get()) == NATS_OK) natsMsgList_Destroy(&pending);
}

void async_publisher::hand_over(std::size_t index, nats_message message, natsStatus status, bool only_if_new) {
  if (status == NATS_OK) {
    to_.sent(message.get(), index);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = patience.count();
    options.ExpectNoMessage = only_if_new;
    auto* given = message.release();
    status = js_PublishMsgAsync(get(), &given, &options);
    has_sent_ = has_sent_ || status == NATS_OK;
    message.reset(given);
  }
  if (status != NATS_OK) to_.failed(index, text_of(status));
}

void async_publisher::send(std::size_t index, std::string const& subject, std::string const& id,
                           std::span<std::byte const> bytes) {
  nats_message made;
  auto status = make_message(made, subject, reinterpret_cast<char const*>(bytes.data()), bytes.size());
  if (status == NATS_OK) status = natsMsgHeader_Set(made.get(), id_header, id.c_str());
  hand_over(index, std::move(made), status, false);
}

void async_publisher::create(std::size_t index, std::string const& subject, std::string const& value) {
  nats_message made;
  auto const status = make_message(made, subject, value.data(), value.size());
  hand_over(index, std::move(made), status, true);
}

}  // namespace coview::inline bridging
