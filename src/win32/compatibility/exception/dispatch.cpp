// SPDX-License-Identifier: Apache-2.0
// From a fault to an exception: signals become records, and whoever is to be asked is asked in Windows' order:
// vectored handlers, the blocks of the thread, the filter of last resort. What nobody wants goes to the handler that
// the signal had before, or ends the process by the signal.
//
// Handlers are installed when a program first shows that it cares, and run on a stack of their own, so that a stack
// that overflowed can be told. While they run, that stack is disarmed (SS_AUTODISARM): a fault within a filter, which
// runs on the thread's own stack, is told there, and does not destroy what waits on the other one.
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include <coview/win32/winbase.h>

#include "os/fault_handler.hpp"
#include "os/fork_lock.hpp"
#include "win32/compatibility/exception/frame.hpp"
#include "win32/core/memory/guard_pages.hpp"
#include "win32/core/memory/region.hpp"
#include "win32/core/process/process.hpp"

namespace coview::win32::seh {
namespace {

constexpr DWORD end_of_file = 0xC0000011;  // STATUS_END_OF_FILE: why a page could not be had

constexpr std::array told = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
constinit std::array<os::fault_handler, told.size()> handlers;
constinit std::atomic<LPTOP_LEVEL_EXCEPTION_FILTER> last_resort{nullptr};

/// Read by handlers of signals without a lock: a list is never changed, but replaced. Those that were replaced stay,
/// for somebody may be reading them; programs change them a few times in their lives.
class vectored_handlers {
 public:
  struct entry {
    PVECTORED_EXCEPTION_HANDLER handler;
    std::size_t id;
  };
  struct list : std::vector<entry> {
    list const* replaced = nullptr;  // the one before
  };

  PVOID add(bool first, PVECTORED_EXCEPTION_HANDLER handler) noexcept {
    std::lock_guard const guard(changing_);
    try {
      auto const now = current();
      auto made = std::make_unique<list>();
      made->assign(now.begin(), now.end());
      std::size_t const id = ++last_;
      made->insert(first ? made->begin() : made->end(), entry{handler, id});
      replace(std::move(made));
      return std::bit_cast<PVOID>(id);
    } catch (std::bad_alloc const&) {
      return nullptr;
    }
  }
  ULONG remove(PVOID handle) noexcept {
    std::lock_guard const guard(changing_);
    auto const is = [id = std::bit_cast<std::size_t>(handle)](entry const& one) { return one.id == id; };
    auto const now = current();
    if (std::none_of(now.begin(), now.end(), is)) return 0;
    try {
      auto made = std::make_unique<list>();
      std::remove_copy_if(now.begin(), now.end(), std::back_inserter(*made), is);
      replace(std::move(made));
      return 1;
    } catch (std::bad_alloc const&) {
      return 0;
    }
  }
  /// Whether one of them says that execution goes on.
  bool ask(EXCEPTION_POINTERS& facts) const noexcept {
    for (auto const& one : current()) {
      if (one.handler(&facts) == EXCEPTION_CONTINUE_EXECUTION) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] std::span<entry const> current() const noexcept {
    auto const* const now = list_.load(std::memory_order_acquire);
    return now != nullptr ? std::span<entry const>(*now) : std::span<entry const>();
  }
  void replace(std::unique_ptr<list> made) noexcept {
    made->replaced = list_.load(std::memory_order_relaxed);
    list_.store(made.release(), std::memory_order_release);
  }

  os::static_fork_lock changing_;
  std::atomic<list const*> list_{nullptr};
  std::size_t last_ = 0;
};

constinit vectored_handlers exception_handlers;
constinit vectored_handlers continue_handlers;
constinit os::static_fork_lock installing;

/// Where the handlers of one thread run, with a page in front that stays shut.
class signal_stack {
 public:
  signal_stack() noexcept = default;
  signal_stack(signal_stack const&) = delete;
  signal_stack& operator=(signal_stack const&) = delete;
  ~signal_stack() {
    if (memory_ == nullptr) return;
    stack_t now{};
    if (::sigaltstack(nullptr, &now) == 0 && now.ss_sp == armed_.ss_sp) {
      stack_t none{};
      none.ss_flags = SS_DISABLE;
      ::sigaltstack(&none, nullptr);
    }
    ::munmap(memory_, size_ + guard);
  }

