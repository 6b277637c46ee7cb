// SPDX-License-Identifier: Apache-2.0
// What doctor checks of the kernel, limits, huge pages and /proc. Places are in checks_places.cpp, logind in
// checks_logind.cpp.
#include "doctor/checks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <system_error>

#include <coview/error.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "object/place.hpp"
#include "os/fd.hpp"
#include "os/memory.hpp"
#include "os/process.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::uint64_t number_in(std::string const& path, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::uint64_t number = otherwise;
  file >> number;
  return file ? number : otherwise;
}

std::string limit_text(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

check check_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  check result{"descriptors", finding::ok, limit_text(limit.rlim_cur),
               "open files per process; each handle takes one", ""};
  if (limit.rlim_cur < 1024) {
    result.status = limit.rlim_cur < 64 ? finding::problem : finding::warning;
    result.remedy =
        fmt::format("ulimit -n {}", limit.rlim_max == RLIM_INFINITY ? "65536" : limit_text(limit.rlim_max));
  }
  return result;
}

check check_file_size() {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  check result{"file size", finding::ok, limit_text(limit.rlim_cur), "largest file a process may make", ""};
  if (limit.rlim_cur != RLIM_INFINITY) {
    result.status = finding::warning;
    result.value = human_size(limit.rlim_cur);
    result.meaning = "objects are files: none can become larger than this";
    result.remedy = "ulimit -f unlimited";
  }
  return result;
}

check check_memory_limit() {
  auto const left = os::available_in_cgroups("/proc/self", 0);
  if (!left) return {"memory limit", finding::ok, "none", "no memory cgroup limits this process", ""};
  constexpr std::uint64_t little = std::uint64_t{64} << 20U;
  check result{"memory limit", finding::ok, human_size(*left) + " left",
               "objects count against the memory cgroup of whoever touches them first", ""};
  if (*left < little) {
    result.status = finding::warning;
    result.remedy = "raise memory.max of the cgroup (docker run --memory, MemoryMax= of the unit)";
  }
  return result;
}

check check_umask() {
  mode_t const mask = ::umask(0);
  ::umask(mask);
  check result{"umask", finding::ok, fmt::format("{:04o}", mask), "objects get the mode asked for, whatever it is",
               ""};
  if ((mask & S_IRWXU) != 0) {
    result.status = finding::warning;
    result.meaning = "takes the owner's own rights from files that this process makes, those of mapped files too";
    result.remedy = "umask 0022";
  }
  return result;
}

/// Asked with no words at all, the kernel says that this is invalid; a filter or an emulator says something else.
check check_futex_waitv() {
#ifdef SYS_futex_waitv
  constexpr long number = SYS_futex_waitv;
#else
  constexpr long number = 449;  // on every architecture
#endif
  bool const there = ::syscall(number, nullptr, 0, 0, nullptr, 0) == -1 && errno == EINVAL;
  int const error = there ? 0 : errno;
  check result{"wait for many", finding::ok, "futex_waitv",
               "waiting for several objects at once sleeps in the kernel", ""};
  if (there) return result;
  result.status = finding::warning;
  result.value = "futex_waitv: " + std::generic_category().message(error);
  result.meaning =
      "the kernel, a seccomp filter or an emulator refuses it: waiting for several objects at once suffers";
  result.remedy = "permit the system call futex_waitv (449) in the filter, as newer container runtimes do";
  return result;
}

check check_maps() {
  constexpr std::uint64_t usual = 65530;
  auto const count = number_in("/proc/sys/vm/max_map_count", 0);
  if (count == 0) return {"views", finding::ok, "not known", "vm.max_map_count cannot be read", ""};
  check result{"views", finding::ok, std::to_string(count), "ranges that a process can map; each view takes one", ""};
  if (count < usual) {
    result.status = finding::warning;
    result.remedy = fmt::format("sysctl vm.max_map_count={}", usual);
  }
  return result;
}

/// The reaper needs one instance and two watches; the limits are per user, so others may have used them up.
check check_inotify() {
  os::unique_fd const instance(inotify_init1(IN_CLOEXEC));
  auto const directory = root_path();
  bool const works = instance && inotify_add_watch(instance.get(), directory.c_str(), IN_CREATE) >= 0;
  int const error = works ? 0 : errno;
  auto const instances = number_in("/proc/sys/fs/inotify/max_user_instances", 0);
  auto const watches = number_in("/proc/sys/fs/inotify/max_user_watches", 0);
  check result{"inotify", finding::ok, fmt::format("{} instances, {} watches per user", instances, watches),
               "'coview reaper' can be told when a holder dies", ""};
  if (works) return result;
  result.status = finding::warning;
  if (error == EMFILE || error == ENOSPC || error == ENOMEM) {
    result.meaning = "none left for this user, so 'coview reaper' does not run; everything else does";
    result.remedy = "sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=65536";
  } else {
    result.meaning = fmt::format("{} cannot be watched: {}", directory, std::generic_category().message(error));
  }
  return result;
}

