// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "win32/core/handles/last_error.hpp"
#include "win32/core/handles/object.hpp"

/// The handles of this process: small multiples of four (H-04), each with an object, its granted access and two
/// flags.
///
/// Looking a handle up costs a few nanoseconds and no lock: a thread writes into a word of its own, its hazard
/// pointer, which entry it is looking at, reads the entry, and clears the word when it is done. Whoever closes takes
/// the object out of the entry, makes every thread's word visible with membarrier(2), and waits until no thread looks
/// at the entry. So a handle can be closed while others use it (WA-08): they either find it, and the object stays for
/// as long, or do not.
///
/// Thread safety: everything, from any thread. A forked child has its own copy.
namespace coview::win32 {

/// How many handles there can be; one more is ERROR_NO_SYSTEM_RESOURCES.
inline constexpr std::uint32_t most_handles = std::uint32_t{1} << 20U;

/// Handles that are no entries but words for something (the current process, thread, token).
inline bool is_pseudo_handle(HANDLE handle) noexcept {
  auto const value = reinterpret_cast<std::intptr_t>(handle);
  return value < 0 && value >= -6;
}
inline HANDLE current_process_handle() noexcept {
  return std::bit_cast<HANDLE>(std::intptr_t{-1});
}
inline HANDLE current_thread_handle() noexcept {
  return std::bit_cast<HANDLE>(std::intptr_t{-2});
}
/// INVALID_HANDLE_VALUE, also as sources from 32-bit days write it: (HANDLE)0xFFFFFFFF.
inline bool is_invalid_value(HANDLE handle) noexcept {
  auto const value = reinterpret_cast<std::uintptr_t>(handle);
  return value == UINTPTR_MAX || value == 0xFFFFFFFFU;
}

class handle_table {
 public:
  struct entry {
    std::atomic<object*> what{nullptr};
    std::atomic<ACCESS_MASK> access{0};
    std::atomic<std::uint32_t> flags{0};  // HANDLE_FLAG_*; of a free entry: the next free one
  };
  /// Where a thread says what it looks at; 0 is nothing.
  struct reader {
    std::atomic<std::uint32_t> looks_at{0};
    std::atomic<bool> in_use{true};
    reader* next = nullptr;
  };

  /// nullptr, with the last error, where the table is full, or the object's last handle is closed already.
  static HANDLE insert(object& what, ACCESS_MASK access, DWORD flags) noexcept;
  /// Under a given value, in a child that inherits it (H-11). False where it is taken.
  static bool insert_at(HANDLE handle, object& what, ACCESS_MASK access, DWORD flags) noexcept;
  /// FALSE with ERROR_INVALID_HANDLE where there is none, or it is protected from close (H-01, H-03).
  static BOOL close(HANDLE handle) noexcept;

  struct facts {
    ACCESS_MASK access;
    DWORD flags;
  };
  /// False where there is no such handle.
  static bool look(HANDLE handle, facts& out) noexcept;
  static bool change_flags(HANDLE handle, DWORD mask, DWORD flags) noexcept;

  /// Handles with HANDLE_FLAG_INHERIT, one after the other from `after` on; nullptr at the end.
  static HANDLE next_inheritable(HANDLE after) noexcept;
  /// How many handles there are.
  static std::uint32_t count() noexcept;

 private:
  friend class handle_guard;
  // Zeros, which are free entries; pages of it that nobody touches cost nothing. Bytes, for no compiler evaluates a
  // million constructors when it compiles.
  alignas(entry) static constinit std::array<std::byte, most_handles * sizeof(entry)> storage;
  static entry& entry_at(std::uint32_t index) noexcept { return *(reinterpret_cast<entry*>(storage.data()) + index); }
  static std::uint32_t index_of(HANDLE handle) noexcept {
    auto const value = reinterpret_cast<std::uintptr_t>(handle) >> 2U;  // the two low bits are ignored (G-05)
    return value < most_handles ? static_cast<std::uint32_t>(value) : 0;
  }
  static reader* enlist() noexcept;
  [[gnu::constructor(101)]] static void mind_forks();
  static constinit thread_local reader* mine __attribute__((tls_model("initial-exec")));
  static object* pin_by_lock(std::uint32_t index, ACCESS_MASK& access) noexcept;
};

/// A handle in use: as long as it lives, the object does. Never block, and never close this handle, while one is
/// alive: pin the object, then `give_back`. At most one of a thread is cheap; one inside another takes a lock.
class handle_guard {
 public:
  explicit handle_guard(HANDLE handle) noexcept {
    auto const index = handle_table::index_of(handle);
    auto* me = handle_table::mine;
    if (me == nullptr) [[unlikely]]
      me = handle_table::enlist();
    if (me == nullptr || me->looks_at.load(std::memory_order_relaxed) != 0) [[unlikely]] {
      at_ = handle_table::pin_by_lock(index, access_);
      pinned_ = true;
      return;
    }
    reader_ = me;
    me->looks_at.store(index, std::memory_order_relaxed);
    // The store comes before the load for whoever runs membarrier(2); here only the compiler must keep the order.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    auto const& entry = handle_table::entry_at(index);
    at_ = entry.what.load(std::memory_order_acquire);
    access_ = entry.access.load(std::memory_order_relaxed);
  }
  handle_guard(handle_guard const&) = delete;
  handle_guard& operator=(handle_guard const&) = delete;
  ~handle_guard() { give_back(); }

