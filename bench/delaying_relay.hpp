// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "sync_pair.hpp"

namespace bench {

/// The wire between a host and a server, on one machine: TCP connections to its port go on to the server's, and what
/// passes arrives so much later, in either direction. However much is on its way; a process of its own relays it.
class delaying_relay {
 public:
  /// `url`: nats://127.0.0.1:PORT, of the server.
  delaying_relay(std::string const& url, std::chrono::microseconds delay);
  [[nodiscard]] std::string const& url() const noexcept { return url_; }

 private:
  std::string url_;
  std::unique_ptr<partner> process_;
};

}  // namespace bench
