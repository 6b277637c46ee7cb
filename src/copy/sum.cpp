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

#include "copy/engine/failure.hpp"
#include "copy/engine/source.hpp"
#include "copy/engine/storage.hpp"
#include "copy/methods/buffer.hpp"
#include "os/file.hpp"

namespace coview {
namespace {

using copying::source_file;

constexpr std::size_t buffer_size = std::size_t{256} << 10U;

class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

source_file open_file(std::filesystem::path const& file) {
  return copying::open_source(AT_FDCWD, file.c_str(), file, {.follow = true, .read_special = true});
}

/// A file from its beginning to its end, in pieces; holes can be passed without being read.
class reader {
 public:
  explicit reader(std::filesystem::path const& file)
      : file_(open_file(file)),
        sparse_(file_.sized && static_cast<std::uint64_t>(file_.before.st_blocks) * 512 < file_.size() &&
                copying::storage_of(file_.fd.get()) != copying::storage::doubtful) {}

  /// The next bytes; fewer than the buffer takes only at the end.
  std::span<std::byte const> fill(std::span<std::byte> buffer) {
    auto const n = file_.sized ? os::read_at(file_.fd.get(), buffer, at_) : os::read_on(file_.fd.get(), buffer);
    if (!n) copying::fail("read", file_.shown, n.error());
    at_ += *n;
    return buffer.first(*n);
  }

  /// Bytes of the hole that begins here; 0: none, or nobody knows.
  [[nodiscard]] std::uint64_t hole() const {
    if (!sparse_ || at_ >= file_.size()) return 0;
    auto const data = ::lseek(file_.fd.get(), static_cast<off_t>(at_), SEEK_DATA);
    if (data < 0) return errno == ENXIO ? file_.size() - at_ : 0;
    return std::min(file_.size(), static_cast<std::uint64_t>(data)) - at_;
  }
  void pass(std::uint64_t bytes) noexcept { at_ += bytes; }
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }
  void check() const { copying::check_unchanged(file_); }

 private:
  source_file file_;
  bool sparse_;
  std::uint64_t at_ = 0;
};

void hash_zeros(hasher& sum, std::uint64_t bytes) {
  static constexpr std::array<std::byte, 65536> zeros{};
  for (; bytes > 0; bytes -= std::min<std::uint64_t>(bytes, zeros.size()))
    sum.update(std::span(zeros).first(std::min<std::uint64_t>(bytes, zeros.size())));
}

}  // namespace

sum_report sum_file(std::filesystem::path const& file, hash_maker const& hash) {
  stopwatch const watch;
  reader source(file);
  auto const sum = hash();
  copying::buffer const buffer(buffer_size);
  for (;;) {
    if (auto const hole = source.hole(); hole > 0) {
      hash_zeros(*sum, hole);
      source.pass(hole);
    }
    auto const piece = source.fill(buffer.bytes());
    sum->update(piece);
    if (piece.size() < buffer_size) break;
  }
  source.check();
  return {sum->finish(), source.at(), watch.seconds()};
}

compare_report compare_files(std::filesystem::path const& first, std::filesystem::path const& second) {
  stopwatch const watch;
  reader a(first);
  reader b(second);
  copying::buffer const buffer_a(buffer_size);
  copying::buffer const buffer_b(buffer_size);
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
    if (both < buffer_size) break;
  }
  if (report.same) report.first_difference = a.at();
  report.first_size = a.at();
  report.second_size = b.at();
  a.check();
  b.check();
  report.seconds = watch.seconds();
  return report;
}

}  // namespace coview
