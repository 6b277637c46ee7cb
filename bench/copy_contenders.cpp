// SPDX-License-Identifier: Apache-2.0
#include "copy_contenders.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

namespace bench {
namespace {

int execute(std::vector<std::string> command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return 127;
}

bool is_installed(char const* program) {
  return std::system(("command -v " + std::string(program) + " >/dev/null 2>&1").c_str()) == 0;
}

int by_library(fs::path const& source, fs::path const& target, durability how, coview::copy_method method) {
  try {
    coview::copy_options options;
    options.method = method;
    options.durable = how == durability::on_device;
    coview::copy_file(source, target, options);
    return 0;
  } catch (coview::error const& e) {
    return e.code() == std::errc::operation_not_supported ? 77 : 1;
  }
}

/// As the sample that everybody learns file mappings with.
int by_whole_mappings(fs::path const& source, fs::path const& target) {
  int const in = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
  int const out = ::open(target.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  struct ::stat is {};
  if (in < 0 || out < 0 || ::fstat(in, &is) != 0 || ::ftruncate(out, is.st_size) != 0) return 1;
  auto const size = static_cast<std::size_t>(is.st_size);
  void* const from = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, in, 0);
  void* const to = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
  if (from == MAP_FAILED || to == MAP_FAILED) return 1;
  std::memcpy(to, from, size);
  return 0;
}

void flush(fs::path const& file) {
  int const fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  fs::is_directory(file) ? ::syncfs(fd) : ::fsync(fd);
  ::close(fd);
}

int tree_by_library(fs::path const& source, fs::path const& target, durability how, unsigned jobs) {
  coview::tree_options options;
  options.file.preserve.owner = true;
  options.file.durable = how == durability::on_device;
  options.special = true;
  options.target = coview::tree_target::exact;
  options.jobs = jobs;
  return coview::copy_tree({source}, target, options).failures.empty() ? 0 : 1;
}

/// The kernel's caches of files and directories, all over the machine. Only root may.
bool empty_caches() {
  int const fd = ::open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  bool const done = fd >= 0 && ::write(fd, "3", 1) == 1;
  if (fd >= 0) ::close(fd);
  return done;
}

void for_each_file(fs::path const& path, void (*what)(fs::path const& file)) {
  if (!fs::is_directory(path)) return what(path);
  for (auto const& each : fs::recursive_directory_iterator(path))
    if (each.is_regular_file()) what(each.path());
}

void warm_file(fs::path const& file) {
  static std::vector<char> some(std::size_t{1} << 20U);
  int const fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  while (::read(fd, some.data(), some.size()) > 0) {
  }
  ::close(fd);
}

void cool_file(fs::path const& file) {
  int const fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ::fsync(fd);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
}

}  // namespace

std::vector<copier> file_copiers(bool all_methods) {
  using coview::copy_method;
  std::vector<copier> all;
  all.push_back({"coview",
                 [](auto const& s, auto const& t, auto how) { return by_library(s, t, how, copy_method::automatic); },
                 true, true});
  if (all_methods)
    for (auto const method : {copy_method::reflink, copy_method::in_kernel, copy_method::mapped,
                              copy_method::buffered, copy_method::direct})
      all.push_back({"  " + std::string(coview::to_string(method)),
                     [method](auto const& s, auto const& t, auto how) { return by_library(s, t, how, method); }, true,
                     true});
  all.push_back({"cp", [](auto const& s, auto const& t, auto) { return execute({"cp", s, t}); }, false});
  all.push_back({"cp --reflink=never",
                 [](auto const& s, auto const& t, auto) {
                   return execute({"cp", "--reflink=never", s, t});
                 },
                 false});
  all.push_back({"cat",
                 [](auto const& s, auto const& t, auto) {
                   int const out = ::open(t.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
                   ::dup2(out, STDOUT_FILENO);
                   return execute({"cat", s});
                 },
                 false});
  all.push_back(
      {"dd bs=1M", [](auto const& s, auto const& t, auto how) {
         std::vector<std::string> command{"dd", "bs=1M", "status=none", "if=" + s.string(), "of=" + t.string()};
         if (how == durability::on_device) command.emplace_back("conv=fsync");
         return execute(command);
       }});
  if (is_installed("rsync"))
    all.push_back({"rsync -W", [](auto const& s, auto const& t, auto how) {
                     std::vector<std::string> command{"rsync", "-W", "-S"};
                     if (how == durability::on_device) command.emplace_back("--fsync");
                     command.push_back(s);
                     command.push_back(t);
                     return execute(command);
                   }});
  all.push_back({"mapped whole", [](auto const& s, auto const& t, auto) { return by_whole_mappings(s, t); }, false});
  return all;
}

run_cost run_once(copier const& who, fs::path const& source, fs::path const& target, durability how) {
  auto const begin = std::chrono::steady_clock::now();
  pid_t const child = ::fork();
  if (child == 0) {
    int const nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDERR_FILENO);
    ::_exit(who.copy(source, target, how));
  }
  int status = 0;
  struct ::rusage used {};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  if (how == durability::on_device && !who.flushes) flush(target);
  auto const seconds = [](struct ::timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<std::uint64_t>(used.ru_maxrss) * 1024,
          WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

std::vector<copier> tree_copiers() {
  auto const ours = [](unsigned jobs) {
    return [jobs](auto const& s, auto const& t, auto how) { return tree_by_library(s, t, how, jobs); };
  };
  std::vector<copier> all;
  all.push_back({"coview", ours(0), true, true});
  all.push_back({"coview --jobs 1", ours(1), true, true});
  all.push_back({"cp -a",
                 [](auto const& s, auto const& t, auto) {
                   return execute({"cp", "-a", "-T", s, t});
                 },
                 false});
  if (is_installed("rsync"))
    all.push_back({"rsync -a -W",
                   [](auto const& s, auto const& t, auto) {
                     return execute({"rsync", "-a", "-W", s.string() + "/", t});
                   },
                   false});
  return all;
}

void warm(fs::path const& file) {
  for_each_file(file, warm_file);
}

void cool(fs::path const& file) {
  if (!fs::is_directory(file) || !empty_caches()) for_each_file(file, cool_file);
}

}  // namespace bench
