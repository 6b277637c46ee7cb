// SPDX-License-Identifier: Apache-2.0
#include "bridge/stream_publisher.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "bridge/carrier.hpp"
#include "bridge/streams.hpp"

namespace coview::inline bridging {
namespace {

constexpr char const* id_header = "Nats-Msg-Id";
constexpr char const* last_of_subject_header = "Nats-Expected-Last-Subject-Sequence";

/// The word or number that stands behind a key of the server's JSON; empty without it. Some of it has blanks.
std::string_view behind(std::string_view text, std::string_view key) {
  auto const at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t:"), text.size()));
  return text.substr(0, text.find_first_of(" \t,}"));
}

/// The text behind it, which has no quotes in it, or what there is of it.
std::string_view text_behind(std::string_view text, std::string_view key) {
  auto const at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t:\""), text.size()));
  return text.substr(0, text.find('"'));
}

}  // namespace

stream_publisher::stream_publisher(link& over, std::size_t places)
    : over_(over),
      inbox_("_INBOX." + hex_of(random_number())),
      answers_(over.subscribe(inbox_ + ".>")),
      sent_(places) {
  // The places are the limit.
  natsSubscription_SetPendingLimits(answers_.get(), -1, -1);
}

void stream_publisher::publish(std::size_t place, std::string const& subject, header with,
                               std::span<std::byte const> bytes) {
  sent_[place] = ++last_;
  auto const reply = inbox_ + "." + std::to_string(place) + "." + std::to_string(last_);
  nats_message made;
  auto status = nats_make(made, natsMsg_Create, subject.c_str(), reply.c_str(),
                          reinterpret_cast<char const*>(bytes.data()), static_cast<int>(bytes.size()));
  if (status == NATS_OK) status = natsMsgHeader_Set(made.get(), with.name, with.value);
  if (status == NATS_OK) status = natsConnection_PublishMsg(over_.get(), made.get());
  if (status == NATS_OK) return;
  why_ = text_of(status);
  failed_.push_back({place, answer::failed});
}

void stream_publisher::send(std::size_t place, std::string const& subject, std::string const& id,
                            std::span<std::byte const> bytes) {
  publish(place, subject, {id_header, id.c_str()}, bytes);
}

void stream_publisher::create(std::size_t place, std::string const& subject, std::string const& value) {
  publish(place, subject, {last_of_subject_header, "0"}, std::as_bytes(std::span(value)));
}

/// {"stream":"S","seq":5,"duplicate":true}, or {"error":{"code":400,"err_code":10071,"description":"…"},…}
stream_publisher::answer stream_publisher::read(std::string_view text) {
  if (text.find("\"error\"") != std::string_view::npos) {
    if (behind(text, "\"err_code\"") == std::to_string(JSStreamWrongLastSequenceErr)) return answer::taken;
    auto const description = text_behind(text, "\"description\"");
    why_ = description.empty() ? "an error without a description" : description;
    return answer::failed;
  }
  if (!behind(text, "\"seq\"").empty()) {
    return behind(text, "\"duplicate\"") == "true" ? answer::had_it : answer::stored;
  }
  why_ = "what came is no answer of a stream";
  return answer::failed;
}

/// The answer in a message of the inbox; empty where it is none to what is on its way.
std::optional<stream_publisher::answered> stream_publisher::answer_in(natsMsg* message) {
  auto const* const numbers = natsMsg_GetSubject(message) + inbox_.size() + 1;
  char* end = nullptr;
  auto const place = std::strtoull(numbers, &end, 10);
  if (*end != '.' || place >= sent_.size()) return {};
  auto const number = std::strtoull(end + 1, nullptr, 10);
  if (number == 0 || number != sent_[place]) return {};
  if (natsMsg_IsNoResponders(message)) throw trouble("the server has no such stream, or nobody leads it now");
  sent_[place] = 0;
  auto const bytes = bytes_of(message);
  return answered{place, read({reinterpret_cast<char const*>(bytes.data()), bytes.size()})};
}

std::vector<stream_publisher::answered> stream_publisher::take(std::chrono::milliseconds time) {
  using clock = std::chrono::steady_clock;
  auto all = std::exchange(failed_, {});
  auto const until = clock::now() + time;
  // Not for ever: there may be more to send.
  while (all.size() < sent_.size()) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    auto const wait = all.empty() ? std::max<std::int64_t>(left, 0) : 0;
    nats_message next;
    auto const status = nats_make(next, natsSubscription_NextMsg, answers_.get(), wait);
    if (status == NATS_TIMEOUT) break;
    if (status != NATS_OK) throw trouble("the server does not take it: " + text_of(status));
    if (auto const heard = answer_in(next.get())) all.push_back(*heard);
  }
  return all;
}

}  // namespace coview::inline bridging
