// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "copy/methods/extents.hpp"
#include "copy/methods/transfer.hpp"

/// Hashes what the kernel copied, from the file that has it in memory, in a second thread, a little behind the
/// copying: the bytes never pass through this process otherwise, and in the page cache they are still at hand. Does
/// nothing where no hash is wanted.
///
/// Thread safety: the members are for the thread that copies; the hash belongs to the follower until `finish`.
namespace coview::copying {

class hash_follower {
 public:
  /// `fd`: where the bytes are read.
  hash_follower(transfer& job, int fd);
  hash_follower(hash_follower const&) = delete;
  hash_follower& operator=(hash_follower const&) = delete;
  ~hash_follower();

  /// A range that is complete. Ranges come in order and leave nothing out.
  void data(std::uint64_t offset, std::uint64_t length) { add({offset, length, false}); }
  /// A hole.
  void zeros(std::uint64_t offset, std::uint64_t length) { add({offset, length, true}); }
  /// Waits until all is hashed. False: cancelled. Throws what the follower met.
  bool finish();

 private:
  void add(extent part);
  void follow();
  void hash(extent const& part);

  transfer& job_;
  int fd_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::deque<extent> waiting_;
  bool no_more_ = false;
  bool give_up_ = false;
  bool done_ = false;
  std::exception_ptr failed_;
  std::thread thread_;
};

}  // namespace coview::copying
