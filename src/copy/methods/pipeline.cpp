// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/pipeline.hpp"

#include <limits>

namespace coview::copying {
pipeline::pipeline(std::size_t buffers, std::size_t size) {
  pieces_.reserve(buffers);
  memory_.reserve(buffers);
  for (std::size_t i = 0; i < buffers; ++i)
    pieces_.push_back({memory_.emplace_back(size).bytes().data(), size, 0, 0, false});
}

bool pipeline::run(std::vector<stage> const& stages) {
  done_.assign(stages.size(), 0);
  end_ = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::thread> others;
  others.reserve(stages.size());
  for (std::size_t i = 0; i + 1 < stages.size(); ++i)
    others.emplace_back([this, i, &stages] { work(i, stages[i], false); });
  work(stages.size() - 1, stages.back(), true);
  for (auto& each : others) each.join();
  if (failed_) std::rethrow_exception(failed_);
  return !stopped_;
}

/// The first stage needs a buffer that the last has emptied; the others, one that the stage before has finished.
bool pipeline::may_take(std::size_t which) const {
  return which == 0 ? done_[0] < done_.back() + pieces_.size() : done_[which] < done_[which - 1];
}

void pipeline::work(std::size_t which, stage const& todo, bool is_last) {
  for (std::uint64_t turn = 0;; ++turn) {
    {
      std::unique_lock lock(guard_);
      changed_.wait(lock, [&] { return stopped_ || turn >= end_ || may_take(which); });
      if (stopped_ || turn >= end_) return;
    }
    bool go_on = false;
    std::exception_ptr met;
    try {
      go_on = todo(pieces_[turn % pieces_.size()]);
    } catch (...) {
      met = std::current_exception();
    }
    {
      std::lock_guard const lock(guard_);
      if (met && !failed_) failed_ = met;
      if (met || (!go_on && (which != 0 || is_last))) {
        stopped_ = true;
      } else if (!go_on) {
        end_ = turn;
      } else {
        ++done_[which];
      }
    }
    changed_.notify_all();
    if (!go_on) return;
  }
}

}  // namespace coview::copying