  void give_back() noexcept {
    if (pinned_) [[unlikely]] {
      if (at_ != nullptr) at_->drop_reference();
      pinned_ = false;
    } else if (reader_ != nullptr) {
      reader_->looks_at.store(0, std::memory_order_release);
      reader_ = nullptr;
    }
    at_ = nullptr;
  }

  /// nullptr where the handle leads nowhere.
  [[nodiscard]] object* get() const noexcept { return at_; }
  [[nodiscard]] ACCESS_MASK access() const noexcept { return access_; }
  explicit operator bool() const noexcept { return at_ != nullptr; }

  /// The object as a T (which has `static constexpr object::kind type`); nullptr with ERROR_INVALID_HANDLE where it
  /// is another kind, or not `usable` any more; with ERROR_ACCESS_DENIED where the handle lacks a right.
  template <class T>
  [[nodiscard]] T* as(ACCESS_MASK needed = 0) const noexcept {
    if (at_ == nullptr || at_->what() != T::type) [[unlikely]]
      return fail_with<T*>(ERROR_INVALID_HANDLE, nullptr);
    if ((access_ & needed) != needed) [[unlikely]]
      return fail_with<T*>(ERROR_ACCESS_DENIED, nullptr);
    auto* const found = static_cast<T*>(at_);
    if constexpr (requires { found->usable(); }) {
      if (!found->usable()) [[unlikely]]
        return fail_with<T*>(ERROR_INVALID_HANDLE, nullptr);
    }
    return found;
  }

  /// A counted reference, for whoever blocks or keeps it.
  [[nodiscard]] object_ptr<> pin() const noexcept {
    if (at_ != nullptr) at_->add_reference();
    return object_ptr<>(at_);
  }
  template <class T>
  [[nodiscard]] object_ptr<T> pin_as(ACCESS_MASK needed = 0) const noexcept {
    T* const found = as<T>(needed);
    if (found != nullptr) found->add_reference();
    return object_ptr<T>(found);
  }

 private:
  object* at_ = nullptr;
  handle_table::reader* reader_ = nullptr;
  ACCESS_MASK access_ = 0;
  bool pinned_ = false;
};

/// A new handle to a new object. nullptr with the last error; the object goes with the reference.
template <class T>
HANDLE make_handle(object_ptr<T> const& what, ACCESS_MASK access, bool inherit) noexcept {
  return handle_table::insert(*what, access, inherit ? 1U : 0U);
}

inline bool inherits(SECURITY_ATTRIBUTES const* attributes) noexcept {
  return attributes != nullptr && attributes->bInheritHandle != FALSE;
}

/// A counted reference of what a handle leads to, the current process and thread among them (H-10). Null with
/// ERROR_INVALID_HANDLE.
object_ptr<> pin_any(HANDLE handle, ACCESS_MASK& access) noexcept;

/// The same, of a T, for whoever has one of the rights `any_of` (0: needs none). Null with ERROR_INVALID_HANDLE where
/// it is something else, or ERROR_ACCESS_DENIED.
template <class T>
object_ptr<T> pin_with_any(HANDLE handle, ACCESS_MASK any_of) noexcept {
  ACCESS_MASK access = 0;
  auto found = pin_any(handle, access);
  if (!found) return {};
  if (found->what() != T::type) return fail_with(ERROR_INVALID_HANDLE, object_ptr<T>());
  if (any_of != 0 && (access & any_of) == 0) return fail_with(ERROR_ACCESS_DENIED, object_ptr<T>());
  return object_ptr<T>(static_cast<T*>(found.release()));
}

}  // namespace coview::win32
