// SPDX-License-Identifier: Apache-2.0
// Two processes, one block of memory: the child finds by name what the parent wrote.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <iostream>

#include <coview/mapping.hpp>

int main() {
  auto const memory = coview::mapping::create("MySharedMem", 4096);
  auto const view = memory.map();
  std::strcpy(view.as<char[64]>(), "hello from the parent");

  pid_t const child = fork();
  if (child == 0) {
    auto const seen = coview::mapping::open("MySharedMem", coview::access::read_only).map();
    std::cout << "the child reads: " << seen.as<char const[64]>() << std::endl;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}  // the last handle goes here, and the name with it
