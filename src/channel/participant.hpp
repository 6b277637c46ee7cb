// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel/segment.hpp"
#include "os/own_descriptor.hpp"

/// A process's place in a channel, and whether others still live: docs/channels.md, "A participant's page".
namespace coview::inline channel {

/// What a participant is there for; shown by `coview who`.
enum class channel_role : std::uint32_t { none, queue_user, publisher, subscriber };

/// The life of a participant as this process keeps it: its page, and right behind it a private one with the links of
/// the robust list, so that no other process can lead the kernel or this one astray.
class life_page;

/// How often this process is a fork of another one that has participants.
inline std::atomic<std::uint32_t> participants_generation{0};

/// One participant.
///
/// Invariants:
/// 1. From when its life stands in its page until it has left, the lock on its byte is held by `fd_`,
///    which is looked at before it is used, as a program can close what it does not know; a forked child
///    closes its copy at once.
/// 2. The node is on the list of the thread that joined or was last seen to use it.
class participant {
 public:
  /// Takes a free page, or one of the dead. Under the channel's lock. Errors: errc::resource_unavailable_try_again
  /// where there is none.
  participant(std::shared_ptr<segment> where, channel_role role, operation_context const& context);
  participant(participant const&) = delete;
  participant& operator=(participant const&) = delete;
  /// Only lets go of what is this process's: who leaves clears up after itself first, as others do after the dead.
  ~participant();

  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  [[nodiscard]] layout::participant_page& page() const noexcept { return where_->participant(index_); }
  /// False in a forked child of whoever joined.
  [[nodiscard]] bool is_this_process() const noexcept {
    return generation_ == participants_generation.load(std::memory_order_relaxed);
  }
  /// Where the thread that joined has ended, this one stands in for it.
  void stay_alive();
  /// Whether this process takes part in the barriers that waiters make; otherwise it needs one of its own between a
  /// store and a look at a doorbell.
  [[nodiscard]] bool has_barriers_made() const noexcept { return has_barriers_made_; }
  /// The descriptor to ask with whether others live.
  [[nodiscard]] os::own_descriptor const& descriptor() const noexcept { return fd_; }
  enum class leaves : std::uint8_t {
    cleared_up,  ///< D4 for oneself, after D3: the page is free. Under the lock.
    as_if_dead,  ///< where the lock cannot be had: somebody else does D3 and D4
  };
  void leave(leaves how) noexcept;

 private:
  bool take(std::uint32_t i, channel_role role, operation_context const& context);

  std::shared_ptr<segment> where_;
  std::uint32_t index_ = 0;
  std::uint32_t generation_ = 0;
  bool joined_ = false;
  bool has_barriers_made_ = false;
  os::own_descriptor fd_;
  std::shared_ptr<life_page> life_;
};

/// Whether a participant's lock is free: nobody is left who could store anything on its behalf. False also where that
/// cannot be known, the program having closed `fd`, which is of another participant or of the object's handle.
[[nodiscard]] bool is_gone(os::own_descriptor const& fd, std::uint32_t i) noexcept;

}  // namespace coview::inline channel
