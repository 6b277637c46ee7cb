// SPDX-License-Identifier: Apache-2.0
#include "bridge/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace coview::inline bridging {

std::uint64_t fast_hash(void const* data, std::size_t size) noexcept {
  return XXH3_64bits(data, size);
}

}  // namespace coview::inline bridging
