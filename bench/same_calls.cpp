// SPDX-License-Identifier: Apache-2.0
// The system calls that coview makes in the local scope (`strace` shows them; docs/performance.md says what each is
// for), without anything around them: what the kernel takes of our time, and so what no code of ours can save.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "contenders.hpp"

namespace bench {
namespace {

constexpr off_t header_size = 4096;
constexpr int open_flags = O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;

void require(bool holds, char const* what) {
  if (!holds) throw std::runtime_error(what);
}

bool lock_mark(int fd, int command, short type) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_len = 1;
  return ::fcntl(fd, command, &range) == 0;
}

/// A directory of one's own in shared memory, as local names have it.
class directory {
 public:
  explicit directory(char const* name) : path_("/dev/shm/" + run_prefix() + name) {
    require(::mkdir(path_.c_str(), 0700) == 0, "mkdir");
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(fd_ >= 0, "open a directory");
  }
  ~directory() {
    ::unlinkat(fd_, file, 0);
    ::close(fd_);
    ::rmdir(path_.c_str());
  }
  directory(directory const&) = delete;
  directory& operator=(directory const&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  static constexpr char const* file = "quiet-d5ba8bcfda3c64bf6ee9bb71470e60b2.0";

 private:
  std::string path_;
  int fd_ = -1;
};

int create(directory const& in, std::uint64_t size) {
  struct ::stat status {};
  struct ::rlimit limit {};
  std::array<std::byte, 134> const header{};
  keep(::getpid() + static_cast<int>(::geteuid()));
  require(::fstat(in.fd(), &status) == 0, "fstat");
  int const fd = ::openat(in.fd(), directory::file, O_RDWR | O_CREAT | O_EXCL | open_flags, 0600);
  require(fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &status) == 0, "openat, flock, fstat");
  require(::prlimit(0, RLIMIT_FSIZE, nullptr, &limit) == 0, "prlimit");
  require(::fallocate(fd, 0, 0, header_size + static_cast<off_t>(size)) == 0, "fallocate");
  require(::pwrite(fd, header.data(), header.size(), 0) == static_cast<ssize_t>(header.size()), "pwrite");
  require(lock_mark(fd, F_OFD_SETLK, F_RDLCK) && ::flock(fd, LOCK_SH | LOCK_NB) == 0, "fcntl, flock");
  return fd;
}

void map_and_close(directory const& in, int fd, std::uint64_t size, bool last) {
  struct ::stat status {};
  require(::fstat(fd, &status) == 0, "fstat");
  void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, header_size);
  require(mapped != MAP_FAILED, "mmap");
  if (last) touch(mapped, size, use::one_store);
  keep(*static_cast<char volatile*>(mapped));
  require(::munmap(mapped, size) == 0 && ::fstat(fd, &status) == 0 && ::close(fd) == 0, "munmap, fstat, close");
  int const again = ::openat(in.fd(), directory::file, O_RDONLY | open_flags);
  require(again >= 0 && (::flock(again, LOCK_EX | LOCK_NB) == 0) == last, "openat, flock");
  if (last) require(::fstat(again, &status) == 0 && ::unlinkat(in.fd(), directory::file, 0) == 0, "unlinkat");
  require(::close(again) == 0, "close");
}

}  // namespace

contender same_calls_create(std::uint64_t size) {
  return {"bare: the system calls that coview makes", [=] {
            return [=, in = std::make_shared<directory>("same-create")] {
              map_and_close(*in, create(*in, size), size, true);
            };
          }};
}

contender same_calls_open(std::uint64_t size) {
  return {"bare: the system calls that coview makes", [=] {
            auto in = std::make_shared<directory>("same-open");
            auto const first = create(*in, size);
            return [=] {
              struct ::stat status {};
              std::array<std::byte, 512> header{};
              keep(static_cast<int>(::geteuid()));
              int const fd = ::openat(in->fd(), directory::file, O_RDWR | open_flags);
              require(fd >= 0 && ::flock(fd, LOCK_SH | LOCK_NB) == 0, "openat, flock");
              require(lock_mark(fd, F_OFD_GETLK, F_RDLCK) && ::fstat(fd, &status) == 0, "fcntl, fstat");
              require(::pread(fd, header.data(), header.size(), 0) == static_cast<ssize_t>(header.size()), "pread");
              require(lock_mark(fd, F_OFD_SETLK, F_RDLCK), "fcntl");
              map_and_close(*in, fd, size, false);
              keep(first);
            };
          }};
}

}  // namespace bench
