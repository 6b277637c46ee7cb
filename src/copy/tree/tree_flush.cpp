// SPDX-License-Identifier: Apache-2.0
// Step 5: what is new comes to the device, together and from time to time; what the device lost is found and removed;
// and what it has is read back.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <utility>

#include "copy/shared/failure.hpp"
#include "copy/tree/tree_copy.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr auto between_flushes = std::chrono::milliseconds(250);
constexpr std::uint64_t worth_flushing = 64U << 20U;

}  // namespace

void tree_copy::will_write_to(int directory) {
  auto const status = os::status(directory);
  auto again = open_directory(directory, ".", through_links::no);
  std::lock_guard const guard(lock_);
  if (status && again) filesystems_.emplace(status->st_dev, std::move(*again));
}

void tree_copy::remember(entry_directory const& directory, std::string const& name, copy_report const& report) {
  bool const to_be_read = options_.file.verify == verify::read_back && !report.verified;
  std::lock_guard const guard(lock_);
  unflushed_.push_back({directory.node, name, to_be_read ? report.hash : std::string(), report.bytes});
}

bool tree_copy::must_flush() const noexcept {
  return (options_.file.durable || options_.file.verify == verify::read_back) && !options_.dry_run;
}

/// Flushes while the copy goes on, so that little is left at the end, and what is shown as being on the device is.
void tree_copy::flush_while(std::stop_token const& going) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::uint64_t before = 0;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, going, between_flushes, [&] { return going.stop_requested(); })) {
    auto const written = progress_.written();
    if (written - std::min(before, written) < worth_flushing) continue;
    before = written;
    if (flush() == 0) progress_.flushed(written);
  }
}

/// 0, or the errno of a filesystem that could not write all it was given, now or before.
int tree_copy::flush() {
  std::vector<int> all;
  {
    std::lock_guard const guard(lock_);
    for (auto const& [device, fd] : filesystems_) all.push_back(fd.get());
  }
  for (int const fd : all) {
    int none = 0;
    if (::syncfs(fd) != 0) failed_flush_.compare_exchange_strong(none, errno);
  }
  return failed_flush_.load();
}

/// Which files it was. A filesystem reports a failed write-back to whoever asks first for a file; nobody did yet.
void tree_copy::find_lost(int failure) {
  bool found = false;
  for (auto& each : unflushed_) {
    tree_place const place(each.node, directory_entry{each.name, 0, DT_REG}, each.name);
    bool const written = guarded(place, [&] {
      entry_directory const directory(each.node, directories_);
      auto const file = os::open_at(directory.target(), each.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (!file) fail("open", directory.target_path(each.name), file.error());
      if (::fsync(file->get()) != 0) lose(each, directory, "flush", errno, "the device did not take all of it");
    });
    if (!written) each.hash.clear();
    found = found || !written;
  }
  if (!found) {
    progress_.failed({}, root_->target_shown, {failure, std::generic_category()},
                     "the filesystem of '" + root_->target_shown.string() +
                         "' could not write everything to the device: " + std::generic_category().message(failure));
  }
}

/// What turned out to be no copy does not stay, where it can be removed.
void tree_copy::lose(unflushed const& file, entry_directory const& directory, char const* operation, int failure,
                     std::string cause) {
  progress_.lost(file.bytes);
  bool const removed = os::unlink_at(directory.target(), file.name.c_str()) == 0;
  cause += removed ? "; the bad copy was removed" : "; the bad copy could not even be removed";
  fail(operation, directory.target_path(file.name), failure, std::move(cause));
}

/// The small files, whose hashes were made on the way; large ones were read back one by one.
void tree_copy::read_back() {
  progress_.enter(copy_stage::verifying);
  for (std::size_t first = 0; first < unflushed_.size(); first += batch_size) {
    workers_.put([this, first] {
      auto const end = std::min(first + batch_size, unflushed_.size());
      for (auto at = first; at < end && !progress_.stopped(); ++at) {
        auto const& each = unflushed_[at];
        if (each.hash.empty()) continue;
        guarded({each.node, directory_entry{each.name, 0, DT_REG}, each.name}, [&] {
          entry_directory const directory(each.node, directories_);
          auto const shown = directory.target_path(each.name);
          if (hash_from_device(directory.target(), each.name, shown, options_.file.hash) != each.hash)
            lose(each, directory, "verify", EIO, "the device gave other bytes than were written");
        });
      }
    });
  }
  while (!workers_.wait_for(telling)) progress_.tell();
}

}  // namespace coview::copying
