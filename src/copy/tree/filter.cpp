// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace coview::copying {
namespace {

/// The sets that have names, in brackets within a set: [[:digit:]]. Bytes beyond ASCII are in none.
bool is_in_class(std::string_view name, unsigned char c, bool& known) {
  using test = int (*)(int);
  static constexpr std::array<std::pair<std::string_view, test>, 12> classes = {{{"alnum", std::isalnum},
                                                                                 {"alpha", std::isalpha},
                                                                                 {"blank", std::isblank},
                                                                                 {"cntrl", std::iscntrl},
                                                                                 {"digit", std::isdigit},
                                                                                 {"graph", std::isgraph},
                                                                                 {"lower", std::islower},
                                                                                 {"print", std::isprint},
                                                                                 {"punct", std::ispunct},
                                                                                 {"space", std::isspace},
                                                                                 {"upper", std::isupper},
                                                                                 {"xdigit", std::isxdigit}}};
  auto const* const found =
      std::find_if(classes.begin(), classes.end(), [&](auto const& each) { return each.first == name; });
  known = found != classes.end();
  return known && c < 0x80 && found->second(c) != 0;
}

/// A set, from behind its bracket on.
struct set {
  std::size_t length = 0;  // its closing bracket among them
  bool holds = false;      // the character that was asked for
};

/// Nothing where the set does not end, or names a class that there is not: it matches nothing then.
std::optional<set> read_set(std::string_view pattern, unsigned char character) {
  std::size_t at = 0;
  bool const inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (inverted) ++at;
  bool found = false;
  int low = -1;  // what a range could begin with; -1: nothing
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    auto const rest = pattern.substr(at);
    if (rest.starts_with("[:")) {
      auto const end = rest.find(']', 2);
      if (end == std::string_view::npos) return {};
      if (end > 2 && rest[end - 1] == ':') {
        bool known = false;
        found = is_in_class(rest.substr(2, end - 3), character, known) || found;
        if (!known) return {};
        low = -1;
        at += end + 1;
        continue;
      }
    }
    if (low >= 0 && rest.front() == '-' && rest.size() > 1 && rest[1] != ']') {
      ++at;
      if (pattern[at] == '\\' && ++at == pattern.size()) return {};
      found = found || (low <= character && character <= static_cast<unsigned char>(pattern[at]));
      low = -1;
      ++at;
      continue;
    }
    if (pattern[at] == '\\' && ++at == pattern.size()) return {};
    low = static_cast<unsigned char>(pattern[at++]);
    found = found || low == character;
  }
  if (at >= pattern.size()) return {};
  return set{at + 1, found != inverted && character != '/'};
}

/// One character, at the beginning of both: how much of the pattern stood for it; 0 where it is another one.
std::size_t takes(std::string_view pattern, char character) {
  switch (pattern.front()) {
    case '?':
      return character != '/' ? 1 : 0;
    case '[': {
      auto const found = read_set(pattern.substr(1), static_cast<unsigned char>(character));
      return found && found->holds ? 1 + found->length : 0;
    }
    case '\\':
      return pattern.size() > 1 && pattern[1] == character ? 2 : 0;
    default:
      return pattern.front() == character ? 1 : 0;
  }
}

/// Where matching goes on, when what follows a star did not match: the star takes one more character.
struct star {
  std::string_view behind;   // of the pattern
  std::string_view untaken;  // of the text
};

/// The whole text. Of the stars that stop at slashes, only the last can be wrong about what it took: all those since
/// the last `**` stand in a certain name of the path, and what an earlier one takes more, a later one can take. So
/// with `**`. This bounds the time, whatever the pattern.
bool fits(std::string_view pattern, std::string_view text) {
  std::optional<star> within_name;
  std::optional<star> across;
  for (;;) {
    if (pattern.starts_with('*')) {
      auto const behind = pattern.substr(std::min(pattern.find_first_not_of('*'), pattern.size()));
      bool const is_single = pattern.size() - behind.size() == 1;
      (is_single ? within_name : across) = star{behind, text};
      if (!is_single) within_name.reset();
      pattern = behind;
      continue;
    }
    if (text.empty() && pattern.empty()) return true;
    if (!text.empty() && !pattern.empty()) {
      if (auto const taken = takes(pattern, text.front()); taken > 0) {
        pattern.remove_prefix(taken);
        text.remove_prefix(1);
        continue;
      }
    }
    if (within_name && (within_name->untaken.empty() || within_name->untaken.front() == '/')) within_name.reset();
    auto& again = within_name ? within_name : across;
    if (!again || again->untaken.empty()) return false;
    again->untaken.remove_prefix(1);
    pattern = again->behind;
    text = again->untaken;
  }
}

/// The last names of a path; nothing where it has fewer.
std::optional<std::string_view> last_names(std::string_view path, std::ptrdiff_t count) {
  auto const slashes = std::count(path.begin(), path.end(), '/');
  if (slashes + 1 < count) return {};
  for (auto left = slashes + 1; left > count; --left) path.remove_prefix(path.find('/') + 1);
  return path;
}

/// Without `*`, `?` and `[` in it, a pattern is a name or the end of a path, and a backslash is a backslash.
bool ends_with_names(std::string_view path, std::string_view names) {
  if (!path.ends_with(names)) return false;
  return path.size() == names.size() || path[path.size() - names.size() - 1] == '/';
}

}  // namespace

bool matches(std::string_view pattern, std::string_view path, bool is_directory) {
  if (pattern.size() > 1 && pattern.ends_with('/')) {
    if (!is_directory) return false;
    pattern.remove_suffix(1);
  }
  if (pattern.empty()) return false;
  bool const anchored = pattern.starts_with('/');
  auto const slashes = std::count(pattern.begin(), pattern.end(), '/');
  bool const crosses = pattern.find("**") != std::string_view::npos;
  if (slashes == 0 && !crosses) path = path.substr(path.rfind('/') + 1);
  if (pattern.find_first_of("*?[") == std::string_view::npos)
    return anchored ? path == pattern.substr(1) : ends_with_names(path, pattern);
  // A directory has a slash where "name/***" has one; and a path where it begins, for "**/name".
  std::string whole(pattern.starts_with("**") ? "/" : "");
  whole += path;
  if (is_directory && pattern.ends_with("***")) whole += '/';
  std::string_view text = whole;
  if (anchored) return fits(pattern.substr(1), text);
  if (!crosses) {
    auto const end = last_names(text, slashes + 1);
    return end && fits(pattern, *end);
  }
  if (pattern.starts_with("**")) return fits(pattern, text);
  for (;;) {
    if (fits(pattern, text)) return true;
    auto const slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    text.remove_prefix(slash + 1);
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
