// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/mutex.hpp>

/// Events: a named flag, set or not, that threads of any process wait for and set (EV-*).
///
/// A waiter or signaller may be killed at any instruction: whoever else sleeps on a set event is woken by the kernel
/// in its place. Costs: setting an event on which nobody waits, and waiting for one that is set, make no system call.
///
/// Caveats: those of coview/mutex.hpp about signal handlers, pid namespaces, kernels and what others may write.
namespace coview {

/// What happens to a set event when a waiter was let through.
enum class reset : std::uint8_t {
  automatic,  ///< it is reset: one waiter for each set (EV-01)
  manual,     ///< it stays set: all waiters, until `clear` (EV-02)
};

/// A handle to a named event. The name lives as long as somebody has one. Move only; a moved-from or default one is
/// empty, and using it is an error: errc::bad_file_descriptor.
/// Thread safety: all functions but moving may be called from several threads at once.
class COVIEW_EXPORT event {
 public:
  event() noexcept = default;
  event(event&&) noexcept = default;
  event& operator=(event&&) noexcept = default;
  event(event const&) = delete;
  event& operator=(event const&) = delete;
  ~event() = default;

  /// Errors: as mutex. An existing event keeps its kind and state (EV-04).
  [[nodiscard]] static event create(std::string_view name, reset kind, bool set = false,
                                    sync_options const& options = {});
  [[nodiscard]] static event open(std::string_view name);
  [[nodiscard]] static std::optional<event> try_open(std::string_view name);
  [[nodiscard]] static event open_or_create(std::string_view name, reset kind, bool set = false,
                                            sync_options const& options = {});

  /// Lets one waiter through, or all; now or when they come. Two sets with nobody waiting are one.
  void set() const;
  /// Not set from now on.
  void clear() const;
  /// Lets those through that wait now (one, or all), and is not set afterwards; lost where nobody waits (EV-03).
  void pulse() const;
  /// Waits until it is set, or time is up: false. Of an automatic one, at most one waiter for each `set` gets true.
  bool wait(timeout until = {}) const;

  /// Manual for an empty handle.
  [[nodiscard]] reset kind() const noexcept;
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
  explicit event(std::shared_ptr<detail::sync_object> object) noexcept : object_(std::move(object)) {}
  std::shared_ptr<detail::sync_object> object_;
};

/// A manual-reset event without a name, to place in memory of one's own that processes share; all zero when not set.
class COVIEW_EXPORT futex_event {
 public:
  futex_event() noexcept = default;
  futex_event(futex_event const&) = delete;
  futex_event& operator=(futex_event const&) = delete;

  /// Lets all waiters through, until `clear`.
  void set();
  void clear();
  /// Waits until it is set, or time is up: false.
  bool wait(timeout until = {});

 private:
  alignas(8) std::array<std::byte, 40> state_{};
};

}  // namespace coview
