// SPDX-License-Identifier: Apache-2.0
// Thread-local storage by index, with and without callbacks at the end of a thread.
#include <pthread.h>

#include <array>
#include <cstdint>

#include <coview/win32/winbase.h>

#include "os/fork_lock.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/process/thread.hpp"

namespace coview::win32 {
namespace {

constexpr DWORD slots = 1088;  // as many as Windows has

/// An index in use is told from an earlier use by its generation: a value of another one counts as never set.
struct slot_table {
  os::static_fork_lock lock;
  std::array<std::atomic<std::uint32_t>, slots> generations{};  // odd: in use
  std::array<std::atomic<PFLS_CALLBACK_FUNCTION>, slots> callbacks{};
};

struct value {
  void* data;
  std::uint32_t generation;
};

/// One thread's values, made when it first sets one.
struct values {
  std::array<value, slots> all{};
};

[[gnu::tls_model("initial-exec")]] constinit thread_local values* tls_values = nullptr;
[[gnu::tls_model("initial-exec")]] constinit thread_local values* fls_values = nullptr;
constinit slot_table tls;
constinit slot_table fls;

/// Frees a thread's values when it ends.
struct values_of_thread {
  ~values_of_thread() {
    run_fiber_callbacks();
    delete tls_values;
    delete fls_values;
    tls_values = fls_values = nullptr;
  }
};

bool make_values(values*& mine) noexcept {
  if (mine != nullptr) return true;
  mine = new (std::nothrow) values;
  static thread_local values_of_thread freed;
  (void)freed;
  return mine != nullptr;
}

DWORD take_slot(slot_table& table, PFLS_CALLBACK_FUNCTION callback) noexcept {
  table.lock.lock();
  DWORD index = 0;
  while (index < slots && table.generations[index].load(std::memory_order_relaxed) % 2 != 0) ++index;
  if (index < slots) {
    table.callbacks[index].store(callback, std::memory_order_relaxed);
    table.generations[index].fetch_add(1, std::memory_order_release);
  }
  table.lock.unlock();
  return index < slots ? index : fail_with(ERROR_NO_SYSTEM_RESOURCES, TLS_OUT_OF_INDEXES);
}

bool in_use(slot_table const& table, DWORD index) noexcept {
  return index < slots && table.generations[index].load(std::memory_order_acquire) % 2 != 0;
}

BOOL free_slot(slot_table& table, DWORD index) noexcept {
  table.lock.lock();
  bool const was = in_use(table, index);
  if (was) table.generations[index].fetch_add(1, std::memory_order_release);
  table.lock.unlock();
  return was ? TRUE : refuse(ERROR_INVALID_PARAMETER);
}

void* get(slot_table const& table, values const* mine, DWORD index) noexcept {
  if (index >= slots) return fail_with<void*>(ERROR_INVALID_PARAMETER, nullptr);
  set_error(ERROR_SUCCESS);  // NULL may be a value: the last error tells
  if (mine == nullptr) return nullptr;
  auto const& one = mine->all[index];
  return one.generation == table.generations[index].load(std::memory_order_acquire) ? one.data : nullptr;
}

BOOL set(slot_table const& table, values*& mine, DWORD index, void* data) noexcept {
  if (!in_use(table, index)) return refuse(ERROR_INVALID_PARAMETER);
  if (!make_values(mine)) return refuse(ERROR_NOT_ENOUGH_MEMORY);
  mine->all[index] = {data, table.generations[index].load(std::memory_order_acquire)};
  return TRUE;
}

}  // namespace

void run_fiber_callbacks() noexcept {
  if (fls_values == nullptr) return;
  for (DWORD index = 0; index < slots; ++index) {
    auto& one = fls_values->all[index];
    auto const callback = fls.callbacks[index].load(std::memory_order_relaxed);
    bool const current = one.generation == fls.generations[index].load(std::memory_order_acquire);
    void* const data = std::exchange(one.data, nullptr);
    if (current && data != nullptr && callback != nullptr) callback(data);
  }
}

}  // namespace coview::win32

using namespace coview::win32;

DWORD TlsAlloc() {
  return take_slot(tls, nullptr);
}
BOOL TlsFree(DWORD index) {
  return free_slot(tls, index);
}
LPVOID TlsGetValue(DWORD index) {
  return get(tls, tls_values, index);
}
BOOL TlsSetValue(DWORD index, LPVOID value) {
  return set(tls, tls_values, index, value);
}

DWORD FlsAlloc(PFLS_CALLBACK_FUNCTION callback) {
  return take_slot(fls, callback);
}
BOOL FlsFree(DWORD index) {
  // The calling thread's value is handed to the callback; those of other threads are forgotten.
  if (in_use(fls, index)) {
    auto const callback = fls.callbacks[index].load(std::memory_order_relaxed);
    void* const data = get(fls, fls_values, index);
    if (callback != nullptr && data != nullptr) callback(data);
  }
  return free_slot(fls, index);
}
PVOID FlsGetValue(DWORD index) {
  return get(fls, fls_values, index);
}
BOOL FlsSetValue(DWORD index, PVOID value) {
  return set(fls, fls_values, index, value);
}
BOOL IsThreadAFiber() {
  return FALSE;
}