  /// A stack that the program, or a sanitizer, has set is used as it is, disarmed while it is in use.
  void set() noexcept {
    if (armed_.ss_sp != nullptr) return;
    remember_stack();
    stack_t now{};
    if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_ONSTACK) != 0) return;
    if ((now.ss_flags & SS_DISABLE) != 0) {
      long const least = ::sysconf(_SC_MINSIGSTKSZ);
      size_ = usual + (least > 0 ? (static_cast<std::size_t>(least) + guard - 1) & ~(guard - 1) : 0);
      void* const made =
          ::mmap(nullptr, size_ + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
      if (made == MAP_FAILED) return;
      ::mprotect(made, guard, PROT_NONE);
      memory_ = static_cast<std::byte*>(made);
      now.ss_sp = memory_ + guard;
      now.ss_size = size_;
    }
    now.ss_flags = auto_disarm;
    armed_ = now;
    arm();
  }
  /// Again, after a jump out of a handler: the kernel would have done it at the handler's end.
  void arm() noexcept {
    if (armed_.ss_sp != nullptr) ::sigaltstack(&armed_, nullptr);
  }
  /// Whether a fault at `address`, with the stack at `stack`, is what a stack does that has come to its end.
  [[nodiscard]] bool overflowed(std::uintptr_t address, std::uintptr_t stack) const noexcept {
    constexpr std::uintptr_t reach = std::uintptr_t{1} << 16U;
    if (low_ == 0 || address >= low_ + reach || address + reach * 16 < low_) return false;
    return address + reach > stack && address < stack + reach;
  }

 private:
  static constexpr int auto_disarm = static_cast<int>(1U << 31U);  // SS_AUTODISARM, which glibc does not name
  static constexpr std::size_t guard = 4096;
  static constexpr std::size_t usual = std::size_t{1} << 16U;

  void remember_stack() noexcept {
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
    void* low = nullptr;
    std::size_t size = 0;
    if (::pthread_attr_getstack(&attributes, &low, &size) == 0) low_ = reinterpret_cast<std::uintptr_t>(low);
    ::pthread_attr_destroy(&attributes);
  }

