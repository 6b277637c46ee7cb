// SPDX-License-Identifier: Apache-2.0
#include "win32/core/process/thread_end.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace coview::win32 {
namespace {

/// The thread's list, whose head counts as an entry: the one before it is the last.
void* list_of_this_thread() noexcept {
  void* head = nullptr;
  std::size_t length = 0;
  return ::syscall(SYS_get_robust_list, 0, &head, &length) == 0 ? head : nullptr;
}

void append(void* head, robust_node& node) noexcept {
  using namespace robust_entries;
  void* const last = previous_of(head);
  node.next = head;
  node.previous = last;
  in_this_order();
  next_of(last) = &node.next;
  in_this_order();
  previous_of(head) = &node.next;
}

}  // namespace

void begin_life(robust_node& life) {
  auto& self = this_thread::get();  // refuses a C library whose list looks otherwise
  auto seen = life.state.load(std::memory_order_relaxed);
  while (!life.state.compare_exchange_weak(seen, (seen & sleepers) | self.id())) {
  }
  append(list_of_this_thread(), life);
}

std::uint32_t announce_mourner(robust_node& life) noexcept {
  auto seen = life.state.load(std::memory_order_seq_cst);
  do {
    if ((seen & owner_died) != 0) return 0;
  } while ((seen & sleepers) == 0 && !life.state.compare_exchange_weak(seen, seen | sleepers));
  return static_cast<std::uint32_t>(seen) | sleepers;
}

void wake_mourners(robust_node& life) noexcept {
  auto const seen = life.state.load(std::memory_order_seq_cst);
  if ((seen & owner_died) != 0 && (seen & sleepers) != 0) os::futex_wake(life.word(), os::everybody);
}

}  // namespace coview::win32
