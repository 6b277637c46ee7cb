// SPDX-License-Identifier: Apache-2.0
// Waitable timers: the kernel's timer descriptors. A timer without a name can be inherited; one with a name is
// refused, for a descriptor has none.
#include <fcntl.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <limits>

#include <coview/win32/winbase.h>

#include "os/fd.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/core/sync/sync_objects.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

class timer_object final : public waitable_object {
 public:
  static constexpr kind type = kind::timer;
  timer_object(os::unique_fd fd, bool manual) : waitable_object(type), fd_(std::move(fd)) {
    point_.kind = wait_point::nature::descriptor;
    point_.fd = fd_.get();
    point_.consumed = !manual;
    point_.order = reinterpret_cast<std::uintptr_t>(this);
  }
  bool bequeath(bequest& out) override {
    out.put(point_.consumed);
    out.add_duplicate(fd_.get());
    return true;
  }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  os::unique_fd fd_;
};

constexpr std::int64_t ticks_in_a_second = 10'000'000;  // of 100 ns
constexpr std::int64_t nanoseconds_in_a_tick = 100;
constexpr std::int64_t from_1601_to_1970 = 11'644'473'600;  // seconds

timespec from_ticks(std::int64_t ticks) {
  return {ticks / ticks_in_a_second, static_cast<long>(ticks % ticks_in_a_second * nanoseconds_in_a_tick)};
}

template <class Char>
HANDLE create_timer(SECURITY_ATTRIBUTES const* attributes, Char const* text, bool manual, ACCESS_MASK access) {
  return guarded(
      [&]() -> HANDLE {
        if (!name_to_create(text).unnamed) throw_code(ERROR_NOT_SUPPORTED);
        os::unique_fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        if (!fd) throw_code(error_from_errno(errno));
        auto const made = make_object<timer_object>(std::move(fd), manual);
        HANDLE const handle = make_handle(made, specific_rights(object::kind::timer, access), inherits(attributes));
        if (handle != nullptr) set_error(ERROR_SUCCESS);
        return handle;
      },
      nullptr);
}

template <class Char>
HANDLE open_timer(Char const* text) {
  return guarded(
      [&]() -> HANDLE {
        name_to_open(text);
        throw_code(ERROR_FILE_NOT_FOUND);
      },
      nullptr);
}

}  // namespace

object_ptr<> adopt_timer(bequest& from) {
  bool const consumed = from.take<bool>();
  auto fd = from.take_fd();
  if (!fd || !is_timer(fd.get())) return {};
  return make_object<timer_object>(std::move(fd), !consumed);
}

}  // namespace coview::win32

using namespace coview::win32;

HANDLE CreateWaitableTimerA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, LPCSTR name) {
  return create_timer(attributes, name, manual_reset != FALSE, TIMER_ALL_ACCESS);
}
HANDLE CreateWaitableTimerW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, LPCWSTR name) {
  return create_timer(attributes, name, manual_reset != FALSE, TIMER_ALL_ACCESS);
}
HANDLE CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD desired_access) {
  return create_timer(attributes, name, (flags & CREATE_WAITABLE_TIMER_MANUAL_RESET) != 0, desired_access);
}
HANDLE CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD desired_access) {
  return create_timer(attributes, name, (flags & CREATE_WAITABLE_TIMER_MANUAL_RESET) != 0, desired_access);
}
HANDLE OpenWaitableTimerA(DWORD /*desired_access*/, BOOL /*inherit*/, LPCSTR name) {
  return open_timer(name);
}
HANDLE OpenWaitableTimerW(DWORD /*desired_access*/, BOOL /*inherit*/, LPCWSTR name) {
  return open_timer(name);
}

BOOL SetWaitableTimer(HANDLE timer, LARGE_INTEGER const* due, LONG period, PTIMERAPCROUTINE routine, LPVOID argument,
                      BOOL /*resume*/) {
  return SetWaitableTimerEx(timer, due, period, routine, argument, nullptr, 0);
}

BOOL SetWaitableTimerEx(HANDLE timer, LARGE_INTEGER const* due, LONG period, PTIMERAPCROUTINE routine,
                        LPVOID /*argument*/, PREASON_CONTEXT /*reason*/, ULONG /*tolerable_delay*/) {
  constexpr std::int64_t ticks_in_a_millisecond = 10'000;
  if (due == nullptr || period < 0) return refuse(ERROR_INVALID_PARAMETER);
  if (routine != nullptr) return refuse(ERROR_NOT_SUPPORTED);
  borrowed const handle(timer);
  auto const* const object = handle.as<timer_object>(TIMER_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  itimerspec when{};
  when.it_interval = from_ticks(period * ticks_in_a_millisecond);
  constexpr auto longest = std::numeric_limits<std::int64_t>::max();
  std::int64_t left = due->QuadPart < -longest ? longest : -due->QuadPart;
  if (due->QuadPart > 0) {  // a point of time, in ticks since 1601
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    left =
        due->QuadPart - ((now.tv_sec + from_1601_to_1970) * ticks_in_a_second + now.tv_nsec / nanoseconds_in_a_tick);
  }
  when.it_value = left > 0 ? from_ticks(left) : timespec{0, 1};
  return ::timerfd_settime(object->fd(), 0, &when, nullptr) == 0 ? TRUE : refuse(error_from_errno(errno));
}

BOOL CancelWaitableTimer(HANDLE timer) {
  borrowed const handle(timer);
  auto const* const object = handle.as<timer_object>(TIMER_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  itimerspec never{};
  ::timerfd_settime(object->fd(), 0, &never, nullptr);
  return TRUE;
}
