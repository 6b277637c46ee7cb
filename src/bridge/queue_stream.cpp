// SPDX-License-Identifier: Apache-2.0
#include "bridge/queue_stream.hpp"

#include <optional>
#include <utility>

#include "bridge/streams.hpp"

namespace coview::inline bridging {
namespace {

using consumer_info = std::unique_ptr<jsConsumerInfo, nats_delete<jsConsumerInfo_Destroy>>;
using stream_info = std::unique_ptr<jsStreamInfo, nats_delete<jsStreamInfo_Destroy>>;

/// The first message of the stream, where all up to it counts as acknowledged; 0: there is none, or nobody knows.
std::uint64_t passed_one(jsCtx* js, std::string const& stream) {
  jsErrCode code{};
  consumer_info consumer;
  stream_info all;
  // In this order: what is acknowledged in between has left the stream then.
  auto status = nats_make(consumer, js_GetConsumerInfo, js, stream.c_str(), queue_consumer_name, nullptr, &code);
  if (status != NATS_OK) return 0;
  status = nats_make(all, js_GetStreamInfo, js, stream.c_str(), nullptr, &code);
  if (status != NATS_OK || all->State.Msgs == 0) return 0;
  return all->State.FirstSeq <= consumer->AckFloor.Stream ? all->State.FirstSeq : 0;
}

}  // namespace

bool queue_watch::look(link& over, jsCtx* js, std::string const& subject) {
  // Whoever is wrong about it does no harm more often.
  constexpr std::chrono::seconds after_removal(60);
  auto const now = clock::now();
  if (now < next_ || !over.is_up()) return false;
  next_ = now + between;
  auto const stream = stream_for(subject);
  auto const before = std::exchange(passed_, passed_one(js, stream));
  // One leader may know of an acknowledgement before the other one: what is so twice stays so.
  if (passed_ == 0 || passed_ != before) return false;
  passed_ = 0;
  next_ = now + after_removal;
  jsErrCode code{};
  return js_DeleteConsumer(js, stream.c_str(), queue_consumer_name, nullptr, &code) == NATS_OK;
}

}  // namespace coview::inline bridging
