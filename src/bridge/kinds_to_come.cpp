// SPDX-License-Identifier: Apache-2.0
#include <coview/error.hpp>

#include "bridge/carrier.hpp"

namespace coview::inline bridging {
namespace {

[[noreturn]] void not_yet(bridge_channel const& channel) {
  throw error(std::errc::not_supported, {"bridge", std::string(word_for(channel.what)) + " '" + channel.name + "'",
                                         "this version does not carry it", "use a topic or queue"});
}

}  // namespace

std::unique_ptr<carrier> make_mapping_carrier(bridge_channel const& channel, bridge_options const&) {
  not_yet(channel);
}

}  // namespace coview::inline bridging
