// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <coview/topic.hpp>

#include "bridge/envelope.hpp"

namespace coview::inline bridging {

/// A channel's type, as a value of its own.
struct local_type {
  std::string name;
  std::uint64_t size = 0;
  std::uint32_t version = 0;

  void tell(envelope& to) const noexcept {
    to.type_size = size;
    to.type_version = version;
  }
  /// Whether what an envelope carries may be published here. A channel of bytes takes everything.
  [[nodiscard]] bool takes(envelope const& other) const noexcept {
    return name.empty() || (name == other.type_name && size == other.type_size && version == other.type_version);
  }
  [[nodiscard]] bool takes(std::span<std::byte const> message) const noexcept {
    return size == 0 || message.size() == size;
  }
};

/// The type of a queue or topic that exists. Errors: as status_of_channel.
[[nodiscard]] local_type type_of_channel(std::string_view name);
/// Which object has a name: another one of the same name has another number. Errors: as `stat`.
[[nodiscard]] std::uint64_t identity_of(std::string_view name);

/// A topic here, with its type.
struct local_topic {
  coview::topic channel;
  local_type type;
  std::uint64_t object = 0;
};

/// The one topic that both sides of a carrier use, opened when it is there or when something comes in.
class topic_place {
 public:
  /// `opened` is called once, before anybody uses it.
  topic_place(std::string name, std::uint64_t capacity, bool may_block, std::function<void(local_topic&)> opened)
      : name_(std::move(name)), capacity_(capacity), may_block_(may_block), opened_(std::move(opened)) {}
  /// Null where it does not exist.
  [[nodiscard]] local_topic* try_open();
  /// Made with the type that an envelope tells, where it does not exist.
  [[nodiscard]] local_topic& open_or_create(envelope const& type);

 private:
  local_topic* adopt(topic found);

  std::string const name_;
  std::uint64_t const capacity_;
  bool const may_block_;
  std::function<void(local_topic&)> const opened_;
  std::mutex lock_;
  std::unique_ptr<local_topic> open_;
};

}  // namespace coview::inline bridging
