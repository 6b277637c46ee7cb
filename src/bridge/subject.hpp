// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <coview/bridge.hpp>

/// Names of objects as NATS' names: subjects, streams, buckets and keys. Each is reversible, so that no two names
/// ever meet, and says what its alphabet is: docs/beyond-one-machine.md, "Names".
namespace coview::inline bridging {

/// The longest token of a name: streams are directories of the server, and what stands around it needs room.
inline constexpr std::size_t longest_token = 160;

/// Letters, digits, '-' and '_' as they are, other bytes as '=' and two hexadecimal digits.
[[nodiscard]] std::string subject_token(std::string_view name);
/// The name that a token was made of; empty where it was not made so.
[[nodiscard]] std::optional<std::string> name_of_token(std::string_view token);

/// "topic", "log", "queue", "latest", "map".
[[nodiscard]] std::string_view word_for(carried what) noexcept;

/// PREFIX.KIND.NAME. Errors: errc::filename_too_long, errc::invalid_argument (an empty name or prefix).
[[nodiscard]] std::string subject_for(std::string_view prefix, carried what, std::string_view name);

/// What a subject means; empty where it is none of ours.
struct subject_parts {
  std::string prefix;
  carried what{};
  std::string name;
};
[[nodiscard]] std::optional<subject_parts> parts_of_subject(std::string_view subject);

/// A stream's name: the subject's with '+' for '.', which no token has.
[[nodiscard]] std::string stream_for(std::string_view subject);

/// A bucket's name has letters, digits, '-' and '_' only: every other byte, and '_', is '_' and
/// two hexadecimal digits.
[[nodiscard]] std::string bucket_for(std::string_view prefix, std::string_view use);

}  // namespace coview::inline bridging
