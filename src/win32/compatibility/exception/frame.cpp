// SPDX-License-Identifier: Apache-2.0
// The words __try, __except, __finally and __leave (excpt.h) at run time: frames, filters, unwinding.
//
// Longjmps go up the stack, as everywhere, and down again, to a search or a way out that waits beneath: its stack was
// left alone on purpose. So these are plain jumps, and not the checked ones that glibc has for _FORTIFY_SOURCE.
#undef _FORTIFY_SOURCE
#include "win32/compatibility/exception/frame.hpp"

#include <pthread.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>

namespace coview::win32::seh {
namespace {

/// One exception that is being searched for, and where its search waits for the verdict of a filter.
struct search_state {
  EXCEPTION_POINTERS* facts = nullptr;
  search_state* outer = nullptr;
  long long verdict = 0;
  sigjmp_buf back{};
};

struct thread_state {
  coview_seh_frame* top = nullptr;
  search_state* search = nullptr;
  bool ready = false;
};

// Reached from handlers of signals: must not be made at its first use.
__attribute__((tls_model("initial-exec"))) constinit thread_local thread_state here;

[[noreturn]] void jump_to(coview_seh_frame& frame) noexcept {
  here.top = &frame;
  if (frame.jump == 1) ::siglongjmp(frame.point.full, 1);
#if defined(__x86_64__)
  // What __builtin_longjmp does, in the words of neither compiler: frame pointer, label, stack pointer.
  __asm__ __volatile__(
      "movq 0(%0), %%rbp\n\t"
      "movq 16(%0), %%rsp\n\t"
      "jmpq *8(%0)"
      :
      : "a"(static_cast<void**>(frame.point.words))
      : "memory");
  __builtin_unreachable();
#else
  __builtin_longjmp(static_cast<void**>(frame.point.words), 1);
#endif
}

/// The lowest address that the caller's stack uses, and what the compiler may keep beneath it.
__attribute__((noinline)) char* stack_in_use() noexcept {
  constexpr std::ptrdiff_t slack = 1024;
  return static_cast<char*>(__builtin_frame_address(0)) - slack;
}

/// How far what runs in `frame` has to stay away from its own stack: to beneath `lowest`.
std::size_t room_beneath(coview_seh_frame const& frame, char const* lowest) noexcept {
  auto const* const from = static_cast<char const*>(frame.function);
  return lowest == nullptr || from < lowest ? 0 : static_cast<std::size_t>(from - lowest);
}

[[noreturn]] void handle(coview_seh_frame& frame, DWORD code) noexcept {
  frame.phase = handling;
  frame.room = 0;
  frame.code = code;
  here.search = static_cast<search_state*>(frame.search);  // those that are younger end here
  jump_to(frame);
}

/// The next frame outwards that has something to do before the target's handler runs; then that handler.
[[noreturn]] void unwind(coview_seh_frame* from, coview_seh_frame& target) noexcept {
  for (auto* one = from; one != nullptr && one != &target; one = one->outer) {
    if (one->phase != body) continue;
    one->phase = unwinding;
    one->room = 0;
    one->abnormal = 1;
    one->target = &target;
    jump_to(*one);
  }
  handle(target, target.code);
}

coview_seh_frame& innermost_body() noexcept {
  auto* one = here.top;
  while (one != nullptr && one->phase != body) one = one->outer;
  if (one == nullptr) __builtin_trap();  // __leave outside of a block does not compile into this
  return *one;
}

bool is_linked(coview_seh_frame const* frame) noexcept {
  auto const* one = here.top;
  while (one != nullptr && one != frame) one = one->outer;
  return one != nullptr;
}

/// The way out of a function, or of a loop, goes on.
[[noreturn]] void go_on_out(coview_seh_frame& frame) noexcept {
  frame.phase = done;
  ::siglongjmp(*static_cast<sigjmp_buf*>(frame.exit), 1);
}

}  // namespace

answer search(EXCEPTION_POINTERS& facts, void* stack, void (*before_handling)(void*), void* with) noexcept {
  search_state state;
  state.facts = &facts;
  state.outer = here.search;
  auto* const top = here.top;
  // Both change after the jump, and are read after it.
  coview_seh_frame* volatile asked = nullptr;
  for (auto* one = top; one != nullptr; one = asked->outer) {
    asked = one;
    if (one->phase != body) continue;
    state.verdict = EXCEPTION_CONTINUE_SEARCH;
    here.search = &state;
    if (::sigsetjmp(state.back, 0) == 0) {
      asked->phase = filtering;
      asked->room = room_beneath(*asked, static_cast<char const*>(stack));
      asked->code = facts.ExceptionRecord->ExceptionCode;
      jump_to(*asked);
    }
    here.search = state.outer;
    here.top = top;
    asked->phase = body;
    if (state.verdict < 0) return answer::go_on;
    if (state.verdict == 0) continue;
    before_handling(with);
    unwind(top, *asked);
  }
  return answer::nobody;
}

}  // namespace coview::win32::seh

