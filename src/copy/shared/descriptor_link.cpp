// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/descriptor_link.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "os/file.hpp"

namespace coview::copying {
namespace {

namespace fs = std::filesystem;

/// A directory …/fd of a filesystem that is /proc.
bool is_descriptor_directory(fs::path const& directory) {
  struct ::statfs where {};
  return directory.filename() == "fd" && ::statfs(directory.c_str(), &where) == 0 &&
         static_cast<unsigned long>(where.f_type) == PROC_SUPER_MAGIC;
}

/// The number that a text is; -1: it is none.
int number_in(std::string const& text) {
  int number = -1;
  auto const* const end = text.data() + text.size();
  auto const [last, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && last == end ? number : -1;
}

}  // namespace

std::optional<descriptor_link> find_descriptor_link(int directory, std::string const& name) {
  fs::path at = name;
  if (directory != AT_FDCWD && at.is_relative()) at = fs::path("/proc/self/fd") / std::to_string(directory) / at;
  constexpr int most_links = 40;  // as the kernel has it
  for (int links = 0; links < most_links; ++links) {
    std::error_code none;
    if (!fs::is_symlink(at, none)) return {};
    auto const above = fs::canonical(at.has_parent_path() ? at.parent_path() : ".", none);
    if (none) return {};
    if (is_descriptor_directory(above)) {
      // /proc/PID/fd, or /proc/PID/task/TID/fd.
      auto process = above.parent_path();
      if (process.parent_path().filename() == "task") process = process.parent_path().parent_path();
      bool const ours = number_in(process.filename()) == ::getpid();
      return descriptor_link{ours ? number_in(at.filename()) : -1, above / at.filename()};
    }
    auto const leads_to = fs::read_symlink(at, none);
    if (none) return {};
    at = above / leads_to;
  }
  return {};
}

os::result<os::unique_fd> open_to_write(descriptor_link const& link) {
  using answer = os::result<os::unique_fd>;
  if (link.own >= 0) {
    int const fd = ::fcntl(link.own, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? answer::failure(errno) : answer(os::unique_fd(fd));
  }
  return os::open(link.path.c_str(), O_WRONLY | O_TRUNC | O_NOCTTY);
}

}  // namespace coview::copying
