// SPDX-License-Identifier: Apache-2.0
// Arbitrary words in the whole image of a queue or topic, before it is opened and while it is used. Whoever may write
// to a channel can store anything there; whatever it is, each call returns in time, with success or with a
// coview::error, and hands out nothing that lies beyond the object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "os/fd.hpp"

namespace coview_test {

/// A store of eight bytes: the first is done before the object is opened, the others before the step of that number.
struct patch {
  std::uint32_t at = 0;  // modulo the size of the file
  std::uint64_t word = 0;
  std::uint8_t step = 0;
};

struct channel_case {
  bool topic = false;
  std::vector<patch> patches{};
};

/// What a fuzzer hands over: a byte with the kind, and 13 bytes for each store.
channel_case decode_channel(std::span<std::byte const> input);
std::vector<std::byte> encode_channel(channel_case const& what);

/// An honest queue and an honest topic with messages in them, of a participant that is still there and one that died;
/// the file of each is put back before each case.
class channel_host {
 public:
  /// Below COVIEW_ROOT, which is set already.
  channel_host();
  channel_host(channel_host const&) = delete;
  channel_host& operator=(channel_host const&) = delete;
  ~channel_host() = default;

  /// Goes through every call. Lets through what should not come out: anything but a coview::error, a call that took
  /// too long, bytes beyond the object. How many calls ended with an error.
  std::size_t try_all(channel_case const& what);

  [[nodiscard]] std::size_t size() const noexcept { return queue_.honest.size(); }

 private:
  struct object {
    std::string path{};
    coview::os::unique_fd fd{};  // with the locks of a holder
    std::vector<std::byte> honest{};
  };
  class run;
  static object adopt(std::string const& name);

  object queue_{};
  object topic_{};
};

}  // namespace coview_test
