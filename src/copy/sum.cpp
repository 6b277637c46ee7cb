// SPDX-License-Identifier: Apache-2.0
// Hashing and comparing files, by read(2): a file that shrinks meanwhile is a short read and not a SIGBUS.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <span>

#include <coview/copy.hpp>

#include "copy/methods/buffer.hpp"
#include "copy/shared/failure.hpp"
#include "copy/shared/source.hpp"
#include "copy/shared/storage.hpp"
#include "os/file.hpp"

namespace coview {
namespace {

using copying::source_file;

constexpr std::size_t compared_piece = std::size_t{256} << 10U;

class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

source_file open_file(std::filesystem::path const& file, char const* operation) {
  return copying::open_source(AT_FDCWD, file.c_str(), file,
                              {.follow = true, .read_special = true, .operation = operation});
}

/// A file from its beginning to its end, in pieces; holes can be passed without being read.
class reader {
 public:
  reader(std::filesystem::path const& file, char const* operation)
      : file_(open_file(file, operation)),
        sparse_(file_.sized && static_cast<std::uint64_t>(file_.before.st_blocks) * 512 < file_.size() &&
                copying::tells_the_truth(file_.place)) {}

  /// The next bytes; fewer than the buffer takes only at the end.
  std::span<std::byte const> fill(std::span<std::byte> buffer) {
    std::size_t got = 0;
    for (bool ended = false; !ended && got < buffer.size();) {
      auto const n = file_.sized ? os::read_at(file_.fd.get(), buffer, at_)
                                 : copying::read_stream(file_.fd.get(), buffer.subspan(got), {});
      if (!n) copying::fail("read", file_.shown, n.error());
      got += *n;
      ended = file_.sized || *n == 0;
    }
    at_ += got;
    return buffer.first(got);
  }

  /// Bytes of the hole that begins here; 0: none, or nobody knows.
  [[nodiscard]] std::uint64_t hole() const {
    if (!sparse_ || at_ >= file_.size()) return 0;
    auto const data = ::lseek(file_.fd.get(), static_cast<off_t>(at_), SEEK_DATA);
    if (data < 0) return errno == ENXIO ? file_.size() - at_ : 0;
    return std::min(file_.size(), static_cast<std::uint64_t>(data)) - at_;
  }
  void pass(std::uint64_t bytes) noexcept { at_ += bytes; }
  void rewind() noexcept { at_ = 0; }
  [[nodiscard]] bool can_rewind() const noexcept { return file_.sized; }
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }
  /// Whether what was read is what it has. Read it again where it was touched meanwhile; a few times, then it is an
  /// error, as a change of the bytes is.
  bool is_unchanged(bool may_repeat = true) {
    struct ::stat now {};
    auto const state = copying::state_of(file_, now);
    bool const again = may_repeat && state == copying::source_state::touched && ++attempts_ < most_attempts;
    if (state != copying::source_state::same && !again) copying::fail_of_change(file_, now);
    if (again) {
      file_.before = now;
      at_ = 0;
    }
    return !again;
  }

 private:
  static constexpr int most_attempts = 4;

  source_file file_;
  bool sparse_;
  std::uint64_t at_ = 0;
  int attempts_ = 0;
};

void hash_zeros(hasher& sum, std::uint64_t bytes) {
  static constexpr std::array<std::byte, 65536> zeros{};
  for (; bytes > 0; bytes -= std::min<std::uint64_t>(bytes, zeros.size()))
    sum.update(std::span(zeros).first(std::min<std::uint64_t>(bytes, zeros.size())));
}

}  // namespace

sum_report sum_file(std::filesystem::path const& file, hash_maker const& hash) {
  stopwatch const watch;
  reader source(file, "sum");
  copying::buffer const buffer(compared_piece);
  for (;;) {
    auto const sum = hash();
    for (;;) {
      if (auto const hole = source.hole(); hole > 0) {
        hash_zeros(*sum, hole);
        source.pass(hole);
      }
      auto const piece = source.fill(buffer.bytes());
      sum->update(piece);
      if (piece.size() < compared_piece) break;
    }
    auto const bytes = source.at();
    if (source.is_unchanged()) return {sum->finish(), bytes, watch.seconds()};
  }
}

namespace {

compare_report compare(reader& a, reader& b, copying::buffer const& buffer_a, copying::buffer const& buffer_b) {
  compare_report report;
  for (;;) {
    if (auto const hole = std::min(a.hole(), b.hole()); hole > 0) {
      a.pass(hole);
      b.pass(hole);
    }
    report.first_difference = a.at();
    auto const x = a.fill(buffer_a.bytes());
    auto const y = b.fill(buffer_b.bytes());
    auto const both = std::min(x.size(), y.size());
    if (both < std::max(x.size(), y.size()) || std::memcmp(x.data(), y.data(), both) != 0) {
      report.first_difference +=
          static_cast<std::uint64_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
      report.same = false;
      break;
    }
    if (both < compared_piece) break;
  }
  if (report.same) report.first_difference = a.at();
  report.first_size = a.at();
  report.second_size = b.at();
  return report;
}

}  // namespace

compare_report compare_files(std::filesystem::path const& first, std::filesystem::path const& second) {
  stopwatch const watch;
  reader a(first, "compare");
  reader b(second, "compare");
  copying::buffer const buffer_a(compared_piece);
  copying::buffer const buffer_b(compared_piece);
  for (;;) {
    auto report = compare(a, b, buffer_a, buffer_b);
    bool const unchanged_a = a.is_unchanged(b.can_rewind());
    bool const unchanged_b = b.is_unchanged(a.can_rewind());
    if (unchanged_a && unchanged_b) {
      report.seconds = watch.seconds();
      return report;
    }
    a.rewind();
    b.rewind();
  }
}

}  // namespace coview
