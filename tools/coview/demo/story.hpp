// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "shared/console.hpp"

/// How the demos tell what they do.
namespace coview::tool {

/// How this program was called, as it can be typed again.
[[nodiscard]] std::string called_as();

/// Tells what happens, and keeps account of what was promised.
class story {
 public:
  static constexpr std::string_view indent = "   ";

  story(console& out, bool as_json) : out_(out), json_(as_json) {}

  void step(std::string_view title);
  void line(std::string_view text);
  /// What a call answered, in as many lines as it takes.
  void answer(std::string_view text);
  void promise(bool kept, std::string const& what);
  void figure(char const* name, double nanoseconds, std::string const& what);
  void command(std::string_view text) { line(out_.in(style::dim, fmt::format("$ {}", text))); }
  [[nodiscard]] bool shown() const { return !json_; }

  /// The exit status. `next` is what can be typed then, where all was as promised.
  int end(std::chrono::nanoseconds time, std::string_view next);

 private:
  console& out_;
  nlohmann::ordered_json promises_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json figures_ = nlohmann::ordered_json::object();
  int step_ = 0;
  bool json_;
  bool kept_ = true;
};

}  // namespace coview::tool
