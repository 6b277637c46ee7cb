// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "bridge/carrier.hpp"
#include "bridge/streams.hpp"

namespace coview::inline bridging {

/// Which bytes a mapping had at one moment: the message of an envelope of this kind. The pages stand beside it in the
/// bucket, each twice: the one that a list speaks of is not overwritten before the next list is there.
struct page_list {
  struct page {
    std::uint64_t stream = 0;   ///< whose it is
    std::uint64_t version = 0;  ///< how often it changed; its lowest bit says which of the two it is
    std::uint64_t hash = 0;     ///< XXH3 of its bytes

    friend bool operator==(page const&, page const&) = default;
  };
  std::uint64_t size = 0;  ///< of the mapping
  std::uint32_t page_size = 0;
  std::vector<page> pages;

  /// A page has a power of two of bytes, so a seqlock lies within one.
  static constexpr std::uint32_t smallest_page = 1U << 9U;
  static constexpr std::uint32_t largest_page = 1U << 20U;
  [[nodiscard]] std::vector<std::byte> bytes() const;
  /// Empty where they contradict one another: what comes from the network.
  [[nodiscard]] static std::optional<page_list> read(std::span<std::byte const> bytes);
  /// Bytes of page number `i`, of `all`.
  template <class Byte>
  [[nodiscard]] std::span<Byte> part(std::span<Byte> all, std::size_t i) const {
    auto const from = i * page_size;
    return all.subspan(from, std::min<std::size_t>(page_size, all.size() - from));
  }
};

/// A mapping's bytes over a key of a bucket. One thread: looks what others put there, then what is new here.
///
/// Invariants:
/// 1. What is written here is one whole list of somebody's, and what is put one whole state, as far as the guard says
///    so. What a bridge that was killed left half written is not put before it was written whole.
/// 2. `known_` is what this mapping had when both sides agreed last: what differs from it is new here.
class map_carrier final : public carrier {
 public:
  map_carrier(bridge_channel const& channel, bridge_options const& options);

 private:
  void start_threads() override;
  void carry(link& over);
  [[nodiscard]] bool open(std::uint64_t size_if_new);
  void begin(link& over, kvStore* store);
  [[nodiscard]] std::uint64_t* seqlock() const;

  // Out.
  [[nodiscard]] bool look();
  [[nodiscard]] bool look_under_seqlock();
  void send_what_is_new(link& over, kvStore* store);
  [[nodiscard]] std::uint32_t page_size_for(std::size_t most) const;

  // In.
  void heard(link& over, kvStore* store, kvEntry* entry);
  void refuse(link& over, std::string const& why);
  [[nodiscard]] bool fetch(link& over, kvStore* store, page_list const& list);
  [[nodiscard]] bool is_half_written() const;
  [[nodiscard]] bool finishes() const;
  [[nodiscard]] bool write(link& over, page_list const& list);
  [[nodiscard]] bool write_under_seqlock(link& over, page_list const& list);
  void write_pages(page_list const& list);
  void count_in(envelope const& about);

  std::optional<mapping> memory_;
  view view_;
  std::optional<mutex> mutex_;
  std::optional<page_list> known_;
  std::vector<std::byte> here_;   // what was seen here, the seqlock as 0, and
  std::vector<std::byte> there_;  // what is to be written
  std::uint64_t last_put_ = 0;    // the key's revision that this host made, and
  std::uint64_t last_seen_ = 0;   // that it saw
  std::string trouble_;           // with what came in last; empty: none
};

}  // namespace coview::inline bridging
