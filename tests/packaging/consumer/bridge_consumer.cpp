// SPDX-License-Identifier: Apache-2.0
// Uses an installed libcoview_bridge, as far as that goes without a server.
#include <iostream>

#include <coview/bridge.hpp>

int main() {
  coview::bridge::check({.channels = {{.name = "cam/front"}}});
  try {
    coview::bridge::check({.channels = {{.what = coview::carried::queue, .name = "jobs"}}});
  } catch (coview::error const& e) {
    std::cout << e.what() << '\n';
    return coview::bridges().empty() ? 0 : 1;
  }
  return 1;
}
