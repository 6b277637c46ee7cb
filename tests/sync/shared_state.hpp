// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <coview/object.hpp>

#include "sync/robust_list.hpp"
#include "sync/state_layout.hpp"

/// The shared bytes of a mutex, event, semaphore or mapping, as a peer sees them who writes there what it likes.
namespace coview_test {

class shared_state {
 public:
  explicit shared_state(std::string_view name) {
    int const fd = ::open(coview::stat(name).file.c_str(), O_RDWR | O_CLOEXEC);
    void* const page = ::mmap(nullptr, coview::layout::first_page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (page == MAP_FAILED) throw std::runtime_error("cannot map the state");
    base_ = static_cast<std::byte*>(page);
  }
  ~shared_state() { ::munmap(base_, coview::layout::first_page); }
  shared_state(shared_state const&) = delete;
  shared_state& operator=(shared_state const&) = delete;

  /// The state of the node, and the eight bytes twice that follow.
  [[nodiscard]] std::atomic<std::uint64_t>& word(unsigned which = 0) const {
    return *reinterpret_cast<std::atomic<std::uint64_t>*>(base_ + coview::layout::node_offset +
                                                          which * sizeof(std::uint64_t));
  }
  [[nodiscard]] coview::layout::timer_schedule& schedule() const {
    return *reinterpret_cast<coview::layout::timer_schedule*>(base_ + coview::layout::schedule_offset);
  }
  [[nodiscard]] coview::layout::sync_facts& facts() const {
    return *reinterpret_cast<coview::layout::sync_facts*>(base_ + coview::layout::state_offset);
  }

 private:
  std::byte* base_;
};

/// How many entries the calling thread's robust list has.
inline std::size_t listed_nodes() {
  auto* const head = coview::list_of_this_thread();
  std::size_t count = 0;
  for (void* one = head->first; one != head; one = coview::robust_entries::next_of(one)) ++count;
  return count;
}

}  // namespace coview_test
