// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/hash_follower.hpp"

#include <algorithm>
#include <chrono>

#include "copy/methods/buffer.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr std::size_t hashed_piece = std::size_t{256} << 10U;

}  // namespace

hash_follower::hash_follower(transfer& job, int fd) : job_(job), fd_(fd) {
  if (job.hash != nullptr) thread_ = std::thread([this] { follow(); });
}

hash_follower::~hash_follower() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard const lock(guard_);
    give_up_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void hash_follower::add(extent part) {
  if (!thread_.joinable() || part.length == 0) return;
  {
    std::lock_guard const lock(guard_);
    waiting_.push_back(part);
  }
  changed_.notify_all();
}

bool hash_follower::finish() {
  if (!thread_.joinable()) return true;
  {
    std::unique_lock lock(guard_);
    no_more_ = true;
    changed_.notify_all();
    // Wakes now and then, so that a watching caller is told and can cancel.
    while (!done_) {
      changed_.wait_for(lock, std::chrono::milliseconds(100));
      if (!done_ && !job_.meter.tick()) give_up_ = true;
    }
  }
  thread_.join();
  if (failed_) std::rethrow_exception(failed_);
  return !job_.meter.cancelled();
}

void hash_follower::follow() {
  std::exception_ptr met;
  try {
    for (;;) {
      std::unique_lock lock(guard_);
      changed_.wait(lock, [this] { return give_up_ || no_more_ || !waiting_.empty(); });
      if (give_up_ || waiting_.empty()) break;
      auto const part = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      hash(part);
    }
  } catch (...) {
    met = std::current_exception();
  }
  std::lock_guard const lock(guard_);
  failed_ = met;
  done_ = true;
  changed_.notify_all();
}

void hash_follower::hash(extent const& part) {
  if (part.hole) {
    job_.hash_zeros(part.length, [this] {
      std::lock_guard const lock(guard_);
      return !give_up_;
    });
    return;
  }
  buffer const memory(hashed_piece);
  for (auto at = part.offset; at < part.end();) {
    auto const want = std::min<std::uint64_t>(hashed_piece, part.end() - at);
    auto const got = os::read_at(fd_, memory.first(want), at);
    if (!got) fail("read", job_.shown, got.error());
    if (*got == 0) fail("read", job_.shown, EIO, "it is shorter than what was written to it");
    job_.hash->update(memory.first(*got));
    at += *got;
    std::lock_guard const lock(guard_);
    if (give_up_) return;
  }
}

}  // namespace coview::copying
