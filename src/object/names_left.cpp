// SPDX-License-Identifier: Apache-2.0
#include "object/names_left.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <new>
#include <utility>

#include "object/name_removal.hpp"
#include "os/process_wide.hpp"

namespace coview::inline object {
namespace {

struct name_left {
  std::weak_ptr<place_ptr::element_type> where;  // its directory stays open no longer for that
  std::string file;
};

using all_names_left = os::process_wide<std::deque<name_left>>;
[[gnu::constructor]] void make_names_left() {
  all_names_left::make();
}

constexpr std::size_t most = 64;

/// After the destructors of whatever the program has.
[[gnu::destructor]] void at_the_end() {
  sweep_names_left();
}

}  // namespace

void note_name_left(place_ptr const& where, std::string const& file) {
  all_names_left::access all;
  for (auto const& each : *all)
    if (each.file == file) return;
  if (all->size() == most) all->pop_front();
  all->push_back({where, file});
}

void sweep_names_left() noexcept {
  std::deque<name_left> names;
  {
    all_names_left::access all;
    names.swap(*all);
  }
  try {
    for (auto const& each : names) {
      auto const there = each.where.lock();
      if (auto const where = there ? usable(there) : nullptr) sweep_file(*where, each.file);
    }
  } catch (std::bad_alloc const&) {
    // As at any close: they stay until somebody looks.
  }
}

}  // namespace coview::inline object
