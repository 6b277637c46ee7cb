// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel/segment.hpp"

/// What somebody leaves who dies, or leaves in order: D3 of docs/channels.md.
namespace coview::inline channel {

/// Everything of participant i's that others could wait for, but its life. Under the channel's lock; whoever is
/// killed in it has done no harm, and the next one does it again.
void clear_up_after(segment const& where, std::uint32_t i);

}  // namespace coview::inline channel
