// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <string>

#include "os/fd.hpp"

/// The network of `coview demo --hosts`.
namespace coview::tool {

inline constexpr std::size_t demo_hosts = 3;

/// For root, a network namespace for each host, and one with a wire to each of them, in which the server is. They
/// have no names: the kernel removes them, with all that is in them, when the last process and descriptor goes.
/// Otherwise everything is on this machine's loopback.
class host_networks {
 public:
  explicit host_networks(sigset_t const& signals);

  /// Whether each host has its own.
  [[nodiscard]] bool apart() const noexcept { return static_cast<bool>(server_); }
  /// Why not.
  [[nodiscard]] std::string const& refusal() const noexcept { return refusal_; }
  /// Descriptors of the namespaces; -1: this process's own.
  [[nodiscard]] int of_server() const noexcept { return server_.get(); }
  [[nodiscard]] int of_host(std::size_t number) const noexcept { return hosts_.at(number).get(); }
  /// What a host has, and where the server is for it.
  [[nodiscard]] std::string address(std::size_t host) const;
  [[nodiscard]] std::string server_address(std::size_t host) const;

 private:
  void join(sigset_t const& signals);

  std::string refusal_;
  os::unique_fd server_;
  std::array<os::unique_fd, demo_hosts> hosts_;
};

}  // namespace coview::tool
