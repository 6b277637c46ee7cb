// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <coview/debug_mode.hpp>
#include <coview/error.hpp>
#include <coview/export.hpp>

/// Channels and state on other machines, carried by NATS. A library of its own, libcoview_bridge, built where libnats
/// is: link `coview::bridge`. docs/beyond-one-machine.md says what is promised, and how it works.
///
///     coview::bridge carries({.servers = "nats://10.0.0.1:4222",
///                             .channels = {{.what = coview::carried::topic, .name = "cam/front"}}});
///     ...                                                  // until it is destroyed
///
/// Caveats, before anything else:
/// - It is one more holder of each channel: a topic or queue that it has open lives on.
/// - Each channel has one bridge on a host; a second one is refused (errc::device_or_resource_busy).
/// - Threads carry, one or two for each channel. Nothing listens.
/// - What it must know after a kill -9 is in a permanent mapping for each channel, `coview-bridge/KIND/NAME`.
namespace coview {

/// What is carried, and with which guarantees: the table in docs/beyond-one-machine.md.
enum class carried : std::uint8_t {
  topic = 1,    ///< each message to every host; what is lost is counted
  log = 2,      ///< a topic whose subscribers may block: nothing is lost
  queue = 3,    ///< each message to one receiver on all hosts
  latest = 4,   ///< a topic of which the newest message counts
  mapping = 5,  ///< the bytes of a mapping
};

enum class direction : std::uint8_t {
  out,   ///< from here to others
  in,    ///< from others to here
  both,  ///< of all but queues
};

/// How a mapping is read and written whole.
enum class guard : std::uint8_t {
  none,     ///< as it stands: whoever writes it does so in steps that are each a state to see
  mutex,    ///< under the named mutex `guarded_by`
  seqlock,  ///< a std::uint64_t at `seqlock_at`, taken by compare-and-set: odd while somebody writes
};

struct bridge_channel {
  carried what = carried::topic;
  std::string name = {};  ///< of the object here
  direction way = direction::both;
  std::string outside = {};                   ///< its name for others; empty: the same
  std::uint64_t capacity = 1U << 20U;         ///< bytes, where it does not exist here when something comes in
  coview::guard guard = coview::guard::none;  ///< of a mapping
  std::string guarded_by = {};
  std::uint64_t seqlock_at = 0;
  std::chrono::milliseconds every{100};  ///< of a mapping: how often it is looked at
};

struct bridge_options {
  std::string servers = "nats://127.0.0.1:4222";  ///< one or several, with commas between
  std::string prefix = "coview";                  ///< of subjects and streams
  std::string token = {};                         ///< how to say who this is: at most one of these
  std::string user = {};
  std::string password = {};
  std::string credentials = {};  ///< path of a .creds file
  std::string nkey = {};         ///< a public key, and
  std::string nkey_seed = {};    ///< the path of its seed
  std::string ca_file = {};      ///< paths of PEM files; any of them, or a tls:// server, means TLS
  std::string certificate = {};
  std::string key = {};
  std::uint64_t spool = 8U << 20U;  ///< bytes of topics that wait while no server is there; more is lost and counted
  /// A directory that exists, on a disk. While no server answers, what queues that go out have is moved to files in
  /// there, one for each, of at most `spool` bytes, and stays there over a reboot; senders wait when file and queue
  /// are full. Topics keep at most 8 MiB of `spool` then, in memory as before. Not with a log that goes out. Empty:
  /// none.
  std::string spool_directory = {};
  std::chrono::seconds ack_wait{30};       ///< of a queue: when a host that says nothing counts as dead
  std::chrono::seconds dedup_window{600};  ///< how long a server remembers the IDs of messages
  std::uint64_t stream_bytes = 1U << 30U;  ///< of a queue or log: how much the server keeps before senders wait
  std::uint32_t replicas = 1;              ///< of streams and buckets, in a cluster: 1, 3 or 5
  bool in_memory = false;                  ///< the server keeps streams in memory, not on disk
  /// Of a queue: each message is claimed before it is delivered, so that no two hosts have it, whatever happens to
  /// servers. Costs a second message that the server stores. The same for all who receive from a queue.
  bool claims = false;
  std::uint32_t in_hand = 256;  ///< of a queue: messages that this host has and has not dealt with, up to 1024
  std::vector<bridge_channel> channels = {};
};

/// What a channel's ledger says, running or not.
struct bridge_status {
  carried what{};
  std::string name;
  std::string subject;
  direction way{};
  pid_t process = 0;  ///< the bridge that carries it; 0: none
  bool connected = false;
  std::uint64_t stream = 0;  ///< its number as an origin
  std::uint64_t sent = 0;    ///< messages handed to the server
  std::uint64_t sent_bytes = 0;
  std::uint64_t lost_out =
      0;  ///< messages that this bridge was too slow for, or had no room for while no server was there
  std::uint64_t lag = 0;       ///< messages that stand in the channel and are not handed on yet, when last looked
  std::uint64_t received = 0;  ///< messages from others, published here
  std::uint64_t received_bytes = 0;
  std::uint64_t lost_in = 0;        ///< gaps in what came from others: lost there, or on the way
  std::uint64_t repeated = 0;       ///< came once more, and were dropped
  std::uint64_t refused = 0;        ///< envelopes that were no envelopes, or of another version or type
  std::uint64_t in_hand = 0;        ///< of a queue: delivered here, and not dealt with yet
  std::uint64_t origins = 0;        ///< streams of others that were seen
  std::uint64_t spooled = 0;        ///< of a queue that goes out: messages that wait on the disk, and
  std::uint64_t spooled_bytes = 0;  ///< bytes of its file that they take
  std::string problem;              ///< what is wrong now; empty: nothing
};

namespace detail {
class bridge_core;
}

/// Carries while it exists. Made and destroyed by the same thread, which owns the channels' locks:
/// as long as it lives.
class COVIEW_EXPORT bridge {
 public:
  /// Takes the channels' locks and connects. A server that is not there is waited for, in the background.
  /// Errors: errc::device_or_resource_busy (another bridge has a channel), errc::permission_denied (credentials
  /// refused), errc::protocol_error (TLS), errc::invalid_argument (options that cannot be),
  /// errc::filename_too_long, and those of mapping::open_or_create. Of a spool's directory and file:
  /// errc::no_such_file_or_directory, errc::too_many_symbolic_link_levels, errc::permission_denied,
  /// errc::bad_message (no spool, or of another version or channel), and those of the file system.
  explicit bridge(bridge_options const& options);
  bridge(bridge&&) noexcept;
  bridge& operator=(bridge&&) noexcept;
  bridge(bridge const&) = delete;
  bridge& operator=(bridge const&) = delete;
  /// Hands over what was received, for at most a second, and lets go.
  ~bridge();

  /// What is wrong with options, as the constructor finds before it does anything. Errors: as there.
  static void check(bridge_options const& options);

 private:
  std::unique_ptr<detail::bridge_core> core_;
};

/// All channels of this user that have a ledger, by name. Errors: as `list`.
[[nodiscard]] COVIEW_EXPORT std::vector<bridge_status> bridges();

/// Removes the ledgers of channels that no bridge carries now: what they sent before counts as new if it is sent
/// again. How many. Errors: as `list` and `remove`.
COVIEW_EXPORT std::size_t forget_bridges();

}  // namespace coview
