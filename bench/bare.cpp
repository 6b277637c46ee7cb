// SPDX-License-Identifier: Apache-2.0
// The bare sequences of system calls: what everything else is compared with. They are written the way a careful
// programmer writes them, with every result checked, and do nothing that the task does not need.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "contenders.hpp"

namespace bench {
namespace {

void require(bool holds, char const* what) {
  if (!holds) throw std::runtime_error(what);
}

void use_and_unmap(int fd, std::uint64_t size, use how) {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  require(memory != MAP_FAILED, "mmap");
  touch(memory, size, how);
  require(::munmap(memory, size) == 0, "munmap");
}

void give_memory(int fd, std::uint64_t size, commit when) {
  auto const length = static_cast<off_t>(size);
  require((when == commit::when_created ? ::posix_fallocate(fd, 0, length) : ::ftruncate(fd, length)) == 0,
          "no memory");
}

/// A mapped object that goes with its last user; written once, so that no page is the kernel's zero page.
class memory {
 public:
  memory(std::string name, std::uint64_t size) : name_("/" + run_prefix() + name), size_(size) {
    int const fd = ::shm_open(name_.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
    require(fd >= 0, "shm_open");
    give_memory(fd, size, commit::when_created);
    void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    require(mapped != MAP_FAILED, "mmap");
    bytes_ = static_cast<std::byte*>(mapped);
    touch(bytes_, size, use::every_page);
  }
  ~memory() {
    ::munmap(bytes_, size_);
    ::shm_unlink(name_.c_str());
  }
  memory(memory const&) = delete;
  memory& operator=(memory const&) = delete;

  [[nodiscard]] std::string const& name() const { return name_; }
  [[nodiscard]] std::byte* bytes() const { return bytes_; }

 private:
  std::string name_;
  std::uint64_t size_;
  std::byte* bytes_ = nullptr;
};

}  // namespace

contender bare_create(std::uint64_t size, commit when, use how) {
  std::string name =
      when == commit::when_created ? "bare: shm_open, posix_fallocate, mmap" : "bare: shm_open, ftruncate, mmap";
  name += how == use::every_page ? ", store in every page …" : ", store … shm_unlink";
  return {name, [=] {
            return [=, name = "/" + run_prefix() + "bare" + (when == commit::when_created ? "-fallocate" : "")] {
              int const fd = ::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
              require(fd >= 0, "shm_open");
              give_memory(fd, size, when);
              use_and_unmap(fd, size, how);
              require(::close(fd) == 0, "close");
              require(::shm_unlink(name.c_str()) == 0, "shm_unlink");
            };
          }};
}

contender memfd_create_use(std::uint64_t size, use how) {
  return {"bare: memfd_create (memory that has no name)", [=] {
            return [=] {
              int const fd = ::memfd_create("bench", MFD_CLOEXEC);
              require(fd >= 0, "memfd_create");
              give_memory(fd, size, commit::at_first_touch);
              use_and_unmap(fd, size, how);
              require(::close(fd) == 0, "close");
            };
          }};
}

contender bare_open(std::uint64_t size) {
  return {"bare: shm_open, mmap, load, munmap, close", [=] {
            return [=, existing = std::make_shared<memory>("bare-open", size)] {
              int const fd = ::shm_open(existing->name().c_str(), O_RDWR, 0);
              require(fd >= 0, "shm_open");
              void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
              require(mapped != MAP_FAILED, "mmap");
              keep(*static_cast<char volatile*>(mapped));
              require(::munmap(mapped, size) == 0, "munmap");
              require(::close(fd) == 0, "close");
            };
          }};
}

contender raw_sum(std::uint64_t size) {
  return {"raw pointer from mmap", [=] {
            return [=, existing = std::make_shared<memory>("raw-sum", size)] {
              keep(sum({existing->bytes(), size}));
            };
          }};
}

contender raw_random(std::uint64_t size, std::uint32_t loads) {
  return {"raw pointer from mmap", [=] {
            return [=, existing = std::make_shared<memory>("raw-random", size), at = random_offsets(size)]() mutable {
              keep(sum_random(existing->bytes(), at, loads));
            };
          }};
}

}  // namespace bench
