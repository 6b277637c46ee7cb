// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "demo/demo_place.hpp"
#include "os/fd.hpp"
#include "shared/signals.hpp"

/// The processes of `coview demo`. Each is this program once more, running a hidden command: it does what it is told
/// over a socket, one sentence at a time, and answers.
namespace coview::tool {

inline constexpr std::string_view demo_name = "MySharedMem";
inline constexpr std::uint64_t demo_size = 4096;

/// A signal came while a peer was waited for.
struct interrupted {
  int signal_number;
};

/// Throws `interrupted` where a signal comes within that time.
void pause_for(signal_reader& signals, std::chrono::nanoseconds time);

/// A process of the demo, seen from the one that started it. The destructor kills it.
class demo_peer {
 public:
  /// `command`: which of the hidden ones it runs.
  explicit demo_peer(signal_reader& signals, std::string const& command = "demo-peer", demo_place const& where = {});
  demo_peer(demo_peer const&) = delete;
  demo_peer& operator=(demo_peer const&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  /// Tells it what to do, without waiting for the answer.
  void tell(std::string_view what);
  /// Its answer. Throws `failure` with what it says where it could not do it, or `interrupted`.
  std::string answer();
  std::string ask(std::string_view what) {
    tell(what);
    return answer();
  }
  /// Whether an answer comes within that time. Throws `interrupted`.
  bool answers_within(std::chrono::milliseconds time);
  /// SIGKILL, and waits until it is dead.
  void kill_it() noexcept { process_.kill_it(); }
  /// The same, and what it had answered until then.
  std::vector<std::string> kill_and_hear();

 private:
  /// Empty where there is no more.
  std::optional<std::string> next_answer();

  signal_reader& signals_;
  os::unique_fd socket_;
  demo_process process_;
};

/// What a peer is: answers each sentence with what `act` says, until the demo that is its parent ends. It may answer
/// more than once, by `answer_demo`.
int play(pid_t parent, std::function<std::string(std::string const&)> const& act);
bool answer_demo(std::string const& text);

}  // namespace coview::tool
