// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/channel.hpp>

#include "os/futex.hpp"

namespace coview::detail {

/// What fills slots and publishes them.
class sending {
 public:
  sending() = default;
  sending(sending const&) = delete;
  sending& operator=(sending const&) = delete;
  /// False when time is up: the block is still the slot's.
  virtual bool publish(std::uint32_t block, std::size_t length, os::deadline const& until) = 0;
  virtual void give_back(std::uint32_t block) noexcept = 0;

 protected:
  ~sending() = default;
  slot slot_on(std::uint32_t block, std::byte* data, std::size_t size) noexcept { return {*this, block, data, size}; }
};

}  // namespace coview::detail
