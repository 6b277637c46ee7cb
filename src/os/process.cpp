// SPDX-License-Identifier: Apache-2.0
#include "os/process.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <sstream>
#include <string_view>

#include "os/environment.hpp"
#include "os/file.hpp"

namespace coview::os {
namespace {

/// "7: FLOCK  ADVISORY  READ 4242 00:1a:123 0 EOF" or "8: OFDLCK ADVISORY READ -1 00:1a:123 0 0"; a waiting lock has
/// "->" after the number and is left out.
std::optional<file_lock> parse_lock(std::string const& line) {
  std::istringstream words(line);
  std::string number;
  std::string family;
  std::string kind;
  std::string type;
  std::string file;
  long pid = 0;
  if (!(words >> number >> family >> kind >> type >> pid >> file)) return {};
  if (family != "FLOCK" && family != "OFDLCK") return {};
  unsigned major_number = 0;
  unsigned minor_number = 0;
  unsigned long long inode = 0;
  if (std::sscanf(file.c_str(), "%x:%x:%llu", &major_number, &minor_number, &inode) != 3)
    return {};  // NOLINT(cert-err34-c)
  auto const which = family == "FLOCK" ? file_lock::family::flock : file_lock::family::description;
  return file_lock{which, static_cast<pid_t>(pid), makedev(major_number, minor_number), static_cast<ino_t>(inode),
                   type == "WRITE"};
}

std::vector<file_lock> parse_locks(std::string const& text) {
  std::vector<file_lock> locks;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (auto const lock = parse_lock(line)) locks.push_back(*lock);
  }
  return locks;
}

std::optional<pid_t> as_pid(std::string const& name) {
  pid_t pid = 0;
  auto const [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (failure != std::errc{} || end != name.data() + name.size()) return {};
  return pid;
}

/// "lock:	1: FLOCK  ADVISORY  READ 4242 00:1a:123 0 EOF", for each lock on a descriptor's description.
void note_takers(std::string const& fdinfo, ino_t inode, std::vector<pid_t>& takers) {
  auto const text = read_whole(fdinfo.c_str());
  if (!text) return;
  std::istringstream lines(*text);
  constexpr std::string_view key = "lock:";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    auto const lock = parse_lock(line.substr(key.size()));
    if (lock && lock->kind == file_lock::family::flock && lock->inode == inode) takers.push_back(lock->pid);
  }
}

/// Says nothing of a process; of the one that looks.
bool is_lack_of_means(int failure) noexcept {
  return failure == EMFILE || failure == ENFILE || failure == ENOMEM;
}

/// Fails with a lack of means only.
result<std::vector<pid_t>> takers_of_locks(std::string const& process, dev_t device, ino_t inode) {
  using answer = result<std::vector<pid_t>>;
  std::vector<pid_t> takers;
  auto const directory = open((process + "/fd").c_str(), O_RDONLY | O_DIRECTORY);
  // Else another user's process, or gone.
  if (!directory) return is_lack_of_means(directory.error()) ? answer::failure(directory.error()) : answer(takers);
  auto const descriptors = entries(directory->get());
  if (!descriptors)
    return is_lack_of_means(descriptors.error()) ? answer::failure(descriptors.error()) : answer(takers);
  for (auto const& fd : *descriptors) {
    struct ::stat found {};
    bool const leads_there =
        ::fstatat(directory->get(), fd.c_str(), &found, 0) == 0 && found.st_dev == device && found.st_ino == inode;
    if (leads_there) note_takers(std::string(process).append("/fdinfo/").append(fd), inode, takers);
  }
  return takers;
}

/// Whether the numbers that /proc shows are those of this process's pid namespace.
bool proc_is_of_this_namespace() {
  std::array<char, 32> target{};
  auto const n = ::readlink("/proc/self", target.data(), target.size() - 1);
  return n > 0 && as_pid(target.data()) == ::getpid();
}

}  // namespace

// The first pid namespace: any other hides the locks of processes outside it.
bool sees_every_process() {
  std::array<char, 64> target{};
  auto const n = ::readlink("/proc/self/ns/pid", target.data(), target.size() - 1);
  return n > 0 && std::string(target.data()) == "pid:[4026531836]";  // PROC_PID_INIT_INO, fixed since Linux 3.8
}

result<std::vector<file_lock>> file_locks() {
  auto const text = read_whole("/proc/locks");
  if (!text) return result<std::vector<file_lock>>::failure(text.error());
  return parse_locks(*text);
}

result<std::vector<file_lock>> file_locks_on(dev_t device, ino_t inode) {
  using locks = result<std::vector<file_lock>>;
  if (!sees_every_process()) return locks::failure(EPERM);
  constexpr int readings = 20;
  std::vector<file_lock> before;
  for (int i = 0; i < readings; ++i) {
    auto all = file_locks();
    if (!all) return all;
    std::vector<file_lock> found;
    std::copy_if(all->begin(), all->end(), std::back_inserter(found),
                 [&](file_lock const& lock) { return lock.device == device && lock.inode == inode; });
    if (!found.empty()) return found;
    if (i > 0 && *all == before) break;
    before = std::move(*all);
  }
  return {std::vector<file_lock>()};
}

