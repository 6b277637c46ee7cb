// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <coview/bridge.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

/// What a bridge knows of one channel, in a mapping that outlives it: docs/beyond-one-machine.md, "The ledger".
namespace coview::inline bridging {

/// The bytes of a ledger. Zeros: nothing yet. Written by one bridge, which has the lock; read by
/// anybody of this user.
struct ledger_page {
  static constexpr std::uint64_t right_magic = 0x3374676472626376;  // "cvbrdgt3": its layout's version is in it
  static constexpr std::size_t own_places = 1U << 16U;
  static constexpr std::size_t most_origins = 4096;
  static constexpr std::size_t most_in_hand = 1024;
  static constexpr std::size_t done_places = 1U << 14U;
  static constexpr std::size_t text_size = 256;
  using word = std::atomic<std::uint64_t>;

  /// O3: how far the local object was carried out, whole.
  struct outgoing {
    word cursor;    ///< the position from which on nothing was handed over
    word sequence;  ///< of the next message in the stream
    word own_read;  ///< how many of `own` lie before the cursor
  };
  /// I1 to I3.
  struct incoming {
    word active;  ///< 1: between I1 and I3
    word begin;   ///< the end of the channel before
    word length;
    word hash;
    word origin;  ///< of a topic: its number among `origins`
    word next;    ///< of a topic: the sequence after it; of a queue: the number in `in_hand`
    word lost;    ///< of a topic: what the origin has lost then
  };
  /// What was received of it is `next` less `first` and `lost`: so a kill between two stores leaves no
  /// count that is wrong.
  struct origin {
    word stream;  ///< 0: free
    word first;   ///< the sequence that was heard of first
    word next;    ///< the sequence that comes next; 0: none came yet
    word lost;
    word seen;  ///< when it was heard of last, in order of all
  };
  /// Of a queue: what came in, until the server has heard that it is dealt with.
  struct in_hand {
    word used;    ///< 0: free, 1: I1, 2: I3, 3: dealt with
    word number;  ///< in the server's stream, and
    word time;    ///< when it was stored there: a stream that is made anew begins with 1 again
    word position;
    word block;
    word parts;             ///< how many of its chunks stand in the bucket of parts, and
    word stream, sequence;  ///< under whose name
    std::array<char, text_size> reply;
  };

  /// Of a log that comes in: how far the server has heard that this host has it.
  struct log_place {
    word made;  ///< when the stream was made: another one of its name begins anew; 0: nothing was read yet
    word settled;
    void note(std::uint64_t stream_made, std::uint64_t number) noexcept {
      // Killed in between, it is read again from the beginning, and what was read before is dropped.
      if (made.load(std::memory_order_relaxed) != stream_made) settled.store(0, std::memory_order_relaxed);
      made.store(stream_made, std::memory_order_release);
      settled.store(number, std::memory_order_release);
    }
  };

  word magic;
  robust_mutex lock;
  std::atomic<std::uint32_t> process;
  std::atomic<std::uint32_t> way;  ///< which it is carried now: a `direction`, and 1
  std::atomic<std::uint32_t> what;
  std::atomic<std::uint32_t> connected;
  std::atomic<std::uint32_t> adopted_way;  ///< which way the object was carried, as `way`; 0: it was not yet
  word stream;                             ///< this object's number as an origin
  word object;                             ///< which object the number was given to
  word consumer;                           ///< this host's number as one who receives a log
  word clock;                              ///< how often an origin was heard of
  word chosen;                             ///< which of `out` counts
  std::array<outgoing, 2> out;
  word put_in_doubt;  ///< of one of which the newest counts: 1 between O2 and O3
  incoming in;
  log_place log;
  word own_written;
  // Counts, as in bridge_status.
  word sent, sent_bytes, lost_out, lag, received, received_bytes, lost_in, repeated, refused, in_hand_now;
  word spooled, spooled_bytes;
  std::array<char, text_size> subject;
  std::array<char, text_size> problem;
  alignas(4096) std::array<in_hand, most_in_hand> hands;
  struct done {
    word number;
    word time;
  };
  word done_written;
  alignas(
      4096) std::array<done, done_places> dealt_with;  ///< of a queue: what the server was told lately, in a circle
  alignas(4096) std::array<origin, most_origins> origins;
  alignas(4096) std::array<word, own_places> own;  ///< positions that the bridge published itself, in a circle
};
static_assert(sizeof(ledger_page) < 2U << 20U);

/// The ledger of a channel that this process carries. Has its lock while it exists, which belongs to the thread that
/// made it. Thread safety: one thread carries out, one carries in; what both touch is said where it is.
class ledger {
 public:
  /// Errors: errc::device_or_resource_busy where another bridge has it; those of mapping::open_or_create;
  /// errc::bad_message where something else has its name.
  ledger(bridge_channel const& channel, std::string const& subject);
  ledger(ledger const&) = delete;
  ledger& operator=(ledger const&) = delete;
  ~ledger();

  /// Removes the ledger of a channel that no bridge carries; false where one does. Errors: as `remove`.
  static bool forget(carried what, std::string_view name);
  /// The name of a channel's ledger.
  static std::string name_for(carried what, std::string_view name);
  static constexpr std::string_view name_prefix = "coview-bridge/";

  [[nodiscard]] ledger_page& page() const noexcept { return *page_; }
  [[nodiscard]] std::uint64_t stream() const noexcept { return page_->stream.load(std::memory_order_relaxed); }
  /// Says which object this is; another one than before begins a new stream at `end`, as does another direction.
  /// Whether it is the same as before.
  bool adopt(std::uint64_t object, std::uint64_t end, direction way);

  // Out.
  struct progress {
    std::uint64_t cursor = 0;
    std::uint64_t sequence = 0;
    std::uint64_t own_read = 0;
  };
  [[nodiscard]] progress reached() const noexcept;
  void reach(progress const& now) noexcept;

  // In. The positions are shared by both sides: under a lock of the caller's.
  [[nodiscard]] bool has_room_for_own() const noexcept;
  void add_own(std::uint64_t position) noexcept;
  /// The position number `index` that this bridge published; empty beyond the last.
  [[nodiscard]] std::optional<std::uint64_t> own(std::uint64_t index) const noexcept;
  [[nodiscard]] ledger_page::origin& origin_of(std::uint64_t stream) noexcept;

  /// I1; I3 is `finished`.
  void intend(std::uint64_t begin, std::span<std::byte const> message, std::uint64_t origin, std::uint64_t next,
              std::uint64_t lost = 0) noexcept;
  void finished() noexcept { page_->in.active.store(0, std::memory_order_release); }
  /// Whether this is the message of I1.
  [[nodiscard]] bool is_intended(std::span<std::byte const> message) const noexcept;

  /// Of a queue: the server was told that this one is dealt with, and heard.
  void remember_done(std::uint64_t number, std::uint64_t time) noexcept;
  [[nodiscard]] bool was_done(std::uint64_t number, std::uint64_t time) const noexcept;

  /// What is wrong now; empty: nothing.
  void problem(std::string_view text) noexcept;

  static void count(ledger_page::word& counter, std::uint64_t by = 1) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

 private:
  bool take(bridge_channel const& channel);

  mapping memory_;
  view view_;
  ledger_page* page_ = nullptr;
  std::unordered_map<std::uint64_t, std::uint64_t> done_;  // `dealt_with`, to be found at once: number and time
  std::mutex problem_lock_;                                // both threads say what is wrong
};

/// A random number that is not 0.
[[nodiscard]] std::uint64_t random_number();

}  // namespace coview::inline bridging
