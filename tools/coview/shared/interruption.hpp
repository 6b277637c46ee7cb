// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>

/// Ctrl-C for commands that go on for long and can be asked to stop in good order.
namespace coview::tool {

/// While it exists, the first signal that would end the program is only noted; the second one ends it. A signal that
/// was ignored stays so. One at a time.
class interruption {
 public:
  interruption();
  interruption(interruption const&) = delete;
  interruption& operator=(interruption const&) = delete;
  ~interruption();

  /// The signal that came; 0: none.
  [[nodiscard]] static int came() noexcept;

 private:
  std::array<struct sigaction, 3> before_{};
};

}  // namespace coview::tool
