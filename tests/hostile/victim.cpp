// SPDX-License-Identifier: Apache-2.0
#include "victim.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <string_view>

#include <coview/error.hpp>
#include <coview/mutex.hpp>

namespace hostile {
namespace {

constexpr std::byte pattern{0xaa};
constexpr std::size_t region_bytes = 8192;
constexpr std::size_t regions_a_time = 6;

report* current = nullptr;       // for the signal handler
sigjmp_buf after_touch;          // where a load from the payload goes on that met a SIGBUS
bool volatile touching = false;  // and whether one runs

/// Nothing in here may order memory, nor call what the thread sanitizer has a function of its own for: a fault of an
/// atomic store comes while the sanitizer does it and has its lock, for which this thread would wait for ever.
void on_fault(int signal, siginfo_t* info, void*) {
  if (touching && signal == SIGBUS) ::siglongjmp(after_touch, 1);
  current->fault_at.store(reinterpret_cast<std::uintptr_t>(info->si_addr), std::memory_order_relaxed);
}

/// For one fault each: returning from the handler meets it again, and then the default ends this process.
void tell_of_faults() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGSEGV, &action, nullptr);
  ::sigaction(SIGBUS, &action, nullptr);
}

std::int64_t now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

milliseconds processor_time() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(spent.tv_sec) +
                                                  std::chrono::nanoseconds(spent.tv_nsec));
}

void copy_text(std::span<char> to, std::string const& text) {
  std::size_t const length = std::min(text.size(), to.size() - 1);
  std::memcpy(to.data(), text.data(), length);
  to[length] = '\0';
}

}  // namespace

canary::~canary() {
  for (auto const region : regions_) ::munmap(region.data(), region.size());
}

void canary::spread() {
  for (std::size_t i = 0; i < regions_a_time; ++i) {
    void* const at = ::mmap(nullptr, region_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return;
    std::memset(at, std::to_integer<int>(pattern), region_bytes);
    if (i % 2 == 1) ::mprotect(at, region_bytes, PROT_READ);
    regions_.emplace_back(static_cast<std::byte*>(at), region_bytes);
  }
}

bool canary::intact() const {
  return std::ranges::all_of(regions_, [](auto const region) {
    return std::ranges::all_of(region, [](std::byte const b) { return b == pattern; });
  });
}

void stage::ask(char how) {
  if (socket_ < 0) return;
  told_.must_end = now() + std::chrono::nanoseconds(grace + patience).count();
  copy_text(told_.step, "standing still");
  char answer = 0;
  if (::send(socket_, &how, 1, MSG_NOSIGNAL) == 1) (void)!::recv(socket_, &answer, 1, 0);
}

bool stage::call(char const* step, milliseconds limit, std::function<void()> const& body, sees what) {
  copy_text(told_.step, step);
  told_.looks_only = what == sees::files;
  std::int64_t const from = now();
  told_.must_end = from + std::chrono::nanoseconds(limit + grace).count();
  auto const spent_before = processor_time();
  bool well = true;
  try {
    body();
  } catch (coview::error const& e) {
    ++told_.errors;
    well = false;
    if (std::strlen(e.what()) == 0 || !e.code()) wrong("an error that says nothing");
  } catch (std::exception const& e) {
    wrong(std::string("not a coview::error: ") + e.what());
  }
  auto const took = std::chrono::duration_cast<milliseconds>(std::chrono::nanoseconds(now() - from));
  auto const spent = processor_time() - spent_before;
  ++told_.calls;
  bool const has_an_end = std::string_view(step) != construct_step;  // else the parent sees to it
  if (has_an_end && took > limit + grace) wrong("took " + std::to_string(took.count()) + " ms");
  constexpr milliseconds always_allowed{30};
  if (spent > always_allowed + took / 2)
    wrong("burnt " + std::to_string(spent.count()) + " ms of CPU in " + std::to_string(took.count()) + " ms");
  // What runs before the next call, such as the destructors of a scenario that ends early, has its own name and time.
  copy_text(told_.step, std::string("after: ") + step);
  told_.must_end = now() + std::chrono::nanoseconds(patience + grace).count();
  return well;
}

void stage::touch(std::span<std::byte> bytes) {
  copy_text(told_.step, "touching the payload");
  unsigned sum = 0;
  touching = true;
  if (sigsetjmp(after_touch, 1) == 0) {
    for (std::size_t at = 0; at < bytes.size(); at += 1024) sum += std::to_integer<unsigned>(bytes[at]);
  } else {
    tell_of_faults();  // again: that was one
  }
  touching = false;
  asm volatile("" : : "r"(sum));
}

void stage::check_private_memory() {
  guard.spread();
  call("work on a lock of one's own", wait_length, [&] {
    auto const own = coview::mutex::open_or_create("own");
    if (own.acquire(wait_length) == coview::acquired::timed_out) return;
    own.release();
  });
  if (!guard.intact()) wrong("private memory changed");
}

void stage::wrong(std::string const& text) {
  if (told_.wrong[0] == '\0') copy_text(told_.wrong, text + ", in: " + told_.step.data());
}

void live(scenario const& what, report& told, int socket) {
  current = &told;
  tell_of_faults();
  {
    stage on(told, socket);
    what.run(on);
    on.check_private_memory();
  }
  copy_text(told.step, "leaving");
  told.must_end = now() + std::chrono::nanoseconds(grace).count();
  ::_exit(0);
}

}  // namespace hostile
