// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/progress_record.hpp"

#include <algorithm>
#include <utility>

namespace coview::copying {
namespace {

constexpr std::size_t most_warnings = 1000;

/// What a filesystem cannot do it cannot do for any file: that is told of the first. Empty: of this file alone.
std::string kind_of(std::string const& warning) {
  constexpr std::array kinds = {"the permissions of '", "could not be put in place", "could not be linked"};
  bool const of_all = std::any_of(kinds.begin(), kinds.end(),
                                  [&](char const* each) { return warning.find(each) != std::string::npos; });
  auto const first = warning.find('\'');
  auto const last = warning.rfind('\'');
  if (!of_all || first == std::string::npos) return {};
  return warning.substr(0, first) + warning.substr(last);
}

}  // namespace

void progress_record::done(tree_entry const& entry) {
  {
    std::lock_guard const guard(lock_);
    if (entry.outcome == entry_outcome::skipped) {
      ++sums_.skipped;
    } else {
      switch (entry.kind) {
        case entry_kind::file:
          ++sums_.files;
          sums_.bytes += entry.bytes;
          bytes_by_method_.at(static_cast<std::size_t>(entry.method)) += entry.bytes;
          break;
        case entry_kind::directory:
          ++sums_.directories;
          break;
        case entry_kind::symbolic_link:
          ++sums_.symbolic_links;
          break;
        case entry_kind::hard_link:
          ++sums_.hard_links;
          break;
        case entry_kind::special:
          ++sums_.specials;
          break;
      }
    }
  }
  if (entry.kind != entry_kind::directory) files_done_.fetch_add(1, std::memory_order_relaxed);
  if (!told()) return;
  std::lock_guard const guard(talk_);
  options_.on_entry(entry);
}

void progress_record::kept_file(std::uint64_t bytes) {
  kept_.fetch_add(bytes, std::memory_order_relaxed);
  written(bytes);
  std::lock_guard const guard(lock_);
  ++sums_.kept_files;
  sums_.kept_bytes += bytes;
}

void progress_record::went_on_from(std::uint64_t bytes) {
  if (bytes == 0) return;
  std::lock_guard const guard(lock_);
  sums_.resumed += bytes;
}

void progress_record::lost(std::uint64_t bytes) {
  std::lock_guard const guard(lock_);
  --sums_.files;
  sums_.bytes -= bytes;
}

void progress_record::failed(std::filesystem::path source, std::filesystem::path target, std::error_code code,
                             std::string text) {
  files_done_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard const guard(lock_);
  sums_.failures.push_back({std::move(source), std::move(target), code, std::move(text)});
}

void progress_record::warn(std::vector<std::string>&& warnings) {
  if (warnings.empty()) return;
  std::lock_guard const guard(lock_);
  for (auto& each : warnings) {
    auto kind = kind_of(each);
    if (!kind.empty() && !told_kinds_.insert(std::move(kind)).second) continue;
    if (sums_.warnings.size() < most_warnings) sums_.warnings.push_back(std::move(each));
  }
}

bool progress_record::may_replace(std::filesystem::path const& target) {
  std::lock_guard const guard(talk_);
  return !options_.may_replace || options_.may_replace(target);
}

void progress_record::flushed(std::uint64_t bytes) noexcept {
  auto before = on_device_.load(std::memory_order_relaxed);
  while (before < bytes && !on_device_.compare_exchange_weak(before, bytes, std::memory_order_relaxed)) {
  }
}

void progress_record::found(std::uint64_t files, std::uint64_t bytes) noexcept {
  files_total_.fetch_add(files, std::memory_order_relaxed);
  bytes_total_.fetch_add(bytes, std::memory_order_relaxed);
}

void progress_record::now_copying(std::filesystem::path path) {
  if (!options_.on_progress) return;
  std::lock_guard const guard(lock_);
  current_ = std::move(path);
}

void progress_record::tell() {
  if (!options_.on_progress) return;
  tree_progress now;
  {
    std::lock_guard const guard(lock_);
    now.current = current_;
  }
  now.stage = stage_.load(std::memory_order_relaxed);
  now.counted = counted_.load(std::memory_order_acquire);
  now.files_total = files_total_.load(std::memory_order_relaxed);
  now.bytes_total = bytes_total_.load(std::memory_order_relaxed);
  now.files = files_done_.load(std::memory_order_relaxed);
  now.written = written();
  now.on_device = std::min(on_device_.load(std::memory_order_relaxed), now.written);
  now.seconds = seconds();
  auto const copied = now.written - std::min(kept_.load(std::memory_order_relaxed), now.written);
  double const since = now.seconds - rate_from_;
  if (since >= 1.0 || now.seconds < 1.0) {
    if (since > 0) rate_ = static_cast<double>(copied - std::min(rate_bytes_, copied)) / since;
    if (since >= 1.0) {
      rate_from_ = now.seconds;
      rate_bytes_ = copied;
    }
  }
  now.rate = rate_;
  if (!options_.on_progress(now)) stop();
}

tree_report progress_record::report() {
  std::lock_guard const guard(lock_);
  auto sums = sums_;
  auto const most = std::max_element(bytes_by_method_.begin(), bytes_by_method_.end());
  if (*most > 0) sums.method = static_cast<copy_method>(most - bytes_by_method_.begin());
  sums.cancelled = stopped();
  sums.seconds = seconds();
  return sums;
}

double progress_record::seconds() const {
  return std::chrono::duration<double>(clock::now() - start_).count();
}

}  // namespace coview::copying
