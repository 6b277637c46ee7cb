// SPDX-License-Identifier: Apache-2.0
// What a campaign must find out: a lock, an event and a wait for two as they are usually written. They use the states
// of the library's, without its care for those that are killed.
#pragma once

#include "sync/robust_list.hpp"

namespace sync_campaign::naive {

/// Correct while everybody lives: no list, so a killed owner owns it for ever.
void lock(coview::robust_node& node);
void unlock(coview::robust_node& node);

/// An automatic event. Nothing is pending, so a wake-up ends with whoever is killed on the way to it.
void set(coview::robust_node& node);
void wait(coview::robust_node& node);
/// Only where it is there.
bool try_take(coview::robust_node& node);

}  // namespace sync_campaign::naive
