// SPDX-License-Identifier: Apache-2.0
#include "bridge/log_stream.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "bridge/carrier.hpp"
#include "bridge/streams.hpp"

namespace coview::inline bridging {
namespace {

constexpr std::int64_t most_in_hand_of_log = 4096;

std::string log_consumer_name(std::uint64_t host) {
  return "host-" + hex_of(host);
}

using consumer_info = std::unique_ptr<jsConsumerInfo, nats_delete<jsConsumerInfo_Destroy>>;
using consumer_list = std::unique_ptr<jsConsumerInfoList, nats_delete<jsConsumerInfoList_Destroy>>;
using consumer_names = std::unique_ptr<jsConsumerNamesList, nats_delete<jsConsumerNamesList_Destroy>>;
using stream_info = std::unique_ptr<jsStreamInfo, nats_delete<jsStreamInfo_Destroy>>;

/// Empty where the server has none of this name.
consumer_info info_of(jsCtx* js, std::string const& stream, std::string const& consumer) {
  jsErrCode code{};
  consumer_info found;
  auto const status = nats_make(found, js_GetConsumerInfo, js, stream.c_str(), consumer.c_str(), nullptr, &code);
  if (status == NATS_OK || code == JSConsumerNotFoundErr) return found;
  throw trouble("cannot ask for the place in the log: " + text_of(status, code));
}

/// What every host has read, as all consumers say. Empty where not all of them answer, and `none` is set where there
/// are none.
std::optional<std::uint64_t> read_by_all(jsCtx* js, std::string const& stream, bool& none) {
  none = false;
  // Those who exist the leader of all knows; where each of them stands, those who lead them do, some of which may be
  // away.
  consumer_names names;
  consumer_list all;
  jsErrCode code{};
  auto status = nats_make(names, js_ConsumerNames, js, stream.c_str(), nullptr, &code);
  // libnats gives no list where it would be empty.
  none = status == NATS_NOT_FOUND || (status == NATS_OK && (!names || names->Count == 0));
  if (status != NATS_OK || none) return {};
  status = nats_make(all, js_Consumers, js, stream.c_str(), nullptr, &code);
  if (status != NATS_OK || !all || all->Count != names->Count) return {};
  auto least = ~std::uint64_t{0};
  for (int i = 0; i < all->Count; ++i) least = std::min(least, all->List[i]->AckFloor.Stream);
  return least;
}

/// The numbers of what a stream has; empty where the server does not say.
std::optional<std::pair<std::uint64_t, std::uint64_t>> ends_of(jsCtx* js, std::string const& stream) {
  jsErrCode code{};
  stream_info found;
  if (nats_make(found, js_GetStreamInfo, js, stream.c_str(), nullptr, &code) != NATS_OK) return {};
  return std::pair(found->State.FirstSeq, found->State.LastSeq);
}

std::uint64_t last_of(jsCtx* js, std::string const& stream) {
  auto const ends = ends_of(js, stream);
  if (!ends) throw trouble("the server does not say how far the log is");
  return ends->second;
}

/// One by one: of a purge, servers forget what any host has in hand, and that it comes again (nats-server 2.9.10,
/// consumer.purge). Without an answer: what was not heard is still there the next time.
void remove(link& over, std::string const& stream, std::uint64_t first, std::uint64_t last) {
  auto const subject = "$JS.API.STREAM.MSG.DELETE." + stream;
  for (auto number = first; number <= last; ++number) {
    auto const text = "{\"seq\":" + std::to_string(number) + ",\"no_erase\":true}";
    if (natsConnection_PublishString(over.get(), subject.c_str(), text.c_str()) != NATS_OK) return;
  }
}

}  // namespace

std::uint64_t log_settled(jsCtx* js, std::string const& subject, std::uint64_t host) {
  auto const found = info_of(js, stream_for(subject), log_consumer_name(host));
  if (!found) throw trouble("the server has forgotten this host's place in the log");
  return found->AckFloor.Stream;
}

std::unique_ptr<pull> log_consumer(link& over, jsCtx* js, std::string const& subject, std::uint64_t host,
                                   std::uint64_t made, ledger_page::log_place& place) {
  auto const name = log_consumer_name(host);
  auto const stream = stream_for(subject);
  auto const known = place.made.load(std::memory_order_relaxed);
  if (auto const found = info_of(js, stream, name)) {
    if (known != made) place.note(made, found->AckFloor.Stream);
    return std::make_unique<pull>(over, stream, name);
  }
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = name.c_str();
  config.AckPolicy = js_AckExplicit;
  config.AckWait = std::chrono::nanoseconds(log_ack_wait).count();
  config.MaxAckPending = most_in_hand_of_log;
  // Never "what is new": each server of a cluster finds out by itself what that is when it hears of the consumer, and
  // one that was away meanwhile leads it later from there, past what came in between (nats-server 2.9.10,
  // consumer.selectStartingSeqNo).
  if (known == 0 || known == made) {
    auto const before = known == 0 ? last_of(js, stream) : place.settled.load(std::memory_order_relaxed);
    config.DeliverPolicy = js_DeliverByStartSequence;
    config.OptStartSeq = before + 1;
  } else {
    config.DeliverPolicy = js_DeliverAll;
  }
  auto from = bind_consumer(over, js, stream, config);
  place.note(made, log_settled(js, subject, host));
  return from;
}

void log_trimmer::look(link& over, jsCtx* js, std::string const& subject) {
  constexpr std::chrono::seconds between(1);
  // Whoever asks in vain waits for the server meanwhile, and carries nothing.
  constexpr std::chrono::seconds after_failure(10);
  // A host that has just come is known to all servers by then.
  constexpr std::chrono::seconds unread_for(10);
  constexpr std::uint64_t most_at_once = 1U << 14U;
  auto const now = clock::now();
  if (now < next_) return;
  auto const stream = stream_for(subject);
  auto const ends = ends_of(js, stream);
  bool none = false;
  auto last = ends ? read_by_all(js, stream, none) : std::nullopt;
  next_ = clock::now() + (none || last ? clock::duration(between) : after_failure);
  if (!none) {
    unread_end_ = 0;
  } else if (unread_end_ == 0) {
    unread_end_ = ends->second;
    unread_since_ = now;
  } else if (now - unread_since_ > unread_for) {
    last = std::exchange(unread_end_, 0);
  }
  if (last && ends->first != 0) remove(over, stream, ends->first, std::min(*last, ends->first + most_at_once));
}

}  // namespace coview::inline bridging
