// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/topic.hpp>

#include "channel/segment.hpp"
#include "channel/wait_handle.hpp"
#include "channel/watched_position.hpp"
#include "sync/wait_point.hpp"

namespace coview::detail {

/// A subscriber that trusts nobody who may write to the topic: docs/channels.md, "Readers that trust nobody".
///
/// Invariants:
/// 1. Nothing is written to the object. Nothing of its mapping is loaded either, but by the kernel: the mapping is
///    there so that there is a word to sleep on.
/// 2. Each word is read once, into a private value, and checked before it is used. A message is a private copy, and
///    counts where its place has not changed since.
/// 3. No walk is longer than a few laps, and none goes on after its deadline.
/// For one thread at a time.
class distrusting_reader {
 public:
  distrusting_reader(std::shared_ptr<segment> where, from begin);
  distrusting_reader(distrusting_reader const&) = delete;
  distrusting_reader& operator=(distrusting_reader const&) = delete;
  ~distrusting_reader() { handle_.end(); }

  std::optional<topic_message> receive(os::deadline const& until);
  [[nodiscard]] std::optional<topic_message> latest() const;
  [[nodiscard]] std::uint64_t published() const noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_before_ + lost_; }
  [[nodiscard]] bool has_news() const noexcept;
  [[nodiscard]] wait_point const& point() const noexcept { return point_; }
  [[nodiscard]] wait_handle_on_request& handle() noexcept { return handle_; }
  [[nodiscard]] segment& where() const noexcept { return *where_; }

 private:
  class source final : public wait_source {
   public:
    explicit source(distrusting_reader const& reader) noexcept : reader_(reader) {}
    [[nodiscard]] bool is_there() override { return reader_.has_news(); }
    bool announce(std::span<::futex_waitv> room, std::size_t& used, os::deadline& look_again) override;
    void pass_on() noexcept override {}

   private:
    distrusting_reader const& reader_;
    std::uint32_t never_changes_ = 0;
  };
  struct pauses {
    std::chrono::microseconds next;
    unsigned in_vain = 0;  // times that the doorbell was rung, and nothing had come
  };

  [[nodiscard]] place_word place(std::uint64_t position) const noexcept;
  bool try_receive(topic_message& out, os::deadline const& give_up);
  enum class copied : std::uint8_t { done, changed, nonsense };
  copied copy(topic_message& out, std::uint64_t position, place_word seen) const;
  void overtaken(place_word seen) noexcept;
  void sleep(std::uint32_t bell, os::deadline const& until, pauses& pause) const;

  std::shared_ptr<segment> where_;
  watched_position cursor_;
  std::uint64_t lost_ = 0;         // not told yet
  std::uint64_t lost_before_ = 0;  // told
  bool begun_ = false;             // something was delivered: what is missing from now on is lost
  bool from_oldest_ = false;
  source source_{*this};
  wait_point point_;
  wait_handle_on_request handle_;
};

}  // namespace coview::detail
