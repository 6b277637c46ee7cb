// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/read_back.hpp"

#include <fcntl.h>

#include <algorithm>
#include <memory>

#include "copy/methods/pipeline.hpp"
#include "copy/shared/failure.hpp"
#include "copy/shared/storage.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr std::size_t read_back_buffers = 4;
constexpr std::size_t read_back_piece = std::size_t{4} << 20U;

}  // namespace

std::string hash_of_what_is_there(int fd, std::filesystem::path const& shown, hash_maker const& make,
                                  progress_meter& meter, std::optional<std::uint64_t> length) {
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  std::string const path = "/proc/self/fd/" + std::to_string(fd);
  bool direct = storage_of(fd) != storage::memory;
  os::result<os::unique_fd> file = os::open(path.c_str(), O_RDONLY | (direct ? O_DIRECT : 0));
  if (!file) {
    direct = false;
    file = os::open(path.c_str(), O_RDONLY);
  }
  if (!file) fail("read back", shown, file.error());
  auto const hash = make();
  std::uint64_t at = 0;
  bool ended = false;
  pipeline pipe(read_back_buffers, read_back_piece);
  auto const read = [&](piece& p) {
    if (ended) return false;
    auto got = os::read_at(file->get(), {p.data, p.capacity}, at);
    if (!got && got.error() == EINVAL && direct) {  // takes the flag, and refuses the reading
      direct = false;
      file = os::open(path.c_str(), O_RDONLY);
      if (!file) fail("read back", shown, file.error());
      got = os::read_at(file->get(), {p.data, p.capacity}, at);
    }
    if (!got) fail("read back", shown, got.error());
    p.offset = at;
    p.size = *got;
    if (length) p.size = static_cast<std::size_t>(std::min<std::uint64_t>(p.size, *length - at));
    at += p.size;
    ended = p.size < p.capacity;
    return p.size > 0;
  };
  auto const look = [&](piece const& p) {
    hash->update({p.data, p.size});
    meter.shown().verified = p.offset + p.size;
    return meter.tick();
  };
  return pipe.run({read, look}) ? hash->finish() : std::string();
}

}  // namespace coview::copying
