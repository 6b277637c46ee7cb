// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// Copies from and to memory that another process may be changing: what was copied counts only once it is known
/// that nothing changed. In words, or by an instruction of its own, so that the compiler and the thread
/// sanitizer know what it is.
namespace coview::inline channel {

#if defined(__x86_64__)
struct [[gnu::may_alias]] two_words {
  long long raw [[gnu::vector_size(16)]];
};
static_assert(sizeof(two_words) == 16);
#endif

inline void copy_from_shared(std::byte* to, std::byte const* from, std::size_t size) noexcept {
  constexpr std::size_t word = sizeof(std::uint64_t);
  std::size_t i = 0;
#if defined(__x86_64__)
  constexpr std::size_t both = 2 * word;
  for (; i + both <= size; i += both) {
    two_words value;
    asm volatile("movups %1, %0"
                 : "=x"(value.raw)
                 : "m"(*reinterpret_cast<std::array<std::byte, both> const*>(from + i)));
    __builtin_memcpy(to + i, &value, both);
  }
#endif
  for (; i + word <= size; i += word) {  // `from` is at a multiple of 64
    auto const value = __atomic_load_n(reinterpret_cast<std::uint64_t const*>(from + i), __ATOMIC_RELAXED);
    __builtin_memcpy(to + i, &value, word);
  }
  for (; i < size; ++i)
    to[i] = std::byte{__atomic_load_n(reinterpret_cast<unsigned char const*>(from + i), __ATOMIC_RELAXED)};
}

inline void copy_to_shared(std::byte* to, std::byte const* from, std::size_t size) noexcept {
#if defined(__x86_64__)
  // The processor copies large ones in lines, which no loop of atomic words may be made into.
  constexpr std::size_t large = 1024;
  if (size >= large) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return;
  }
#endif
  constexpr std::size_t word = sizeof(std::uint64_t);
  std::size_t i = 0;
#if defined(__x86_64__)
  constexpr std::size_t both = 2 * word;
  for (; i + both <= size; i += both) {
    two_words value;
    __builtin_memcpy(&value, from + i, both);
    asm volatile("movups %1, %0" : "=m"(*reinterpret_cast<std::array<std::byte, both>*>(to + i)) : "x"(value.raw));
  }
#endif
  for (; i + word <= size; i += word) {
    std::uint64_t value = 0;
    __builtin_memcpy(&value, from + i, word);
    __atomic_store_n(reinterpret_cast<std::uint64_t*>(to + i), value, __ATOMIC_RELAXED);
  }
  for (; i < size; ++i)
    __atomic_store_n(reinterpret_cast<unsigned char*>(to + i), static_cast<unsigned char>(from[i]), __ATOMIC_RELAXED);
}

/// Of few bytes, where nobody else looks: no call, and mostly no loop.
inline void copy_small(std::byte* to, std::byte const* from, std::size_t size) noexcept {
  constexpr std::size_t step = 16;
  std::size_t i = 0;
  for (; i + step <= size; i += step) __builtin_memcpy(to + i, from + i, step);
  if (i == size) return;
  if (size >= step) {
    __builtin_memcpy(to + size - step, from + size - step, step);
    return;
  }
  for (; i < size; ++i) to[i] = from[i];
}

}  // namespace coview::inline channel
