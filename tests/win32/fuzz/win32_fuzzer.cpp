// SPDX-License-Identifier: Apache-2.0
// Calls every function that the Win32 headers declare, with arguments made of its type alone, each batch of calls in
// a process of its own: as an unprivileged user, in a private mount namespace where root starts it.
//
// What must hold: no fault but on a pointer that the caller got wrong, and none at all in calls of the system,
// which probe what they are given; nobody ends or waits but who may (verdicts.cpp); what fails leaves no
// descriptor and no handle behind; no file outside of the folder is touched, and no device of the machine, which
// this looks at from outside.
//
//   win32_fuzzer [--seed N] [--seconds S] [--rounds N] [--only FUNCTION] [--batch N] [--break WHAT]
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#define COVIEW_WIN32_STRICT_WORDS
#include <coview/win32/tlhelp32.h>
#include <coview/win32/windows.h>

#include "support/private_root.hpp"
#include "support/tally.hpp"
#include "win32/fuzz/arguments.hpp"
#include "win32/fuzz/verdicts.hpp"

namespace coview_fuzz {

std::vector<function> broken_functions(std::filesystem::path const& outside);

namespace {

constexpr uid_t fuzzing_user = 61234;  // nobody else's: what it leaves anywhere is found by it
constexpr int fault_status = 100;
constexpr int leak_status = 101;

/// What a batch tells, also where it does not come to its end.
struct report {
  account said;
  unsigned call;
  int signal;
  bool has_address;
  std::uintptr_t address;
  std::uintptr_t where;
  bool callers;
  char leaked[64];
};

report* the_report = nullptr;
arena* the_arena = nullptr;

void on_fault(int number, siginfo_t* facts, void* context) {
  auto& said = *the_report;
  said.signal = number;
  said.has_address = facts->si_code > 0 && facts->si_code != SI_KERNEL;
  said.address = reinterpret_cast<std::uintptr_t>(facts->si_addr);
#ifdef __x86_64__
  said.where = static_cast<std::uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#else
  (void)context;
#endif
  said.callers = the_arena->is_callers_fault(said.address, said.has_address);
  ::_exit(fault_status);
}

void watch_for_faults() {
  static std::array<std::byte, 65536> stack;
  stack_t own{stack.data(), 0, stack.size()};
  ::sigaltstack(&own, nullptr);
  struct sigaction action {};
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int const number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    ::sigaction(number, &action, nullptr);
}

void limit() {
  auto const set = [](auto what, rlim_t most) {
    rlimit const wanted{most, most};
    ::setrlimit(what, &wanted);
  };
  set(RLIMIT_CORE, 0);
  set(RLIMIT_FSIZE, rlim_t{64} << 20U);
  set(RLIMIT_AS, rlim_t{4} << 30U);
  set(RLIMIT_NPROC, 40);
  set(RLIMIT_NOFILE, 256);
}

unsigned descriptors() {
  unsigned n = 0;
  for (int fd = 0; fd < 256; ++fd) n += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return n;
}

unsigned handles() {
  DWORD n = 0;
  ::GetProcessHandleCount(::GetCurrentProcess(), &n);
  return n;
}

/// One of each kind, and some that are none any more.
std::vector<void*> some_handles() {
  std::vector<void*> all;
  all.push_back(::CreateEventA(nullptr, TRUE, FALSE, "event"));
  all.push_back(::CreateEventA(nullptr, FALSE, TRUE, nullptr));
  all.push_back(::CreateMutexA(nullptr, FALSE, "mutex"));
  all.push_back(::CreateSemaphoreA(nullptr, 1, 5, nullptr));
  all.push_back(::CreateWaitableTimerA(nullptr, FALSE, nullptr));
  all.push_back(::CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 8192, "mapping"));
  all.push_back(::CreateFileA("file", GENERIC_READ | GENERIC_WRITE, 7, nullptr, OPEN_ALWAYS, 0, nullptr));
  all.push_back(::CreateFileA("sub", GENERIC_READ, 7, nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  all.push_back(::CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE, 3, nullptr, OPEN_EXISTING, 0, nullptr));
  all.push_back(::CreateThread(
      nullptr, 0, [](void*) -> DWORD { return 0; }, nullptr, CREATE_SUSPENDED, nullptr));
  all.push_back(::OpenProcess(PROCESS_ALL_ACCESS, FALSE, ::GetCurrentProcessId()));
  HANDLE token = nullptr;
  ::OpenProcessToken(::GetCurrentProcess(), TOKEN_ALL_ACCESS, &token);
  all.push_back(token);
  HANDLE pipe_end = nullptr;
  HANDLE other_end = nullptr;
  ::CreatePipe(&pipe_end, &other_end, nullptr, 0);
  all.push_back(pipe_end);
  all.push_back(other_end);
  WIN32_FIND_DATAA found;
  all.push_back(::FindFirstFileA("*", &found));
  all.push_back(::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  all.push_back(::GetStdHandle(STD_OUTPUT_HANDLE));
  HANDLE const closed = ::CreateEventA(nullptr, TRUE, FALSE, nullptr);
  ::CloseHandle(closed);
  all.push_back(closed);
  all.push_back(::GetProcessHeap());
  return all;
}

/// A folder as each batch finds it.
void furnish() {
  std::error_code ignored;
  for (auto const& entry : std::filesystem::directory_iterator(".", ignored)) {
    std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(entry.path(), ignored);
  }
  ::mkdir("sub", 0700);
  for (char const* const name : {"file", "sub/file"}) {
    if (FILE* const file = std::fopen(name, "w")) {
      std::fputs("[section]\nkey=value\n1234567890\n", file);
      std::fclose(file);
    }
  }
}

bool has_failed(function const& f, answer const& got) {
  bool const of_c = f.name[0] == '_' || (f.name[0] >= 'a' && f.name[0] <= 'z');
  return got.has_value && (got.value == -1 || (!of_c && got.value == 0));
}

std::uint64_t seed_of(std::string_view name, std::uint64_t seed, unsigned call) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (unsigned char const c : name) h = (h ^ c) * 0x100000001b3U;
  return h ^ (seed * 0x9e3779b97f4a7c15U) ^ (std::uint64_t{call} << 40U);
}

answer call_once(function const& f, std::uint64_t seed, std::vector<void*> const& handles, int dummy, ...) {
  numbers from(seed);
  the_arena->fill(from);
  the_report->said.clear();
  arguments with(from, *the_arena, handles, the_report->said);
  std::va_list list;
  va_start(list, dummy);
  with.use(list);
  itimerval const patience{{0, 0}, {3, 0}};
  ::setitimer(ITIMER_REAL, &patience, nullptr);
  auto const got = f.call(f.plain, with);
  itimerval const none{};
  ::setitimer(ITIMER_REAL, &none, nullptr);
  va_end(list);
  return got;
}

answer call(function const& f, std::uint64_t seed, std::vector<void*> const& handles) {
  auto* const spare = the_arena->good();
  return call_once(f, seed, handles, 0, spare, spare, spare, spare, spare, spare, spare, spare);
}

/// A call that left something, again and again with the same arguments: what is left once may be a cache.
void look_for_leak(function const& f, std::uint64_t seed, std::vector<void*> const& known) {
  for (int i = 0; i < 3; ++i) {
    auto const fds = descriptors();
    auto const opened = handles();
    auto const got = call(f, seed, known);
    if (descriptors() <= fds && handles() <= opened) return;
    bool const handle_only = descriptors() <= fds;
    if (!has_failed(f, got) && (handle_only || handles() > opened || opens_descriptors(f.name))) return;
  }
  std::snprintf(the_report->leaked, sizeof the_report->leaked, "descriptors or handles");
  ::_exit(leak_status);
}

[[noreturn]] void run_batch(function const& f, std::uint64_t seed, unsigned count,
                            std::filesystem::path const& folder) {
  ::setsid();
  coview_test::become_user(::geteuid() == 0 ? fuzzing_user : ::geteuid());
  if (::chdir(folder.c_str()) != 0) ::_exit(2);
  furnish();
  limit();
  ::setenv("TMPDIR", folder.c_str(), 1);
  ::setenv("HOME", folder.c_str(), 1);
  int const nothing = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) ::dup2(nothing, fd);
  ::close(nothing);
  arena memory;
  the_arena = &memory;
  watch_for_faults();
  auto const known = some_handles();
  for (unsigned i = 0; i < count; ++i) {
    the_report->call = i;
    auto const one = seed_of(f.name, seed, i);
    auto const fds = descriptors();
    auto const opened = handles();
    (void)call(f, one, known);
    if (descriptors() > fds || handles() > opened) look_for_leak(f, one, known);
  }
  ::_exit(0);
}

/// What is outside, to see whether anything of it was touched.
class outside_view {
 public:
  explicit outside_view(std::filesystem::path what) : folder_(std::move(what)) { first_ = look(); }
  /// What has changed; empty where nothing has.
  std::string changed() {
    auto const now = look();
    if (now == first_) return {};
    for (auto const& [name, facts] : now) {
      auto const before = first_.find(name);
      if (before == first_.end() || before->second != facts) return name;
    }
    return "a file that is gone";
  }

