// SPDX-License-Identifier: Apache-2.0
// coview write: bytes from the command line or standard input into a mapping, all of them or none.
#include <unistd.h>

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/mapping.hpp>

#include "command.hpp"
#include "shared/payload.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct write_arguments {
  std::string name;
  std::uint64_t offset = 0;
  std::optional<std::string> data;
  bool json = false;
};

int write(console& out, write_arguments const& given) {
  auto const to = mapping::open(given.name, access::read_write);
  auto const room = range_within(to, given.offset, to_end).length;
  std::vector<std::byte> input;
  if (!given.data) input = read_stream(STDIN_FILENO, room);
  auto const bytes = given.data ? std::as_bytes(std::span(*given.data)) : std::span<std::byte const>(input);
  if (bytes.size() > room) {
    // The input was not read to its end: how long it is nobody knows.
    auto const count = given.data ? fmt::format("{} bytes are", bytes.size()) : std::string("the input is");
    throw failure(exit_failed, fmt::format("{} too long: '{}' has room for {} from offset {}; nothing was written",
                                           count, escape(to.name()), room, given.offset));
  }
  write_payload(to, given.offset, bytes);
  if (given.json) {
    out.write_json(
        {{"schema", "coview.write/1"}, {"name", to.name()}, {"offset", given.offset}, {"written", bytes.size()}});
  }
  return exit_ok;
}

action prepare_write(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<write_arguments>();
  add_name(takes, given->name);
  add_size(takes, "-o,--offset", given->offset, "Begin there (default 0)");
  takes.option("-d,--data", given->data, "Write this text instead of standard input").type_name("TEXT");
  add_json(takes, given->json);
  return [given](console& out) { return write(out, *given); };
}

}  // namespace

constinit command const write_command = {
    .name = "write",
    .summary = "Write bytes into a mapping",
    .examples =
        "coview write Frames --data hello\n"
        "coview write Frames --offset 4K < table.bin\n"
        "printf '\\001' | coview write Frames --offset 16",
    .details =
        "What does not fit is refused before the first byte is written. The rest of the mapping stays as it is.",
    .prepare = prepare_write};

}  // namespace coview::tool
