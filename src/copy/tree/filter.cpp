// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/filter.hpp"

#include <optional>

namespace coview::copying {
namespace {

/// One of the characters of a set, which begins after its bracket; where the set ends, or nothing where it does not.
std::optional<std::size_t> end_of_set(std::string_view pattern, char character, bool& is_in) {
  std::size_t at = 0;
  bool const inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (inverted) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    char const low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    auto const code = static_cast<unsigned char>(character);
    found = found || (static_cast<unsigned char>(low) <= code && code <= static_cast<unsigned char>(high));
  }
  if (at >= pattern.size()) return {};
  is_in = found != inverted && character != '/';
  return at + 1;
}

/// The whole text. Each star is tried at every place that it can reach to, from the last one on: earlier ones need no
/// second try, but for a star that stops at slashes within one that does not.
bool fits(std::string_view pattern, std::string_view text) {
  while (!pattern.empty()) {
    if (pattern.starts_with("**")) {
      auto const rest = pattern.substr(
          pattern.find_first_not_of('*') == std::string_view::npos ? pattern.size() : pattern.find_first_not_of('*'));
      if (rest.empty()) return true;
      for (std::size_t at = 0; at <= text.size(); ++at)
        if (fits(rest, text.substr(at))) return true;
      return false;
    }
    if (pattern.front() == '*') {
      auto const rest = pattern.substr(1);
      for (std::size_t at = 0; at <= text.size(); ++at) {
        if (fits(rest, text.substr(at))) return true;
        if (at < text.size() && text[at] == '/') return false;
      }
      return false;
    }
    if (text.empty()) return false;
    if (pattern.front() == '[') {
      bool is_in = false;
      if (auto const end = end_of_set(pattern.substr(1), text.front(), is_in)) {
        if (!is_in) return false;
        pattern.remove_prefix(1 + *end);
        text.remove_prefix(1);
        continue;
      }
    }
    bool const any = pattern.front() == '?' && text.front() != '/';
    if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    if (!any && pattern.front() != text.front()) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  return text.empty();
}

}  // namespace

bool matches(std::string_view pattern, std::string_view path, bool is_directory) {
  constexpr std::string_view all_below = "/***";
  if (pattern.ends_with(all_below)) {
    std::string const directory(pattern.substr(0, pattern.size() - all_below.size()));
    if (matches(directory + "/", path, is_directory)) return true;
    return matches(directory + "/**", path, is_directory);
  }
  if (pattern.ends_with('/')) {
    if (!is_directory) return false;
    pattern.remove_suffix(1);
  }
  if (pattern.empty()) return false;
  if (pattern.starts_with('/')) return fits(pattern.substr(1), path);
  bool const of_path = pattern.find('/') != std::string_view::npos || pattern.find("**") != std::string_view::npos;
  if (!of_path) return fits(pattern, path.substr(path.rfind('/') + 1));
  // The end of the path, from any of its names on.
  for (std::size_t from = 0;;) {
    if (fits(pattern, path.substr(from))) return true;
    auto const slash = path.find('/', from);
    if (slash == std::string_view::npos) return false;
    from = slash + 1;
  }
}

std::string name_for_filters(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  auto name = path.substr(path.rfind('/') + 1);
  return name == "." || name == ".." ? std::string() : name;
}

bool is_excluded(std::span<tree_filter const> rules, std::string const& path, bool is_directory) {
  for (auto const& rule : rules)
    if (matches(rule.pattern, path, is_directory)) return rule.rule == tree_filter::kind::exclude;
  return false;
}

}  // namespace coview::copying
