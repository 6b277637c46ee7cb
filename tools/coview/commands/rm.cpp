// SPDX-License-Identifier: Apache-2.0
// coview rm: ends a permanent object, or any object by force.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct rm_arguments {
  std::string name;
  bool force = false;
  bool json = false;
};

/// What cannot be looked at cannot be removed either, as a rule; `remove` then says so.
std::optional<object_info> seen(std::string const& name) {
  try {
    return stat(name);
  } catch (error const&) {
    return {};
  }
}

int rm(console& out, rm_arguments const& given) {
  // Asked before: afterwards a permanent object that is held looks like any other.
  auto const before = seen(given.name);
  bool const gone = remove(given.name, {.force = given.force}) == removed::now;
  if (given.json) {
    out.write_json({{"schema", "coview.rm/1"},
                    {"name", before ? before->name : given.name},
                    {"removed", gone ? "now" : "with_the_last_handle"}});
  }
  auto const name = escape(before ? before->name : given.name);
  if (gone) {
    if (!given.json) out.say("'{}' is gone", name);
    return exit_ok;
  }
  auto const holder = name_holders(given.name);
  if (before && before->permanent) {
    if (!given.json) out.say("'{}' is no longer permanent: it goes with its last handle, held by {}", name, holder);
    return exit_ok;
  }
  throw failure(exit_busy, fmt::format("'{}' is held by {}, and goes with its last handle", name, holder),
                "--force takes the name away now; holders keep their memory, but nobody finds it any more");
}

action prepare_rm(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<rm_arguments>();
  add_name(takes, given->name);
  takes.flag("-f,--force", given->force, "Take the name away though it is held");
  add_json(takes, given->json);
  return [given](console& out) { return rm(out, *given); };
}

}  // namespace

constinit command const rm_command = {
    .name = "rm",
    .summary = "End a permanent object, or any object by force",
    .examples =
        "coview rm Table\n"
        "coview rm Frames --force  though processes hold it",
    .details =
        "A permanent object that is held becomes an ordinary one and goes with its last handle; the status\n"
        "is 0. An ordinary one that is held stays, and the status is 5.",
    .prepare = prepare_rm};

}  // namespace coview::tool
