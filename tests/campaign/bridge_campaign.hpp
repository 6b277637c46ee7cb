// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <coview/bridge.hpp>

/// What the campaign for bridges is made of: three hosts, a cluster of three servers, and programs that use channels.
namespace bridge_campaign {

inline constexpr std::size_t hosts = 3;
inline constexpr std::uint64_t most_jobs = 1U << 22U;

/// What the programs saw; all processes share it.
struct ledger {
  std::atomic<bool> stop_sending, stop;
  std::atomic<std::uint32_t> faults;
  // The queue: from host 0 to the others.
  std::atomic<std::uint64_t> sent;
  std::array<std::atomic<std::uint8_t>, most_jobs> processed;
  // The topic: from each to each.
  struct heard {
    std::atomic<std::uint64_t> first, next, count;
  };
  std::array<std::atomic<std::uint64_t>, hosts> published;
  std::array<std::array<heard, hosts>, hosts> topic;     // [where][from whom]
  std::array<std::atomic<std::uint64_t>, hosts> lagged;  // lost by the subscriber itself
  // The log: from host 1 to the others.
  std::atomic<std::uint64_t> logged;
  std::array<std::atomic<std::uint64_t>, hosts> read;
  // The topic of which the newest counts, and the board of host 0.
  std::array<std::atomic<std::uint64_t>, hosts> newest;
  std::atomic<std::uint64_t> written;
  std::array<std::atomic<std::uint64_t>, hosts> board;
  // What the bridges of a host said when they were last asked.
  struct said {
    std::atomic<std::uint64_t> carried, lost_in;
    std::array<char, 512> problems;
  };
  std::array<said, hosts> status;
};

/// Three places with objects of their own; for root, with networks of their own, which three wires join.
class place {
 public:
  /// `wanted`: with networks, where that is possible.
  explicit place(bool wanted);
  place(place const&) = delete;
  place& operator=(place const&) = delete;
  ~place();

  [[nodiscard]] bool apart() const noexcept { return apart_; }
  [[nodiscard]] std::string address(std::size_t host) const;
  [[nodiscard]] int client_port(std::size_t host) const { return ports_.at(host); }
  [[nodiscard]] std::filesystem::path const& folder() const noexcept { return folder_; }
  /// All servers, a host's own first.
  [[nodiscard]] std::string servers(std::size_t host) const;

  /// A process of that host, which goes with this one.
  [[nodiscard]] pid_t run(std::size_t host, std::function<void()> const& what,
                          std::atomic<std::uint32_t>& faults) const;
  [[nodiscard]] pid_t start_server(std::size_t host) const;
  /// Takes a host's wire up or down. Whether that was done, as for the next one.
  [[nodiscard]] bool wire(std::size_t host, bool up) const;
  /// What a host sends takes so long, and some of it is lost; 0: as usual.
  [[nodiscard]] bool delay(std::size_t host, unsigned milliseconds) const;

 private:
  void join();
  [[nodiscard]] bool tell(int network, char const* program, std::string const& lines) const;
  void enter(std::size_t host) const;

  bool apart_ = false;
  std::filesystem::path folder_;
  std::string objects_;
  int hub_ = -1;
  std::array<int, hosts> networks_{-1, -1, -1};
  std::array<int, hosts> ports_{};
  std::array<int, hosts> cluster_ports_{};
};

/// Kills and reaps.
void end(pid_t& which);

/// What the bridge of a host carries.
[[nodiscard]] coview::bridge_options carried_by(place const& where, std::size_t host, unsigned ack_wait_seconds);

/// The programs of a host: until they are told to stop. Receivers are a process of their own, which may be killed.
void produce(ledger& all, std::size_t host, std::uint64_t seed);
void observe(ledger& all, std::size_t host);
void receive(ledger& all);
/// Opens a host's channels, and has them as long as the campaign runs.
void keep_open(ledger& all, std::size_t host, std::function<void()> const& ready);

}  // namespace bridge_campaign
