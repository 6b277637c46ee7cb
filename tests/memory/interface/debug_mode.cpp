// SPDX-License-Identifier: Apache-2.0
// A program that is compiled with _GLIBCXX_DEBUG, on a library that is not.
#ifndef _GLIBCXX_DEBUG
#define _GLIBCXX_DEBUG
#endif
#include <cstring>
#include <string>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

int main() {
  std::string const name = "debug mode " + std::to_string(::getpid());
  auto const memory = coview::mapping::create(name, 4096);
  auto const view = memory.map();
  view.construct_once<long>(7);
  std::vector<std::byte> copy(view.bytes().begin(), view.bytes().end());
  auto const bytes = view.as_span<unsigned char>();
  if (bytes.size() != 4096 || copy.size() != 4096 || memory.name() != name) return 1;
  coview::mutex lock = coview::mutex::open_or_create(name + " lock");
  lock.lock();
  lock.unlock();
  try {
    (void)coview::mapping::open(name + " is not there");
  } catch (coview::error const& e) {
    return e.object().empty() ? 2 : 0;
  }
  return 3;
}
