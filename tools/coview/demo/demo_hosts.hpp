// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shared/console.hpp"

namespace coview::tool {

/// `coview demo --hosts`: three hosts, which bridges join. The exit status. Throws `interrupted` (demo_peer.hpp)
/// where a signal comes, `failure` where it cannot work here.
int show_hosts(console& out, bool as_json);

/// What programs on those hosts use.
inline constexpr char const* hosts_topic = "cam/front";
inline constexpr char const* hosts_queue = "jobs";
inline constexpr char const* hosts_board = "Board";

}  // namespace coview::tool
