// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's

#include "os/visibility.hpp"

/// Handlers for the signals of faults (SIGSEGV, SIGBUS and the like) in a process whose other parts may have theirs.
namespace coview::os {

/// A handler in front of the one that its signal had before, to which it passes on what is not its own.
///
/// Thread safety: `install` and `remove` are for one thread at a time; the rest may run in the handler, in any
/// thread, from before `install` has returned, and takes no lock. So one is static: nothing tells when the
/// last handler is left.
class fault_handler {
 public:
  using function = void (*)(int signal, siginfo_t* info, void* context);

  constexpr fault_handler() noexcept = default;
  fault_handler(fault_handler const&) = delete;
  fault_handler& operator=(fault_handler const&) = delete;
  ~fault_handler() = default;

  /// Runs on the alternate stack where the thread has one, with no signal blocked: it may leave by a jump. False
  /// where the kernel refuses, and where it was removed from behind somebody else's, who may still pass on to it: in
  /// front of that one as well it would be passed its own signals, for ever.
  COVIEW_PRIVATE bool install(int signal, function handle) noexcept;
  /// Gives the signal back to the handler before, unless somebody else has put one in place since: that one keeps it,
  /// and may pass on to this one as long as the process lives.
  COVIEW_PRIVATE void remove() noexcept;

  /// Whether a signal that is passed on has its default effect: there was no handler before, and the process ignores
  /// none that the kernel lets it ignore (one that was sent; a fault comes again).
  [[nodiscard]] COVIEW_PRIVATE bool is_last_for(siginfo_t const& info) const noexcept;
  /// To the handler before; without one, the signal does what it does by itself, once the caller has returned.
  COVIEW_PRIVATE void pass_on(siginfo_t* info, void* context) const noexcept;

 private:
  [[nodiscard]] bool is_ours(struct ::sigaction const& one) const noexcept;

  struct ::sigaction before_ {};
  function handle_ = nullptr;
  int signal_ = 0;
  bool stays_ = false;  // removed, but somebody else's is in front of it
};

}  // namespace coview::os
