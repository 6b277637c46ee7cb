// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <coview/win32/minwindef.h>

#include "os/fd.hpp"
#include "os/own_descriptor.hpp"
#include "win32/core/pipes/pipe_layout.hpp"

/// One end of a connection between a server and a client: two rings in shared memory, and a socket pair for
/// each, which tells those who sleep and ends with the last descriptor of the other end, however its process
/// ends (docs/pipes.md).
///
/// Invariants, of each direction:
/// 1. The reader's socket has a byte to read whenever the ring is not empty. It may have one when the ring is.
/// 2. Who sleeps until something is read has set `awaited`, and looked again since; whoever reads sees
///    it and sends a byte.
/// 3. A process that is killed leaves the ring as it was before or after the step it was in.
///
/// Nothing here sleeps. What stands in the memory is checked before it is used: a peer that writes nonsense has
/// broken its pipe. Thread safety: all functions.
namespace coview::win32 {

enum class pipe_side : std::uint32_t { server, client };

/// What a step came to. `blocked`: nothing more can be done until the socket of the direction is readable.
struct pipe_answer {
  DWORD code = 0;
  DWORD bytes = 0;
  bool blocked = false;
};

/// A read that may take several steps.
struct pipe_read {
  void* buffer;
  DWORD size;
  bool by_message;
  DWORD done = 0;
  bool begun = false;
};

/// A write that may take several steps. `now`: of PIPE_NOWAIT, what there is room for and no more.
struct pipe_write {
  void const* buffer;
  DWORD size;
  bool now = false;
  DWORD done = 0;
  bool begun = false;
  std::uint64_t end = 0;  // how much will have been read when all of it is
};

struct pipe_contents {
  DWORD copied = 0;
  DWORD unread = 0;         ///< bytes in all
  DWORD left_of_first = 0;  ///< of the first message, behind what was copied
  DWORD code = 0;
};

class pipe_link {
 public:
  struct options {
    bool message_type;
    std::array<DWORD, 2> quota;
    DWORD server;
    DWORD client;
  };
  /// What another process needs to have an end.
  struct parts {
    os::unique_fd memory;
    std::array<os::unique_fd, 2> sockets;
    explicit operator bool() const noexcept { return memory && sockets[0] && sockets[1]; }
  };
  /// Both ends of a new connection. Throws a code.
  static void make(options const& wanted, parts& server, parts& client);
  /// An end, whoever handed it over; null where the descriptors are none of one.
  static std::shared_ptr<pipe_link> open(parts from, pipe_side side);

  ~pipe_link();
  pipe_link(pipe_link const&) = delete;
  pipe_link& operator=(pipe_link const&) = delete;

  pipe_answer read(pipe_read& context);
  pipe_answer write(pipe_write& context);
  /// A write that nobody goes on with.
  void give_up(pipe_write const& context);
  /// Copies and leaves it there.
  pipe_contents peek(void* buffer, DWORD size, bool by_message);
  /// Whether anything that this end is to read is there.
  [[nodiscard]] bool has_something();
  /// How much this end has written, and whether so much has been read.
  [[nodiscard]] std::uint64_t written() const noexcept;
  pipe_answer is_read_up_to(std::uint64_t end);

  /// The socket that tells of the direction.
  [[nodiscard]] int socket_to_read() const noexcept { return held_.sockets[reads_].get(); }
  [[nodiscard]] int socket_to_write() const noexcept { return held_.sockets[1 - reads_].get(); }
  /// What it has open. The program may close these, or let other files have their numbers: nothing is sent or taken
  /// there then, and every step is over with ERROR_INVALID_HANDLE.
  struct descriptors {
    os::own_descriptor memory;
    std::array<os::own_descriptor, 2> sockets;
  };
  [[nodiscard]] descriptors const& held() const noexcept { return held_; }
  [[nodiscard]] bool usable() const noexcept { return held_.sockets[0].still_own() && held_.sockets[1].still_own(); }
  [[nodiscard]] bool message_type() const noexcept { return message_type_; }
  [[nodiscard]] DWORD process(pipe_side side) const noexcept { return process_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] bool other_end_closed() const noexcept;
  [[nodiscard]] bool disconnected() const noexcept;
  /// DisconnectNamedPipe: over for everybody, and what was not read is lost.
  void disconnect() noexcept;

 private:
  pipe_link(parts from, std::byte* base, std::uint64_t size, pipe_side side);
  struct ring;
  struct locked;
  [[nodiscard]] pipe_layout::connection& shared() const noexcept {
    return *reinterpret_cast<pipe_layout::connection*>(base_);
  }
  bool describe(std::uint64_t size);
  DWORD put_fragments(ring& where, pipe_write& context);

  descriptors held_;
  std::byte* base_;
  std::uint64_t size_;
  std::size_t reads_;  // the direction that this end reads
  bool message_type_ = false;
  std::array<DWORD, 2> quota_{};
  std::array<std::uint64_t, 2> ring_size_{};
  std::array<std::uint64_t, 2> ring_at_{};
  std::array<DWORD, 2> process_{};
};

}  // namespace coview::win32
