// SPDX-License-Identifier: Apache-2.0
#include "shared/known_object.hpp"

#include <fnmatch.h>

#include <utility>

#include "shared/bridge_text.hpp"
#include "shared/channel_text.hpp"
#include "shared/sync_text.hpp"

namespace coview::tool {

namespace {

known_object with_what_is_in_it(object_info object, carried_objects const& carried) {
  auto sync = sync_of(object);
  auto channel = channel_of(object);
  auto bridged = carried.of(object);
  return {std::move(object), sync, std::move(channel), std::move(bridged)};
}

}  // namespace

known_object look_into(object_info object) {
  return with_what_is_in_it(std::move(object), carried_objects());
}

std::vector<known_object> look_at_all(std::string const& pattern) {
  std::vector<known_object> all;
  carried_objects const carried;
  for (auto& each : list()) {
    if (matches(pattern, each.name)) all.push_back(with_what_is_in_it(std::move(each), carried));
  }
  return all;
}

bool matches(std::string const& pattern, std::string const& name) {
  return pattern.empty() || fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

}  // namespace coview::tool
