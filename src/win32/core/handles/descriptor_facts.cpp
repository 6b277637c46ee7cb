// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/descriptor_facts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <climits>

#include "os/file.hpp"

namespace coview::win32 {
namespace {

int access_mode(int fd) noexcept {
  int const flags = ::fcntl(fd, F_GETFL);
  return flags < 0 || (flags & O_PATH) != 0 ? -1 : flags & O_ACCMODE;
}

}  // namespace

std::string target_of(int fd) {
  std::array<char, PATH_MAX> text{};
  auto const length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), text.data(), text.size());
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : std::string();
}

bool opened_for_reading(int fd) noexcept {
  int const mode = access_mode(fd);
  return mode == O_RDONLY || mode == O_RDWR;
}

bool opened_for_writing(int fd) noexcept {
  int const mode = access_mode(fd);
  return mode == O_WRONLY || mode == O_RDWR;
}

bool is_memory_file(int fd, std::string_view label) {
  auto const status = os::status(fd);
  if (!status || !S_ISREG(status->st_mode) || status->st_nlink != 0) return false;
  if (status->st_uid != 0 && status->st_uid != ::geteuid()) return false;
  return target_of(fd) == "/memfd:" + std::string(label) + " (deleted)";
}

bool is_sealed(int fd) noexcept {
  constexpr int size_is_fixed = F_SEAL_SHRINK | F_SEAL_GROW;
  int const seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & size_is_fixed) == size_is_fixed;
}

bool is_timer(int fd) {
  return target_of(fd) == "anon_inode:[timerfd]";
}

pid_t process_behind(int fd) {
  constexpr std::string_view field = "\nPid:\t";
  auto const target = target_of(fd);
  // Linux 6.9 and newer have a filesystem of their own for them.
  if (target != "anon_inode:[pidfd]" && target.compare(0, 6, "pidfd:") != 0) return 0;
  auto const facts = os::read_whole(("/proc/self/fdinfo/" + std::to_string(fd)).c_str());
  if (!facts) return 0;
  auto const at = facts->find(field);
  if (at == std::string::npos) return 0;
  pid_t id = 0;
  auto const* const first = facts->data() + at + field.size();
  auto const answer = std::from_chars(first, facts->data() + facts->size(), id);
  return answer.ec == std::errc() ? id : 0;
}

os::unique_fd duplicate_out_of_the_way(int fd) noexcept {
  constexpr int first_free_of_standard = 10;
  return os::unique_fd(::fcntl(fd, F_DUPFD_CLOEXEC, first_free_of_standard));
}

}  // namespace coview::win32
