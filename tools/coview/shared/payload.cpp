// SPDX-License-Identifier: Apache-2.0
// Reading and writing a mapping's bytes with pread(2) and pwrite(2), which see the same pages as every view.
#include "shared/payload.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <system_error>

#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

[[noreturn]] void fail_with_errno(char const* what, mapping const& which) {
  throw std::system_error(errno, std::generic_category(), fmt::format("cannot {} '{}'", what, escape(which.name())));
}

}  // namespace

byte_range range_within(mapping const& from, std::uint64_t offset, std::uint64_t length) {
  auto const size = from.size();
  if (offset > size) {
    throw failure(exit_failed, fmt::format("offset {} is beyond the end of '{}', which has {} bytes", offset,
                                           escape(from.name()), size));
  }
  if (length != to_end && length > size - offset) {
    throw failure(exit_failed, fmt::format("{} bytes from offset {} reach beyond the end of '{}', which has {} bytes",
                                           length, offset, escape(from.name()), size));
  }
  return {offset, length == to_end ? size - offset : length};
}

void read_payload(mapping const& from, std::uint64_t offset, std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    auto const at = static_cast<off_t>(from.payload_offset() + offset);
    auto const count = pread(from.native_handle(), buffer.data(), buffer.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("read", from);
    if (count == 0) {
      throw failure(exit_incompatible,
                    fmt::format("the file of '{}' ends at byte {} of its {}: somebody made it shorter",
                                escape(from.name()), offset, from.size()));
    }
    buffer = buffer.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void write_payload(mapping const& to, std::uint64_t offset, std::span<std::byte const> bytes) {
  if (bytes.empty()) return;
  // The memory first: a reserved object that runs out of it in the middle would be left half written. Where the file
  // system cannot do that, writing itself will tell.
  auto const at = static_cast<off_t>(to.payload_offset() + offset);
  while (fallocate(to.native_handle(), FALLOC_FL_KEEP_SIZE, at, static_cast<off_t>(bytes.size())) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) break;
    fail_with_errno("write", to);
  }
  while (!bytes.empty()) {
    auto const count =
        pwrite(to.native_handle(), bytes.data(), bytes.size(), static_cast<off_t>(to.payload_offset() + offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("write", to);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

std::vector<std::byte> read_stream(int fd, std::uint64_t limit) {
  constexpr std::uint64_t piece = 1U << 20U;
  std::vector<std::byte> all;
  while (all.size() <= limit) {
    auto const had = all.size();
    all.resize(had + static_cast<std::size_t>(std::min(piece, limit - had + 1)));
    auto const count = read(fd, all.data() + had, all.size() - had);
    int const error = errno;
    all.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && error == EINTR) continue;
    if (count < 0) throw std::system_error(error, std::generic_category(), "cannot read the input");
    if (count == 0) break;
  }
  return all;
}

}  // namespace coview::tool
