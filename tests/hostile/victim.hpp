// SPDX-License-Identifier: Apache-2.0
// An honest process that uses objects which a hostile peer may write, and watches itself: every call must return in
// time, without burning a CPU, with success or a coview::error, and the memory that is this process's alone must stay
// as it is.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hostile {

/// What the parent sees of a victim, in memory that both share.
struct report {
  std::array<char, 64> step;            // the call that runs, or after which one it is
  std::atomic<std::int64_t> must_end;   // steady clock, nanoseconds: the parent ends a victim that is later
  std::array<char, 400> wrong;          // what the victim itself found wrong; empty: nothing
  std::atomic<std::uint64_t> calls;     // that returned
  std::atomic<std::uint64_t> errors;    // and how many of them with an error
  std::atomic<std::uint64_t> fault_at;  // the address of a SIGSEGV or SIGBUS
  std::atomic<bool> looks_only;         // the step reads no page of a shared file: nothing can excuse a SIGBUS
};

using milliseconds = std::chrono::milliseconds;

/// How long a wait is asked to take, and how long anything may take beyond its deadline on a busy machine.
inline constexpr milliseconds wait_length{40};
inline constexpr milliseconds grace{5000};
/// Calls without a deadline of their own wait for others no longer than this (docs/lifetime.md, "Patience").
inline constexpr milliseconds patience{4000};

/// The step that waits for another thread without an end, as long as that one lives.
inline constexpr char const* construct_step = "construct once";

/// Private memory of the victim that stands where pages of shared files were mapped: filled with a pattern, every
/// second region not writable. Whatever is written through a pointer that outlived its page shows, or crashes.
class canary {
 public:
  canary() = default;
  canary(canary const&) = delete;
  canary& operator=(canary const&) = delete;
  ~canary();
  void spread();
  [[nodiscard]] bool intact() const;

 private:
  std::vector<std::span<std::byte>> regions_{};
};

/// The victim's side of the conversation with the peer, and its judgement of each call.
class stage {
 public:
  /// `socket`: where the peer is asked for its deeds; -1: it needs no asking.
  stage(report& told, int socket) : told_(told), socket_(socket) {}

  /// The peer does its next deed, while this process stands still.
  void point() { ask('p'); }
  /// The peer does its next deed a moment later, while the next call runs.
  void during() { ask('d'); }

  enum class sees : std::uint8_t { state, files };
  /// Runs a call that may take `limit` and throw a coview::error. True: it threw none.
  bool call(char const* step, milliseconds limit, std::function<void()> const& body, sees what = sees::state);
  /// Loads from the payload: a SIGBUS is an answer.
  void touch(std::span<std::byte> bytes);
  /// Spreads canaries over what was unmapped, works on a lock of the victim's own, and looks.
  void check_private_memory();
  void wrong(std::string const& text);

  canary guard{};

 private:
  void ask(char how);

  report& told_;
  int socket_;
};

struct scenario {
  char const* title;
  std::function<void(stage&)> run;
};

[[nodiscard]] std::vector<scenario> const& scenarios();
/// Of queues and topics.
[[nodiscard]] std::vector<scenario> const& channel_scenarios();
/// How theirs are made.
inline constexpr std::uint64_t channel_capacity = 4096;
inline constexpr std::uint64_t channel_messages = 8;
inline constexpr std::uint32_t channel_participants = 4;
/// Those that use a naive lock in place of ours, to prove that the campaign sees what goes wrong.
[[nodiscard]] std::vector<scenario> const& broken_scenarios();

/// Makes all objects that the scenarios use, and keeps them: the peer's way to be their owner.
void own_all_objects();
void own_all_channels();

/// Runs in the victim's process, which leaves afterwards.
[[noreturn]] void live(scenario const& what, report& told, int socket);

}  // namespace hostile
