// SPDX-License-Identifier: Apache-2.0
#include "bridge/subject.hpp"

#include <array>

#include <coview/error.hpp>

namespace coview::inline bridging {
namespace {

constexpr std::array kinds = {carried::topic, carried::log, carried::queue, carried::latest, carried::mapping};
constexpr std::string_view digits = "0123456789ABCDEF";

/// By hand: what a letter is must not depend on a locale.
bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

std::string escaped(std::string_view text, char mark) {
  std::string out;
  for (char const c : text) {
    if (is_plain(c) || (c == '_' && mark != '_')) {
      out += c;
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    out += mark;
    out += digits[byte >> 4U];
    out += digits[byte & 0xfU];
  }
  return out;
}

}  // namespace

std::string subject_token(std::string_view name) {
  return escaped(name, '=');
}

std::optional<std::string> name_of_token(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '=') {
      name += token[i];
      continue;
    }
    if (token.size() - i < 3) return {};
    auto const high = digits.find(token[i + 1]);
    auto const low = digits.find(token[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    name += static_cast<char>(high << 4U | low);
    i += 2;
  }
  // One name, one token: what could have been written otherwise was not made here.
  if (name.empty() || subject_token(name) != token) return {};
  return name;
}

std::string_view word_for(carried what) noexcept {
  switch (what) {
    case carried::topic:
      return "topic";
    case carried::log:
      return "log";
    case carried::queue:
      return "queue";
    case carried::latest:
      return "latest";
    case carried::mapping:
      return "map";
  }
  return "";
}

std::string subject_for(std::string_view prefix, carried what, std::string_view name) {
  auto const refuse = [&](std::errc code, char const* cause, char const* remedy) {
    throw error(
        code, {"bridge", std::string(word_for(what)) + " '" + std::string(name.substr(0, longest_token)) + "'", cause,
               remedy});
  };
  auto const first = subject_token(prefix);
  auto const last = subject_token(name);
  if (first.empty() || last.empty()) refuse(std::errc::invalid_argument, "a name or prefix is empty", "give it one");
  if (first.size() > longest_token / 4) {
    refuse(std::errc::filename_too_long, "the prefix is too long for a subject", "take one of at most 40 characters");
  }
  if (last.size() > longest_token) {
    refuse(std::errc::filename_too_long, "the name is too long for a subject, a stream or a key",
           "give it a shorter one outside: --as NAME");
  }
  return first + "." + std::string(word_for(what)) + "." + last;
}

std::optional<subject_parts> parts_of_subject(std::string_view subject) {
  auto const one = subject.find('.');
  auto const two = one == std::string_view::npos ? one : subject.find('.', one + 1);
  if (two == std::string_view::npos) return {};
  auto prefix = name_of_token(subject.substr(0, one));
  auto name = name_of_token(subject.substr(two + 1));
  if (!prefix || !name) return {};
  for (auto const what : kinds) {
    if (subject.substr(one + 1, two - one - 1) == word_for(what)) {
      return subject_parts{std::move(*prefix), what, std::move(*name)};
    }
  }
  return {};
}

std::string stream_for(std::string_view subject) {
  std::string name(subject);
  for (char& c : name) {
    if (c == '.') c = '+';
  }
  return name;
}

std::string bucket_for(std::string_view prefix, std::string_view use) {
  // No escape ends in an underscore, so the two parts can be told apart.
  return escaped(prefix, '_') + "__" + std::string(use);
}

}  // namespace coview::inline bridging
