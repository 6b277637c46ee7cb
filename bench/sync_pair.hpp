// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>

/// Two processes on two cores, and the memory between them.
namespace bench {

/// The CPU that measures, and the one of its partner. `other` is -1 where this machine gives us one only.
struct two_cpus {
  int mine;
  int other;
};
/// Decided once, before anything is pinned: a process that was pinned to one CPU measures there; else the last one.
two_cpus const& cpus();
void pin(int cpu);

/// Whether coview spins before it sleeps.
enum class spinning : std::uint8_t { off, adaptive };

/// To be said before a process first waits; who asks for `adaptive` runs on all CPUs for that long.
void choose(spinning how);

/// A process that does something for ever on the other CPU. The destructor kills it, and waits.
class partner {
 public:
  explicit partner(std::function<void()> const& forever);
  ~partner();
  partner(partner const&) = delete;
  partner& operator=(partner const&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_;
};

/// An object in memory that is shared with the processes that are forked from now on. Never destroyed, only unmapped.
template <class T, class... Arguments>
std::shared_ptr<T> in_shared_memory(Arguments&&... arguments) {
  void* const memory = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory");
  return {new (memory) T(std::forward<Arguments>(arguments)...), [](T* object) { ::munmap(object, sizeof(T)); }};
}

}  // namespace bench
