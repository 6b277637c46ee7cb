// SPDX-License-Identifier: Apache-2.0
// The planted defects: locks as they are when shared bytes are believed.
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <string>

#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/topic.hpp>

#include "victim.hpp"

namespace hostile {
namespace {

using sees = stage::sees;

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t lock_at = page_bytes - 64;  // where the deeds go

/// The first page of the file behind a mutex of everybody's, its end zero.
class naive_page {
 public:
  naive_page() : object_(coview::mutex::open_or_create("Global\\shared_mutex", {.mode = 0666})) {
    int const fd = ::open(coview::stat(object_.name()).file.c_str(), O_RDWR | O_CLOEXEC);
    at_ = static_cast<std::byte*>(::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    ::close(fd);
  }
  naive_page(naive_page const&) = delete;
  naive_page& operator=(naive_page const&) = delete;
  ~naive_page() { ::munmap(at_, page_bytes); }

  [[nodiscard]] pthread_mutex_t* lock() const { return reinterpret_cast<pthread_mutex_t*>(at_ + lock_at); }
  [[nodiscard]] std::atomic<std::uint32_t>& word(std::size_t n) const {
    return reinterpret_cast<std::atomic<std::uint32_t>*>(at_ + lock_at)[n];
  }

 private:
  coview::mutex object_;
  std::byte* at_ = nullptr;
};

/// A robust lock of the C library in a page that others write: what they store decides whether it leaves the thread's
/// list, and the page goes all the same.
void believes_who_owns(stage& on) {
  pthread_mutexattr_t kind;
  ::pthread_mutexattr_init(&kind);
  ::pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  on.call("lock and unlock, naively", wait_length, [&] {
    naive_page const page;
    ::pthread_mutex_init(page.lock(), &kind);
    ::pthread_mutex_lock(page.lock());
    on.point();
    ::pthread_mutex_unlock(page.lock());
  });
}

/// Waits until a word is 0, and believes that the peer will see to it.
void believes_a_word(stage& on) {
  naive_page const page;
  on.point();
  on.call("wait, naively", wait_length, [&] {
    timespec const length{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(wait_length).count()};
    for (std::uint32_t seen = 0; (seen = page.word(10).load()) != 0;)
      ::syscall(SYS_futex, &page.word(10), FUTEX_WAIT, seen, &length, nullptr, 0);
  });
}

/// Reads messages by the lengths that stand in the table of blocks.
void believes_a_length(stage& on) {
  auto const topic = coview::topic::open_or_create("Global\\shared_topic", {.capacity = channel_capacity,
                                                                            .messages = channel_messages,
                                                                            .participants = channel_participants,
                                                                            .mode = 0666});
  std::size_t const size = page_bytes * (4 + channel_participants) + channel_capacity;
  int const fd = ::open(coview::stat(topic.name()).file.c_str(), O_RDWR | O_CLOEXEC);
  auto* const at = static_cast<std::byte*>(::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0));
  ::close(fd);
  auto const* const blocks = at + page_bytes * (3 + channel_participants);
  auto const* const data = blocks + page_bytes;
  on.point();
  on.call("receive, naively", wait_length, [&] {
    unsigned sum = 0;
    for (std::size_t block = 0; block < channel_capacity / 64; ++block) {
      std::uint32_t length = 0;
      std::memcpy(&length, blocks + 16 * block + 8, sizeof length);
      for (std::size_t i = 0; i < length; i += page_bytes) sum += std::to_integer<unsigned>(data[64 * block + i]);
    }
    asm volatile("" : : "r"(sum));
  });
  ::munmap(at, size);
}

/// Stores into a file that is as long as it was when it was mapped. The store is an atomic one: the signal then comes
/// in the middle of a sanitizer's own function, where there is one.
void believes_a_size(stage& on) {
  naive_page const page;
  for (int i = 0; i < 4; ++i) {
    on.point();
    on.call(
        "store, naively", wait_length, [&] { page.word(0).store(1); }, sees::files);
  }
}

}  // namespace

std::vector<scenario> const& broken_scenarios() {
  static std::vector<scenario> const all = {{"a lock that believes who owns it", believes_who_owns},
                                            {"a wait that believes a word", believes_a_word},
                                            {"a receiver that believes a length", believes_a_length},
                                            {"a store that believes a size", believes_a_size}};
  return all;
}

}  // namespace hostile
