// SPDX-License-Identifier: Apache-2.0
// What is left of Microsoft's C library: the handler of invalid parameters, memory with alignment, bits, times.
#define COVIEW_WIN32_NATIVE_STDIO
#include <malloc.h>
#include <sys/random.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include <coview/win32/msvcrt_stdlib.h>
#include <coview/win32/msvcrt_time.h>
#include <coview/win32/sys/timeb.h>

#include "win32/compatibility/crt/invalid.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

std::atomic<_invalid_parameter_handler> handler{nullptr};

errno_t give(char* buffer, std::size_t size, char const* format, std::tm const& time) {
  if (buffer == nullptr || size == 0) return invalid_parameter(EINVAL);
  if (std::strftime(buffer, size, format, &time) != 0) return 0;
  buffer[0] = '\0';
  return invalid_parameter(ERANGE);
}

constexpr char const* usual_format = "%a %b %e %H:%M:%S %Y\n";
constexpr char const* date_format = "%m/%d/%y";
constexpr char const* time_format = "%H:%M:%S";
constexpr std::size_t short_text = 9;

std::tm local_now() {
  std::tm parts{};
  std::time_t const now = std::time(nullptr);
  ::localtime_r(&now, &parts);
  return parts;
}

errno_t split(std::tm* result, std::time_t const* time, std::tm* (*how)(std::time_t const*, std::tm*)) {
  if (result == nullptr || time == nullptr || *time < 0) return invalid_parameter(EINVAL);
  return how(time, result) != nullptr ? 0 : errno;
}

wchar_t* keep(char const* text) {
  thread_local std::wstring kept;
  kept = to_wide(text == nullptr ? "" : text);
  return kept.data();
}

/// In front of a block of _aligned_malloc.
struct aligned_block {
  void* start;
  std::size_t size;
};

aligned_block& block_of(void* memory) {
  return static_cast<aligned_block*>(memory)[-1];
}

}  // namespace

namespace coview::win32 {

int invalid_parameter(int error) noexcept {
  errno = error;
  if (auto const called = handler.load(std::memory_order_acquire)) {
    called(nullptr, nullptr, nullptr, 0, 0);
    errno = error;
  }
  return error;
}

}  // namespace coview::win32

_invalid_parameter_handler _set_invalid_parameter_handler(_invalid_parameter_handler wanted) {
  return handler.exchange(wanted, std::memory_order_acq_rel);
}
_invalid_parameter_handler _get_invalid_parameter_handler() {
  return handler.load(std::memory_order_acquire);
}
errno_t _set_errno(int value) {
  errno = value;
  return 0;
}
errno_t _get_errno(int* value) {
  if (value == nullptr) return EINVAL;
  *value = errno;
  return 0;
}
int _set_error_mode(int /*mode*/) {
  return 0;
}
unsigned _set_abort_behavior(unsigned /*flags*/, unsigned /*mask*/) {
  return 0;
}
errno_t _get_pgmptr(char** path) {
  if (path == nullptr) return invalid_parameter(EINVAL);
  *path = ::program_invocation_name;
  return 0;
}
errno_t rand_s(unsigned* value) {
  if (value == nullptr) return invalid_parameter(EINVAL);
  return ::getrandom(value, sizeof *value, 0) == sizeof *value ? 0 : errno;
}

void* _aligned_malloc(size_t size, size_t alignment) {
  if (!std::has_single_bit(alignment) || size > SIZE_MAX / 4 || alignment > SIZE_MAX / 4) {
    invalid_parameter(EINVAL);
    return nullptr;
  }
  if (alignment < alignof(aligned_block)) alignment = alignof(aligned_block);
  void* const start = std::malloc(sizeof(aligned_block) + alignment + size);
  if (start == nullptr) return nullptr;
  auto const first = reinterpret_cast<std::uintptr_t>(start) + sizeof(aligned_block);
  auto* const memory = std::bit_cast<void*>((first + alignment - 1) & ~(alignment - 1));
  block_of(memory) = {start, size};
  return memory;
}
void _aligned_free(void* memory) {
  if (memory != nullptr) std::free(block_of(memory).start);
}
void* _aligned_realloc(void* memory, size_t size, size_t alignment) {
  if (memory == nullptr) return _aligned_malloc(size, alignment);
  if (size == 0) {
    _aligned_free(memory);
    return nullptr;
  }
  void* const made = _aligned_malloc(size, alignment);
  if (made == nullptr) return nullptr;
  std::size_t const before = block_of(memory).size;
  std::memcpy(made, memory, before < size ? before : size);
  _aligned_free(memory);
  return made;
}
size_t _msize(void* memory) {
  return ::malloc_usable_size(memory);
}
unsigned _rotl(unsigned value, int shift) {
  return std::rotl(value, shift);
}
unsigned _rotr(unsigned value, int shift) {
  return std::rotr(value, shift);
}
unsigned long long _rotl64(unsigned long long value, int shift) {
  return std::rotl(value, shift);
}
unsigned long long _rotr64(unsigned long long value, int shift) {
  return std::rotr(value, shift);
}

