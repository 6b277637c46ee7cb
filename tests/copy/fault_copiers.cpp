// SPDX-License-Identifier: Apache-2.0
// The copiers that are put to the test, and how one is run, stopped and watched.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

#include "copy/faults.hpp"

namespace faults {
namespace {

int execute(std::vector<std::string> command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  std::perror(arguments[0]);
  return 127;
}

bool is_installed(char const* program) {
  return std::system(("command -v " + std::string(program) + " >/dev/null 2>&1").c_str()) == 0;
}

std::vector<std::string> tree_command(std::vector<std::string> command, operation_context const& what) {
  command.insert(command.end(), what.sources.begin(), what.sources.end());
  command.push_back(what.target.native() + "/");
  return command;
}

int by_library(operation_context const& what, coview::copy_method method) {
  try {
    if (!what.sources.empty()) {
      auto const report = coview::copy_tree(what.sources, what.target, {});
      for (auto const& each : report.failures) std::fprintf(stderr, "%s\n", each.text.c_str());
      return report.failures.empty() ? 0 : 1;
    }
    coview::copy_options options;
    options.method = method;
    options.limit_rate = what.rate;
    if (what.stop_at != 0) {
      options.on_progress = [&what, stopped = false](coview::copy_progress const& now) mutable {
        bool const in_the_middle = now.stage == coview::copy_stage::copying && now.written < now.total;
        if (!stopped && in_the_middle && now.written >= what.stop_at) stopped = ::raise(SIGSTOP) == 0;
        return true;
      };
    }
    coview::copy_file(what.source, what.target, options);
    return 0;
  } catch (coview::error const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

int by_standard_library(operation_context const& what) {
  try {
    fs::copy_file(what.source, what.target, fs::copy_options::overwrite_existing);
    return 0;
  } catch (fs::filesystem_error const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

/// The sample that everybody learns file mappings with.
int by_whole_mappings(operation_context const& what) {
  int const in = ::open(what.source.c_str(), O_RDONLY | O_CLOEXEC);
  int const out = ::open(what.target.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  struct ::stat is {};
  if (in < 0 || out < 0 || ::fstat(in, &is) != 0 || ::ftruncate(out, is.st_size) != 0) return 1;
  auto const size = static_cast<std::size_t>(is.st_size);
  void* const from = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, in, 0);
  void* const to = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
  if (from == MAP_FAILED || to == MAP_FAILED) return 1;
  std::memcpy(to, from, size);
  return 0;
}

/// As far as they are seen from outside: space that was only taken does not count, nor a size that was only set.
std::uint64_t bytes_in(fs::path const& folder) {
  std::uint64_t bytes = 0;
  std::error_code gone;
  for (auto const& entry : fs::directory_iterator(folder, gone)) {
    struct ::stat is {};
    if (::lstat(entry.path().c_str(), &is) == 0)
      bytes += static_cast<std::uint64_t>(std::min(is.st_size, is.st_blocks * 512));
  }
  return bytes;
}

}  // namespace

std::vector<copier> copiers(fs::path const& program) {
  using coview::copy_method;
  std::vector<copier> all;
  auto const ours = 32 * mebi;
  auto const theirs = 512 * mebi;  // they cannot be held back
  if (!program.empty())
    all.push_back({"coview copy",
                   [=](operation_context const& what) {
                     if (!what.sources.empty()) return execute(tree_command({program, "copy", "-r"}, what));
                     auto const rate = std::to_string(what.rate);
                     return execute({program, "copy", "-T", "-f", "--limit-rate", rate, what.source, what.target});
                   },
                   ours, true});
  for (auto const& [name, by] :
       {std::pair("copy_file", copy_method::automatic), std::pair("its in-kernel", copy_method::in_kernel),
        std::pair("its mapped", copy_method::mapped), std::pair("its buffered", copy_method::buffered),
        std::pair("its direct", copy_method::direct)})
    all.push_back({name, [by = by](operation_context const& what) { return by_library(what, by); }, ours,
                   by == copy_method::automatic, true});
  all.push_back({"cp",
                 [](operation_context const& what) {
                   if (!what.sources.empty()) return execute(tree_command({"cp", "-r"}, what));
                   return execute({"cp", what.source, what.target});
                 },
                 theirs, true});
  if (is_installed("rsync"))
    all.push_back({"rsync",
                   [](operation_context const& what) {
                     if (!what.sources.empty()) return execute(tree_command({"rsync", "-r"}, what));
                     return execute({"rsync", what.source, what.target});
                   },
                   theirs, true});
  all.push_back(
      {"dd",
       [](operation_context const& what) {
         return execute({"dd", "bs=1M", "status=none", "if=" + what.source.string(), "of=" + what.target.string()});
       },
       theirs});
  all.push_back({"std::filesystem", by_standard_library, theirs});
  all.push_back({"mapped whole", by_whole_mappings, theirs});
  return all;
}

at_work::at_work(copier const& who, operation_context const& what, std::function<void()> const& prepare)
    : seen_(who.seen) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // rsync is more than one process: all are stopped and killed
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::umask(022);
    // Nothing that is thrown here may end up in what the parent goes on with.
    [&]() noexcept {
      if (prepare) prepare();
      ::_exit(who.copy(what));
    }();
  }
  ::setpgid(pid_, pid_);
  ::close(ends[1]);
  output_ = ends[0];
}

at_work::~at_work() {
  if (pid_ > 0) {
    kill();
    wait();
  }
  ::close(output_);
}

void at_work::gone(int status) {
  ending_.killed = WIFSIGNALED(status);
  ending_.status = ending_.killed ? WTERMSIG(status) : WEXITSTATUS(status);
  ::kill(-pid_, SIGKILL);  // what it started
  pid_ = -1;
}

bool at_work::stop_in_the_middle(fs::path const& folder, std::uint64_t bytes) {
  auto const before = bytes_in(folder);
  int status = 0;
  while (bytes_in(folder) < before + bytes)
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      gone(status);
      return false;
    }
  ::kill(-pid_, SIGSTOP);
  return has_stopped();
}

bool at_work::has_stopped() {
  int status = 0;
  while (::waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  if (WIFSTOPPED(status)) return true;
  gone(status);
  return false;
}

void at_work::go_on() const {
  ::kill(-pid_, SIGCONT);
}

void at_work::kill() const {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);
}

ending at_work::wait() {
  std::array<char, 4096> some{};
  for (;;) {
    auto const n = ::read(output_, some.data(), some.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (ending_.said.size() < some.size()) ending_.said.append(some.data(), static_cast<std::size_t>(n));
  }
  if (pid_ > 0) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    gone(status);
  }
  *seen_ += (ending_.killed ? "killed by signal " : "exit status ") + std::to_string(ending_.status);
  *seen_ += ending_.said.empty() ? ", said nothing\n" : ", said: " + ending_.said;
  return ending_;
}

}  // namespace faults