 private:
  using file_facts = std::array<std::int64_t, 6>;
  std::map<std::string, file_facts> look() const {
    std::map<std::string, file_facts> all;
    auto const add = [&](std::string const& name, bool contents) {
      struct stat status {};
      if (::lstat(name.c_str(), &status) != 0) return;
      all[name] = {static_cast<std::int64_t>(status.st_mode),
                   static_cast<std::int64_t>(status.st_rdev),
                   static_cast<std::int64_t>(status.st_uid),
                   contents ? static_cast<std::int64_t>(status.st_ino) : 0,
                   contents ? status.st_size : 0,
                   contents ? status.st_mtim.tv_nsec + status.st_mtim.tv_sec : 0};
    };
    std::error_code ignored;
    add(folder_.string(), true);
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder_, ignored))
      add(entry.path().string(), true);
    for (char const* const device :
         {"null", "zero", "full", "random", "urandom", "tty", "stdin", "stdout", "stderr", "fd"})
      add(std::string("/dev/") + device, false);
    for (char const* const shared : {"/tmp", "/var/tmp", "/dev/shm", "/"}) {
      for (auto const& entry : std::filesystem::directory_iterator(shared, ignored)) {
        struct stat status {};
        if (::lstat(entry.path().c_str(), &status) == 0 && status.st_uid == fuzzing_user)
          add(entry.path().string(), true);
      }
    }
    return all;
  }
  std::filesystem::path folder_;
  std::map<std::string, file_facts> first_;
};

