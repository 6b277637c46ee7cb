// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "os/fd.hpp"
#include "shared/signals.hpp"

/// The two processes of `coview demo`. Each is this program once more, running the hidden command demo-peer: it does
/// what it is told over a socket, one sentence at a time, and answers.
namespace coview::tool {

inline constexpr std::string_view demo_name = "MySharedMem";
inline constexpr std::uint64_t demo_size = 4096;

/// The descriptor at which a peer finds its end of the socket.
inline constexpr int demo_socket = 3;

/// A signal came while a peer was waited for.
struct interrupted {
  int signal_number;
};

/// A process of the demo, seen from the one that started it. The destructor kills it.
class demo_peer {
 public:
  explicit demo_peer(signal_reader& signals);
  demo_peer(demo_peer const&) = delete;
  demo_peer& operator=(demo_peer const&) = delete;
  ~demo_peer() { kill_it(); }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Tells it what to do, without waiting for the answer.
  void tell(std::string_view what);
  /// Its answer. Throws `failure` with what it says where it could not do it, or `interrupted`.
  std::string answer();
  std::string ask(std::string_view what) {
    tell(what);
    return answer();
  }
  /// SIGKILL, and waits until it is dead.
  void kill_it() noexcept;

 private:
  signal_reader& signals_;
  os::unique_fd socket_;
  pid_t pid_ = -1;
};

}  // namespace coview::tool
