// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

/// Arguments for a call of any function, made of its type alone: handles of every kind, good and bad pointers, sizes
/// that lie, strings that do not end.
namespace coview_fuzz {

/// What a va_list is as an argument.
using list_pointer = std::decay_t<std::va_list>;

/// Numbers that a seed decides.
class numbers {
 public:
  explicit numbers(std::uint64_t seed) noexcept : state_(seed * 0x9e3779b97f4a7c15U + 0x1234567) {}
  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t bound) noexcept { return static_cast<std::size_t>(next() % bound); }
  bool one_in(std::size_t n) noexcept { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Memory whose edges are known: what a call may write, may only read, and must not touch.
class arena {
 public:
  static constexpr std::size_t page = 4096;
  static constexpr std::size_t good_size = 16 * page;
  arena();
  arena(arena const&) = delete;
  arena& operator=(arena const&) = delete;

  /// Writable, with a page behind it that cannot be touched.
  [[nodiscard]] std::byte* good() const noexcept { return base_ + page; }
  [[nodiscard]] std::byte* end_of_good() const noexcept { return good() + good_size; }
  [[nodiscard]] std::byte* read_only() const noexcept { return base_ + 2 * page + good_size; }
  [[nodiscard]] std::byte* untouchable() const noexcept { return end_of_good(); }

  void fill(numbers& from);
  /// Whether an address is one that a caller gave by mistake: an edge of this memory, or one that no memory has.
  [[nodiscard]] bool is_callers_fault(std::uintptr_t address, bool has_address) const noexcept;

 private:
  std::byte* base_;
};

/// A printable account of the arguments of the call under way; in shared memory, for whoever looks after a crash.
struct account {
  std::array<char, 512> text;
  std::size_t length;
  void clear() noexcept { length = 0; }
  void add(char const* what, std::uint64_t value) noexcept;
};

class arguments {
 public:
  arguments(numbers& from, arena& memory, std::vector<void*> const& handles, account& said)
      : from_(from), memory_(memory), handles_(handles), said_(said) {}

  template <class T>
  T make() {
    using plain = std::remove_cv_t<T>;
    if constexpr (std::is_same_v<plain, list_pointer>) {
      return list_;
    } else if constexpr (std::is_pointer_v<plain>) {
      using pointed = std::remove_cv_t<std::remove_pointer_t<plain>>;
      if constexpr (std::is_function_v<std::remove_pointer_t<plain>>) {
        return callback<plain>();
      } else if constexpr (std::is_same_v<pointed, char>) {
        return reinterpret_cast<plain>(narrow(std::is_const_v<std::remove_pointer_t<plain>>));
      } else if constexpr (std::is_same_v<pointed, wchar_t>) {
        return reinterpret_cast<plain>(wide(std::is_const_v<std::remove_pointer_t<plain>>));
      } else if constexpr (std::is_void_v<pointed>) {
        return const_cast<plain>(static_cast<void const*>(from_.one_in(2) ? a_handle() : pointer(64, 1)));
      } else {
        return reinterpret_cast<plain>(pointer(size_of<pointed>(), alignof_or<pointed>()));
      }
    } else if constexpr (std::is_same_v<plain, bool>) {
      return from_.one_in(2);
    } else if constexpr (std::is_floating_point_v<plain>) {
      return static_cast<plain>(static_cast<std::int64_t>(from_.next()));
    } else if constexpr (std::is_integral_v<plain> || std::is_enum_v<plain>) {
      return static_cast<plain>(number(sizeof(plain)));
    } else {
      plain value{};
      for (std::size_t i = 0; i < sizeof value; ++i)
        reinterpret_cast<unsigned char*>(&value)[i] = static_cast<unsigned char>(from_.one_in(2) ? 0 : from_.next());
      said_.add("struct", sizeof value);
      return value;
    }
  }

  void use(list_pointer list) noexcept { list_ = list; }
  /// Writable memory for what stands behind a format.
  [[nodiscard]] std::byte* spare() const noexcept { return memory_.good(); }

 private:
  template <class F>
  struct stub;
  template <class R, class... A>
  struct stub<R (*)(A...)> {
    static R call(A...) { return R(); }
  };
  template <class R, class... A>
  struct stub<R (*)(A...) noexcept> {
    static R call(A...) noexcept { return R(); }
  };
  template <class P>
  P callback() {
    // A routine that is none would be jumped to, by Windows as well.
    bool const none = from_.one_in(4);
    said_.add("routine", none ? 0 : 1);
    if (none) return nullptr;
    if constexpr (requires { &stub<P>::call; }) return &stub<P>::call;
    return nullptr;
  }
  template <class T>
  static constexpr std::size_t size_of() {
    if constexpr (requires { sizeof(T); }) return sizeof(T);
    return 64;
  }
  template <class T>
  static constexpr std::size_t alignof_or() {
    if constexpr (requires { alignof(T); }) return alignof(T);
    return 8;
  }

  void* a_handle();
  void* pointer(std::size_t size, std::size_t alignment);
  void* narrow(bool constant);
  void* wide(bool constant);
  std::uint64_t number(std::size_t bytes);
  std::string const& word();

  numbers& from_;
  arena& memory_;
  std::vector<void*> const& handles_;
  account& said_;
  list_pointer list_ = nullptr;
};

/// What a call answered, as far as it can be compared.
struct answer {
  bool has_value = false;
  std::int64_t value = 0;
};

template <class R>
answer answer_of(R const& value) {
  if constexpr (std::is_pointer_v<R>)
    return {true, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(value))};
  if constexpr (std::is_integral_v<R> || std::is_enum_v<R>) return {true, static_cast<std::int64_t>(value)};
  return {};
}

/// A call whose arguments are made from the first to the last: what stands in a constructor's braces is evaluated in
/// order.
template <class R>
struct call_in_order {
  answer result;

  template <class F, class... A>
  explicit call_in_order(F* function, A... made) {
    if constexpr (std::is_void_v<R>) {
      function(made...);
    } else {
      result = answer_of<R>(function(made...));
    }
  }
};
template <class F>
struct caller;
template <class R, class... A>
struct caller<R (*)(A...)> {
  static answer call(void (*plain)(), arguments& with) {
    return call_in_order<R>{reinterpret_cast<R (*)(A...)>(plain), with.make<std::remove_cv_t<A>>()...}.result;
  }
};
template <class R, class... A>
struct caller<R (*)(A..., ...)> {
  static answer call(void (*plain)(), arguments& with) {
    auto const function = reinterpret_cast<R (*)(A..., ...)>(plain);
    auto* const spare = with.spare();
    return call_in_order<R>{function, with.make<std::remove_cv_t<A>>()..., spare, spare, spare, spare, spare, spare}
        .result;
  }
};

struct function {
  char const* name;
  void (*plain)();
  answer (*call)(void (*)(), arguments&);
};
template <class R, class... A>
function described(char const* name, R (*f)(A...)) {
  return {name, reinterpret_cast<void (*)()>(f), &caller<R (*)(A...)>::call};
}
template <class R, class... A>
function described(char const* name, R (*f)(A..., ...)) {
  return {name, reinterpret_cast<void (*)()>(f), &caller<R (*)(A..., ...)>::call};
}

/// Every function that the headers declare (tools/win32_functions --names).
std::vector<function> const& all_functions();

}  // namespace coview_fuzz