using namespace coview::win32::seh;

coview_seh_frame* coview_seh_enter(coview_seh_frame* frame, void* function, int jump) {
  if (!here.ready) {
    here.ready = true;
    be_ready();
  }
  frame->outer = here.top;
  frame->target = nullptr;
  frame->function = function;
  frame->exit = nullptr;
  frame->search = here.search;
  frame->room = 0;
  frame->phase = body;
  frame->abnormal = 0;
  frame->jump = jump;
  frame->code = 0;
  here.top = frame;
  return frame;
}

// The end of the block's scope, however it is reached. One that was never entered (a `switch` may jump past it) is in
// no list. Frames that are further in were left by a longjmp of the program's own.
void coview_seh_exit(coview_seh_frame* frame) {
  if (!is_linked(frame)) return;
  if (frame->phase == body) {
    sigjmp_buf back{};
    if (::sigsetjmp(back, 0) == 0) {
      frame->phase = exiting;
      frame->abnormal = 1;
      frame->exit = &back;
      frame->room = room_beneath(*frame, stack_in_use());
      jump_to(*frame);
    }
  }
  here.top = frame->outer;
}

int coview_seh_here(void* /*room*/) {
  return 0;
}

// After the block: 0 where it came to its end, else the phase.
int coview_seh_except() {
  auto& frame = *here.top;
  switch (frame.phase) {
    case exiting:
      go_on_out(frame);
    case unwinding:  // a block whose filter has said no
      frame.phase = done;
      unwind(frame.outer, *frame.target);
    case filtering:
    case handling:
      return 1;
    default:
      frame.phase = done;
      return 0;
  }
}

int coview_seh_filters() {
  return here.top->phase == filtering ? 1 : 0;
}

int coview_seh_decide(long long verdict) {
  here.search->verdict = verdict;
  ::siglongjmp(here.search->back, 1);
}

void coview_seh_finally() {
  auto& frame = *here.top;
  if (frame.phase == filtering) coview_seh_decide(EXCEPTION_CONTINUE_SEARCH);  // only __except has a say
  if (frame.phase != exiting && frame.phase != unwinding) frame.target = nullptr;
  if (frame.phase != exiting) frame.exit = nullptr;
  frame.phase = running;
}

int coview_seh_finally_runs() {
  return here.top->phase == running ? 1 : 0;
}

void coview_seh_finally_done() {
  auto& frame = *here.top;
  frame.phase = done;
  if (frame.exit != nullptr) go_on_out(frame);
  if (frame.target != nullptr) unwind(frame.outer, *frame.target);
}

void coview_seh_leave() {
  auto& frame = innermost_body();
  frame.phase = leaving;
  frame.room = 0;
  jump_to(frame);
}

DWORD coview_seh_code() {
  auto const* one = here.top;
  while (one != nullptr && one->phase != filtering && one->phase != handling) one = one->outer;
  return one != nullptr ? one->code : 0;
}

EXCEPTION_POINTERS* coview_seh_facts() {
  return here.search != nullptr ? here.search->facts : nullptr;
}

int coview_seh_abnormal() {
  auto const* one = here.top;
  while (one != nullptr && one->phase != running) one = one->outer;
  return one != nullptr ? one->abnormal : 0;
}
