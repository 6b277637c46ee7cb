// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <coview/bridge.hpp>

#include "bridge/connection.hpp"
#include "bridge/envelope.hpp"
#include "bridge/ledger.hpp"
#include "bridge/subject.hpp"

namespace coview::inline bridging {

/// How often those look who are not woken.
inline constexpr std::chrono::milliseconds look_again{200};
/// The largest message that is put together: no channel can have a larger one.
inline constexpr std::uint64_t largest_of_all = std::uint64_t{1} << 30U;

/// What carries one channel: its ledger, and the threads that `start` starts. What fails is said in the ledger and
/// tried again; nothing that the network does ends a carrier.
class carrier {
 public:
  carrier(bridge_channel const& channel, bridge_options const& options);
  carrier(carrier const&) = delete;
  carrier& operator=(carrier const&) = delete;
  virtual ~carrier() = default;

  /// Once: its threads have `server` then.
  void start(connection& server);
  /// After connection::stop.
  void join() noexcept;

 protected:
  /// Calls `run` for each thread that it needs.
  virtual void start_threads() = 0;
  /// A thread that calls `session` for each link, again and again until the bridge ends.
  void run(std::function<void(link&)> session);
  /// The same for who has something to do without a server: the same thread calls `alone` while there is none, and
  /// after a session that failed, with what it said. It returns when `server_is_there`, or after a while.
  void run(std::function<void(link&)> session, std::function<void(std::string const&)> alone);
  [[nodiscard]] bool server_is_there() const;
  [[nodiscard]] bool goes_on(link const& over) const noexcept { return !server_->stopping() && !over.closed(); }
  /// What others send from now on arrives: before that, `status` does not say that it is connected.
  void hears(bool now) noexcept { hears_.store(now, std::memory_order_relaxed); }
  /// What is published here from now on goes out: the same, where both directions are carried.
  void watches() noexcept { watches_.store(true, std::memory_order_relaxed); }
  /// As long as its link is up, and says so where that is new.
  void listens(link const& over);
  /// Says in the ledger how the connection is, and what is wrong.
  void note(link const& over, std::string const& trouble = {});
  /// The same without a link.
  void note_alone(std::string const& trouble);
  /// Facts that all envelopes of this channel have.
  [[nodiscard]] envelope facts(std::uint64_t sequence) const;

  bridge_channel const channel_;
  bridge_options const options_;
  std::string const subject_;
  ledger book_;
  connection* server_ = nullptr;

 private:
  std::atomic<bool> hears_{false};
  std::atomic<bool> watches_{false};
  void begin_thread(std::function<void()> body);

  std::vector<std::thread> threads_;
};

/// Made for what the channel is. Errors: as `ledger`.
[[nodiscard]] std::unique_ptr<carrier> make_carrier(bridge_channel const& channel, bridge_options const& options);
[[nodiscard]] std::unique_ptr<carrier> make_topic_carrier(bridge_channel const& channel,
                                                          bridge_options const& options);
[[nodiscard]] std::unique_ptr<carrier> make_queue_carrier(bridge_channel const& channel,
                                                          bridge_options const& options);
[[nodiscard]] std::unique_ptr<carrier> make_latest_carrier(bridge_channel const& channel,
                                                           bridge_options const& options);
[[nodiscard]] std::unique_ptr<carrier> make_mapping_carrier(bridge_channel const& channel,
                                                            bridge_options const& options);

/// What went wrong with one link or one message, in words for `status`.
class trouble : public std::exception {
 public:
  explicit trouble(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] char const* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

}  // namespace coview::inline bridging