  stack_t armed_{};
  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  std::uintptr_t low_ = 0;
};

thread_local signal_stack own_stack;
/// The same, for handlers of signals, which must not be the first to touch it.
__attribute__((tls_model("initial-exec"))) constinit thread_local signal_stack* known_stack = nullptr;

/// What the processor was doing, and back again where a filter has changed it.
#if defined(__x86_64__)
constexpr std::array general = {
    std::pair{REG_RAX, &CONTEXT::Rax}, std::pair{REG_RCX, &CONTEXT::Rcx}, std::pair{REG_RDX, &CONTEXT::Rdx},
    std::pair{REG_RBX, &CONTEXT::Rbx}, std::pair{REG_RSP, &CONTEXT::Rsp}, std::pair{REG_RBP, &CONTEXT::Rbp},
    std::pair{REG_RSI, &CONTEXT::Rsi}, std::pair{REG_RDI, &CONTEXT::Rdi}, std::pair{REG_R8, &CONTEXT::R8},
    std::pair{REG_R9, &CONTEXT::R9},   std::pair{REG_R10, &CONTEXT::R10}, std::pair{REG_R11, &CONTEXT::R11},
    std::pair{REG_R12, &CONTEXT::R12}, std::pair{REG_R13, &CONTEXT::R13}, std::pair{REG_R14, &CONTEXT::R14},
    std::pair{REG_R15, &CONTEXT::R15}, std::pair{REG_RIP, &CONTEXT::Rip}};

CONTEXT read_processor(ucontext_t const& from) noexcept {
  CONTEXT made{};
  made.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
  auto const& registers = from.uc_mcontext.gregs;
  for (auto const& [index, member] : general) made.*member = static_cast<DWORD64>(registers[index]);
  made.EFlags = static_cast<DWORD>(registers[REG_EFL]);
  return made;
}
void write_processor(CONTEXT const& from, ucontext_t& to) noexcept {
  auto& registers = to.uc_mcontext.gregs;
  for (auto const& [index, member] : general) registers[index] = static_cast<greg_t>(from.*member);
}
std::uintptr_t stack_of(CONTEXT const& processor) noexcept {
  return processor.Rsp;
}
std::uintptr_t place_of(CONTEXT const& processor) noexcept {
  return processor.Rip;
}
bool was_writing(ucontext_t const& context) noexcept {
  constexpr greg_t write_bit = 2;
  return (context.uc_mcontext.gregs[REG_ERR] & write_bit) != 0;
}
bool was_executing(ucontext_t const& context, void const* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) == static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
}
constexpr std::uintptr_t red_zone = 128;
#else
CONTEXT read_processor(ucontext_t const& from) noexcept {
  CONTEXT made{};
  made.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
  std::copy_n(std::begin(from.uc_mcontext.regs), std::size(made.X), std::begin(made.X));
  made.Sp = from.uc_mcontext.sp;
  made.Pc = from.uc_mcontext.pc;
  made.Cpsr = static_cast<DWORD>(from.uc_mcontext.pstate);
  return made;
}
void write_processor(CONTEXT const& from, ucontext_t& to) noexcept {
  std::copy_n(std::begin(from.X), std::size(from.X), std::begin(to.uc_mcontext.regs));
  to.uc_mcontext.sp = from.Sp;
  to.uc_mcontext.pc = from.Pc;
}
std::uintptr_t stack_of(CONTEXT const& processor) noexcept {
  return processor.Sp;
}
std::uintptr_t place_of(CONTEXT const& processor) noexcept {
  return processor.Pc;
}
bool was_writing(ucontext_t const& /*context*/) noexcept {
  return false;  // the kernel tells it in a record that is not worth walking to
}
bool was_executing(ucontext_t const& context, void const* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) == context.uc_mcontext.pc;
}
constexpr std::uintptr_t red_zone = 0;
#endif

DWORD code_of_arithmetic(int code) noexcept {
  switch (code) {
    case FPE_INTOVF:
      return STATUS_INTEGER_OVERFLOW;
    case FPE_FLTDIV:
      return STATUS_FLOAT_DIVIDE_BY_ZERO;
    case FPE_FLTOVF:
      return STATUS_FLOAT_OVERFLOW;
    case FPE_FLTUND:
      return STATUS_FLOAT_UNDERFLOW;
    case FPE_FLTRES:
      return STATUS_FLOAT_INEXACT_RESULT;
    case FPE_FLTINV:
      return STATUS_FLOAT_INVALID_OPERATION;
    case FPE_FLTSUB:
      return STATUS_ARRAY_BOUNDS_EXCEEDED;
    default:
      return STATUS_INTEGER_DIVIDE_BY_ZERO;
  }
}

EXCEPTION_RECORD record_of(int signal, siginfo_t const& facts, ucontext_t const& context,
                           CONTEXT const& processor) noexcept {
  EXCEPTION_RECORD made{};
  made.ExceptionAddress = std::bit_cast<PVOID>(place_of(processor));
  auto const at = reinterpret_cast<std::uintptr_t>(facts.si_addr);
  auto const about_memory = [&](DWORD code) {
    made.ExceptionCode = code;
    made.NumberParameters = 2;
    made.ExceptionInformation[0] = was_executing(context, facts.si_addr) ? EXCEPTION_EXECUTE_FAULT
                                   : was_writing(context)                ? EXCEPTION_WRITE_FAULT
                                                                         : EXCEPTION_READ_FAULT;
    made.ExceptionInformation[1] = at;
  };
  switch (signal) {
    case SIGSEGV:
      about_memory(STATUS_ACCESS_VIOLATION);
      // An address that no page can have is told without one.
      if (facts.si_code == SI_KERNEL) made.ExceptionInformation[1] = MAXULONG_PTR;
      if (known_stack != nullptr && known_stack->overflowed(at, stack_of(processor)))
        made.ExceptionCode = STATUS_STACK_OVERFLOW;
      break;
    case SIGBUS:
      if (facts.si_code == BUS_ADRALN) {
        made.ExceptionCode = STATUS_DATATYPE_MISALIGNMENT;
        break;
      }
      about_memory(STATUS_IN_PAGE_ERROR);
      made.NumberParameters = 3;
      made.ExceptionInformation[2] = end_of_file;
      break;
    case SIGFPE:
      made.ExceptionCode = code_of_arithmetic(facts.si_code);
      break;
    case SIGILL:
      made.ExceptionCode = facts.si_code == ILL_PRVOPC ? STATUS_PRIVILEGED_INSTRUCTION : STATUS_ILLEGAL_INSTRUCTION;
      break;
    default:
      made.ExceptionCode = facts.si_code == TRAP_TRACE ? STATUS_SINGLE_STEP : STATUS_BREAKPOINT;
      break;
  }
  return made;
}

