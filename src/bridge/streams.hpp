// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <coview/bridge.hpp>

#include "bridge/connection.hpp"
#include "bridge/nats_call.hpp"
#include "bridge/pull.hpp"

/// JetStream, as far as bridges need it.
namespace coview::inline bridging {

enum class stream_use : std::uint8_t {
  log,    ///< kept until somebody removes it: see log_stream.hpp
  queue,  ///< kept until one receiver has dealt with it
};

[[nodiscard]] nats_stream_context stream_context(link& over);

/// The stream of a subject, made where it is not there. Throws `trouble`: JetStream is not enabled, the stream is
/// another one's. When it was made, by the server's clock: one that was made anew has another time.
std::uint64_t ensure_stream(jsCtx* js, std::string const& subject, stream_use use, bridge_options const& options);

/// A consumer of a stream, made where it is not there. Throws `trouble`.
[[nodiscard]] std::unique_ptr<pull> bind_consumer(link& over, jsCtx* js, std::string const& stream,
                                                  jsConsumerConfig& config);

/// Stores one message and waits until the server has it, however long that takes: `goes_on` is told why it takes so
/// long, and says whether to try again. Throws `trouble` where it does not. True where the server had one of this ID.
bool store_in_stream(link& over, jsCtx* js, std::string const& subject, std::span<std::byte const> bytes,
                     std::string const& id, std::function<bool(std::string const&)> const& goes_on);

/// The one that all hosts share who receive from a queue.
inline constexpr char const* queue_consumer_name = "receivers";
[[nodiscard]] std::unique_ptr<pull> queue_consumer(link& over, jsCtx* js, std::string const& subject,
                                                   bridge_options const& options);

/// A bucket, made where it is not there. Throws `trouble`. `keep`: 0: for ever.
[[nodiscard]] nats_store bucket(jsCtx* js, std::string const& name, bridge_options const& options,
                                std::chrono::seconds keep = {});

/// What stands under a key.
[[nodiscard]] std::span<std::byte const> value_of(kvEntry* entry) noexcept;
/// The key's revision then. Throws `trouble`.
std::uint64_t put_bytes(kvStore* to, std::string const& key, std::span<std::byte const> bytes);

/// The key of what a subject names: its last token.
[[nodiscard]] std::string key_of(std::string const& subject);

/// A failure in words, with the server's code for it.
[[nodiscard]] std::string text_of(natsStatus status, jsErrCode code);

[[nodiscard]] std::string hex_of(std::uint64_t number);

}  // namespace coview::inline bridging
