// SPDX-License-Identifier: Apache-2.0
#include "sync/robust_list.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "os/sanitizer.hpp"

namespace coview::inline sync {
namespace {

#ifdef __GLIBC__
static_assert(offsetof(pthread_mutex_t, __data.__list.__prev) == offsetof(robust_node, previous));
static_assert(offsetof(pthread_mutex_t, __data.__list.__next) == offsetof(robust_node, next));
#endif

}  // namespace

robust_list_head* list_of_this_thread() noexcept {
  void* head = nullptr;
  std::size_t length = 0;
  if (::syscall(SYS_get_robust_list, 0, &head, &length) != 0) return nullptr;
  auto* const list = static_cast<robust_list_head*>(head);
  if (list == nullptr || length != sizeof(robust_list_head)) return nullptr;
  return list->futex_offset == -static_cast<long>(offsetof(robust_node, next)) ? list : nullptr;
}

void fail_without_list(operation_context const& context) {
  // The C library makes the second call as each thread begins, and does not mind when it is refused.
  char const* const remedy =
      "a sandbox refuses it (a seccomp filter): permit get_robust_list and set_robust_list there";
  void* head = nullptr;
  std::size_t length = 0;
  if (::syscall(SYS_get_robust_list, 0, &head, &length) != 0) {
    context.fail(ENOTSUP, std::string("the system call get_robust_list is refused here: ") + std::strerror(errno),
                 remedy);
  }
  if (head == nullptr) context.fail(ENOTSUP, "the system call set_robust_list is refused here", remedy);
  context.fail(ENOTSUP, "the C library keeps no robust list of the layout that is expected", "coview needs glibc");
}

void robust_entries::append(robust_list_head& list, robust_node& node) noexcept {
  void* const last = previous_of(&list);  // the head counts as an entry: the one before it is the last
  node.next = &list;
  node.previous = last;
  in_this_order();
  next_of(last) = &node.next;
  in_this_order();
  previous_of(&list) = &node.next;
  os::tell_sanitizer_released(&list);
}

}  // namespace coview::inline sync
