// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/fault_guard.hpp"

#include <setjmp.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's

#include <algorithm>
#include <cstring>

#include "os/fault_handler.hpp"
#include "os/process_wide.hpp"

namespace coview::copying {
namespace {

/// Where a fault of this thread goes; nullptr: it is nobody's. Written before and after the copying, in the thread
/// that the signal then interrupts, so that it needs no atomic; volatile keeps the compiler from moving it past the
/// copying.
thread_local sigjmp_buf* volatile landing = nullptr;

struct guard_count {
  int value = 0;
};

constinit os::fault_handler handler;

void on_fault(int /*signal*/, siginfo_t* info, void* context) {
  if (sigjmp_buf* const there = landing; there != nullptr) siglongjmp(*there, 1);
  handler.pass_on(info, context);
}

}  // namespace

fault_guard::fault_guard() {
  os::process_wide<guard_count>::access guards;
  if (guards->value++ == 0) handler.install(SIGBUS, on_fault);
}

fault_guard::~fault_guard() {
  os::process_wide<guard_count>::access guards;
  if (--guards->value == 0) handler.remove();
}

fault_guard::outcome fault_guard::copy(std::span<std::byte> to, std::span<std::byte const> from) noexcept {
  sigjmp_buf here;
  // Without saving the signal mask: the handler runs with none blocked (SA_NODEFER), and saving it is a system call.
  if (sigsetjmp(here, 0) != 0) {
    landing = nullptr;
    return outcome::faulted;
  }
  landing = &here;
  std::memcpy(to.data(), from.data(), std::min(to.size(), from.size()));
  landing = nullptr;
  return outcome::copied;
}

}  // namespace coview::copying
