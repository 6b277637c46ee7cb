// SPDX-License-Identifier: Apache-2.0
// The three plays of a synchronisation campaign. Each makes its objects under names in COVIEW_ROOT, so it is made
// after that is set.
#pragma once

#include <memory>
#include <string>

#include "sync/sync_object.hpp"
#include "sync_fleet.hpp"

namespace sync_campaign {

/// Workers lock a named mutex and a placed one in all the ways there are, and change data that is torn when they are
/// killed.
std::unique_ptr<scenario> mutex_play(plan const& what);
/// Producers and consumers on events and semaphores.
std::unique_ptr<scenario> signals_play(plan const& what);
/// Takers of both, in either order, and observers who must never see one without the other.
std::unique_ptr<scenario> wait_all_play(plan const& what);

/// The state of a named object that exists. The result keeps it mapped.
inline coview::sync_ptr inside_of(std::string const& name, coview::object_kind kind) {
  return coview::open_sync(name, coview::name_use::open, {kind, {}, 0}, {}, {"look at", "object", name});
}

}  // namespace sync_campaign