struct options {
  std::uint64_t seed = 1;
  unsigned seconds = 0;
  unsigned rounds = 1;
  unsigned batch = 24;
  std::string only;
  std::string broken;
};

struct tally {
  unsigned batches = 0, calls = 0, callers_faults = 0, blocked = 0, ended = 0, findings = 0;
  std::set<std::string> told;
};

std::string judge(function const& f, int status, tally& all) {
  auto const& said = *the_report;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == leak_status)
    return std::string("leaves ") + said.leaked + " behind";
  if (WIFEXITED(status) && WEXITSTATUS(status) == fault_status) {
    if (may_end(f.name) || may_crash(f.name)) return {};
    bool const memory = said.signal == SIGSEGV || said.signal == SIGBUS;
    constexpr std::uintptr_t lowest = 0x10000;
    bool const nowhere = !said.has_address || said.address < lowest;
    if (memory && said.callers && !(nowhere && must_not_fault(f.name))) {
      ++all.callers_faults;
      return {};
    }
    char text[128];
    std::snprintf(text, sizeof text, "signal %d at address %llx%s", said.signal,
                  static_cast<unsigned long long>(said.address),
                  memory && said.callers ? ", which leads nowhere" : "");
    return text;
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    ++all.blocked;
    return may_block(f.name) ? "" : "does not return";
  }
  ++all.ended;
  if (may_end(f.name)) return {};
  return "ends the process, status " + std::to_string(status);
}

