// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <coview/bridge.hpp>

/// What travels between two bridges: docs/beyond-one-machine.md, "The envelope". Neither side trusts the other:
/// `read` is the one function that looks at bytes from the network, and what it returns was checked.
namespace coview::inline bridging {

enum class form : std::uint8_t {
  messages = 0,  ///< the body is so many messages, each with its length in front
  chunk = 1,     ///< the body is a piece of one message
  parts = 2,     ///< the body is the last piece of one message; the others stand in the bucket of parts
};

/// An envelope's facts, and the type of what it carries.
struct envelope {
  static constexpr std::size_t header_size = 88;
  static constexpr std::size_t longest_type = 255;
  /// The most that any envelope has beside its body.
  static constexpr std::size_t most_overhead = header_size + longest_type;
  static constexpr std::uint16_t version = 1;

  carried kind{};
  bridging::form form = form::messages;
  std::uint64_t stream = 0;
  std::uint64_t sequence = 0;
  std::uint64_t lost = 0;
  std::uint64_t size = 0;
  std::uint32_t count = 0;
  std::uint32_t chunk = 0;
  std::uint32_t chunks = 1;
  std::uint64_t time = 0;
  std::uint32_t position = 0;
  std::uint64_t type_size = 0;
  std::uint32_t type_version = 0;
  std::string_view type_name = {};  ///< of a read one, within its bytes
};

/// Header, type and checksum in front of a body that is already there: `all` begins with room for them,
/// `overhead(type_name)` bytes.
void seal(std::span<std::byte> all, envelope const& facts) noexcept;
[[nodiscard]] inline std::size_t overhead(std::string_view type_name) noexcept {
  return envelope::header_size + type_name.size();
}

/// Why bytes are no envelope.
enum class unfit : std::uint8_t { none, too_short, no_envelope, other_version, damaged, contradictory };
[[nodiscard]] std::string_view reason_for(unfit why) noexcept;

/// An envelope that was checked: its numbers agree with its bytes, and with one another.
struct read_envelope {
  unfit why = unfit::none;
  envelope facts;
  std::span<std::byte const> body;
};
[[nodiscard]] read_envelope read(std::span<std::byte const> bytes) noexcept;

/// The messages of a checked body, one after the other.
class message_walk {
 public:
  explicit message_walk(std::span<std::byte const> body) noexcept : rest_(body) {}
  /// Empty at the end.
  [[nodiscard]] std::optional<std::span<std::byte const>> next() noexcept;

 private:
  std::span<std::byte const> rest_;
};

/// Collects messages into one envelope.
class batch {
 public:
  static constexpr std::size_t length_size = sizeof(std::uint32_t);
  explicit batch(std::string_view type_name);
  void begin();
  void add(std::span<std::byte const> message);
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  /// Sealed with these facts; form, size, count and type are its own to say. Until the next call of anything.
  [[nodiscard]] std::span<std::byte const> finish(envelope facts);

 private:
  std::string type_name_;
  std::vector<std::byte> bytes_;
  std::uint32_t count_ = 0;
};

/// Cuts one message into envelopes of at most `most` bytes each.
class cutter {
 public:
  cutter(std::span<std::byte const> message, std::string_view type_name, std::size_t most);
  [[nodiscard]] std::uint32_t chunks() const noexcept { return chunks_; }
  /// Whether a message needs it.
  static bool is_needed(std::size_t message, std::string_view type_name, std::size_t most) noexcept {
    return message + batch::length_size + overhead(type_name) > most;
  }
  /// Number `i`, sealed. Until the next call.
  [[nodiscard]] std::span<std::byte const> piece(std::uint32_t i, envelope facts, bridging::form form = form::chunk);

 private:
  std::span<std::byte const> message_;
  std::string type_name_;
  std::size_t each_;
  std::uint32_t chunks_;
  std::vector<std::byte> bytes_;
};

/// Puts chunks together. They come in order; what does not fit ends the message that was begun, and a hostile sender
/// cannot have more memory taken than it sends.
class assembly {
 public:
  /// Messages of more bytes than this are dropped.
  explicit assembly(std::uint64_t most) noexcept : most_(most) {}
  /// The whole message with its last chunk; until the next call.
  [[nodiscard]] std::optional<std::span<std::byte const>> add(read_envelope const& piece);
  void forget() noexcept;
  [[nodiscard]] std::uint64_t given_up() const noexcept { return given_up_; }

 private:
  std::uint64_t most_;
  std::vector<std::byte> bytes_;
  std::uint64_t stream_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t size_ = 0;
  std::uint32_t chunks_ = 0;
  std::uint32_t next_ = 0;
  std::uint64_t given_up_ = 0;
};

/// XXH3, 64 bits.
[[nodiscard]] std::uint64_t hash_of(std::span<std::byte const> bytes) noexcept;

}  // namespace coview::inline bridging
