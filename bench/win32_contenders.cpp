// SPDX-License-Identifier: Apache-2.0
#include "win32_contenders.hpp"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

#include "sync_contenders.hpp"
#include "sync_pair.hpp"

extern char** environ;

namespace bench {
namespace {

#ifdef COVIEW_BENCH_WINE_PROGRAM
constexpr char const* program = COVIEW_BENCH_WINE_PROGRAM;
constexpr char const* prefix = COVIEW_BENCH_WINE_PREFIX;
#else
constexpr char const* program = "";
constexpr char const* prefix = "";
#endif

void run_anywhere() {
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  ::sched_setaffinity(0, sizeof all, &all);
}

/// With these as standard input and output; -1: the null device. The process, or -1.
pid_t start(std::vector<std::string> arguments, int in, int out) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  auto const redirect = [&](int from, int to) {
    if (from >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions, from, to);
    } else {
      ::posix_spawn_file_actions_addopen(&actions, to, "/dev/null", O_RDWR, 0);
    }
  };
  redirect(in, 0);
  redirect(out, 1);
  redirect(-1, 2);
  std::vector<char*> pointers;
  for (auto& one : arguments) pointers.push_back(one.data());
  pointers.push_back(nullptr);
  pid_t pid = -1;
  int const error = ::posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

bool ends_well(pid_t pid) {
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Wine with the program, which does what it is told line by line.
class wine_process {
 public:
  explicit wine_process(plain_operation what) {
    std::array<int, 2> down{};
    std::array<int, 2> up{};
    if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    run_anywhere();  // the program pins itself; Wine's server must not be
    pid_ = start({"wine", program, std::string(1, static_cast<char>(what)), std::to_string(cpus().mine),
                  std::to_string(cpus().other)},
                 down[0], up[1]);
    pin(cpus().mine);
    ::close(down[0]);
    ::close(up[1]);
    in_ = ::fdopen(up[0], "r");
    out_ = down[1];
    await();
  }
  wine_process(wine_process const&) = delete;
  wine_process& operator=(wine_process const&) = delete;
  ~wine_process() {
    ::close(out_);  // it ends with its input
    std::fclose(in_);
    ::waitpid(pid_, nullptr, 0);
  }

  void run(std::uint32_t times) const {
    auto const line = std::to_string(times) + "\n";
    if (::write(out_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("Wine is gone");
    await();
  }

 private:
  void await() const {
    std::array<char, 16> line{};
    if (std::fgets(line.data(), line.size(), in_) == nullptr) throw std::runtime_error("Wine does not answer");
  }

  pid_t pid_ = -1;
  std::FILE* in_ = nullptr;
  int out_ = -1;
};

}  // namespace

std::uint32_t times_of(plain_operation what) {
  constexpr std::uint32_t many = 1000;
  constexpr std::uint32_t some = 50;
  switch (what) {
    case plain_event:
    case plain_pipe:
      return pair_batch;
    case plain_mutex:
    case plain_timer:
      return many;
    default:
      return some;
  }
}

contender win32_here(plain_operation what, root_directory const& root) {
  return {"windows.h of coview", [what, &root] {
            root.enter();
            run_anywhere();
            if (plain_begin(what, cpus().mine, cpus().other) == 0) throw std::runtime_error("cannot begin");
            return [what] { plain_run(what, times_of(what)); };
          }};
}

wine::wine() {
  if (*program == '\0' || ::access(program, R_OK) != 0) return;
  ::setenv("WINEDEBUG", "-all", 1);
  ::setenv("WINEPREFIX", prefix, 0);
  ::mkdir(prefix, S_IRWXU);  // the server makes none
  ::unsetenv("DISPLAY");
  std::fputs("bench: Wine starts …\n", stderr);
  // Its server stays for a while after the last program, so that each contender finds it running.
  works_ = ends_well(start({"wineserver", "-p30"}, -1, -1)) &&
           ends_well(start({"wine", program, "c", "-1", "-1"}, -1, -1));
}

wine::~wine() {
  if (works_) ends_well(start({"wineserver", "-k"}, -1, -1));  // the one of this prefix
}

contender wine::run(plain_operation what) {
  return {"Wine",
          [what] { return [what, there = std::make_shared<wine_process>(what)] { there->run(times_of(what)); }; }};
}

}  // namespace bench