/// What /proc is mounted with, where it hides something from this user.
std::optional<std::string> hidden_processes() {
  auto const hidepid = mount_of("/proc").option("hidepid").value_or("0");
  return hidepid == "0" || hidepid == "off" || geteuid() == 0 ? std::nullopt : std::optional(hidepid);
}

check check_proc_mount() {
  auto const locks = os::file_locks();
  if (!locks) {
    return {"/proc", finding::warning, first_line("/proc/version").empty() ? "not mounted" : "/proc/locks is hidden",
            "'coview who' and the number of handles are not known", "mount -t proc proc /proc"};
  }
  if (!os::sees_every_process()) {
    return {"/proc", finding::ok, "of this pid namespace", "'coview who' does not see holders outside of it", ""};
  }
  if (auto const hidepid = hidden_processes()) {
    return {"/proc", finding::ok, "hidepid=" + *hidepid,
            "'coview who' shows who took a handle, without the command, and not who inherited one", ""};
  }
  if (geteuid() != 0) {
    return {"/proc", finding::ok, "there",
            "'coview who' sees who took a handle, and who inherited one where it is this user's process", ""};
  }
  return {"/proc", finding::ok, "complete", "'coview who' sees every holder and its command", ""};
}

check check_pid_namespace() {
  if (::access("/proc/self/ns/pid", F_OK) != 0) {
    return {"processes", finding::ok, "not known", "/proc does not tell which processes are seen from here", ""};
  }
  if (!os::sees_every_process()) {
    return {
        "processes", finding::ok, "those of this container",
        "where the directory is shared with other containers, their holders are not shown, and a global name that a "
        "stranger may hold is refused",
        ""};
  }
  if (hidden_processes())
    return {"processes", finding::ok, "this user's", "/proc hides what those of other users do", ""};
  return {"processes", finding::ok, "all", "every process of the machine is seen from here", ""};
}

}  // namespace

