// SPDX-License-Identifier: Apache-2.0
#include "os/own_descriptor.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

#include "os/file.hpp"

namespace coview::os {
namespace {

/// Not known is not "no": asked in another way, before a descriptor that may be ours counts as another's.
result<struct ::stat> status_by_all_means(int fd) {
  auto found = status(fd);
  return found || found.error() == EBADF ? found : status_by_descriptor(fd);
}

/// Whose each number is: the last claim of it. In pieces, each made when it is first needed and never given back, so
/// that there is neither a lock nor a heap in the way of a fork. Relaxed: who hands a descriptor to another thread
/// orders that by himself, and its claim with it.
class claims {
 public:
  using claim = std::atomic<std::uint32_t>;

  /// Nullptr where it cannot be noted.
  static claim* of(int fd) noexcept {
    auto const number = static_cast<std::size_t>(fd);
    if (number < first_.size()) return &first_[number];
    if (number / in_piece >= pieces_.size()) return nullptr;
    auto& piece = pieces_.at(number / in_piece);
    // Acquire: pairs with the release below: who sees the piece sees it empty.
    auto* there = piece.load(std::memory_order_acquire);
    if (there == nullptr) {
      void* const made =
          ::mmap(nullptr, in_piece * sizeof(claim), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (made == MAP_FAILED) return nullptr;
      if (piece.compare_exchange_strong(there, static_cast<claim*>(made), std::memory_order_acq_rel)) {
        there = static_cast<claim*>(made);
      } else {
        ::munmap(made, in_piece * sizeof(claim));
      }
    }
    return there + number % in_piece;
  }
  static std::uint32_t next() noexcept {
    auto const fresh = last_.fetch_add(1, std::memory_order_relaxed) + 1;
    return fresh != 0 ? fresh : next();
  }

 private:
  static constexpr std::size_t in_piece = 1024;
  static inline constinit std::array<claim, in_piece> first_{};
  static inline constinit std::array<std::atomic<claim*>, 1024> pieces_{};  // a million descriptors
  static inline constinit std::atomic<std::uint32_t> last_{0};
};

}  // namespace

std::uint32_t own_descriptor::claim_number(int fd) noexcept {
  auto* const whose = fd < 0 ? nullptr : claims::of(fd);
  if (whose == nullptr) return 0;
  auto const mine = claims::next();
  whose->store(mine, std::memory_order_relaxed);
  return mine;
}

own_descriptor::own_descriptor(unique_fd fd) noexcept : fd_(std::move(fd)) {
  if (!fd_) return;
  if (auto const now = status_by_all_means(fd_.get())) {
    device_ = now->st_dev;
    inode_ = now->st_ino;
  }
  claim_ = claim_number(fd_.get());
}

result<struct ::stat> own_descriptor::look() const noexcept {
  if (claim_ != 0) {
    auto const* const whose = claims::of(fd_.get());
    if (whose == nullptr || whose->load(std::memory_order_relaxed) != claim_)
      return result<struct ::stat>::failure(EBADF);
  }
  auto found = status_by_all_means(fd_.get());
  if (!found || !leads_to(*found)) return result<struct ::stat>::failure(EBADF);
  return found;
}

void own_descriptor::reset() noexcept {
  if (!fd_) return;
  int const saved = errno;
  if (!still_own()) (void)fd_.release();
  fd_.reset();
  errno = saved;
}

unique_fd own_descriptor::release() noexcept {
  if (fd_ && !still_own()) (void)fd_.release();
  return std::move(fd_);
}

}  // namespace coview::os
