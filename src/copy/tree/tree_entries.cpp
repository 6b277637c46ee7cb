// SPDX-License-Identifier: Apache-2.0
// What becomes of an entry that is no directory: a copy of its bytes, a link to another name of the same file, or
// what it is, made anew.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "copy/engine/backup.hpp"
#include "copy/engine/file_copy.hpp"
#include "copy/shared/failure.hpp"
#include "copy/tree/tree_copy.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

/// From this size on a file is flushed by itself, because that starts while it is copied.
constexpr std::uint64_t large_file = 64U << 20U;

}  // namespace

void tree_copy::note(entry_directory const& directory, tree_place const& place, entry_kind kind,
                     entry_outcome outcome, copy_report const& report) {
  tree_entry entry;
  entry.kind = kind;
  entry.outcome = outcome;
  entry.bytes = report.bytes;
  entry.method = report.method;
  if (progress_.told()) {
    entry.source = directory.source_path(place.entry.name);
    entry.target = directory.target_path(place.target_name);
    entry.hash = report.hash;
  }
  progress_.done(entry);
}

/// Whether it is to be one file with others that are the same one in the source.
bool tree_copy::is_shared(struct ::stat const& status, names_are rule) const noexcept {
  return rule == names_are::one_file && options_.hard_links && !options_.dry_run && status.st_nlink > 1;
}

void tree_copy::copy_regular(entry_directory const& directory, tree_place const& place, bool through_link,
                             names_are rule) {
  if (options_.files != tree_files::copied) return link_to_source(directory, place, through_link);
  auto const source =
      open_source(directory.source(), place.entry.name.c_str(), directory.source_path(place.entry.name),
                  {through_link, options_.file.read_special, options_.file.changing});
  auto const copy = [&] {
    return copy_bytes(directory, place, source, look_at_target(directory, place.target_name));
  };
  if (is_shared(source.before, rule)) return copy_once(directory, place, source.before, copy);
  copy();
}

