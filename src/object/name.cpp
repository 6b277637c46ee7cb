// SPDX-License-Identifier: Apache-2.0
#include "object/name.hpp"

#include <array>
#include <charconv>

#include "object/fail.hpp"
#include "object/utf8.hpp"

namespace coview::inline object {
namespace {

constexpr std::string_view local_prefix = "Local\\";
constexpr std::string_view global_prefix = "Global\\";
constexpr std::string_view session_prefix = "Session\\";
constexpr std::size_t longest_readable = 40;  // keeps a file's name below 100 of NAME_MAX's 255 bytes
constexpr std::size_t hash_digits = 32;

/// Length in UTF-16 units, or the fault. A surrogate pair must be written as one character of four bytes, so that
/// each 16-bit name has exactly one spelling.
name_fault check_characters(std::string_view text) {
  // Names are of one byte a character, as a rule.
  std::size_t units = 0;
  while (units < text.size() && static_cast<signed char>(text[units]) > 0) ++units;
  if (units > longest_name) return name_fault::too_long;
  text.remove_prefix(units);
  bool after_high_surrogate = false;
  while (!text.empty()) {
    auto const [character, length] = utf8::decode(text, utf8::surrogates::allowed);
    if (length == 0) return name_fault::not_utf8;
    if (character == 0) return name_fault::nul;
    if (after_high_surrogate && character >= 0xDC00U && character <= 0xDFFFU) return name_fault::not_utf8;
    after_high_surrogate = character >= 0xD800U && character <= 0xDBFFU;
    units += character >= 0x10000U ? 2 : 1;
    if (units > longest_name) return name_fault::too_long;
    text.remove_prefix(length);
  }
  return name_fault::none;
}

/// Length of "Session\<digits>\", or 0. There are no sessions here; it means the user's own scope (NM-10).
std::size_t session_prefix_length(std::string_view text) {
  if (!text.starts_with(session_prefix)) return 0;
  auto const digits = text.substr(session_prefix.size());
  auto const end = digits.find_first_not_of("0123456789");
  return end == std::string_view::npos || end == 0 || digits[end] != '\\' ? 0 : session_prefix.size() + end + 1;
}

bool strip_prefix(std::string_view& text, name_scope& scope) {
  if (text.starts_with(local_prefix)) {
    text.remove_prefix(local_prefix.size());
  } else if (text.starts_with(global_prefix)) {
    text.remove_prefix(global_prefix.size());
    scope = name_scope::global;
  } else if (auto const length = session_prefix_length(text); length > 0) {
    text.remove_prefix(length);
  } else {
    return false;
  }
  return true;
}

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '+' || c == '=';
}

void append_readable(std::string& file, std::string_view leaf) {
  auto const begin = file.size();
  file += leaf.substr(0, longest_readable);
  for (auto at = begin; at < file.size(); ++at) {
    if (!plain(file[at])) file[at] = '_';
  }
  if (file[begin] == '.') file[begin] = '_';
}

/// FNV-1a with 128 bits. A collision is not a danger, because the whole name stands in the object and is compared.
void append_hash(std::string& file, std::string_view bytes) {
  __extension__ using wide = unsigned __int128;
  constexpr wide prime = (static_cast<wide>(0x0000000001000000U) << 64U) | 0x000000000000013BU;
  wide hash = (static_cast<wide>(0x6c62272e07bb0142U) << 64U) | 0x62b821756295c58dU;
  for (char const c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  std::array<char, hash_digits> digits;
  std::size_t at = digits.size();
  for (auto half : {static_cast<std::uint64_t>(hash), static_cast<std::uint64_t>(hash >> 64U)}) {
    for (std::size_t i = 0; i < hash_digits / 2; ++i, half >>= 4U) digits[--at] = "0123456789abcdef"[half & 15U];
  }
  file.append(digits.data(), digits.size());
}

/// In one piece: this is on the way of every open.
std::string file_of(name_scope scope, std::string_view leaf) {
  std::string file;
  file.reserve(global_file_prefix.size() + longest_readable + 1 + hash_digits);
  if (scope == name_scope::global) file += global_file_prefix;
  append_readable(file, leaf);
  file += '-';
  append_hash(file, leaf);
  return file;
}

/// There is one: the names of pipes.
bool is_of_family(std::string_view leaf) {
  constexpr std::string_view pipes = "pipe\\";
  return leaf.size() > pipes.size() && leaf.starts_with(pipes);
}

struct fault_text {
  char const* cause;
  char const* remedy;
};

fault_text describe(name_fault fault) {
  switch (fault) {
    case name_fault::empty:
      return {"the name is empty", "give it a name, or use mapping::anonymous for memory without one"};
    case name_fault::nul:
      return {"the name has a NUL in it", "any other character will do"};
    case name_fault::not_utf8:
      return {"the name is not UTF-8", ""};
    case name_fault::too_long:
      return {"the name is longer than 32766 UTF-16 units", ""};
    case name_fault::leading_backslash:
    case name_fault::backslash:
      return {"a backslash may only end the prefixes Local\\ and Global\\, written just so",
              "use another separator, such as /"};
    case name_fault::nothing_after:
      return {"nothing follows the prefix", ""};
    case name_fault::reserved:
      return {"this word is reserved for a prefix", "choose another name"};
    case name_fault::none:
      break;
  }
  return {"", ""};
}

}  // namespace

std::string object_name::display() const {
  return scope == name_scope::global ? std::string(global_prefix) + leaf : leaf;
}

name_fault parse_name(std::string_view text, object_name& out) {
  if (text.empty()) return name_fault::empty;
  if (auto const fault = check_characters(text); fault != name_fault::none) return fault;
  if (text.front() == '\\') return name_fault::leading_backslash;

  name_scope scope = name_scope::local;
  while (strip_prefix(text, scope)) {
  }
  if (text.empty()) return name_fault::nothing_after;
  if (text == "Local" || text == "Global" || text == "Session") return name_fault::reserved;
  if (text.find('\\') != std::string_view::npos) return name_fault::backslash;

  out.scope = scope;
  out.leaf = text;
  out.file = file_of(scope, text);
  return name_fault::none;
}

object_name name_of_family(name_scope scope, std::string leaf) {
  auto file = file_of(scope, leaf);
  return {scope, std::move(leaf), std::move(file)};
}

bool stored_name(name_scope scope, std::string_view leaf, object_name& out) {
  if (is_of_family(leaf)) {
    if (check_characters(leaf) != name_fault::none) return false;
    out = name_of_family(scope, std::string(leaf));
    return true;
  }
  // A local one without its prefix, which counts when the longest names are measured.
  std::string text(scope == name_scope::global ? global_prefix : std::string_view());
  return parse_name(text += leaf, out) == name_fault::none && out.scope == scope;
}

object_name require_name(std::string_view text, char const* operation) {
  object_name name;
  auto const fault = parse_name(text, name);
  if (fault == name_fault::none) return name;
  auto const [cause, remedy] = describe(fault);
  constexpr std::size_t enough_to_recognise = 64;
  std::string const shown =
      in_quotes(text.substr(0, enough_to_recognise)) + (text.size() > enough_to_recognise ? "…" : "");
  fail(fault == name_fault::too_long ? std::errc::filename_too_long : std::errc::invalid_argument,
       {operation, "object " + shown, cause, remedy});
}

object_name require_listed_name(std::string_view text, char const* operation) {
  auto leaf = text;
  name_scope scope = name_scope::local;
  while (strip_prefix(leaf, scope)) {
  }
  object_name name;
  return is_of_family(leaf) && stored_name(scope, leaf, name) ? name : require_name(text, operation);
}

bool parse_file_name(std::string_view file, name_scope scope, file_name_parts& out) {
  auto const dot = file.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == file.size()) return false;
  auto const digits = file.substr(dot + 1);
  auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out.slot);
  if (failure != std::errc{} || end != digits.data() + digits.size() || (digits.size() > 1 && digits[0] == '0'))
    return false;

  out.base = file.substr(0, dot);
  std::string_view rest = out.base;
  if (scope == name_scope::global) {
    if (!rest.starts_with(global_file_prefix)) return false;
    rest.remove_prefix(global_file_prefix.size());
  }
  auto const dash = rest.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || rest.size() - dash - 1 != hash_digits) return false;
  if (rest.find_first_not_of("0123456789abcdef", dash + 1) != std::string_view::npos) return false;
  out.readable = rest.substr(0, dash);
  return true;
}

std::string slot_file(std::string const& base, unsigned slot) {
  std::array<char, 10> digits{};
  auto const end = std::to_chars(digits.begin(), digits.end(), slot).ptr;
  std::string file;
  file.reserve(base.size() + 1 + digits.size());
  file += base;
  file += '.';
  file.append(digits.begin(), end);
  return file;
}

}  // namespace coview::inline object
