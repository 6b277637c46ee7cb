// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <coview/error.hpp>
#include <coview/timeout.hpp>

/// What the calls of the C interface have in common: no exception leaves them, and what comes from C is looked at
/// before it is used.
namespace coview::c {

/// Keeps the sentence for coview_last_error, and returns the status: -errno_value.
coview_status failed(int errno_value, std::string_view sentence) noexcept;

/// A call that was given what it cannot be.
struct bad_argument {
  int errno_value;
  std::string cause;
  std::string remedy;
};
coview_status failed(char const* name, bad_argument const& argument);

/// Runs the body of the call `name` and turns what it throws into a status. Not noexcept: a thread that is cancelled
/// (pthread_cancel) unwinds through here, and that is none of these exceptions.
template <class Body>
coview_status call(char const* name, Body&& body) {
  try {
    return body();
  } catch (bad_argument const& e) {
    return failed(name, e);
  } catch (std::system_error const& e) {
    auto const value = e.code().value();
    return failed(value > 0 ? value : EIO, e.what());
  } catch (std::bad_alloc const&) {
    return failed(ENOMEM, "there is no memory for it");
  } catch (std::exception const& e) {
    return failed(EIO, e.what());
  }
}

/// What a pointer leads to, where it leads anywhere.
template <class T>
T& given(char const* what, T* pointer) {
  if (pointer == nullptr) throw bad_argument{EINVAL, std::string(what) + " is a null pointer", {}};
  return *pointer;
}

inline std::string_view text(char const* what, char const* pointer) {
  return &given(what, pointer);
}

/// A place for a new handle, empty until it is filled.
template <class T>
T*& place(T** result) {
  auto& there = given("the place for the result", result);
  there = nullptr;
  return there;
}

/// Puts what `make` gives into the place for a new handle.
template <class T, class Make>
coview_status made(T** result, Make make) {
  auto& there = place(result);
  there = make();
  return COVIEW_OK;
}

/// A value of an enumeration of C, which can be any number, as the one of C++ with the same numbers from 0 to `last`.
template <class To, class From>
To value(char const* what, From from, To last) {
  auto const number = static_cast<std::int64_t>(from);
  if (number < 0 || number > static_cast<std::int64_t>(last))
    throw bad_argument{EINVAL, std::to_string(number) + " is no value of " + what, {}};
  return static_cast<To>(number);
}

/// Options as this library has them: those that the caller's header does not have are the defaults, and those that
/// this one does not have must be zero.
template <class T>
T options(T const* pointer, T const& defaults) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (pointer == nullptr) return defaults;
  std::uint32_t size = 0;
  std::memcpy(&size, pointer, sizeof size);
  if (size < sizeof size) {
    throw bad_argument{EINVAL, "struct_size of the options is " + std::to_string(size),
                       "initialise them with the macro beside their type"};
  }
  T known = defaults;
  std::memcpy(&known, pointer, size < sizeof known ? size : sizeof known);
  auto const* const bytes = reinterpret_cast<unsigned char const*>(pointer);
  for (std::size_t i = sizeof known; i < size; ++i) {
    if (bytes[i] != 0) {
      throw bad_argument{E2BIG, "the options have members that this version of coview does not know",
                         "use a newer one"};
    }
  }
  return known;
}

inline timeout within(std::int64_t nanoseconds) {
  if (nanoseconds < 0) return {};
  if (nanoseconds == 0) return timeout::time_point{};  // long ago: no look at the clock
  return std::chrono::nanoseconds(nanoseconds);
}

}  // namespace coview::c
