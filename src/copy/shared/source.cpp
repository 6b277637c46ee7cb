// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copy/shared/descriptor_link.hpp"
#include "copy/shared/failure.hpp"
#include "copy/shared/storage.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

bool same_time(struct ::timespec const& a, struct ::timespec const& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

[[noreturn]] void fail_of_kind(char const* operation, std::filesystem::path const& shown, mode_t mode) {
  if (S_ISDIR(mode)) {
    bool const copies = std::string_view(operation) == "copy";
    fail(operation, shown, EISDIR, "it is a directory",
         copies ? "to copy what is in it, copy it as a tree" : "name the files in it");
  }
  char const* const kind = S_ISFIFO(mode)   ? "it is a FIFO"
                           : S_ISSOCK(mode) ? "it is a socket"
                           : S_ISLNK(mode)  ? "it is a symbolic link"
                                            : "it is a device";
  fail(operation, shown, EINVAL, kind,
       S_ISSOCK(mode)  ? "sockets have no bytes to read"
       : S_ISLNK(mode) ? "name what it leads to"
                       : "to read what it gives, use --copy-contents (copy_options::read_special)");
}

/// Whether a file is as long as it says. Of a filesystem that nobody knows, only reading tells: such as are made up
/// by a program say 0, or a page, of what they have not made yet.
bool has_its_size(source_file const& source) {
  switch (source.place) {
    case storage::disk:
    case storage::memory:
    case storage::btrfs:
      return true;
    case storage::made_up:
      return false;
    case storage::doubtful:
    case storage::program:
      break;
  }
  auto const size = source.before.st_size;
  if (size <= 0) return false;
  char byte = 0;
  if (::pread(source.fd.get(), &byte, 1, size - 1) != 1) return false;
  return ::pread(source.fd.get(), &byte, 1, size) <= 0;
}

constexpr std::size_t compared_at_a_time = std::size_t{256} << 10U;

/// Whether two files have the same bytes, up to a size. ECANCELED, or the errno of a reading.
os::result<bool> same_bytes(int a, int b, std::uint64_t size, keep_waiting const& go_on) {
  using answer = os::result<bool>;
  std::vector<std::byte> of_a(compared_at_a_time);
  std::vector<std::byte> of_b(compared_at_a_time);
  for (std::uint64_t at = 0; at < size;) {
    auto const want = static_cast<std::size_t>(std::min<std::uint64_t>(compared_at_a_time, size - at));
    auto const x = os::read_at(a, std::span(of_a).first(want), at);
    auto const y = os::read_at(b, std::span(of_b).first(want), at);
    if (!x || !y) return answer::failure(x ? y.error() : x.error());
    if (*x != want || *y != want || std::memcmp(of_a.data(), of_b.data(), want) != 0) return {false};
    at += want;
    if (go_on && !go_on()) return answer::failure(ECANCELED);
  }
  return {true};
}

}  // namespace

source_file open_source(int directory, char const* name, std::filesystem::path const& shown, source_rules rules) {
  // Without O_NONBLOCK the open of a FIFO waits for a writer, and that of some devices for a medium.
  int const link = rules.follow ? 0 : O_NOFOLLOW;
  auto opened = os::open_at(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | link);
  bool from_position = false;
  // Standard input may be what no path opens: a socket, another user's terminal. And it may have been read in part.
  if (rules.follow && directory == AT_FDCWD && (!opened || ::lseek(opened->get(), 0, SEEK_CUR) >= 0)) {
    auto const found = std::string_view(name).starts_with('/') ? find_descriptor_link(directory, name) : std::nullopt;
    if (found && found->own >= 0) {
      if (int const fd = ::fcntl(found->own, F_DUPFD_CLOEXEC, 3); fd >= 0) {
        from_position = !opened || ::lseek(fd, 0, SEEK_CUR) > 0;
        if (from_position) {
          opened = os::result<os::unique_fd>(os::unique_fd(fd));
        } else {
          ::close(fd);
        }
      }
    }
  }
  if (!opened) {
    if (opened.error() == ELOOP && !rules.follow)
      fail("open", shown, ELOOP, "it is a symbolic link", "copy what it leads to, or copy it as a link");
    if (opened.error() == ENXIO) {
      auto const what = os::status_at(directory, name);
      if (what && S_ISSOCK(what->st_mode)) fail_of_kind(rules.operation, shown, S_IFSOCK);
    }
    fail("open", shown, opened.error());
  }
  source_file source;
  source.fd = std::move(*opened);
  source.shown = shown;
  source.operation = rules.operation;
  source.changing = rules.changing;
  source.from_position = from_position;
  auto const found = os::status(source.fd.get());
  if (!found) fail("look at", shown, found.error());
  source.before = *found;
  mode_t const mode = found->st_mode;
  if (S_ISREG(mode)) {
    source.place = storage_of(source.fd.get());
    source.sized = !from_position && has_its_size(source);
    if (!source.sized && !from_position) source.place = storage::made_up;
    return source;
  }
  if (from_position && S_ISSOCK(mode)) return source;
  if (S_ISDIR(mode) || S_ISSOCK(mode) || !rules.read_special) fail_of_kind(rules.operation, shown, mode);
  return source;
}

source_state state_of(source_file const& source, struct ::stat& now) {
  if (!source.sized) return source_state::same;
  auto const found = os::status(source.fd.get());
  if (!found) fail("look at", source.shown, found.error());
  now = *found;
  auto const& then = source.before;
  if (source.changing == changing_source::accept)
    return now.st_size < then.st_size ? source_state::changed : source_state::same;
  if (now.st_size != then.st_size || !same_time(now.st_mtim, then.st_mtim)) return source_state::changed;
  return same_time(now.st_ctim, then.st_ctim) ? source_state::same : source_state::touched;
}

void check_unchanged(source_file const& source) {
  struct ::stat now {};
  if (state_of(source, now) == source_state::changed) fail_of_change(source, now);
}

bool check_bytes(source_file const& source, int copy, keep_waiting const& go_on) {
  struct ::stat now {};
  auto state = state_of(source, now);
  // Whoever goes on touching it while it is read again is asked to stop.
  for (int attempt = 0; state == source_state::touched && attempt < 4; ++attempt) {
    auto const when = now.st_ctim;
    auto const same = same_bytes(source.fd.get(), copy, source.size(), go_on);
    if (same.error() == ECANCELED) return false;
    if (!same || !*same) break;
    state = state_of(source, now);
    if (state == source_state::touched && same_time(now.st_ctim, when)) return true;
  }
  if (state != source_state::same) fail_of_change(source, now);
  return true;
}

void fail_of_change(source_file const& source, struct ::stat const& now) {
  auto const& then = source.before;
  std::string what = "its status changed, as after a write whose time was set back";
  if (now.st_size != then.st_size) {
    what = "it had " + std::to_string(then.st_size) + " bytes and has " + std::to_string(now.st_size) + " now";
  } else if (!same_time(now.st_mtim, then.st_mtim)) {
    what = "somebody wrote to it";
  }
  std::string const operation = source.operation;
  bool const copies = operation == "copy";
  fail(source.operation, source.shown, EAGAIN,
       std::string("it changed while it was ") + (copies ? "copied: " : "read: ") + what,
       copies
           ? now.st_size > then.st_size
                 ? "copy it from a snapshot, or up to the size it had with --changing=accept (copy_options::changing)"
                 : "copy it again when nobody writes to it, or from a snapshot"
           : "try again when nobody writes to it");
}

}  // namespace coview::copying
