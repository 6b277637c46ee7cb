// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_name.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include <coview/win32/winerror.h>

#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr std::string_view family = "pipe\\";
constexpr std::string_view global = "global\\";

char folded(char c) {
  if (c == '/') return '\\';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool take_prefix(std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

/// `\\.\`, `\\?\`, and this machine's own name in their place.
bool take_machine(std::string& text) {
  if (take_prefix(text, R"(\\.\)") || take_prefix(text, R"(\\?\)") || take_prefix(text, R"(\\localhost\)"))
    return true;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return false;
  std::string own = "\\\\" + std::string(host.data()) + "\\";
  std::transform(own.begin(), own.end(), own.begin(), &folded);
  return take_prefix(text, own);
}

}  // namespace

std::optional<object_name> pipe_name(std::string_view path) {
  if (path.size() < 2 || folded(path[0]) != '\\' || folded(path[1]) != '\\') return {};
  std::string text(path);
  std::transform(text.begin(), text.end(), text.begin(), &folded);
  if (!take_machine(text) || !take_prefix(text, family)) return {};
  auto const scope = take_prefix(text, global) ? name_scope::global : name_scope::local;
  if (text.empty()) throw_code(ERROR_INVALID_NAME);
  if (utf16_length(path) > longest_name) throw_code(ERROR_FILENAME_EXCED_RANGE);
  return name_of_family(scope, std::string(family) + text);
}

}  // namespace coview::win32
