// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a held object's file. Whoever may write an object can write anything into it; whatever it is,
// the library answers with a handle that is safe to use or with a coview::error, and never reads beyond what is
// there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "os/fd.hpp"

namespace coview_test {

/// What stands in a file: its first bytes, its length (the rest are zeros) and whether it claims to be permanent.
struct image {
  std::vector<std::byte> bytes{};
  std::uint64_t length = 0;
  bool permanent = false;
};

/// Lengths beyond this are cut: the interesting ones are near the header's numbers.
inline constexpr std::uint64_t longest_image = std::uint64_t{1} << 20U;

/// What a fuzzer hands over: 4 bytes of length, 1 of flags, then the file.
image decode(std::span<std::byte const> input);

/// The name whose file is written.
inline constexpr char const* image_name = "fuzz/thing";

/// A file at the place of `image_name`, with the locks of a holder, and arbitrary contents one after the other.
class image_host {
 public:
  /// Below COVIEW_ROOT, which is set already.
  image_host();
  image_host(image_host const&) = delete;
  image_host& operator=(image_host const&) = delete;
  ~image_host();

  /// Writes it and runs everything that reads an object file. Lets through what should not come out: anything but a
  /// coview::error. `thorough`: also what looks at every process, and removal by force.
  /// True where the image could be opened.
  bool try_all(image const& what, bool thorough);

 private:
  void create();
  void write(image const& what) const;
  void list_it() const;

  std::filesystem::path path_;
  coview::os::unique_fd fd_{};
};

/// Images as the library writes them, to begin with: with a short name and a long one, permanent, sparse, of a file.
std::vector<image> honest_images(std::filesystem::path const& directory);

}  // namespace coview_test
