// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <coview/bridge.hpp>

#include "bridge/nats_call.hpp"

/// The connection to NATS, which all channels of a bridge share.
namespace coview::inline bridging {

class link;

/// Leaves a subscription to its link, which ends it when nothing can be about to put a message into it any more.
class retire_subscription {
 public:
  retire_subscription() = default;
  explicit retire_subscription(std::shared_ptr<link> over) noexcept : over_(std::move(over)) {}
  void operator()(natsSubscription* which) const noexcept;

 private:
  std::shared_ptr<link> over_;
};
using link_subscription = std::unique_ptr<natsSubscription, retire_subscription>;

/// One connection, until it is closed for good. Losing its server is no such end: libnats finds it,
/// or another one, again.
class link : public std::enable_shared_from_this<link> {
 public:
  link() = default;
  link(link const&) = delete;
  link& operator=(link const&) = delete;
  ~link();

  [[nodiscard]] natsConnection* get() const noexcept { return connection_; }
  [[nodiscard]] bool is_up() const noexcept {
    return !closed() && natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
  }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
  /// Bytes that a message can have, as the server says; a little is left for headers.
  [[nodiscard]] std::size_t largest() const noexcept;
  /// How often it lost its server, as far as libnats has told. Late: what is sent may go over another connection by
  /// then.
  [[nodiscard]] unsigned losses() const noexcept { return losses_.load(std::memory_order_relaxed); }
  /// How often it was connected again. What was sent after one look and answered before the next one, which says the
  /// same, went over one connection.
  [[nodiscard]] std::uint64_t connections() const;
  /// What comes under a subject from now on, to be taken one by one. Throws `trouble`.
  [[nodiscard]] link_subscription subscribe(std::string const& subject);

 private:
  friend class connection;
  friend class retire_subscription;
  using clock = std::chrono::steady_clock;
  struct retired {
    nats_subscription which;
    clock::time_point at;
  };

  natsConnection* connection_ = nullptr;
  std::atomic<bool> closed_{false};
  std::atomic<unsigned> losses_{0};
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<retired> retired_;  // under the lock; the oldest first
};

/// When what is sent goes out.
enum class sending : std::uint8_t {
  at_once,    ///< each by itself: for what was collected before, or is waited for
  collected,  ///< with what follows within a millisecond: for many small ones
};

/// Keeps a link: makes one, and another when one has ended, as when credentials were refused while it was
/// reconnecting. Thread safety: all functions.
class connection {
 public:
  /// Tries once. Errors: errc::permission_denied, errc::protocol_error, errc::invalid_argument. No server is no
  /// error: it goes on in the background.
  explicit connection(bridge_options const& options, sending how = sending::at_once);
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  ~connection();

  /// The link, once there is one; null when the bridge ends.
  [[nodiscard]] std::shared_ptr<link> wait();
  /// The link, where there is one now; without waiting.
  [[nodiscard]] std::shared_ptr<link> now() const;
  /// Nobody waits any longer.
  void stop() noexcept;
  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(std::memory_order_relaxed); }
  /// Sleeps; false when the bridge ends.
  bool sleep(std::chrono::milliseconds time);
  /// Why there is no server; empty: there is one.
  [[nodiscard]] std::string problem() const;

 private:
  natsStatus connect(std::string& why);
  void keep();
  [[noreturn]] void refuse(natsStatus status, std::string const& why) const;

  bridge_options const options_;
  sending const sending_;
  mutable std::mutex lock_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  std::shared_ptr<link> link_;
  std::string problem_;
  std::thread keeper_;
};

/// What libnats says of a status, with what it knows of the last failure of this thread.
[[nodiscard]] std::string text_of(natsStatus status);

}  // namespace coview::inline bridging
