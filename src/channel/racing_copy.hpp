// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Copies from and to memory that another process may be changing: what was copied counts only once it is known that
/// nothing changed. In words, or by an instruction of its own, so that the compiler and the thread sanitizer know what it is.
namespace coview::inline channel {

inline void copy_from_shared(std::byte* to, std::byte const* from, std::size_t size) noexcept {
  constexpr std::size_t word = sizeof(std::uint64_t);
  std::size_t i = 0;
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
  for (; i + word <= size; i += word) {
    std::uint64_t value = 0;
    __builtin_memcpy(&value, from + i, word);
    __atomic_store_n(reinterpret_cast<std::uint64_t*>(to + i), value, __ATOMIC_RELAXED);
  }
  for (; i < size; ++i)
    __atomic_store_n(reinterpret_cast<unsigned char*>(to + i), static_cast<unsigned char>(from[i]), __ATOMIC_RELAXED);
}

}  // namespace coview::inline channel