namespace {

/// Asked for things that change nothing, and that the kernel never refuses where it knows the call.
std::vector<std::string> refused_calls() {
  std::vector<std::string> refused;
  auto const note = [&](char const* call, bool works) {
    if (!works && (errno == EPERM || errno == EACCES || errno == ENOSYS))
      refused.push_back(fmt::format("{}: {}", call, std::generic_category().message(errno)));
  };
  os::unique_fd const memory(::memfd_create("coview-doctor", MFD_CLOEXEC));
  note("memfd_create", static_cast<bool>(memory));
  // Where there is no such memory, what a descriptor of another kind says is as good, but for fallocate.
  os::unique_fd const other(memory ? -1 : ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int const fd = memory ? memory.get() : other.get();
  note("flock", ::flock(fd, LOCK_UN) == 0);
  struct ::flock nothing {};
  nothing.l_type = F_UNLCK;
  nothing.l_whence = SEEK_SET;
  nothing.l_len = 1;
  note("fcntl", ::fcntl(fd, F_OFD_SETLK, &nothing) == 0);
  if (memory) note("fallocate", ::fallocate(memory.get(), 0, 0, 1) == 0);
  void* list = nullptr;
  std::size_t length = 0;
  bool const has_list = ::syscall(SYS_get_robust_list, 0, &list, &length) == 0;
  note("get_robust_list", has_list);
  if (has_list && list == nullptr) refused.emplace_back("set_robust_list");  // the C library tried it
  return refused;
}

/// What does not work without a cause that another check names says itself what helps.
void point_to_the_cause(std::vector<check>& all) {
  auto const is_symptom = [](check const& each) { return each.name == "sharing" || each.name == "mutexes"; };
  bool const named = std::any_of(all.begin(), all.end(), [&](check const& each) {
    return each.status == finding::problem && !is_symptom(each);
  });
  for (auto& each : all) {
    if (named && each.status == finding::problem && is_symptom(each)) each.remedy = "see the other problems";
  }
}

}  // namespace

check check_kernel() {
  auto const kernel = os::running_kernel();
  bool const recent = kernel.major_number > 5 || (kernel.major_number == 5 && kernel.minor_number >= 16);
  check result{"kernel", finding::ok, "Linux " + kernel.text, "5.16 or newer is needed", ""};
  if (!recent) {
    result.status = finding::problem;
    result.meaning = "too old: coview needs 5.16 or newer";
    result.remedy = "boot a newer kernel";
  }
  return result;
}

check check_system_calls() {
  check result{"system calls", finding::ok, "permitted", "no sandbox refuses what objects need", ""};
  auto const refused = refused_calls();
  if (refused.empty()) return result;
  return {"system calls", finding::problem, fmt::format("{}", fmt::join(refused, ", ")),
          "the kernel or a sandbox refuses what objects need",
          "permit these system calls in the sandbox's filter (seccomp)"};
}

check check_round_trip() {
  // A name of its own, in case another doctor runs at the same time.
  auto const name = fmt::format("coview doctor {}", getpid());
  auto const begin = std::chrono::steady_clock::now();
  try {
    auto const made = mapping::create(name, 4096);
    auto const view = mapping::open(name).map();
    view.data()[0] = std::byte{1};
    auto const time = std::chrono::steady_clock::now() - begin;
    return {"sharing", finding::ok, fmt::format("works, {}", human_duration(time)),
            "an object was created, opened, mapped and written", ""};
  } catch (error const& e) {
    return {"sharing", finding::problem, "does not work", escape(e.what()), ""};
  }
}

check check_mutex() {
  auto const name = fmt::format("coview doctor {} mutex", getpid());
  try {
    auto const made = mutex::create(name);
    bool const locked = made.try_lock();
    if (locked) made.unlock();
    return {"mutexes", finding::ok, "work", "one was created, acquired and released", ""};
  } catch (error const& e) {
    return {"mutexes", finding::problem, "do not work", escape(e.what()), ""};
  }
}

std::vector<check> check_limits() {
  return {check_descriptors(), check_file_size(),   check_memory_limit(), check_umask(),
          check_maps(),        check_futex_waitv(), check_inotify()};
}

check check_huge_pages() {
  auto const setting = first_line("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  auto const begin = setting.find('[');
  auto const chosen = begin == std::string::npos ? std::string("not there")
                                                 : setting.substr(begin + 1, setting.find(']') - begin - 1);
  auto const where = mount_of(root_path());
  auto const option = where.option("huge").value_or("never");
  // "deny" and "force" overrule the mount; otherwise named objects go by the mount and anonymous memory by the
  // setting.
  bool const named = chosen == "force" || (chosen != "deny" && chosen != "not there" && option != "never");
  return {
      "huge pages", finding::ok,
      fmt::format("shmem_enabled {}, {} huge={}", chosen, where.point.empty() ? root_path() : where.point, option),
      named ? "--huge-pages has an effect on named objects" : "--huge-pages has no effect on named objects",
      named || where.point.empty() ? ""
                                   : fmt::format("if you want them: mount -o remount,huge=advise {}", where.point)};
}

std::vector<check> check_proc() {
  return {check_proc_mount(), check_pid_namespace()};
}

std::vector<check> run_checks() {
  std::vector<check> all = {check_kernel(), check_system_calls(), check_round_trip(), check_mutex()};
  auto const append = [&](std::vector<check> more) { std::move(more.begin(), more.end(), std::back_inserter(all)); };
  append(check_places());
  all.push_back(check_remove_ipc());
  append(check_limits());
  all.push_back(check_huge_pages());
  append(check_proc());
  point_to_the_cause(all);
  return all;
}

std::optional<std::string> mount::option(std::string_view name) const {
  std::istringstream words(options);
  for (std::string word; std::getline(words, word, ',');) {
    auto const equals = std::min(word.find('='), word.size());
    if (std::string_view(word).substr(0, equals) != name) continue;
    return equals < word.size() ? word.substr(equals + 1) : std::string();
  }
  return {};
}

mount mount_of(std::string const& path) {
  mount best;
  std::error_code unknown;
  auto const wanted = std::filesystem::weakly_canonical(path, unknown).string();
  std::ifstream lines("/proc/self/mountinfo");
  for (std::string line; std::getline(lines, line);) {
    // "36 35 98:0 /root /point options optional… - type source superoptions"
    std::istringstream words(line);
    std::string skipped;
    mount one;
    for (int i = 0; i < 4; ++i) words >> skipped;
    words >> one.point >> one.options;
    while (words >> skipped && skipped != "-") {
    }
    std::string super_options;
    words >> one.type >> skipped >> super_options;
    one.options += "," + super_options;
    auto const base = one.point == "/" ? std::string() : one.point;
    bool const inside = wanted == one.point || wanted.starts_with(base + "/");
    // Of two mounts at one point the later one is seen.
    if (inside && one.point.size() >= best.point.size()) best = one;
  }
  return best;
}

std::string first_line(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace coview::tool
