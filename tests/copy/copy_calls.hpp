// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

/// How the tests of copying call it.
namespace coview_test {

inline constexpr std::size_t mebi = std::size_t{1} << 20U;

/// Tests that are about something else need not wait for the device.
inline coview::copy_options quick(coview::copy_options options = {}) {
  options.durable = false;
  return options;
}
inline coview::tree_options quick_tree(coview::tree_options options = {}) {
  options.file.durable = false;
  return options;
}

inline std::string xxh3_of(std::string const& bytes) {
  auto const hash = coview::xxh3();
  hash->update(std::as_bytes(std::span(bytes)));
  return hash->finish();
}

}  // namespace coview_test
