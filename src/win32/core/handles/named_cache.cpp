// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/named_cache.hpp"

#include <atomic>
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "os/environment.hpp"
#include "os/process_wide.hpp"

namespace coview::win32::named_cache {
namespace {

using all_names = os::process_wide<std::unordered_map<std::string, object*>>;
[[gnu::constructor]] void make_all_names() {
  all_names::make();
}
constinit std::atomic<bool> gives_up_at_exit{false};

}  // namespace

std::string key_of(object_name const& name) {
  char const* const root = os::environment("COVIEW_ROOT");
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
  if (!gives_up_at_exit.exchange(true, std::memory_order_relaxed)) std::atexit([] { give_up_all(); });
  all_names::access all;
  all->emplace(key, &one);
}

void forget(std::string const& key, object const& one) noexcept {
  all_names::access all;
  if (auto const found = all->find(key); found != all->end() && found->second == &one) all->erase(found);
}

void give_up_all() {
  // Threads may still run, and close what is in here: whoever is the last to let go of an object deletes it.
  std::vector<object_ptr<>> left;
  {
    all_names::access all;
    left.reserve(all->size());
    for (auto const& [key, one] : *all) {
      one->add_reference();
      left.emplace_back(one);
    }
  }
  for (auto const& one : left) one->last_handle_closed();
}

}  // namespace coview::win32::named_cache
