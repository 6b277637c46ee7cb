// SPDX-License-Identifier: Apache-2.0
#include "bridge/streams.hpp"

#include <array>
#include <cstdio>

#include "bridge/carrier.hpp"
#include "bridge/subject.hpp"

namespace coview::inline bridging {
namespace {

constexpr std::int64_t api_wait_ms = 3000;

std::int64_t nanoseconds(std::chrono::nanoseconds time) {
  return time.count();
}

struct stream_info_delete {
  void operator()(jsStreamInfo* info) const noexcept { jsStreamInfo_Destroy(info); }
};

}  // namespace

std::string text_of(natsStatus status, jsErrCode code) {
  auto text = bridging::text_of(status);
  if (code != 0) text += ", code " + std::to_string(static_cast<int>(code));
  return text;
}

std::unique_ptr<pull> bind_consumer(link& over, jsCtx* js, std::string const& stream, jsConsumerConfig& config) {
  jsErrCode code{};
  jsConsumerInfo* info = nullptr;
  // With the same configuration it is no error that it is there.
  auto const status = js_AddConsumer(&info, js, stream.c_str(), &config, nullptr, &code);
  jsConsumerInfo_Destroy(info);
  if (status != NATS_OK && code != JSConsumerNameExistErr && code != JSConsumerExistingActiveErr) {
    throw trouble("cannot make a consumer: " + text_of(status, code));
  }
  return std::make_unique<pull>(over, stream, config.Durable);
}

std::string hex_of(std::uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

nats_stream_context stream_context(link& over) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = api_wait_ms;
  nats_stream_context made;
  auto const status = nats_make(made, natsConnection_JetStream, over.get(), &options);
  if (status != NATS_OK) throw trouble("no streams: " + text_of(status));
  return made;
}

std::uint64_t ensure_stream(jsCtx* js, std::string const& subject, stream_use use, bridge_options const& options) {
  auto const name = stream_for(subject);
  auto const retention = use == stream_use::queue ? js_WorkQueuePolicy : js_LimitsPolicy;
  jsErrCode code{};
  jsStreamInfo* found = nullptr;
  auto status = js_GetStreamInfo(&found, js, name.c_str(), nullptr, &code);
  std::unique_ptr<jsStreamInfo, stream_info_delete> info(found);
  if (status != NATS_OK && code == JSStreamNotFoundErr) {
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    std::array<char const*, 1> subjects = {subject.c_str()};
    config.Name = name.c_str();
    config.Description = "made by a coview bridge";
    config.Subjects = subjects.data();
    config.SubjectsLen = static_cast<int>(subjects.size());
    config.Retention = retention;
    config.Discard = js_DiscardNew;
    config.MaxBytes = static_cast<std::int64_t>(options.stream_bytes);
    config.Storage = options.in_memory ? js_MemoryStorage : js_FileStorage;
    config.Replicas = options.replicas;
    config.Duplicates = nanoseconds(options.dedup_window);
    found = nullptr;
    status = js_AddStream(&found, js, &config, nullptr, &code);
    info.reset(found);
    // Another bridge was faster.
    if (status != NATS_OK && code == JSStreamNameExistErr) {
      found = nullptr;
      status = js_GetStreamInfo(&found, js, name.c_str(), nullptr, &code);
      info.reset(found);
    }
  }
  if (status != NATS_OK) throw trouble("cannot make the stream '" + name + "': " + text_of(status, code));
  if (info->Config != nullptr && info->Config->Retention != retention) {
    throw trouble("the stream '" + name + "' is there and was made for something else: remove it");
  }
  return static_cast<std::uint64_t>(info->Created);
}

bool store_in_stream(link& over, jsCtx* js, std::string const& subject, std::span<std::byte const> bytes,
                     std::string const& id, std::function<bool(std::string const&)> const& goes_on) {
  for (;;) {
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = api_wait_ms;
    if (!id.empty()) options.MsgId = id.c_str();
    jsErrCode code{};
    jsPubAck* ack = nullptr;
    auto const status =
        js_Publish(&ack, js, subject.c_str(), bytes.data(), static_cast<int>(bytes.size()), &options, &code);
    bool const had_it = ack != nullptr && ack->Duplicate;
    jsPubAck_Destroy(ack);
    if (status == NATS_OK) return had_it;
    auto const why = "the server does not take it: " + text_of(status, code);
    if (over.closed() || !goes_on(why)) throw trouble(why);
    constexpr std::int64_t breath_ms = 100;
    nats_Sleep(breath_ms);
  }
}

std::unique_ptr<pull> queue_consumer(link& over, jsCtx* js, std::string const& subject,
                                     bridge_options const& options) {
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = queue_consumer_name;
  config.DeliverPolicy = js_DeliverAll;
  config.AckPolicy = js_AckExplicit;
  config.AckWait = nanoseconds(options.ack_wait);
  // Of all hosts together; each has its own limit.
  constexpr std::int64_t most_of_all = 1 << 20;
  config.MaxAckPending = most_of_all;
  // Each host has a request open, and so have bridges that were killed a moment ago; 512 is what a server allows
  // unless it is asked.
  constexpr std::int64_t most_waiting = 1 << 16;
  config.MaxWaiting = most_waiting;
  return bind_consumer(over, js, stream_for(subject), config);
}

std::span<std::byte const> value_of(kvEntry* entry) noexcept {
  return {static_cast<std::byte const*>(kvEntry_Value(entry)), static_cast<std::size_t>(kvEntry_ValueLen(entry))};
}

std::uint64_t put_bytes(kvStore* to, std::string const& key, std::span<std::byte const> bytes) {
  std::uint64_t revision = 0;
  auto const status = kvStore_Put(&revision, to, key.c_str(), bytes.data(), static_cast<int>(bytes.size()));
  if (status != NATS_OK) throw trouble("the server does not take it: " + bridging::text_of(status));
  return revision;
}

std::string key_of(std::string const& subject) {
  return subject.substr(subject.rfind('.') + 1);
}

nats_store bucket(jsCtx* js, std::string const& name, bridge_options const& options, std::chrono::seconds keep) {
  nats_store made;
  auto status = nats_make(made, js_KeyValue, js, name.c_str());
  if (status == NATS_OK) return made;
  kvConfig config;
  kvConfig_Init(&config);
  config.Bucket = name.c_str();
  config.Description = "made by a coview bridge";
  config.History = 1;
  config.TTL = nanoseconds(keep);
  config.StorageType = options.in_memory ? js_MemoryStorage : js_FileStorage;
  config.Replicas = static_cast<int>(options.replicas);
  status = nats_make(made, js_CreateKeyValue, js, &config);
  // Another bridge may have been faster.
  if (status != NATS_OK) status = nats_make(made, js_KeyValue, js, name.c_str());
  if (status != NATS_OK) throw trouble("cannot make the bucket '" + name + "': " + bridging::text_of(status));
  return made;
}

}  // namespace coview::inline bridging
