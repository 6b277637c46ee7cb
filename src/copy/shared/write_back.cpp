// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/write_back.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "copy/shared/storage.hpp"

namespace coview::copying {
namespace {

constexpr std::uint64_t window_size = std::uint64_t{8} << 20U;
/// How many windows may be on their way before their pages are dropped: enough to keep a device busy.
constexpr std::size_t most_under_way = 4;

}  // namespace

void write_back::before_reading(std::uint64_t offset, std::uint64_t length) {
  if (!rules_.drop_source) return;
  auto const found = cached(source_, offset, length);
  reading_cached_ = !found || found->cached >= length / 2;
}

void write_back::written(std::uint64_t offset, std::uint64_t length) {
  if (!rules_.start) return;
  if (open_.length == 0) open_ = {offset, 0, 0, false};
  open_.length = offset + length - open_.offset;  // a hole before it belongs to the window as well
  open_.source_was_cached = open_.source_was_cached || reading_cached_;
  open_.data += length;
  // By what there is to write: a window of holes is a call for nothing, and there can be thousands of them.
  if (open_.data < window_size) return;
  sync(open_, SYNC_FILE_RANGE_WRITE);
  under_way_.push_back(open_);
  open_ = {};
  // Without dropping, nothing is gained by waiting: the windows are kept only for whoever wants to see them arrive.
  while (rules_.drop_target && under_way_.size() > most_under_way) wait_for_one();
}

bool write_back::wait_for_one() {
  if (under_way_.empty()) {
    if (open_.length == 0) return false;
    under_way_.push_back(open_);
    open_ = {};
  }
  finish(under_way_.front());
  under_way_.pop_front();
  return true;
}

void write_back::sync(window const& which, unsigned how) {
  if (::sync_file_range(target_, static_cast<off_t>(which.offset), static_cast<off_t>(which.length), how) == 0)
    return;
  // A filesystem that knows no such call has lost nothing.
  if (errno == ENOSYS || errno == EINVAL || errno == ESPIPE || errno == EOPNOTSUPP) return;
  if (failure_ == 0) failure_ = errno;
}

void write_back::finish(window const& done) {
  auto const offset = static_cast<off_t>(done.offset);
  auto const length = static_cast<off_t>(done.length);
  sync(done, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  if (rules_.drop_target) ::posix_fadvise(target_, offset, length, POSIX_FADV_DONTNEED);
  if (rules_.drop_source && !done.source_was_cached) ::posix_fadvise(source_, offset, length, POSIX_FADV_DONTNEED);
}

std::uint64_t write_back::on_device(std::uint64_t end) {
  // What is clean stays clean, so each part is looked at until it is, and then never again.
  constexpr std::uint64_t part = std::uint64_t{64} << 20U;
  while (clean_ < end) {
    auto const length = std::min(part, end - clean_);
    auto const found = cached(target_, clean_, length);
    if (!found) break;
    if (found->not_on_device != 0) {
      auto const rest = cached(target_, clean_, end - clean_);
      return rest ? end - std::min(end - clean_, rest->not_on_device) : clean_;
    }
    clean_ += length;
  }
  return clean_;
}

}  // namespace coview::copying
