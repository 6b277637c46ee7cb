// SPDX-License-Identifier: Apache-2.0
// coview post: gives permits to a semaphore.
#include <cstdint>
#include <limits>
#include <memory>

#include <coview/semaphore.hpp>

#include "command.hpp"

namespace coview::tool {

namespace {

struct post_arguments {
  std::string name;
  std::uint32_t count = 1;
};

action prepare_post(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<post_arguments>();
  takes.option("SEMAPHORE", given->name, "Name of the semaphore").type_name("").required();
  add_permits(takes, "-n,--count", given->count, 1, "So many permits (default 1)");
  return [given](console&) {
    semaphore::open(given->name).release(given->count);
    return exit_ok;
  };
}

}  // namespace

constinit command const post_command = {
    .name = "post",
    .summary = "Give permits to a semaphore",
    .examples =
        "coview post slots\n"
        "coview post slots --count 3",
    .details =
        "Where that would be more than the semaphore's maximum, nothing is changed and the status is 1.\n"
        "'coview wait' takes a permit.",
    .prepare = prepare_post};

}  // namespace coview::tool
