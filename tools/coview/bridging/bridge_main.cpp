// SPDX-License-Identifier: Apache-2.0
// coview-bridge: what `coview bridge` becomes once its arguments are read. A program of its own, so that coview
// itself needs no libnats. Reads the options from standard input, as a file of --config has them, and carries until a
// signal ends it.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <string>

#include "bridge/subject.hpp"
#include "bridging/bridge_config.hpp"
#include "bridging/keep_freed_memory.hpp"
#include "shared/console.hpp"
#include "shared/exit_code.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    auto const count = ::read(fd, piece.data(), piece.size());
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw failure(exit_failed, "cannot read the options from standard input");
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

/// Says of each channel when it begins to be carried, and what is wrong when that is new.
class teller {
 public:
  explicit teller(console& out) noexcept : out_(out) {}
  void look() {
    for (auto const& each : bridges()) {
      if (each.process != getpid()) continue;
      auto const now = each.connected         ? each.problem.empty() ? "carried" : each.problem
                       : each.problem.empty() ? "not connected yet"
                                              : each.problem;
      auto& before = told_[std::string(word_for(each.what)) + " '" + escape(each.name) + "'"];
      if (before == now) continue;
      before = now;
      out_.say("{} '{}': {}", word_for(each.what), escape(each.name), escape(now));
    }
  }

 private:
  console& out_;
  std::map<std::string, std::string> told_;
};

int carry(console& out) {
  bridge_config given;
  given.read(read_all(STDIN_FILENO), "standard input");
  // Before any thread is there, which would have them.
  signal_reader signals(ending_signals);
  bridge const carries(given.options());
  teller tells(out);
  constexpr std::chrono::milliseconds now_and_then(500);
  for (;;) {
    tells.look();
    if (signals.wait_for(now_and_then)) return exit_ok;
  }
}

int guarded(console& out) {
  try {
    return carry(out);
  } catch (failure const& e) {
    out.complain(e.what(), e.remedy());
    return e.status();
  } catch (error const& e) {
    out.complain(escape(e.what()));
    return exit_code_of(e.code());
  } catch (std::exception const& e) {
    out.complain(escape(e.what()));
    return exit_failed;
  }
}

}  // namespace

}  // namespace coview::tool

int main() {
  coview::tool::keep_freed_memory();
  coview::tool::console out;
  return coview::tool::guarded(out);
}
