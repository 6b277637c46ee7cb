// SPDX-License-Identifier: Apache-2.0
// Hashing and comparing files, by read(2): a file that shrinks meanwhile is a short read and not a SIGBUS.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>

#include <coview/copy.hpp>

#include "copy/failure.hpp"
#include "copy/source.hpp"
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

/// Reads until the buffer is full or the file ends.
std::span<std::byte const> fill(source_file const& file, std::span<std::byte> buffer) {
  auto const n = os::read_on(file.fd.get(), buffer);
  if (!n) copying::refuse("read", file.shown, n.error());
  return buffer.first(*n);
}

}  // namespace

sum_report sum_file(std::filesystem::path const& file, hash_maker const& hash) {
  stopwatch const watch;
  auto const source = open_file(file);
  auto const sum = hash();
  auto const buffer = std::make_unique<std::byte[]>(buffer_size);
  sum_report report;
  for (;;) {
    auto const piece = fill(source, {buffer.get(), buffer_size});
    sum->update(piece);
    report.bytes += piece.size();
    if (piece.size() < buffer_size) break;
  }
  copying::check_unchanged(source);
  report.hash = sum->finish();
  report.seconds = watch.seconds();
  return report;
}

compare_report compare_files(std::filesystem::path const& first, std::filesystem::path const& second) {
  stopwatch const watch;
  auto const a = open_file(first);
  auto const b = open_file(second);
  auto const buffers = std::make_unique<std::byte[]>(2 * buffer_size);
  compare_report report;
  for (;;) {
    auto const x = fill(a, {buffers.get(), buffer_size});
    auto const y = fill(b, {buffers.get() + buffer_size, buffer_size});
    auto const [in_x, in_y] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
    report.first_difference += static_cast<std::uint64_t>(in_x - x.begin());
    report.first_size += x.size();
    report.second_size += y.size();
    report.same = in_x == x.end() && in_y == y.end();
    if (!report.same || x.size() < buffer_size) break;
  }
  copying::check_unchanged(a);
  copying::check_unchanged(b);
  report.seconds = watch.seconds();
  return report;
}

}  // namespace coview