[[noreturn]] void end_with(DWORD code) noexcept {
  TerminateProcess(GetCurrentProcess(), code);
  ::_exit(static_cast<int>(code));
}

/// Everybody in turn. Comes back where nobody handles it.
answer ask_all(EXCEPTION_POINTERS& facts, void* stack, void (*before_handling)(void*), void* with) noexcept {
  if (exception_handlers.ask(facts)) return answer::go_on;
  answer const found = search(facts, stack, before_handling, with);
  if (found == answer::go_on) return found;
  switch (UnhandledExceptionFilter(&facts)) {
    case EXCEPTION_CONTINUE_EXECUTION:
      return answer::go_on;
    case EXCEPTION_EXECUTE_HANDLER:
      end_with(facts.ExceptionRecord->ExceptionCode);
    default:
      return answer::nobody;
  }
}

/// A handler is about to run, outside of the handler of the signal.
void leave_signal(void* context) {
  auto& from = *static_cast<ucontext_t*>(context);
  if (known_stack != nullptr) known_stack->arm();
  ::pthread_sigmask(SIG_SETMASK, &from.uc_sigmask, nullptr);
}

void nothing(void* /*with*/) {}

/// The handler from before; without one, the signal does what it does by itself.
void pass_on(int signal, siginfo_t* facts, void* context, DWORD code) noexcept {
  auto const index = static_cast<std::size_t>(std::find(told.begin(), told.end(), signal) - told.begin());
  auto const& handler = handlers[index];
  if (code != 0 && handler.is_last_for(*facts)) leave_exit_code(code);  // for a parent that uses this library too
  handler.pass_on(facts, context);
}

void on_signal(int signal, siginfo_t* facts, void* context) {
  int const saved = errno;
  if (signal == SIGSEGV && facts->si_code > 0 && let_reserved_through(facts->si_addr)) {
    errno = saved;
    return;
  }
  if (facts->si_code <= 0) {  // sent by somebody: no exception
    pass_on(signal, facts, context, 0);
    errno = saved;
    return;
  }
  auto& from = *static_cast<ucontext_t*>(context);
  CONTEXT processor = read_processor(from);
  EXCEPTION_RECORD record = record_of(signal, *facts, from, processor);
  if (signal == SIGSEGV && guard_pages::trip(facts->si_addr)) record.ExceptionCode = STATUS_GUARD_PAGE_VIOLATION;
  EXCEPTION_POINTERS pointers{&record, &processor};
  // Where the handler has the stack of the fault, its own frames are in use as well.
  constexpr std::uintptr_t slack = 4096;
  constexpr std::uintptr_t frame_of_signal = std::uintptr_t{1} << 16U;  // more than a kernel ever needs
  auto const own = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  std::uintptr_t const stack = stack_of(processor);
  bool const beneath = own < stack && stack - own < frame_of_signal;
  std::uintptr_t const lowest = beneath ? own - slack : stack - red_zone;
  bool const overflowed = record.ExceptionCode == STATUS_STACK_OVERFLOW;
  auto const found = ask_all(pointers, overflowed ? nullptr : std::bit_cast<void*>(lowest), leave_signal, context);
  errno = saved;
  if (found == answer::go_on && !overflowed) {
    continue_handlers.ask(pointers);
    write_processor(processor, from);
    return;
  }
  pass_on(signal, facts, context, record.ExceptionCode);
}

