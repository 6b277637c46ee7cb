// SPDX-License-Identifier: Apache-2.0
// coview cmp: whether two files have the same bytes.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include <coview/copy.hpp>

#include "command.hpp"
#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct cmp_arguments {
  std::string first;
  std::string second;
  bool quiet = false;
  bool as_json = false;
};

std::string difference(cmp_arguments const& given, compare_report const& found) {
  auto const at = found.first_difference;
  auto const shorter = [&](std::string const& name) {
    return fmt::format("'{}' and '{}' differ: '{}' ends after {} bytes, and is the beginning of the other",
                       escape(given.first), escape(given.second), escape(name), at);
  };
  if (found.first_size == at) return shorter(given.first);
  if (found.second_size == at) return shorter(given.second);
  return fmt::format("'{}' and '{}' differ at offset {} ({:#x})", escape(given.first), escape(given.second), at, at);
}

int compare(console& out, cmp_arguments const& given) {
  auto const path = [](std::string const& name) { return name == "-" ? std::string("/dev/stdin") : name; };
  compare_report found;
  try {
    found = compare_files(path(given.first), path(given.second));
  } catch (coview::error const& e) {
    // As cmp and diff: 1 says that they differ, and nothing else does.
    throw failure(exit_usage, escape(e.what()));
  }
  if (given.as_json) {
    nlohmann::ordered_json document = {{"schema", "coview.cmp/1"}, {"same", found.same}, {"seconds", found.seconds}};
    if (!found.same) document["first_difference"] = found.first_difference;
    out.write_json(document);
  } else if (!found.same && !given.quiet) {
    out.print("{}\n", difference(given, found));
  }
  return found.same ? exit_ok : exit_failed;
}

action prepare_cmp(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<cmp_arguments>();
  takes.option("FIRST", given->first, "A file; - is standard input").type_name("").required();
  takes.option("SECOND", given->second, "The other one").type_name("").required();
  takes.flag("-q,--quiet,-s", given->quiet, "Say nothing; the status tells");
  add_json(takes, given->as_json);
  return [given](console& out) { return compare(out, *given); };
}

}  // namespace

constinit command const cmp_command = {
    .name = "cmp",
    .summary = "Compare two files byte by byte",
    .examples =
        "coview cmp big.iso /mnt/backup/big.iso\n"
        "coview cmp --quiet a b && echo same",
    .details =
        "The status is 0 where they are the same, 1 where they differ, and 2 where they could not be compared. "
        "Silent where they are the same.",
    .prepare = prepare_cmp};

}  // namespace coview::tool
