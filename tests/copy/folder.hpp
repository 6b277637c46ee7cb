// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

/// What the tests of copying work with: a folder of their own, files with known contents, and a look at what is
/// there.
namespace coview_test {

namespace fs = std::filesystem;

/// A fresh folder in TMPDIR (or where `parent` says), removed with everything in it.
class folder {
 public:
  explicit folder(fs::path const& parent = fs::temp_directory_path()) {
    std::string name = (parent / "coview-copy.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  folder(folder const&) = delete;
  folder& operator=(folder const&) = delete;
  ~folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path const& path() const noexcept { return path_; }
  fs::path operator/(std::string const& name) const { return path_ / name; }

  /// Names of all entries, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (auto const& entry : fs::directory_iterator(path_)) all.push_back(entry.path().filename().string());
    std::sort(all.begin(), all.end());
    return all;
  }
  /// The temporary that is there; empty: none.
  [[nodiscard]] fs::path temporary() const {
    for (auto const& name : names())
      if (name.ends_with(".coview-copy")) return path_ / name;
    return {};
  }

 private:
  fs::path path_;
};

/// Bytes that differ from file to file and from block to block.
inline std::string noise(std::size_t size, std::uint64_t seed = 1) {
  std::vector<std::uint64_t> words(size / 8 + 1);
  std::uint64_t state = seed;
  for (auto& word : words) {  // splitmix64: hundreds of MiB of it are wanted, also under sanitizers
    state += 0x9e3779b97f4a7c15U;
    word = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27U)) * 0x94d049bb133111ebU;
    word ^= word >> 31U;
  }
  return {reinterpret_cast<char const*>(words.data()), size};
}

inline void put(fs::path const& path, std::string const& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write '" + path.string() + "'");
}

inline std::string contents(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  std::string all;
  std::vector<char> some(std::size_t{1} << 20U);
  do {
    file.read(some.data(), static_cast<std::streamsize>(some.size()));
    all.append(some.data(), static_cast<std::size_t>(file.gcount()));
  } while (file);
  return all;
}

/// Writes at an offset, as another process would.
inline void overwrite(fs::path const& path, std::uint64_t offset, std::string const& bytes) {
  int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 || ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) < 0)
    throw std::runtime_error("cannot write into '" + path.string() + "'");
  ::close(fd);
}

inline struct ::stat status_of(fs::path const& path) {
  struct ::stat is {};
  if (::lstat(path.c_str(), &is) != 0) std::abort();
  return is;
}

}  // namespace coview_test
