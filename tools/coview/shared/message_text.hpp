// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shared/console.hpp"

/// Messages of queues and topics as lines, frames and JSON, in and out.
namespace coview::tool {

/// How messages are printed: a line each unless something else is asked for.
struct message_format {
  bool frames = false;  ///< four bytes with the length, the lowest first, and the bytes
  bool json = false;
  std::string_view schema;
};

/// What the messages of both kinds have in common.
struct shown_message {
  std::span<std::byte const> bytes;
  std::uint64_t sequence = 0;
  std::uint64_t lost = 0;
  bool redelivered = false;
};

/// At once. In JSON, bytes that are no UTF-8 text are base64.
void print_message(console& out, message_format const& how, shown_message const& message);

/// Standard input in pieces: what is read is kept until it is asked for, and never more than one message and a piece.
/// Throws `failure` for a message of more than `largest` bytes, before it is read to its end.
class message_input {
 public:
  explicit message_input(std::size_t largest) noexcept : largest_(largest) {}

  /// False at the end. The rest of a last line without its end is a line.
  bool line(std::string& out);
  /// False at the end.
  bool frame(std::string& out);

 private:
  bool more();
  void require_size(std::size_t bytes, std::string_view at_least) const;

  std::size_t largest_;
  std::string kept_;
  std::size_t begin_ = 0;
};

}  // namespace coview::tool
