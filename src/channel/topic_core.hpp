// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/topic.hpp>

#include "channel/channel_core.hpp"
#include "channel/lease.hpp"
#include "channel/likely_block.hpp"
#include "channel/positions.hpp"
#include "channel/sending.hpp"
#include "channel/wait_handle.hpp"
#include "channel/watched_position.hpp"

/// The two ends of a topic: the steps of docs/channels.md, with their names.
namespace coview::detail {

/// Invariants, over all processes:
/// 1. As queue_core's 1.
/// 2. A block that a place has is not used for anything else; once displaced, by P2 or E, not before
///    nobody has it pinned.
class publisher_core final : public channel_core, public sending {
 public:
  publisher_core(std::shared_ptr<segment> where, operation_context const& context);
  ~publisher_core();

  /// What is likely: quick.hpp. False: nothing has happened.
  bool send_at_once(std::span<std::byte const> bytes) noexcept;
  bool send(std::span<std::byte const> bytes, os::deadline const& until);
  std::optional<slot> loan(std::size_t bytes, os::deadline const& until);
  bool publish(std::uint32_t block, std::size_t length, os::deadline const& until) override;
  void give_back(std::uint32_t block) noexcept override;
  /// Where it published last.
  [[nodiscard]] std::uint64_t last_position() const noexcept { return tail_ - 1; }

 private:
  bool take(std::size_t bytes, os::deadline const& until, std::uint32_t& block);
  bool try_take(std::uint32_t units, os::deadline const& until, std::uint32_t& block);
  bool displace_for(std::uint32_t units, std::uint32_t& block);
  bool displace_oldest(std::uint32_t& freed);
  bool send_recalled(std::uint64_t p, place_word word, std::uint32_t displaces) noexcept;
  bool try_publish(std::uint32_t block, std::size_t length);
  bool publish_at_end(std::uint32_t block, std::size_t length, bool leased, bool& alone);
  bool is_waited_for(std::uint64_t position) noexcept;
  void displaced(std::uint32_t block, std::uint64_t position) noexcept;

  std::uint64_t tail_ = 0;  // where it published last, and one more
  bool blocking_allowed_ = where().may_block();
  std::uint64_t known_rules_ = ~std::uint64_t{0};
  std::uint64_t known_floor_ = 0;  // the first position that a blocking subscriber has before it, when last looked
  lease sending_{where(), me(), lease_of::sending};
  bool memory_is_short_ = false;  // A2 found nothing: the oldest goes first
};

class subscription_core final : public channel_core {
 public:
  subscription_core(std::shared_ptr<segment> where, subscribe_options const& options,
                    operation_context const& context, os::deadline const& until = a_while());
  ~subscription_core();

  /// What is likely: quick.hpp. False: nothing has happened.
  bool receive_at_once(topic_message& out) noexcept;
  /// False when time is up.
  bool receive(topic_message& out, os::deadline const& until);
  void release(std::uint32_t pin) noexcept;
  [[nodiscard]] bool has_news();
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_before_ + lost_; }
  [[nodiscard]] bool blocks() noexcept { return me().page().blocks.load(std::memory_order_relaxed) != 0; }
  [[nodiscard]] wait_point const& point() const noexcept { return point_; }
  [[nodiscard]] wait_handle_on_request& handle() noexcept { return handle_; }

 private:
  void begin(subscribe_options const& options, operation_context const& context, os::deadline const& until);
  bool try_receive(topic_message& out);
  bool look_again(topic_message& out);
  void now_and_then() noexcept;
  bool take_copy(topic_message& out, place_word seen);
  bool pin(topic_message& out, place_word seen, std::size_t length);
  void deliver(topic_message& out) noexcept;
  void overtaken(place_word seen) noexcept;
  void tell_cursor() noexcept;

  watched_position cursor_;
  std::uint64_t lost_ = 0;         // not told yet
  std::uint64_t lost_before_ = 0;  // told
  likely_block likely_;
  pace pace_;
  bool takes_lines_ = false;  // nobody else reads what this one does
  bool begun_ = false;        // something was delivered: what is missing from now on is lost
  bool from_oldest_ = false;
  bool blocking_ = false;
  std::atomic<std::uint32_t> pins_{0};  // bits: those of the page that are used
  channel_source<subscription_core> source_{*this};
  wait_point point_;
  wait_handle_on_request handle_;
};

}  // namespace coview::detail
