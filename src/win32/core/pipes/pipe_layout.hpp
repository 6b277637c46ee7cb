// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sync/robust_list.hpp"

/// The bytes that the two ends of a connection share, in a memory file without a name (docs/pipes.md), and nothing
/// else; and what the object of a pipe's name tells of its instances.
namespace coview::win32::pipe_layout {

inline constexpr std::array<char, 8> magic = {'c', 'o', 'v', 'p', 'i', 'p', 'e', '1'};
inline constexpr char const* memory_label = "coview pipe";

/// Where messages go: the one to the server, then the one to the client.
inline constexpr std::size_t inbound = 0;
inline constexpr std::size_t outbound = 1;

/// One way of a connection: a ring of fragments.
struct direction {
  robust_node lock;                    ///< whoever reads or writes anything below
  std::atomic<std::uint64_t> head;     ///< where the oldest fragment begins, counted from the beginning of time
  std::atomic<std::uint64_t> tail;     ///< where the next one will; the store that makes a fragment visible
  std::atomic<std::uint64_t> put;      ///< bytes that were written, and
  std::atomic<std::uint64_t> taken;    ///< that were read
  std::atomic<std::uint32_t> partly;   ///< bytes of the oldest fragment that were read
  std::atomic<std::uint32_t> awaited;  ///< 1: somebody sleeps until something is read
  std::atomic<std::uint32_t> writer;   ///< the process whose message is not whole yet; 0: none
  std::uint32_t padding;
};
static_assert(sizeof(direction) == 88);

struct connection {
  std::array<char, 8> magic;
  std::uint32_t message_type;
  std::uint32_t padding;
  std::array<std::uint32_t, 2> quota;       ///< bytes that may be unread when a write is over
  std::array<std::uint64_t, 2> ring_size;   ///< powers of two; the rings follow from `rings_offset` on
  std::array<std::uint32_t, 2> process;     ///< of the server, of the client
  std::atomic<std::uint32_t> disconnected;  ///< 1: by DisconnectNamedPipe
  std::uint32_t padding_too;
  std::array<direction, 2> ways;
};
static_assert(offsetof(connection, ways) == 56);
inline constexpr std::uint64_t rings_offset = 4096;

/// Stands before its bytes, which are filled up to a multiple of eight.
struct fragment {
  std::uint32_t length;
  std::uint32_t
      more;  ///< bytes of the message that follow in other fragments; the highest bit: the first of a message
};
static_assert(sizeof(fragment) == 8);
inline constexpr std::uint32_t first_of_message = 0x80000000U;

/// At layout::state_offset of the object's file, written before anybody sees it: what the first CreateNamedPipe said.
struct facts {
  std::array<char, 8> magic;
  std::uint32_t access;        ///< PIPE_ACCESS_*
  std::uint32_t message_type;  ///< 0 or 1
  std::uint32_t most_instances;
  std::uint32_t out_quota;
  std::uint32_t in_quota;
  std::uint32_t default_wait;  ///< milliseconds
};
static_assert(sizeof(facts) == 32);

/// The payload: one word that changes whenever a client might come in, and a slot for each instance. A slot counts
/// while somebody has the lock on its byte (`instance_byte`).
enum class instance_state : std::uint32_t { none, listening, connected, disconnected };
struct slot {
  std::atomic<std::uint32_t> process;  ///< whose handle server lets clients in
  std::atomic<std::uint32_t> state;    ///< instance_state
};
struct directory {
  std::atomic<std::uint32_t> changes;
  std::uint32_t padding;
  // slots follow
};
static_assert(sizeof(slot) == 8 && sizeof(directory) == 8);
/// Where PIPE_UNLIMITED_INSTANCES ends.
inline constexpr std::uint32_t most_slots = 1024;
/// Far behind the mark.
inline constexpr std::int64_t instance_byte = std::int64_t{1} << 40U;

}  // namespace coview::win32::pipe_layout