void install_handlers() noexcept {
  static constinit std::atomic<bool> installed{false};
  if (installed.load(std::memory_order_acquire)) return;
  std::lock_guard const one_at_a_time(installing);
  if (installed.load(std::memory_order_relaxed)) return;
  for (std::size_t i = 0; i < told.size(); ++i) handlers[i].install(told[i], on_signal);
  installed.store(true, std::memory_order_release);
}

}  // namespace

void be_ready() noexcept {
  install_handlers();
  own_stack.set();
  known_stack = &own_stack;
}

}  // namespace coview::win32::seh

using namespace coview::win32;
using namespace coview::win32::seh;

void RaiseException(DWORD dwExceptionCode, DWORD dwExceptionFlags, DWORD nNumberOfArguments,
                    ULONG_PTR const* lpArguments) {
  constexpr DWORD reserved_bit = 0x10000000;
  CONTEXT processor{};
  EXCEPTION_RECORD record{};
  record.ExceptionCode = dwExceptionCode & ~reserved_bit;
  record.ExceptionFlags = dwExceptionFlags & EXCEPTION_NONCONTINUABLE;
  record.ExceptionAddress = __builtin_return_address(0);
  if (lpArguments != nullptr) {
    record.NumberParameters = std::min<DWORD>(nNumberOfArguments, EXCEPTION_MAXIMUM_PARAMETERS);
    std::copy_n(lpArguments, record.NumberParameters, std::begin(record.ExceptionInformation));
  }
  EXCEPTION_POINTERS facts{&record, &processor};
  constexpr std::uintptr_t slack = 4096;
  auto const lowest = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - slack;
  if (ask_all(facts, std::bit_cast<void*>(lowest), nothing, nullptr) == answer::go_on) {
    if (record.ExceptionFlags == 0) {
      continue_handlers.ask(facts);
      return;
    }
    // To go on was no choice.
    EXCEPTION_RECORD second{};
    second.ExceptionCode = STATUS_NONCONTINUABLE_EXCEPTION;
    second.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    second.ExceptionRecord = &record;
    second.ExceptionAddress = record.ExceptionAddress;
    EXCEPTION_POINTERS again{&second, &processor};
    ask_all(again, std::bit_cast<void*>(lowest), nothing, nullptr);
    record.ExceptionCode = second.ExceptionCode;
  }
  // Nobody wants it. A status of Linux has eight bits: the signal tells this from an exit, the code goes to a parent
  // that uses this library too.
  leave_exit_code(record.ExceptionCode);
  int const number = record.ExceptionCode == EXCEPTION_ACCESS_VIOLATION ? SIGSEGV : SIGABRT;
  ::signal(number, SIG_DFL);
  ::kill(::getpid(), number);
  ::pause();
  ::_exit(static_cast<int>(record.ExceptionCode));
}

LPTOP_LEVEL_EXCEPTION_FILTER SetUnhandledExceptionFilter(LPTOP_LEVEL_EXCEPTION_FILTER lpTopLevelExceptionFilter) {
  if (lpTopLevelExceptionFilter != nullptr) be_ready();
  return last_resort.exchange(lpTopLevelExceptionFilter, std::memory_order_acq_rel);
}

LONG UnhandledExceptionFilter(EXCEPTION_POINTERS* ExceptionInfo) {
  auto const filter = last_resort.load(std::memory_order_acquire);
  return filter != nullptr ? filter(ExceptionInfo) : EXCEPTION_CONTINUE_SEARCH;
}

PVOID AddVectoredExceptionHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler) {
  be_ready();
  return exception_handlers.add(First != 0, Handler);
}
ULONG RemoveVectoredExceptionHandler(PVOID Handle) {
  return exception_handlers.remove(Handle);
}
PVOID AddVectoredContinueHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler) {
  be_ready();
  return continue_handlers.add(First != 0, Handler);
}
ULONG RemoveVectoredContinueHandler(PVOID Handle) {
  return continue_handlers.remove(Handle);
}
