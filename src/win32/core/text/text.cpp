// SPDX-License-Identifier: Apache-2.0
#include "win32/core/text/text.hpp"

#include <strings.h>

namespace coview::win32 {
namespace {

DWORD code_of(name_fault fault) {
  switch (fault) {
    case name_fault::none:
      return ERROR_SUCCESS;
    case name_fault::leading_backslash:
      return ERROR_BAD_PATHNAME;  // NM-07
    case name_fault::nothing_after:
      return ERROR_INVALID_NAME;  // NM-08
    case name_fault::reserved:
      return ERROR_INVALID_HANDLE;  // NM-09
    case name_fault::backslash:
      return ERROR_PATH_NOT_FOUND;  // NM-05, NM-06
    case name_fault::too_long:      // D15
    case name_fault::empty:
    case name_fault::nul:
    case name_fault::not_utf8:
      break;
  }
  return ERROR_INVALID_NAME;
}

DWORD parse(wanted_name& out) {
  out.unnamed = out.text.empty();
  return out.unnamed ? ERROR_SUCCESS : code_of(parse_name(out.text, out.parsed));
}

}  // namespace

std::size_t utf16_length(std::string_view text) noexcept {
  std::size_t units = 0;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) units += byte >= 0xF0U ? 2 : 1;
  }
  return units;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

DWORD read_name(char const* text, wanted_name& out) {
  out = {};
  out.null = text == nullptr;
  if (!out.null && leads_nowhere(text)) return ERROR_NOACCESS;
  out.text = utf8_from(text);
  if (utf16_length(out.text) >= MAX_PATH) return ERROR_FILENAME_EXCED_RANGE;  // NM-13
  return parse(out);
}

DWORD read_name(wchar_t const* text, wanted_name& out) {
  out = {};
  out.null = text == nullptr;
  if (!out.null && leads_nowhere(text)) return ERROR_NOACCESS;
  out.text = utf8_from(text);
  return parse(out);
}

}  // namespace coview::win32
