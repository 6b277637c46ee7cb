// SPDX-License-Identifier: Apache-2.0
// An object whose file another process handed over.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "object/evidence.hpp"
#include "object/lifetime.hpp"
#include "object/name_call.hpp"
#include "os/file.hpp"

namespace coview::inline object {
namespace {

bool leads_to(place const& where, object_name const& name, struct ::stat const& file) {
  auto const is_slot = [&](unsigned slot) {
    auto const there = os::status_at(where.directory.get(), slot_file(name.file, slot).c_str());
    return there && os::same_file(*there, file);
  };
  if (is_slot(0)) return true;
  if (where.scope == name_scope::local) return false;
  for (unsigned slot = 1; slot < first_evident_slot; ++slot) {
    if (is_slot(slot)) return true;
  }
  std::vector<unsigned> others;
  return slots_behind(where, name, -1, others) == 0 && std::any_of(others.begin(), others.end(), is_slot);
}

/// A header does not say which scope its object is in: both are asked, and the file decides.
std::optional<open_object> open_by_name(std::string const& leaf, struct ::stat const& file, bool writable,
                                        object_name& name, operation_context const& context) {
  for (auto const scope : {name_scope::local, name_scope::global}) {
    object_name candidate;
    if (!stored_name(scope, leaf, candidate)) return {};
    auto const where = find_place_of_many(candidate.scope, context);
    if (!where || !leads_to(*where, candidate, file)) continue;
    auto opened = try_open_object(candidate, writable, context, [&](open_object const& there) {
      auto const found = os::status(there.file.fd());
      if (!found || !os::same_file(*found, file)) context.fail(ENOENT, "its name leads to a later object");
    });
    if (!opened) continue;
    name = std::move(candidate);
    return opened;
  }
  return {};
}

}  // namespace

std::optional<open_object> open_received_object(os::unique_fd description, object_name& name,
                                                operation_context const& context) {
  auto const file = os::status(description.get());
  int const flags = ::fcntl(description.get(), F_GETFL);
  if (!file || !S_ISREG(file->st_mode) || flags < 0 || (flags & (O_PATH | O_APPEND)) != 0) return {};
  object_header header;
  auto const size = static_cast<std::uint64_t>(file->st_size);
  if (read_header(description.get(), size, header) != header_answer::ok) return {};
  if (!stored_name(name_scope::local, header.name, name)) return {};
  try {
    bool const writable = (flags & O_ACCMODE) == O_RDWR;
    if (auto opened = open_by_name(header.name, *file, writable, name, context)) return opened;
  } catch (error const&) {
    // This process may not open it by its name; the one that handed it over could.
  }
  return open_object{held_file(std::move(description), *file, nullptr, {}), std::move(header)};
}

}  // namespace coview::inline object
