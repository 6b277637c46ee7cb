// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <variant>

#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

/// What `coview create` does for queues and topics.
namespace coview::tool {

/// What they are made with; each kind looks at its own.
struct channel_settings {
  std::uint64_t capacity = 1U << 20U;
  std::uint64_t messages = 0;
  std::uint32_t participants = 0;
  std::string type_name;
  std::uint64_t type_size = 0;
  std::uint32_t type_version = 0;
  bool drop = false;
  bool may_block = false;
  bool lock_in_memory = false;
  mode_t mode = 0600;
  bool permanent = false;
};

/// A queue or topic that this process holds for as long as this exists.
class held_channel {
 public:
  held_channel(object_kind kind, std::string const& name, channel_settings const& settings);

  [[nodiscard]] std::string const& name() const;
  [[nodiscard]] std::uint64_t capacity() const;
  [[nodiscard]] bool still_named() const;
  /// "queue for 1 MiB of messages, 256 KiB at most each".
  [[nodiscard]] std::string description() const;

 private:
  std::variant<queue, topic> handle_;
};

}  // namespace coview::tool
