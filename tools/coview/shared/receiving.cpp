// SPDX-License-Identifier: Apache-2.0
#include "shared/receiving.hpp"

namespace coview::tool {

void add_receiving(argument_list& takes, receiving_arguments& given, std::string const& about_from) {
  takes.option("--from", given.begin, about_from).type_name("WHEN").one_of({"now", "oldest"});
  takes.option("-n,--count", given.count, "End after so many messages (default: go on)").type_name("N");
  takes.flag("--frames", given.frames,
             "Print each message as 4 bytes with its length, the lowest first, and its bytes");
  add_duration(takes, "-t,--timeout", given.time, "Wait so long for each message (default: for ever)");
  add_json(takes, given.json);
}

}  // namespace coview::tool
