// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace coview_test {

/// A T that this process shares with every child that it forks while this stands, in memory without a name: what a
/// child writes is seen here, also after it was killed. It begins as zero bytes, which must be a valid T; no
/// constructor or destructor of T runs, and memory that nobody touches costs nothing.
///
/// Thread and process safety: as T's own. Errors: std::system_error where there is no memory.
template <class T>
class shared_by_forks {
 public:
  shared_by_forks() {
    void* const memory =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "memory shared by forks");
    at_ = static_cast<T*>(memory);
  }
  shared_by_forks(shared_by_forks const&) = delete;
  shared_by_forks& operator=(shared_by_forks const&) = delete;
  ~shared_by_forks() { ::munmap(at_, sizeof(T)); }

  T& operator*() const noexcept { return *at_; }
  T* operator->() const noexcept { return at_; }

 private:
  T* at_ = nullptr;
};

}  // namespace coview_test
