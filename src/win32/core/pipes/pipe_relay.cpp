// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_relay.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>

#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/pipes/pipe_end.hpp"

namespace coview::win32 {
namespace {

constinit std::atomic<unsigned> running{0};

/// One thread's. The handle keeps the end open as one of the program's would.
struct relay {
  object_ptr<pipe_end> end;
  HANDLE handle = nullptr;
  os::unique_fd fd;
  bool child_writes = false;
  ~relay() {
    if (handle != nullptr) handle_table::close(handle);
  }
};
using buffer = std::array<char, 4096>;

bool write_whole(int fd, char const* bytes, std::size_t length) noexcept {
  while (length > 0) {
    ssize_t const n = ::write(fd, bytes, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    length -= static_cast<std::size_t>(n);
  }
  return true;
}

void hand_on_to_pipe(relay& own) {
  buffer bytes{};
  for (;;) {
    ssize_t const n = ::read(own.fd.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    pipe_operation context;
    context.what = pipe_operation::kind::write;
    context.out = {bytes.data(), static_cast<DWORD>(n)};
    if (own.end->run(std::move(context), nullptr) == FALSE) return;
  }
}

void hand_on_to_child(relay& own) {
  buffer bytes{};
  for (;;) {
    pipe_operation context;
    context.in = {bytes.data(), static_cast<DWORD>(bytes.size()), false};
    DWORD n = 0;
    if (own.end->run(std::move(context), &n) == FALSE || !write_whole(own.fd.get(), bytes.data(), n)) return;
  }
}

void* run(void* given) {
  std::unique_ptr<relay> own(static_cast<relay*>(given));
  guarded(
      [&] {
        own->child_writes ? hand_on_to_pipe(*own) : hand_on_to_child(*own);
        return true;
      },
      false);
  own.reset();
  running.fetch_sub(1, std::memory_order_relaxed);
  return nullptr;
}

void start(std::unique_ptr<relay> own) {
  sigset_t every;
  sigset_t before;
  sigfillset(&every);  // a child that is gone is an error of the write
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  running.fetch_add(1, std::memory_order_relaxed);
  int const error = ::pthread_create(&thread, nullptr, &run, own.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) {
    running.fetch_sub(1, std::memory_order_relaxed);
    throw_code(error_from_errno(error));
  }
  (void)own.release();  // run() has it
  ::pthread_detach(thread);
}

}  // namespace

os::unique_fd relay_for_child(HANDLE handle, bool child_writes) {
  auto own = std::make_unique<relay>();
  {
    handle_guard const use(handle);
    if (!use || use.get()->what() != object::kind::pipe) return {};
    own->end = use.pin_as<pipe_end>(child_writes ? FILE_WRITE_DATA : FILE_READ_DATA);
    if (!own->end) return {};
  }
  own->child_writes = child_writes;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_code(error_from_errno(errno));
  os::unique_fd const read(ends[0]);
  os::unique_fd const write(ends[1]);
  own->fd = duplicate_out_of_the_way(child_writes ? read.get() : write.get());
  auto child = duplicate_out_of_the_way(child_writes ? write.get() : read.get());
  if (!own->fd || !child) throw_code(error_from_errno(errno));
  constexpr ACCESS_MASK reads = FILE_GENERIC_READ;
  constexpr ACCESS_MASK writes = FILE_GENERIC_WRITE;
  own->handle = handle_table::insert(*own->end, reads | writes, 0);
  if (own->handle == nullptr) throw_code(last_error);
  start(std::move(own));
  return child;
}

unsigned relays_running() noexcept {
  return running.load(std::memory_order_relaxed);
}

}  // namespace coview::win32
