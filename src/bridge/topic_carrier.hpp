// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include <coview/topic.hpp>

#include "bridge/carrier.hpp"
#include "bridge/local_topic.hpp"
#include "bridge/log_stream.hpp"
#include "bridge/streams.hpp"

namespace coview::inline bridging {

/// Topics over core subjects, logs (topics that may block) over a stream, and those of which the newest counts over a
/// key.
///
/// Invariants:
/// 1. A position of the local topic is carried out, or was published here by this carrier, or is counted as lost.
/// 2. Of each stream of others, sequences only grow: what comes once more is dropped, what is missing is counted.
class topic_carrier final : public carrier {
 public:
  topic_carrier(bridge_channel const& channel, bridge_options const& options);

 private:
  void start_threads() override;

  enum class taken : unsigned char { yes, first_part, part, later };

  [[nodiscard]] bool is_latest() const noexcept { return channel_.what == carried::latest; }
  [[nodiscard]] bool is_log() const noexcept { return channel_.what == carried::log; }
  void opened(local_topic& here);
  void recover(local_topic const& here);

  // Out.
  void carry_out(link& over);
  [[nodiscard]] local_topic* wait_for_local(link& over);
  bool is_foreign(std::uint64_t position, ledger::progress& at);
  void hand_over(link& over, std::span<std::byte const> bytes, std::uint32_t count);
  void hand_over_in_pieces(link& over, std::span<std::byte const> message, local_type const& type,
                           std::uint64_t sequence);
  void carry_out_latest(link& over);
  std::uint64_t put_newest(link& over, kvStore* to, std::span<std::byte const> message, local_type const& type,
                           std::uint64_t sequence);

  // In.
  void carry_in_topic(link& over);
  void carry_in_log(link& over);
  void carry_in_latest(link& over);
  void take_newest(link& over, kvEntry* entry);
  [[nodiscard]] std::optional<std::span<std::byte const>> parts_of(read_envelope const& seen);
  taken take(link& over, std::span<std::byte const> bytes);
  taken arrived(link& over, std::span<std::byte const> message, std::uint64_t sequence, std::uint64_t stream);
  [[nodiscard]] bool is_first_open();
  bool publish_here(link& over, std::span<std::byte const> message, ledger_page::origin& origin,
                    std::uint64_t sequence, std::uint64_t lost);
  taken refuse(link& over, std::string const& why);

  topic_place place_;
  std::mutex own_;  // held from a publication here until its position is known
  publisher publisher_;
  nats_stream_context js_;  // of the outgoing thread, and
  natsConnection* js_for_ = nullptr;
  log_trimmer trimmer_;
  assembly together_;
  // Of a log, what comes in: its number in the server's stream, or that of its first part.
  jsCtx* log_ = nullptr;
  std::uint64_t number_ = 0;
  // Of one of which the newest counts:
  std::mutex turn_;              // one side at a time
  std::uint64_t last_put_ = 0;   // the key's revision that this host made, and
  std::uint64_t last_seen_ = 0;  // that it saw
  kvStore* parts_from_ = nullptr;
};

}  // namespace coview::inline bridging