/// A link instead of a copy.
void tree_copy::link_to_source(entry_directory const& directory, tree_place const& place, bool through_link) {
  auto const& name = place.entry.name;
  struct ::stat source {};
  if (::fstatat(directory.source(), name.c_str(), &source, through_link ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    fail("look at", directory.source_path(name), errno);
  bool const hard = options_.files == tree_files::hard_links;
  auto const kind = hard ? entry_kind::hard_link : entry_kind::symbolic_link;
  auto const target = look_at_target(directory, place.target_name);
  if (hard && target.there && os::same_file(source, target.status))
    return note(directory, place, kind, entry_outcome::skipped);
  check_not_placed(directory, place.target_name, target, placed_);
  if (!may_put(directory, name, place.target_name, source, target, options_, progress_))
    return note(directory, place, kind, entry_outcome::skipped);
  if (options_.dry_run) return note(directory, place, kind, entry_outcome::planned);
  back_up(directory, place, source, target);
  auto const shown = directory.target_path(place.target_name);
  if (!hard) {
    auto const text = std::filesystem::absolute(directory.source_path(name)).native();
    int const failure = put_link_with_text(text, directory, place.target_name, target, placed_);
    if (failure != 0) fail("make link", shown, failure);
  } else {
    int const failure = put_hard_link(directory.source(), name, directory, place.target_name, target, placed_,
                                      through_link ? through_links::yes : through_links::no);
    if (failure == EXDEV) fail("link", shown, failure, "the source is on another filesystem", "copy it instead");
    if (failure != 0) fail("link", shown, failure);
  }
  note(directory, place, kind, entry_outcome::copied);
}

void tree_copy::back_up(entry_directory const& directory, tree_place const& place, struct ::stat const& source,
                        existing_entry const& target) const {
  if (!target.there) return;
  keep_backup({directory.target(), place.target_name, directory.target_path(place.target_name)}, source,
              options_.file.backup);
}

/// Whether the target is there now.
bool tree_copy::copy_bytes(entry_directory const& directory, tree_place const& place, source_file const& source,
                           existing_entry const& target) {
  check_not_placed(directory, place.target_name, target, placed_);
  bool const complete = was_copied_before(source.before, target, options_.file);
  if (complete ||
      !may_put(directory, place.entry.name, place.target_name, source.before, target, options_, progress_)) {
    if (complete) progress_.kept_file(source.size());
    note(directory, place, entry_kind::file, entry_outcome::skipped);
    return complete || options_.file.existing == existing_target::update;
  }
  if (options_.dry_run) {
    copy_report planned;
    planned.bytes = source.size();
    note(directory, place, entry_kind::file, entry_outcome::planned, planned);
    return false;
  }
  if (!target.there) {
    if (auto small = copy_small_file(source, directory, place.target_name, options_.file, abilities_, placed_)) {
      progress_.written(small->bytes);
      progress_.warn(std::move(small->warnings));
      if (must_flush()) remember(directory, place.target_name, *small);
      note(directory, place, entry_kind::file, entry_outcome::copied, *small);
      return true;
    }
  }
  progress_.now_copying(source.shown);
  auto how = options_.file;
  how.existing = existing_target::replace;
  // A file that replaces another must be on the device before it does; new ones are flushed together.
  how.durable = options_.file.durable && (target.there || source.size() >= large_file);
  // Bytes that are shown while the file is on its way count only once it is there.
  struct on_its_way {
    progress_record& progress;
    std::uint64_t bytes = 0;
    void is(std::uint64_t now) {
      progress.taken_back(bytes);
      progress.written(bytes = now);
    }
    ~on_its_way() {
      progress.taken_back(bytes);
      progress.now_copying({});
    }
  };
  auto report = [&] {
    on_its_way shown{progress_};
    how.on_progress = nullptr;
    if (options_.on_progress) {
      how.on_progress = [&](copy_progress const& now) {
        shown.is(now.written);
        return !progress_.stopped();
      };
    }
    return copy_open_file(
        source, {directory.target(), place.target_name, directory.target_path(place.target_name), &placed_}, how);
  }();
  if (report.cancelled) return false;
  progress_.written(report.bytes);
  progress_.went_on_from(report.resumed);
  progress_.warn(std::move(report.warnings));
  if (options_.file.durable && !report.durable) remember(directory, place.target_name, report);
  note(directory, place, entry_kind::file, entry_outcome::copied, report);
  return true;
}

/// A file with several names: the first of them is copied, and the others are linked to the copy.
template <class Copy>
void tree_copy::copy_once(entry_directory const& directory, tree_place const& place, struct ::stat const& status,
                          Copy const& copy) {
  std::optional<tree_place> copied;
  // Whoever has to wait keeps its directory from being finished.
  directory.node->pending.fetch_add(1);
  auto const turn = links_.take(status, place, copied);
  if (turn == link_table::turn::wait) return;
  directory.node->pending.fetch_sub(1);
  if (turn == link_table::turn::link) return link_to(directory, place, *copied);
  bool there = false;
  bool const done = guarded(place, [&] { there = copy(); });
  if (done && there) {
    for (auto const& each : links_.placed(status, place)) {
      guarded(each, [&] {
        entry_directory const other(each.node, directories_);
        link_to(other, each, place);  // NOLINT(readability-suspicious-call-argument): place is the first
      });
      release(each.node);
    }
    return;
  }
  // Again from the beginning, for each of the others: the next one takes the place of the first.
  for (auto& each : links_.not_placed(status)) {
    auto const node = each.node;
    put_batch({std::move(each)});
    release(node);
  }
}

void tree_copy::link_to(entry_directory const& directory, tree_place const& place, tree_place const& first) {
  auto const& name = place.entry.name;
  auto const target = look_at_target(directory, place.target_name);
  auto const from = directories_.get(first.node);
  auto const copied = os::status_at(from->target.get(), first.target_name.c_str());
  bool const linked = target.there && copied && os::same_file(*copied, target.status);
  if (linked) return note(directory, place, entry_kind::hard_link, entry_outcome::skipped);
  struct ::stat source {};
  bool const follow = follows(*directory.node);
  if (::fstatat(directory.source(), name.c_str(), &source, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    fail("look at", directory.source_path(name), errno);
  if (!may_put(directory, name, place.target_name, source, target, options_, progress_))
    return note(directory, place, entry_kind::hard_link, entry_outcome::skipped);
  check_not_placed(directory, place.target_name, target, placed_);
  back_up(directory, place, source, target);
  int const failure =
      put_hard_link(from->target.get(), first.target_name, directory, place.target_name, target, placed_);
  if (failure == 0) return note(directory, place, entry_kind::hard_link, entry_outcome::copied);
  // Another filesystem, or more names than this one allows: then it is a file of its own.
  if (failure != EXDEV && failure != EMLINK && failure != EPERM && failure != EOPNOTSUPP && failure != ENOSYS &&
      failure != EINVAL && failure != EACCES)
    fail("link", directory.target_path(place.target_name), failure);
  std::string said = "'";
  said.append(directory.target_path(place.target_name).string());
  said.append("' could not be linked to the copy of its other name and is a file of its own: ");
  said.append(std::generic_category().message(failure));
  progress_.warn({std::move(said)});
  if (S_ISREG(source.st_mode)) return copy_regular(directory, place, follow, names_are::several_files);
  copy_other(directory, place, source, names_are::several_files);
}

void tree_copy::copy_other(entry_directory const& directory, tree_place const& place, struct ::stat const& status,
                           names_are rule) {
  if (!S_ISLNK(status.st_mode) && !options_.special) {
    fail("copy", directory.source_path(place.entry.name), EINVAL,
         S_ISFIFO(status.st_mode)   ? "it is a FIFO"
         : S_ISSOCK(status.st_mode) ? "it is a socket"
                                    : "it is a device",
         "use --special (tree_options::special) to make it anew, or --copy-contents to read it");
  }
  auto const copy = [&] { return copy_by_name(directory, place, status); };
  if (is_shared(status, rule)) return copy_once(directory, place, status, copy);
  copy();
}

/// What has no bytes. Whether the target is there now.
bool tree_copy::copy_by_name(entry_directory const& directory, tree_place const& place, struct ::stat const& status) {
  auto const& name = place.entry.name;
  auto const kind = S_ISLNK(status.st_mode) ? entry_kind::symbolic_link : entry_kind::special;
  auto const target = look_at_target(directory, place.target_name);
  check_not_placed(directory, place.target_name, target, placed_);
  if (!may_put(directory, name, place.target_name, status, target, options_, progress_)) {
    note(directory, place, kind, entry_outcome::skipped);
    return options_.file.existing == existing_target::update;
  }
  if (options_.dry_run) {
    note(directory, place, kind, entry_outcome::planned);
    return false;
  }
  back_up(directory, place, status, target);
  std::vector<std::string> warnings;
  if (kind == entry_kind::symbolic_link) {
    put_symbolic_link(directory, name, place.target_name, status, target, options_.file.preserve, warnings, placed_);
  } else {
    put_special(directory, name, place.target_name, status, target, options_.file.preserve, warnings, placed_);
  }
  progress_.warn(std::move(warnings));
  note(directory, place, kind, entry_outcome::copied);
  return true;
}

}  // namespace coview::copying
