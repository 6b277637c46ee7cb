// SPDX-License-Identifier: Apache-2.0
// Copying by read and write: works for every file, and is the only way for those that do not know their size.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

#include "copy/failure.hpp"
#include "copy/transfer.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr std::size_t buffer_size = std::size_t{256}
                                    << 10U;  // fits into the second-level cache with the hash's state

/// One read(2); 0 at the end.
std::size_t read_some(transfer const& job, std::span<std::byte> buffer) {
  for (;;) {
    auto const n = ::read(job.from.fd.get(), buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) refuse("read", job.from.shown, errno);
  }
}

void write_all(transfer const& job, std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    auto const n = ::write(job.to, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse("write", job.shown, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

moved copy_buffered(transfer& job) {
  auto const buffer = std::make_unique<std::byte[]>(buffer_size);
  for (;;) {
    auto const n = read_some(job, {buffer.get(), job.pace.piece(buffer_size)});
    if (n == 0) return moved::all;
    std::span<std::byte const> const piece(buffer.get(), n);
    if (job.hash != nullptr) job.hash->update(piece);
    write_all(job, piece);
    job.length += n;
    job.data_bytes += n;
    if (!job.pace.moved(n)) return moved::cancelled;
  }
}

}  // namespace coview::copying
