// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace coview::inline bridging {

/// XXH3, 64 bits. In a file of its own: the header that it is made of is large.
[[nodiscard]] std::uint64_t fast_hash(void const* data, std::size_t size) noexcept;

}  // namespace coview::inline bridging