/// One batch of one function. What it finds is told once a function and kind.
void fuzz(function const& f, std::uint64_t seed, options const& given, std::filesystem::path const& folder,
          outside_view& outside, tally& all) {
  *the_report = {};
  pid_t const batch = ::fork();
  if (batch == 0) run_batch(f, seed, given.batch, folder);
  int status = 0;
  while (::waitpid(batch, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-batch, SIGKILL);  // whatever it started
  ++all.batches;
  all.calls += the_report->call + 1;
  auto what = judge(f, status, all);
  if (auto const changed = outside.changed(); what.empty() && !changed.empty()) what = "touched " + changed;
  if (what.empty()) return;
  if (!all.told.insert(std::string(f.name) + what.substr(0, 10)).second) return;
  ++all.findings;
  std::printf("%s %s\n  call %u:%.*s\n  again: --only %s --seed %llu --batch %u\n", f.name, what.c_str(),
              the_report->call, static_cast<int>(the_report->said.length), the_report->said.text.data(), f.name,
              static_cast<unsigned long long>(seed), given.batch);
  std::fflush(stdout);
}

options parsed(int count, char** arguments) {
  options given;
  for (int i = 1; i + 1 < count; i += 2) {
    std::string_view const what = arguments[i];
    char const* const value = arguments[i + 1];
    if (what == "--seed")
      given.seed = std::strtoull(value, nullptr, 0);
    else if (what == "--seconds")
      given.seconds = static_cast<unsigned>(std::strtoul(value, nullptr, 0));
    else if (what == "--rounds")
      given.rounds = static_cast<unsigned>(std::strtoul(value, nullptr, 0));
    else if (what == "--batch")
      given.batch = static_cast<unsigned>(std::strtoul(value, nullptr, 0));
    else if (what == "--only")
      given.only = value;
    else if (what == "--break")
      given.broken = value;
    else
      count = 0;
  }
  if (count % 2 == 0) {
    std::fprintf(
        stderr,
        "usage: win32_fuzzer [--seed N] [--seconds S] [--rounds N] [--only FUNCTION] [--batch N] [--break WHAT]\n");
    std::exit(2);
  }
  return given;
}

int run(options const& given) {
  coview_test::private_root const root;
  auto const folder = root.path() / "folder";
  std::filesystem::create_directory(folder);
  if (::geteuid() == 0 && (::chown(folder.c_str(), fuzzing_user, fuzzing_user) != 0 ||
                           ::chown(root.outside().c_str(), fuzzing_user, fuzzing_user) != 0))
    return 2;
  // What stands beside the folder is the user's own, too: nothing but the library keeps it from it.
  std::fclose(std::fopen((root.outside() / "file").c_str(), "w"));
  std::filesystem::permissions(root.outside() / "file", std::filesystem::perms(0666));
  std::filesystem::permissions(root.outside(), std::filesystem::perms(0777));
  outside_view outside(root.outside());

  auto functions = given.broken.empty() ? all_functions() : broken_functions(root.outside());
  auto const& wanted = given.only.empty() ? given.broken : given.only;
  if (!wanted.empty()) std::erase_if(functions, [&](function const& f) { return wanted != f.name; });
  tally all;
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(given.seconds);
  for (unsigned round = 0; given.seconds != 0 || round < given.rounds; ++round) {
    for (auto const& f : functions) {
      if (given.seconds != 0 && std::chrono::steady_clock::now() >= end) goto over;
      fuzz(f, given.seed + round, given, folder, outside, all);
    }
  }
over:
  std::printf(
      "%zu functions, %u batches, %u calls: %u faults on the caller's own pointers, %u waited, %u ended, %u "
      "findings\n",
      functions.size(), all.batches, all.calls, all.callers_faults, all.blocked, all.ended, all.findings);
  coview_test::print({.inputs = all.calls, .checks = all.batches, .findings = all.findings});
  return all.findings != 0 ? 1 : 0;
}

}  // namespace
}  // namespace coview_fuzz

int main(int count, char** values) {
  auto const given = coview_fuzz::parsed(count, values);
  void* const shared =
      ::mmap(nullptr, sizeof(coview_fuzz::report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  coview_fuzz::the_report = static_cast<coview_fuzz::report*>(shared);
  return coview_fuzz::run(given);
}
