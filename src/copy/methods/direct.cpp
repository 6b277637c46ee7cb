// SPDX-License-Identifier: Apache-2.0
// Copying past the page cache: one thread reads, the other writes, a few buffers go round. For files that are large
// beside the memory, whose pages would push out everything else and be gone before anybody read them.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "copy/methods/extents.hpp"
#include "copy/methods/pipeline.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr std::size_t direct_buffers = 4;
constexpr std::size_t direct_piece = std::size_t{4} << 20U;
constexpr std::uint64_t alignment = 4096;  // what any device is content with
/// Of which a hash takes a moment, so that cancelling is quick.
constexpr std::uint64_t most_of_a_hole = std::uint64_t{256} << 20U;

/// O_DIRECT for as long as it lives, of a descriptor that is ours alone.
class direct_mode {
 public:
  explicit direct_mode(int fd) : fd_(fd), flags_(::fcntl(fd, F_GETFL)) { on(); }
  direct_mode(direct_mode const&) = delete;
  direct_mode& operator=(direct_mode const&) = delete;
  ~direct_mode() { off(); }
  bool on() { return is_on_ = ::fcntl(fd_, F_SETFL, flags_ | O_DIRECT) == 0; }
  void off() { is_on_ = ::fcntl(fd_, F_SETFL, flags_ & ~O_DIRECT) != 0; }
  [[nodiscard]] bool is_on() const noexcept { return is_on_; }

 private:
  int fd_;
  int flags_;
  bool is_on_ = false;
};

class direct_copy {
 public:
  explicit direct_copy(transfer& job)
      : job_(job),
        parts_(job.from, !job.believes_holes()),
        target_(job.to),
        // A description of its own, because the caller's flags are shared with whoever has the descriptor.
        source_(os::open(("/proc/self/fd/" + std::to_string(job.from.fd.get())).c_str(), O_RDONLY | O_DIRECT)) {}

  moved run() {
    if (!target_.is_on() || !source_ || !readable()) return moved::not_possible;
    if (!parts_.sparse()) take_space(job_, 0, job_.from.size());
    pipeline pipe(direct_buffers, direct_piece);
    std::vector<pipeline::stage> stages{[this](piece& p) { return read(p); }};
    // A hash of its own thread: some are slower than the device.
    if (job_.hash != nullptr) stages.emplace_back([this](piece& p) { return hash(p); });
    stages.emplace_back([this](piece& p) { return write(p); });
    bool const all = pipe.run(stages);
    if (unsuitable_) return moved::not_possible;
    if (!all) return moved::cancelled;
    set_length(job_, job_.length);
    return moved::all;
  }

 private:
  /// Some filesystems take the flag and refuse the reading.
  bool readable() {
    buffer const probe(alignment);
    return ::pread(source_->get(), probe.bytes().data(), alignment, 0) >= 0;
  }

  bool read(piece& p) {
    if (!part_ || at_ >= part_->end()) {
      part_ = parts_.next();
      if (!part_) return false;
      at_ = part_->offset;
    }
    p.offset = at_;
    p.hole = part_->hole;
    if (p.hole) {
      p.size = static_cast<std::size_t>(std::min(part_->end() - at_, most_of_a_hole));
      at_ += p.size;
      return true;
    }
    // Whole blocks, also where the file ends within one: the answer is as long as the file goes.
    auto const left = part_->end() - at_;
    auto const want = std::min<std::uint64_t>(p.capacity, (left + alignment - 1) / alignment * alignment);
    auto const got = os::read_at(source_->get(), {p.data, want}, at_);
    if (!got) fail("read", job_.from.shown, got.error());
    p.size = static_cast<std::size_t>(std::min<std::uint64_t>(*got, left));
    at_ += p.size;
    return p.size > 0;  // 0: it shrank, which the engine says
  }

  bool hash(piece const& p) {
    if (p.hole) {
      job_.hash_zeros(p.size, {});
    } else {
      job_.hash->update({p.data, p.size});
    }
    return true;
  }

  bool write(piece const& p) {
    if (p.hole) return job_.passed(p.size);
    auto const whole = p.size / alignment * alignment;
    int failure = os::write_at(job_.to, {p.data, whole}, p.offset);
    if (failure == EINVAL && p.offset == 0 && job_.data_bytes == 0) {
      unsuitable_ = true;
      return false;
    }
    if (failure == 0 && whole < p.size) {  // the end of the file: a part of a block goes through memory
      target_.off();
      failure = os::write_at(job_.to, {p.data + whole, p.size - whole}, p.offset + whole);
    }
    if (failure != 0) fail("write", job_.shown, failure);
    job_.data_bytes += p.size;
    job_.length = p.offset + p.size;
    job_.meter.shown().on_device = job_.length;
    return job_.meter.moved(p.size);
  }

  transfer& job_;
  extents parts_;
  std::optional<extent> part_;
  std::uint64_t at_ = 0;
  direct_mode target_;
  os::result<os::unique_fd> source_;
  bool unsuitable_ = false;
};

}  // namespace

moved copy_direct(transfer& job) {
  return direct_copy(job).run();
}

}  // namespace coview::copying
