// SPDX-License-Identifier: Apache-2.0
#include "demo/story.hpp"

#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

std::string called_as() {
  std::ifstream arguments("/proc/self/cmdline", std::ios::binary);
  std::string name;
  std::getline(arguments, name, '\0');
  if (name.empty()) return "coview";
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-";
  if (name.find_first_not_of(plain) == std::string::npos) return name;
  std::string quoted = "'";
  for (char const each : name) quoted += each == '\'' ? std::string("'\\''") : std::string(1, each);
  return quoted + "'";
}

void story::step(std::string_view title) {
  ++step_;
  if (json_) return;
  out_.print("\n{}\n", out_.in(style::bold, fmt::format("{}  {}", step_, title)));
  out_.flush();
}

void story::line(std::string_view text) {
  if (json_) return;
  out_.print("{}{}\n", indent, text);
  out_.flush();
}

void story::answer(std::string_view text) {
  auto const margin = indent.size() + 2;
  line(fmt::format("→ {}", out_.on_terminal() ? wrap(text, out_.width(), margin) : text));
}

void story::promise(bool kept, std::string const& what) {
  kept_ = kept_ && kept;
  promises_.push_back({{"promise", what}, {"kept", kept}});
  line(fmt::format("{} {}", kept ? out_.in(style::green, "✓") : out_.in(style::red, "✗ not so:"), what));
}

void story::figure(char const* name, double nanoseconds, std::string const& what) {
  figures_[name] = nanoseconds;
  auto const text = nanoseconds < 1000 ? fmt::format("{:.0f} ns", nanoseconds)
                                       : human_duration(std::chrono::nanoseconds(std::llround(nanoseconds)));
  line(fmt::format("{}  {}", out_.in(style::bold, fmt::format("{:>8}", text)), what));
}

int story::end(std::chrono::nanoseconds time, std::string_view next) {
  if (json_) {
    out_.write_json({{"schema", "coview.demo/1"},
                     {"ok", kept_},
                     {"promises", promises_},
                     {"nanoseconds", figures_},
                     {"seconds", std::chrono::duration<double>(time).count()}});
  } else {
    out_.print("\n{} in {}.\n",
               kept_ ? "Everything as promised, and nothing is left behind," : "Not everything was as promised,",
               human_duration(time));
    if (kept_) out_.print("Your turn: {}\n", next);
  }
  return kept_ ? exit_ok : exit_failed;
}

}  // namespace coview::tool
