// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "os/file.hpp"

namespace coview::copying {
namespace {

/// The numbers that precede the name in a record of getdents64(2).
constexpr std::size_t name_offset = offsetof(dirent64, d_name);

bool is_dots(char const* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

}  // namespace

os::result<std::vector<directory_entry>> read_directory(int directory) {
  using answer = os::result<std::vector<directory_entry>>;
  std::vector<directory_entry> all;
  // The call itself instead of readdir: no copy of the descriptor, and large pieces.
  alignas(dirent64) std::array<char, 65536> buffer;
  for (;;) {
    auto const length = ::getdents64(directory, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return answer::failure(errno);
    if (length == 0) break;
    for (ssize_t at = 0; at < length;) {
      dirent64 record{};
      std::memcpy(&record, buffer.data() + at, name_offset);
      char const* const name = buffer.data() + at + name_offset;
      if (!is_dots(name)) all.push_back({name, record.d_ino, record.d_type});
      at += record.d_reclen;
    }
  }
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.inode < b.inode; });
  return all;
}

os::result<os::unique_fd> open_directory(int parent, char const* name, through_links rule) {
  int const link = rule == through_links::yes ? 0 : O_NOFOLLOW;
  return os::open_at(parent, name, O_RDONLY | O_DIRECTORY | link);
}

}  // namespace coview::copying
