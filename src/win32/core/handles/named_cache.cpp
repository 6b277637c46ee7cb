// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/named_cache.hpp"

#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "os/process_wide.hpp"

namespace coview::win32::named_cache {
namespace {

using all_names = os::process_wide<std::unordered_map<std::string, object*>>;

}  // namespace

std::string key_of(object_name const& name) {
  char const* const root = std::getenv("COVIEW_ROOT");
  std::string key = root != nullptr ? root : "";
  key += name.scope == name_scope::global ? "\\Global\\" : "\\Local\\";
  return key += name.leaf;
}

object_ptr<> find(std::string const& key, bool (*still_there)(object const&)) {
  all_names::access all;
  auto const found = all->find(key);
  if (found == all->end() || !still_there(*found->second)) return {};
  found->second->add_reference();
  return object_ptr<>(found->second);
}

void remember(std::string const& key, object& one) {
  static int const registered = std::atexit([] { give_up_all(); });
  (void)registered;
  all_names::access all;
  all->emplace(key, &one);
}

void forget(std::string const& key, object const& one) noexcept {
  all_names::access all;
  if (auto const found = all->find(key); found != all->end() && found->second == &one) all->erase(found);
}

void give_up_all() {
  std::vector<object*> left;
  {
    all_names::access all;
    left.reserve(all->size());
    for (auto const& [key, one] : *all) {
      one->add_reference();
      left.push_back(one);
    }
  }
  for (auto* const one : left) one->last_handle_closed();
}

}  // namespace coview::win32::named_cache