errno_t localtime_s(struct tm* result, time_t const* time) {
  return split(result, time, ::localtime_r);
}
errno_t gmtime_s(struct tm* result, time_t const* time) {
  return split(result, time, ::gmtime_r);
}
errno_t _localtime64_s(struct tm* result, __time64_t const* time) {
  if (time == nullptr) return invalid_parameter(EINVAL);
  std::time_t const value = *time;
  return localtime_s(result, &value);
}
errno_t _gmtime64_s(struct tm* result, __time64_t const* time) {
  if (time == nullptr) return invalid_parameter(EINVAL);
  std::time_t const value = *time;
  return gmtime_s(result, &value);
}
struct tm* _localtime64(__time64_t const* time) {
  thread_local std::tm kept{};
  return _localtime64_s(&kept, time) == 0 ? &kept : nullptr;
}
struct tm* _gmtime64(__time64_t const* time) {
  thread_local std::tm kept{};
  return _gmtime64_s(&kept, time) == 0 ? &kept : nullptr;
}
__time64_t _time64(__time64_t* time) {
  __time64_t const now = std::time(nullptr);
  if (time != nullptr) *time = now;
  return now;
}
__time64_t _mktime64(struct tm* time) {
  return std::mktime(time);
}
double _difftime64(__time64_t end, __time64_t start) {
  return static_cast<double>(end - start);
}
errno_t asctime_s(char* buffer, size_t size, struct tm const* time) {
  return time == nullptr ? invalid_parameter(EINVAL) : give(buffer, size, usual_format, *time);
}
errno_t ctime_s(char* buffer, size_t size, time_t const* time) {
  std::tm parts{};
  errno_t const code = localtime_s(&parts, time);
  return code != 0 ? code : give(buffer, size, usual_format, parts);
}
errno_t _ctime64_s(char* buffer, size_t size, __time64_t const* time) {
  if (time == nullptr) return invalid_parameter(EINVAL);
  std::time_t const value = *time;
  return ctime_s(buffer, size, &value);
}
char* _ctime64(__time64_t const* time) {
  thread_local std::array<char, 32> kept{};
  return _ctime64_s(kept.data(), kept.size(), time) == 0 ? kept.data() : nullptr;
}
errno_t _strdate_s(char* buffer, size_t size) {
  return give(buffer, size, date_format, local_now());
}
errno_t _strtime_s(char* buffer, size_t size) {
  return give(buffer, size, time_format, local_now());
}
char* _strdate(char* buffer) {
  return _strdate_s(buffer, short_text) == 0 ? buffer : nullptr;
}
char* _strtime(char* buffer) {
  return _strtime_s(buffer, short_text) == 0 ? buffer : nullptr;
}
void _tzset() {
  ::tzset();
}
wchar_t* _wctime(time_t const* time) {
  __time64_t const value = time == nullptr ? -1 : *time;
  return keep(_ctime64(&value));
}
wchar_t* _wasctime(struct tm const* time) {
  std::array<char, 32> text{};
  asctime_s(text.data(), text.size(), time);
  return keep(text.data());
}
errno_t _ftime_s(struct _timeb* now) {
  if (now == nullptr) return invalid_parameter(EINVAL);
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  std::tm const parts = local_now();
  *now = {time.tv_sec, static_cast<unsigned short>(time.tv_nsec / 1'000'000), static_cast<short>(::timezone / 60),
          static_cast<short>(parts.tm_isdst > 0 ? 1 : 0)};
  return 0;
}
void _ftime(struct _timeb* now) {
  _ftime_s(now);
}
