// SPDX-License-Identifier: Apache-2.0
// coview read: a mapping's bytes on standard output.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include <coview/mapping.hpp>

#include "command.hpp"
#include "shared/hex_dump.hpp"
#include "shared/payload.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct read_arguments {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t length = to_end;
  bool hex = false;
  bool raw = false;
  bool json = false;
};

/// Calls `use` with the range's bytes, piece by piece.
template <class Use>
void for_each_piece(mapping const& from, byte_range range, Use use) {
  constexpr std::uint64_t piece = 1U << 18U;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(piece, range.length)));
  for (std::uint64_t done = 0; done < range.length;) {
    auto const bytes =
        std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece, range.length - done)));
    read_payload(from, range.offset + done, bytes);
    use(bytes);
    done += bytes.size();
  }
}

int read(console& out, read_arguments const& given) {
  auto const from = mapping::open(given.name, access::read_only);
  auto const range = range_within(from, given.offset, given.length);
  if (given.json) {
    std::string text;
    for_each_piece(from, range, [&](std::span<std::byte const> bytes) { text += hex(bytes); });
    out.write_json({{"schema", "coview.read/1"},
                    {"name", from.name()},
                    {"offset", range.offset},
                    {"length", range.length},
                    {"hex", std::move(text)}});
  } else if (given.hex || (out.on_terminal() && !given.raw)) {
    hex_dump dump(out, range.offset);
    for_each_piece(from, range, [&](std::span<std::byte const> bytes) { dump.add(bytes); });
    dump.finish();
  } else {
    for_each_piece(from, range, [&](std::span<std::byte const> bytes) {
      out.write({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    });
  }
  return exit_ok;
}

action prepare_read(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<read_arguments>();
  add_name(takes, given->name);
  add_size(takes, "-o,--offset", given->offset, "Begin there (default 0)");
  add_size(takes, "-n,--length", given->length, "So many bytes (default: to the end)");
  auto const hex = takes.flag("--hex", given->hex, "As a hex dump, also into a pipe");
  auto const raw = takes.flag("--raw", given->raw, "As they are, also to a terminal").excludes(hex);
  add_json(takes, given->json);
  takes.declared("--json").excludes(hex).excludes(raw);
  return [given](console& out) { return read(out, *given); };
}

}  // namespace

constinit command const read_command = {
    .name = "read",
    .summary = "Print a mapping's bytes",
    .examples =
        "coview read Frames                      a hex dump on a terminal\n"
        "coview read Frames > frames.bin         the bytes themselves elsewhere\n"
        "coview read Frames --offset 64 --length 16 --hex",
    .details = "What others write meanwhile may be seen in part: copying many bytes is not one step.",
    .prepare = prepare_read};

}  // namespace coview::tool
