// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <coview/error.hpp>
#include <coview/export.hpp>
#include <coview/sync_options.hpp>
#include <coview/timeout.hpp>
#include <coview/wait.hpp>

/// Mutexes: named locks that one thread of all processes owns at a time, and that survive their owner (MX-*).
///
/// A mutex is owned by a thread, which may lock it several times and must unlock it as often. When the owner ends
/// without that, by return, exec, exit, crash or kill -9, the next one to lock it owns it and is told, exactly once,
/// that it was *abandoned*: what the lock protects may be half done. Waiters learn of the death at once, from the
/// kernel. A forked child owns nothing of what its parent owned.
///
/// Fairness: waiters are woken in the order in which they went to sleep, but a thread that just comes may be faster;
/// whoever was overtaken eight times is next (docs/synchronisation.md). Costs: locking and unlocking without
/// contention makes no system call.
///
/// Caveats, which hold for events, semaphores and waits as well where they speak of more than owning:
/// - **Signal handlers.** Not to be called in one: a handler that interrupts a lock, unlock, wait or signal of
///   its own thread takes away what makes that one survive a kill. A handler that only interrupts does no
///   harm: the wait goes on.
/// - **exec by another thread than the first.** The kernel looks for what a thread owned under the ID that it has by
///   then, which is the first thread's: what it owned stays owned. Release first, or exec in a forked child.
/// - **2048 locks.** Of a thread that dies owning more, the kernel finds the 2048 that it locked last.
/// - **40 locks.** Owning more than 40 at once takes memory now and then: the acquire that needs it can fail with
///   errc::not_enough_memory, and then owns nothing more.
/// - **pid namespaces.** Thread IDs mean nothing in another one: an object that was made there is refused
///   (errc::not_supported), and so is any where nothing tells which one this is: no /proc, before Linux 6.11. A
///   handle inherited by a fork into another namespace is not noticed: use none there.
/// - **Kernels before 6.2** without the correction of handle_futex_death ("Resend potentially swallowed owner death
///   notification"): where a thread is killed after it was woken and before it acts, the next waiter is woken by
///   whoever touches the object next, not at once.
/// - **Who may write.** Whoever may write the object's file (its user, or its `mode`) can make others wait until
///   their deadlines, or let them in too early; nothing worse (docs/security.md).
namespace coview {

/// What `acquire` came to.
enum class acquired : std::uint8_t {
  yes,        ///< this thread owns it
  abandoned,  ///< this thread owns it, and its last owner died while it did
  timed_out,  ///< somebody else still owns it
};

/// A handle to a named mutex. The name lives as long as somebody has one. Move only; a moved-from or default one is
/// empty, and using it is an error: errc::bad_file_descriptor.
/// Thread safety: all functions but moving may be called from several threads at once; that is what it is for.
class COVIEW_EXPORT mutex {
 public:
  mutex() noexcept = default;
  mutex(mutex&&) noexcept = default;
  mutex& operator=(mutex&&) noexcept = default;
  mutex(mutex const&) = delete;
  mutex& operator=(mutex const&) = delete;
  /// Closing the last handle takes the name along, locked or not (MX-09). What this process owns through it stays
  /// owned until the thread ends; the memory is kept for that.
  ~mutex() = default;

  /// Errors: those of mapping::create and mapping::open; errc::not_supported where the object was made in another pid
  /// namespace, in which thread IDs mean something else.
  [[nodiscard]] static mutex create(std::string_view name, sync_options const& options = {});
  [[nodiscard]] static mutex open(std::string_view name);
  [[nodiscard]] static std::optional<mutex> try_open(std::string_view name);
  [[nodiscard]] static mutex open_or_create(std::string_view name, sync_options const& options = {});

  /// Waits until this thread owns it, or time is up. Errors: errc::bad_file_descriptor for an empty handle;
  /// errc::not_enough_memory where this thread owns 40 locks already and there is no memory to note another.
  acquired acquire(timeout until = {}) const;
  /// Undoes one acquire. Errors: errc::operation_not_permitted where this thread does not own it (MX-02).
  void release() const;

  // As std::recursive_timed_mutex, for std::lock_guard, std::unique_lock, std::scoped_lock.
  void lock() const { (void)acquire(); }
  [[nodiscard]] bool try_lock() const { return acquire(std::chrono::seconds(0)) != acquired::timed_out; }
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> const& length) const {
    return acquire(length) != acquired::timed_out;
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> const& when) const {
    return acquire(when) != acquired::timed_out;
  }
  void unlock() const { release(); }

  /// Whether the lock that this thread holds was found abandoned when it was first taken. False where it holds none.
  [[nodiscard]] bool was_abandoned() const;

  /// The name it was opened by, without `Local\`; empty for an empty handle.
  [[nodiscard]] std::string const& name() const noexcept;
  /// Whether this call made the object (false: it was there).
  [[nodiscard]] bool created() const noexcept;
  /// Whether the name still leads to this object: somebody may have removed its file by force, as some cleaners of
  /// temporary files do. The object goes on working for whoever has a handle; whoever opens the name from then on
  /// gets another one. False for an empty handle.
  [[nodiscard]] bool still_named() const noexcept;
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  friend class waitable;
  explicit mutex(std::shared_ptr<detail::sync_object> object) noexcept : object_(std::move(object)) {}
  std::shared_ptr<detail::sync_object> object_;
};

/// The same lock without a name, to place in memory of one's own that processes share: 40 bytes, all zero when free,
/// so a mapping's fresh memory is one.
///
/// - Must not be unmapped while a thread of this process owns it: the kernel could not tell others of that thread's
///   death.
/// - Unlocked at the address at which it was locked: where a process has two views of one memory,
///   it uses one of them.
/// - All who may write there must trust one another, and live in one pid namespace, which nobody checks here.
/// - What is said above of signal handlers, exec, numbers of locks and kernels holds here too.
class COVIEW_EXPORT robust_mutex {
 public:
  robust_mutex() noexcept = default;
  robust_mutex(robust_mutex const&) = delete;
  robust_mutex& operator=(robust_mutex const&) = delete;

  /// As `mutex::acquire`; there is no empty one.
  acquired acquire(timeout until = {});
  /// Errors: errc::operation_not_permitted where this thread does not own it.
  void release();
  void lock() { (void)acquire(); }
  [[nodiscard]] bool try_lock() { return acquire(std::chrono::seconds(0)) != acquired::timed_out; }
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> const& length) {
    return acquire(length) != acquired::timed_out;
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> const& when) {
    return acquire(when) != acquired::timed_out;
  }
  void unlock() { release(); }
  [[nodiscard]] bool was_abandoned() const;

 private:
  alignas(8) std::array<std::byte, 40> state_{};
};

}  // namespace coview
