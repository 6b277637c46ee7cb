// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "copy/methods/buffer.hpp"

/// A few buffers that go round between threads: one fills, others look or write, all at the same time. What makes a
/// copy past the page cache fast, where nothing else reads ahead or writes behind.
///
/// Thread safety: `run` is for one thread; each stage runs in its own, the last one in the caller's.
namespace coview::copying {

/// One buffer, and what is in it.
struct piece {
  std::byte* data;
  std::size_t capacity;
  std::uint64_t offset;
  std::size_t size;
  bool hole;  ///< the size stands for this many zeros, and the buffer has nothing
};

class pipeline {
 public:
  /// False: from the first stage, that there is no more; from another, that all shall stop.
  using stage = std::function<bool(piece&)>;

  /// Buffers are aligned for direct I/O.
  pipeline(std::size_t buffers, std::size_t size);
  pipeline(pipeline const&) = delete;
  pipeline& operator=(pipeline const&) = delete;
  ~pipeline() = default;

  /// Takes every piece through all stages in order. False: one of them stopped it. Throws what a stage threw.
  bool run(std::vector<stage> const& stages);

 private:
  void work(std::size_t which, stage const& todo, bool is_last);
  [[nodiscard]] bool may_take(std::size_t which) const;

  std::vector<buffer> memory_;
  std::vector<piece> pieces_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> done_;  // pieces that each stage has finished
  std::uint64_t end_ = 0;            // number of pieces, once the first stage knows
  bool stopped_ = false;
  std::exception_ptr failed_;
};

}  // namespace coview::copying
