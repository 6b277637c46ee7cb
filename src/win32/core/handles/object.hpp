// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include <coview/win32/minwinbase.h>

namespace coview::detail {
struct sync_object;
}

/// What a handle leads to: the base of every kind of object of this process.
///
/// Invariants:
/// 1. `references` counts everybody who uses the object: handles, waiters, calls that block. At zero it is deleted.
/// 2. `handles` counts the handles in the table. When it becomes zero, `last_handle_closed` runs once, and from then
///    on no further handle can be made: the name goes with the last handle, whoever still waits (L-01, L-12).
///    Processes and threads have no name: they get handles again, and it runs again.
namespace coview::win32 {

struct object_transfer;  // win32/core/handles/inheritance.hpp

class object {
 public:
  enum class kind : std::uint8_t {
    mapping,
    mutex,
    event,
    semaphore,
    timer,
    file,
    find,
    change,
    console,
    thread,
    process,
    token,
    job,
    snapshot,
    watch,
    timer_queue,
    pipe,
    other,
  };

  explicit object(kind what) noexcept : kind_(what) {}
  object(object const&) = delete;
  object& operator=(object const&) = delete;
  virtual ~object();

  [[nodiscard]] kind what() const noexcept { return kind_; }

  /// Gives up what only handles keep: the name. The object may be in use by waiters. What named_cache knows must bear
  /// two of it at a time: the end of the process gives names up too, while a thread may close the last handle.
  virtual void last_handle_closed() noexcept {}
  /// The most that the object's security lets this process have: where a duplicate asks for more than its source
  /// (H-07).
  [[nodiscard]] virtual ACCESS_MASK permitted() const noexcept { return ~ACCESS_MASK{0}; }
  /// Whether both are the same object to Windows, such as one name opened twice.
  [[nodiscard]] virtual bool is_same(object const& other) const noexcept { return this == &other; }
  /// What a wait waits for, where that is one of the layer below; nullptr otherwise.
  [[nodiscard]] virtual detail::sync_object* waitable() noexcept { return nullptr; }
  /// Of rights that another process says a handle has, those that the object's own descriptor bears out.
  [[nodiscard]] virtual ACCESS_MASK provable(ACCESS_MASK claimed) const noexcept { return claimed; }
  /// Writes down what a child needs to have it too (H-11). False: this kind cannot be inherited.
  virtual bool prepare_transfer(object_transfer& /*out*/) { return false; }

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  /// The last one deletes the object.
  void drop_reference() noexcept;

 private:
  friend class handle_table;
  static constexpr std::uint32_t given_up = ~std::uint32_t{0};
  /// False once the last handle was closed.
  bool add_handle() noexcept;
  void drop_handle() noexcept;

  std::atomic<std::uint32_t> references_{1};
  std::atomic<std::uint32_t> handles_{0};  // 0 before the first one
  kind const kind_;
};

/// Keeps an object. Adopts the reference that a new object is born with.
template <class T = object>
class object_ptr {
 public:
  object_ptr() noexcept = default;
  /// Takes over one reference.
  explicit object_ptr(T* adopted) noexcept : at_(adopted) {}
  template <class U>
  object_ptr(object_ptr<U> other) noexcept : at_(other.release()) {}
  object_ptr(object_ptr const& other) noexcept : at_(other.at_) {
    if (at_ != nullptr) at_->add_reference();
  }
  object_ptr(object_ptr&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}
  object_ptr& operator=(object_ptr other) noexcept {
    std::swap(at_, other.at_);
    return *this;
  }
  ~object_ptr() {
    if (at_ != nullptr) at_->drop_reference();
  }

  [[nodiscard]] T* get() const noexcept { return at_; }
  [[nodiscard]] T* release() noexcept { return std::exchange(at_, nullptr); }
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDelete): the analyser cannot count references
  T* operator->() const noexcept { return at_; }
  T& operator*() const noexcept { return *at_; }
  explicit operator bool() const noexcept { return at_ != nullptr; }

 private:
  T* at_ = nullptr;
};

template <class T, class... Arguments>
object_ptr<T> make_object(Arguments&&... arguments) {
  return object_ptr<T>(new T(std::forward<Arguments>(arguments)...));
}

/// GENERIC_* and MAXIMUM_ALLOWED as the rights of this kind (O-10); other bits stay.
ACCESS_MASK specific_rights(object::kind what, ACCESS_MASK wanted) noexcept;
/// What a duplicate may do, by DuplicateHandle's access and options. None where that is more than the object lets
/// this process have (H-06, H-07).
std::optional<ACCESS_MASK> rights_of_duplicate(object const& what, ACCESS_MASK source, DWORD desired,
                                               DWORD options) noexcept;
/// XXX_ALL_ACCESS of the kind.
ACCESS_MASK all_rights(object::kind what) noexcept;

}  // namespace coview::win32
