// SPDX-License-Identifier: Apache-2.0
#include "copy/engine.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "copy/failure.hpp"
#include "copy/metadata.hpp"
#include "copy/transfer.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

/// Step 1. False: the target stays.
bool may_go_on(source_file const& source, target_place const& target, copy_options const& options) {
  auto const entry = os::status_at(target.directory, target.name.c_str());
  if (!entry) {
    if (entry.error() == ENOENT) return true;
    refuse("look at", target.shown, entry.error());
  }
  struct ::stat resolved = *entry;
  // A link to the source is the source, for who wrote the command.
  if (S_ISLNK(entry->st_mode)) ::fstatat(target.directory, target.name.c_str(), &resolved, 0);
  if (os::same_file(resolved, source.before))
    refuse("copy", source.shown, EINVAL, "it and '" + target.shown.string() + "' are the same file",
           "remove the target first, if it shall be a file of its own");
  if (S_ISDIR(entry->st_mode)) refuse("replace", target.shown, EISDIR, "it is a directory", "name a file in it");
  switch (options.existing) {
    case existing_target::replace:
      return true;
    case existing_target::keep:
      return false;
    case existing_target::refuse:
      refuse("create", target.shown, EEXIST, "it is there already", "ask for it to be replaced, if you mean it");
    case existing_target::update: {
      auto const& mine = source.before.st_mtim;
      auto const& theirs = entry->st_mtim;
      bool const newer = mine.tv_sec != theirs.tv_sec ? mine.tv_sec > theirs.tv_sec : mine.tv_nsec > theirs.tv_nsec;
      return newer || (source.sized && source.before.st_size != entry->st_size);
    }
  }
  return true;
}

int flush_to_device(int fd) {
  for (;;) {
    if (::fsync(fd) == 0) return 0;
    if (errno != EINTR) return errno;
  }
}

}  // namespace

copy_report copy_open_file(source_file const& source, target_place const& target, copy_options const& options) {
  copy_report report;
  pacer pace(options, source.shown, target.shown);
  pace.shown().total = source.size();
  if (!may_go_on(source, target, options)) {
    report.skipped = true;
    report.seconds = pace.seconds();
    return report;
  }
  temporary file(target, temporary::left_over::clear);
  std::unique_ptr<hasher> const hash = options.verify == verify::none ? nullptr : options.hash();
  transfer job{source, file.fd(), target.shown, options, pace, hash.get()};
  report.method = pace.shown().method = copy_method::buffered;
  if (!pace.enter(copy_stage::copying) || copy_buffered(job) == moved::cancelled) {
    report.cancelled = true;
    report.seconds = pace.seconds();
    return report;
  }
  report.bytes = job.length;
  report.data_bytes = job.data_bytes;
  check_unchanged(source);
  copy_metadata(source.fd.get(), source.before, file.fd(), options.preserve, target.shown, report.warnings);
  if (options.durable) {
    pace.enter(copy_stage::flushing);
    if (int const failure = flush_to_device(file.fd()); failure != 0) refuse("flush", target.shown, failure);
    report.durable = true;
  }
  if (hash) report.hash = hash->finish();
  if (!file.put_in_place(options.existing != existing_target::keep && options.existing != existing_target::refuse)) {
    report.skipped = true;
  } else if (options.durable) {
    flush_to_device(target.directory);
  }
  pace.shown().on_device = pace.shown().written;
  pace.enter(copy_stage::done);
  report.seconds = pace.seconds();
  return report;
}

}  // namespace coview::copying
