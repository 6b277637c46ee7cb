// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <coview/win32/minwinbase.h>

#include "object/name.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

/// Strings: A functions take UTF-8, W functions UTF-32 in wchar_t. Both lead to the UTF-8 that the layers below use,
/// in which an unpaired surrogate has three bytes (NM-17).
namespace coview::win32 {

/// How many units of 16 bits Windows would need.
std::size_t utf16_length(std::string_view text) noexcept;

/// The UTF-8 of either kind of argument, always well-formed but for halves of pairs in wide ones; NULL is empty.
inline std::string utf8_from(char const* text) {
  return text == nullptr ? std::string() : well_formed(text);
}
inline std::string utf8_from(wchar_t const* text) {
  return text == nullptr ? std::string() : to_narrow(text);
}

/// Of ASCII letters only, as Windows compares its own names.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// A pointer that Windows would find to lead nowhere: the first 64 KiB are never mapped, nor is what is beyond a
/// program's half of the addresses.
inline bool leads_nowhere(void const* pointer) noexcept {
#ifdef __x86_64__
  constexpr unsigned bits = 47;
#else
  constexpr unsigned bits = 52;
#endif
  auto const address = reinterpret_cast<std::uintptr_t>(pointer);
  if constexpr (sizeof address > sizeof(std::uint32_t)) {
    return address < 0x10000U || (address >> bits) != 0;
  } else {
    return address < 0x10000U;
  }
}

/// An object's name as a caller gave it (NM-01 to NM-17).
struct wanted_name {
  bool unnamed = false;   ///< NULL or "" (NM-12)
  bool null = false;      ///< NULL
  std::string text = {};  ///< UTF-8, as given, for open_sync and its like
  object_name parsed = {};
};

/// ERROR_SUCCESS, or what Windows says of the name: 3, 6, 123, 161, 206 or 998.
DWORD read_name(char const* text, wanted_name& out);
DWORD read_name(wchar_t const* text, wanted_name& out);

/// The same for Create calls, whose bodies report by throwing a win32_failure.
template <class Char>
wanted_name name_to_create(Char const* text) {
  wanted_name name;
  if (DWORD const code = read_name(text, name)) throw_code(code);
  return name;
}
/// For Open calls: without a name there is nothing to open (O-02: NULL is 87, O-03: "" is 6).
template <class Char>
wanted_name name_to_open(Char const* text) {
  wanted_name name = name_to_create(text);
  if (name.null) throw_code(ERROR_INVALID_PARAMETER);
  if (name.unnamed) throw_code(ERROR_INVALID_HANDLE);
  return name;
}

}  // namespace coview::win32
