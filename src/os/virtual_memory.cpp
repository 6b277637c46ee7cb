// SPDX-License-Identifier: Apache-2.0
#include "os/virtual_memory.hpp"

#include <fcntl.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace coview::os {
namespace {

result<std::byte*> mapped(void* address) {
  return address == MAP_FAILED ? result<std::byte*>::failure(errno) : static_cast<std::byte*>(address);
}

}  // namespace

std::size_t page_size() noexcept {
  return static_cast<std::size_t>(::getpagesize());  // what the C library was told at the start
}

result<std::byte*> map_file(std::byte* address, std::size_t length, int protection, sharing how, int fd,
                            std::uint64_t offset, std::size_t alignment) {
  int const flags = how == sharing::shared ? MAP_SHARED : MAP_PRIVATE;
  auto const place = [&](void* where, int extra) {
    return mapped(::mmap(where, length, protection, flags | extra, fd, static_cast<off_t>(offset)));
  };
  if (address != nullptr) return place(address, MAP_FIXED_NOREPLACE);
  if (alignment <= page_size()) return place(nullptr, 0);

  // Reserve more than is needed, map into the aligned part of it, give the rest back.
  if (length > SIZE_MAX - alignment) return result<std::byte*>::failure(ENOMEM);
  auto const reserved =
      mapped(::mmap(nullptr, length + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (!reserved) return reserved;
  auto const first = reinterpret_cast<std::uintptr_t>(*reserved);
  std::size_t const before = round_up(first, alignment) - first;
  std::byte* const aligned = *reserved + before;
  auto result = place(aligned, MAP_FIXED);
  if (!result) {
    int const failure = result.error();
    unmap(*reserved, length + alignment);
    return os::result<std::byte*>::failure(failure);
  }
  std::size_t const used = round_up(length, page_size());
  if (before > 0) unmap(*reserved, before);
  if (std::size_t const reserved_length = round_up(length + alignment, page_size());
      before + used < reserved_length) {
    unmap(aligned + used, reserved_length - before - used);
  }
  return result;
}

void unmap(std::byte* base, std::size_t length) noexcept {
  ::munmap(base, length);
}

int protect(std::byte* base, std::size_t length, int protection) noexcept {
  return errno_unless(::mprotect(base, length, protection) == 0);
}

int advise(std::byte* base, std::size_t length, int advice) noexcept {
  return errno_unless(::madvise(base, length, advice) == 0);
}

int populate(std::byte* base, std::size_t length, bool for_writing) noexcept {
  int failure = 0;
  do {
    failure = advise(base, length, for_writing ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  } while (failure == EINTR);
  return failure;
}

int synchronise(std::byte* base, std::size_t length) noexcept {
  return errno_unless(::msync(base, length, MS_SYNC) == 0);
}

result<unique_fd> anonymous_file(char const* label) {
  return new_descriptor(::memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

int seal_size(int fd) noexcept {
  return errno_unless(::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
}

}  // namespace coview::os
