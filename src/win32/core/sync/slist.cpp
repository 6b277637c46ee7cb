// SPDX-License-Identifier: Apache-2.0
// Lists that many threads push to and pop from. A lock of one bit guards each: an entry's memory can then be freed as
// soon as it is popped, which a list without locks could not promise.
#include <atomic>
#include <cstdint>

#include <coview/win32/winbase.h>

#include "win32/core/handles/last_error.hpp"
#include "win32/core/sync/address_wait.hpp"

namespace coview::win32 {
namespace {

constexpr std::uint64_t locked_bit = std::uint64_t{1} << 63U;
constexpr std::uint64_t depth_mask = 0xffffffffU;

std::atomic<std::uint64_t>& word_at(void* field) noexcept {
  return *static_cast<std::atomic<std::uint64_t>*>(field);
}

class locked_list {
 public:
  explicit locked_list(SLIST_HEADER& head) noexcept : head_(head), region_(word_at(&head.Region)) {
    auto seen = region_.load(std::memory_order_relaxed);
    for (;;) {
      if ((seen & locked_bit) != 0) {
        wait_on_address(&region_, &seen, sizeof seen, {});
        seen = region_.load(std::memory_order_relaxed);
      } else if (region_.compare_exchange_weak(seen, seen | locked_bit, std::memory_order_acquire)) {
        depth_ = seen & depth_mask;
        return;
      }
    }
  }
  locked_list(locked_list const&) = delete;
  locked_list& operator=(locked_list const&) = delete;
  ~locked_list() {
    region_.store(depth_ & depth_mask, std::memory_order_seq_cst);
    wake_by_address(&region_);
  }

  [[nodiscard]] SLIST_ENTRY* first() const noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): Windows declares it as a number
    return reinterpret_cast<SLIST_ENTRY*>(head_.Alignment);
  }
  void change(SLIST_ENTRY* first, std::uint64_t depth) noexcept {
    head_.Alignment = reinterpret_cast<std::uint64_t>(first);
    depth_ = depth;
  }
  [[nodiscard]] std::uint64_t depth() const noexcept { return depth_; }

 private:
  SLIST_HEADER& head_;
  std::atomic<std::uint64_t>& region_;
  std::uint64_t depth_ = 0;
};

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

void InitializeSListHead(PSLIST_HEADER head) {
  *head = {};
}
PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry) {
  return InterlockedPushListSListEx(head, entry, entry, 1);
}
PSLIST_ENTRY InterlockedPushListSListEx(PSLIST_HEADER head, PSLIST_ENTRY first, PSLIST_ENTRY last, ULONG count) {
  locked_list list(*head);
  auto* const before = list.first();
  last->Next = before;
  list.change(first, list.depth() + count);
  return before;
}
PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER head) {
  locked_list list(*head);
  auto* const popped = list.first();
  if (popped != nullptr) list.change(popped->Next, list.depth() - 1);
  return popped;
}
PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER head) {
  locked_list list(*head);
  auto* const all = list.first();
  list.change(nullptr, 0);
  return all;
}
USHORT QueryDepthSList(PSLIST_HEADER head) {
  return static_cast<USHORT>(locked_list(*head).depth());
}
