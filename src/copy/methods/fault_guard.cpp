// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/fault_guard.hpp"

#include <setjmp.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "os/fault_handler.hpp"
#include "os/process_wide.hpp"

namespace coview::copying {
namespace {

/// Where a fault of this thread goes; nullptr: it is nobody's. Written before and after the copying, in the thread
/// that the signal then interrupts, so that it needs no atomic; volatile keeps the compiler from moving it past the
/// copying.
thread_local sigjmp_buf* volatile landing = nullptr;

/// Those that are needed where somebody puts his own handler in front of ours and leaves it there: the one behind it
/// may still be called by it, so the next guard needs another one to be in front.
constinit std::array<os::fault_handler, 4> handlers;

template <std::size_t i>
void on_fault(int /*signal*/, siginfo_t* info, void* context) {
  if (sigjmp_buf* const there = landing; there != nullptr) siglongjmp(*there, 1);
  handlers[i].pass_on(info, context);
}

constexpr std::array<os::fault_handler::function, handlers.size()> functions = {on_fault<0>, on_fault<1>, on_fault<2>,
                                                                                on_fault<3>};

struct guards {
  int count = 0;
  os::fault_handler* in_place = nullptr;  // none where all stand behind others, who may pass on to them

  void install() noexcept {
    for (std::size_t i = 0; i < handlers.size() && in_place == nullptr; ++i) {
      if (handlers[i].install(SIGBUS, functions[i])) in_place = &handlers[i];
    }
  }
  void remove() noexcept {
    if (auto* const one = std::exchange(in_place, nullptr)) one->remove();
  }
};

}  // namespace

fault_guard::fault_guard() {
  os::process_wide<guards>::access all;
  if (all->count++ == 0) all->install();
}

fault_guard::~fault_guard() {
  os::process_wide<guards>::access all;
  if (--all->count == 0) all->remove();
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
