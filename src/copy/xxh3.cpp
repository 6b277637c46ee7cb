// SPDX-License-Identifier: Apache-2.0
// The hash that is always there. xxHash comes as a header that is compiled in here, and only here, so that nothing is
// needed at run time and nothing of it is exported.
#define XXH_INLINE_ALL
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include <array>
#include <cstdio>

#include <coview/copy.hpp>

#include "copy/shared/block_hash.hpp"

namespace coview {
namespace {

class xxh3_hasher final : public hasher {
 public:
  xxh3_hasher() noexcept { XXH3_128bits_reset(&state_); }
  void update(std::span<std::byte const> bytes) override { XXH3_128bits_update(&state_, bytes.data(), bytes.size()); }
  std::string finish() override {
    auto const sum = XXH3_128bits_digest(&state_);
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(sum.high64),
                  static_cast<unsigned long long>(sum.low64));
    return text.data();
  }

 private:
  XXH3_state_t state_{};
};

}  // namespace

hasher::~hasher() = default;

std::unique_ptr<hasher> xxh3() {
  return std::make_unique<xxh3_hasher>();
}

namespace copying {

block_hash hash_of(std::span<std::byte const> bytes) {
  auto const sum = XXH3_128bits(bytes.data(), bytes.size());
  return {sum.high64, sum.low64};
}

}  // namespace copying

}  // namespace coview