result<std::vector<lock_user>> processes_with_lock(dev_t device, ino_t inode) {
  using answer = result<std::vector<lock_user>>;
  std::vector<lock_user> found;
  auto const proc = open("/proc", O_RDONLY | O_DIRECTORY);
  if (!proc) return answer::failure(proc.error());
  auto const names = entries(proc->get());
  if (!names) return answer::failure(names.error());
  for (auto const& name : *names) {
    auto const pid = as_pid(name);
    if (!pid) continue;
    auto takers = takers_of_locks("/proc/" + name, device, inode);
    if (!takers) return answer::failure(takers.error());
    if (!takers->empty()) found.push_back({*pid, std::move(*takers)});
  }
  return found;
}

whereabouts find_process(pid_t pid) {
  if (pid <= 0) return whereabouts::not_known;
  auto const directory = open(("/proc/" + std::to_string(pid) + "/fd").c_str(), O_RDONLY | O_DIRECTORY);
  if (directory && entries(directory->get())) return whereabouts::open_to_us;
  if (directory || directory.error() != ENOENT) return whereabouts::shut;
  // Gone, or hidden by the mount option hidepid.
  if (!proc_is_of_this_namespace()) return whereabouts::not_known;
  return ::kill(pid, 0) == 0 || errno != ESRCH ? whereabouts::shut : whereabouts::gone;
}

bool has_mapped(pid_t pid, dev_t device, ino_t inode) {
  // "7f00-7f10 rw-s 00000000 00:1a 123   /dev/shm/..."
  auto const text = read_whole(("/proc/" + std::to_string(pid) + "/maps").c_str());
  if (!text) return false;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    unsigned major_number = 0;
    unsigned minor_number = 0;
    unsigned long long number = 0;
    // NOLINTNEXTLINE(cert-err34-c)
    if (std::sscanf(line.c_str(), "%*s %*s %*s %x:%x %llu", &major_number, &minor_number, &number) != 3) continue;
    if (number == inode && makedev(major_number, minor_number) == device) return true;
  }
  return false;
}

std::optional<bool> uses_file(pid_t pid, dev_t device, ino_t inode) {
  auto const where = find_process(pid);
  if (where == whereabouts::gone) return false;
  if (where == whereabouts::open_to_us) {
    auto const takers = takers_of_locks("/proc/" + std::to_string(pid), device, inode);
    if (!takers) return {};
    return !takers->empty() || has_mapped(pid, device, inode);
  }
  auto const locks = file_locks();
  if (!locks) return {};
  bool const took = std::any_of(locks->begin(), locks->end(), [&](file_lock const& lock) {
    return lock.pid == pid && lock.device == device && lock.inode == inode;
  });
  return took ? std::optional(true) : std::nullopt;
}

std::string command_line(pid_t pid) {
  std::string const process = "/proc/" + std::to_string(pid);
  auto arguments = read_whole((process + "/cmdline").c_str());
  if (arguments && !arguments->empty()) {
    while (!arguments->empty() && arguments->back() == '\0') arguments->pop_back();
    std::replace(arguments->begin(), arguments->end(), '\0', ' ');
    return std::move(*arguments);
  }
  auto name = read_whole((process + "/comm").c_str());  // kernel threads and zombies have no command line
  if (!name || name->empty()) return {};
  if (name->back() == '\n') name->pop_back();
  return std::string("[").append(*name).append("]");
}

std::optional<pid_t> process_of_thread(pid_t thread) {
  auto const text = read_whole(("/proc/" + std::to_string(thread) + "/status").c_str());
  if (!text) return {};
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view key = "Tgid:\t";
    if (line.starts_with(key)) return as_pid(line.substr(key.size()));
  }
  return {};
}

std::optional<uid_t> user_of(pid_t pid) {
  struct ::stat found {};
  if (::stat(("/proc/" + std::to_string(pid)).c_str(), &found) != 0) return {};
  return found.st_uid;
}

namespace {

using capability_sets = std::array<::__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool read_capabilities(capability_sets& out) noexcept {
  ::__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::syscall(SYS_capget, &header, out.data()) == 0;
}

}  // namespace

bool has_capability(capability which) noexcept {
  capability_sets data{};
  if (!read_capabilities(data)) return false;
  return (data[0].effective >> static_cast<unsigned>(which) & 1U) != 0;
}

bool open_to_own_user() noexcept {
  constexpr int by_its_user = 1;
  if (privileged() || ::prctl(PR_GET_DUMPABLE) != by_its_user) return false;
  if (::geteuid() == 0) return true;
  capability_sets data{};
  // Permitted: what it can raise at any moment, and what ptrace(2) compares.
  return read_capabilities(data) && data[0].permitted == 0 && data[1].permitted == 0;
}

kernel_version running_kernel() {
  ::utsname system{};
  if (::uname(&system) != 0) return {0, 0, "unknown"};
  kernel_version version{0, 0, static_cast<char const*>(system.release)};
  // No stream: what std::locale makes at its first use is not safe to meet in a fork's child under every sanitizer.
  char const* const end = version.text.data() + version.text.size();
  auto const [dot, failure] = std::from_chars(version.text.data(), end, version.major_number);
  if (failure == std::errc() && dot != end) std::from_chars(dot + 1, end, version.minor_number);
  return version;
}

}  // namespace coview::os
