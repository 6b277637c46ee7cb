// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/mutex.hpp>

/// Semaphores: a named count of permits. Acquiring takes one, and waits while there is none; releasing gives back one
/// or more, up to a maximum (SM-*).
///
/// Permits have no owner: one that was acquired by a process that is killed stays acquired (SM-05). Costs: releasing
/// where nobody waits, and acquiring what is there, make no system call.
///
/// Caveats: those of coview/mutex.hpp about signal handlers, pid namespaces, kernels and what others may write.
namespace coview {

/// A handle to a named semaphore. The name lives as long as somebody has one. Move only; a moved-from or default one
/// is empty, and using it is an error: errc::bad_file_descriptor. Thread safety: all functions but moving may be
/// called from several threads at once.
class COVIEW_EXPORT semaphore {
 public:
  semaphore() noexcept = default;
  semaphore(semaphore&&) noexcept = default;
  semaphore& operator=(semaphore&&) noexcept = default;
  semaphore(semaphore const&) = delete;
  semaphore& operator=(semaphore const&) = delete;
  ~semaphore() = default;

  /// `initial` permits of at most `maximum`, 1 to 2 147 483 647. An existing semaphore keeps its own (SM-04).
  /// Errors: as mutex; errc::invalid_argument for counts that cannot be (SM-01).
  [[nodiscard]] static semaphore create(std::string_view name, std::uint32_t initial, std::uint32_t maximum,
                                        sync_options const& options = {});
  [[nodiscard]] static semaphore open(std::string_view name);
  [[nodiscard]] static std::optional<semaphore> try_open(std::string_view name);
  [[nodiscard]] static semaphore open_or_create(std::string_view name, std::uint32_t initial, std::uint32_t maximum,
                                                sync_options const& options = {});

  /// Takes a permit; false when time is up.
  bool acquire(timeout until = {}) const;
  // As std::counting_semaphore.
  [[nodiscard]] bool try_acquire() const { return acquire(std::chrono::seconds(0)); }
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(std::chrono::duration<Rep, Period> const& length) const {
    return acquire(length);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> const& when) const {
    return acquire(when);
  }

  /// Gives permits back; the count before. Errors: errc::value_too_large where that would be more than the maximum,
  /// and errc::invalid_argument for 0: nothing is changed then (SM-02, SM-03).
  std::uint32_t release(std::uint32_t count = 1) const;

  /// Permits that are there now, and the most there can be. Both 0 for an empty handle.
  [[nodiscard]] std::uint32_t count() const noexcept;
  [[nodiscard]] std::uint32_t maximum() const noexcept;
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
  explicit semaphore(std::shared_ptr<detail::sync_object> object) noexcept : object_(std::move(object)) {}
  std::shared_ptr<detail::sync_object> object_;
};

}  // namespace coview
