// SPDX-License-Identifier: Apache-2.0
// A runtime's loop with a pool behind it: work goes to the system's pool and comes back as posted tasks, files are
// hashed in views there, waits are registered, timers of the pool post too, and the loop sleeps on one event.
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#include <windows.h>

#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

class Loop {
 public:
  Loop() : wake_(CreateEventA(nullptr, FALSE, FALSE, nullptr)) { InitializeSRWLock(&lock_); }
  ~Loop() { CloseHandle(wake_); }
  void post(std::function<void()> task) {
    AcquireSRWLockExclusive(&lock_);
    tasks_.push_back(std::move(task));
    ReleaseSRWLockExclusive(&lock_);
    SetEvent(wake_);
  }
  // A blocking piece of work, and what is to be done in the loop with its result.
  template <typename Work, typename Then>
  void queue(Work work, Then then) {
    struct Both {
      Loop* loop;
      Work work;
      Then then;
      static DWORD WINAPI run(LPVOID argument) {
        Both* const both = static_cast<Both*>(argument);
        auto result = both->work();
        both->loop->post([both, result] {
          both->then(result);
          --both->loop->pending_;
          delete both;
        });
        return 0;
      }
    };
    ++pending_;
    Both* const both = new Both{this, std::move(work), std::move(then)};
    if (!QueueUserWorkItem(Both::run, both, WT_EXECUTELONGFUNCTION)) Both::run(both);
  }
  void hold() { ++pending_; }
  void release() { --pending_; }
  void run() {
    while (pending_ > 0) {
      std::function<void()> task;
      AcquireSRWLockExclusive(&lock_);
      if (!tasks_.empty()) {
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      ReleaseSRWLockExclusive(&lock_);
      if (task)
        task();
      else
        WaitForSingleObject(wake_, INFINITE);
    }
  }

 private:
  HANDLE wake_;
  SRWLOCK lock_;
  std::deque<std::function<void()>> tasks_;
  int pending_ = 0;
};

static uint32_t hash_file(std::string const& path) {
  uint32_t hash = 2166136261u;
  HANDLE file = CreateFileA(path.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                            FILE_FLAG_SEQUENTIAL_SCAN, nullptr);
  if (file == INVALID_HANDLE_VALUE) return 0;
  LARGE_INTEGER size;
  GetFileSizeEx(file, &size);
  HANDLE map = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  if (map != nullptr) {
    for (LONGLONG at = 0; at < size.QuadPart; at += 65536) {
      SIZE_T const count = (SIZE_T)(size.QuadPart - at < 65536 ? size.QuadPart - at : 65536);
      BYTE const* view = (BYTE const*)MapViewOfFile(map, FILE_MAP_READ, (DWORD)(at >> 32), (DWORD)at, count);
      for (SIZE_T i = 0; i < count; ++i) hash = (hash ^ view[i]) * 16777619u;
      UnmapViewOfFile(view);
    }
    CloseHandle(map);
  }
  CloseHandle(file);
  return hash;
}

static Loop loop;
static DWORD loop_thread;
static int in_loop;
static void here() {
  in_loop += GetCurrentThreadId() == loop_thread;
}
static VOID CALLBACK signalled(PVOID argument, BOOLEAN timed_out) {
  int* const count = (int*)argument;
  loop.post([count, timed_out] {
    here();
    ++*count;
    printf("registered wait: %d\n", timed_out);
    loop.release();
  });
}
static int ticks;
static VOID CALLBACK tick(PVOID, BOOLEAN fired) {
  loop.post([fired] {
    here();
    if (++ticks == 3) loop.release();
    if (ticks <= 3) printf("tick %d %d\n", ticks, fired);
  });
}

int main() {
  loop_thread = GetCurrentThreadId();
  std::vector<uint32_t> hashes(6, 1);
  for (int i = 0; i < 5; ++i) {
    std::string const path = "hashed." + std::to_string(i);
    HANDLE file = CreateFileA(path.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, 0, nullptr);
    std::vector<char> bytes((size_t)i * 50000, (char)('a' + i));
    DWORD written;
    if (!bytes.empty()) WriteFile(file, bytes.data(), (DWORD)bytes.size(), &written, nullptr);
    CloseHandle(file);
  }
  for (int i = 0; i < 6; ++i)
    loop.queue([i] { return hash_file("hashed." + std::to_string(i)); },
               [&hashes, i](uint32_t hash) {
                 here();
                 hashes[(size_t)i] = hash;
               });
  loop.run();
  for (uint32_t hash : hashes) printf("%08lx\n", (unsigned long)hash);
  printf("in the loop %d\n", in_loop);

  // A wait that is signalled, and one that times out.
  HANDLE event = CreateEventA(nullptr, FALSE, FALSE, nullptr), wait = nullptr;
  int count = 0;
  loop.hold();
  BOOL ok = RegisterWaitForSingleObject(&wait, event, signalled, &count, 20000, WT_EXECUTEONLYONCE);
  SetEvent(event);
  loop.run();
  printf("waited %d, unregistered %d\n", ok, UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
  loop.hold();
  ok = RegisterWaitForSingleObject(&wait, event, signalled, &count, 10, WT_EXECUTEONLYONCE);
  loop.run();
  printf("waited %d, unregistered %d, %d in all\n", ok, UnregisterWaitEx(wait, INVALID_HANDLE_VALUE), count);

  // A timer of the pool's.
  HANDLE queue = CreateTimerQueue(), timer = nullptr;
  loop.hold();
  ok = CreateTimerQueueTimer(&timer, queue, tick, nullptr, 5, 5, WT_EXECUTEDEFAULT);
  loop.run();
  printf("timer %d, deleted %d\n", ok, DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));

  // Work that makes work: a chain through the pool.
  int chain = 0;
  std::function<void(int)> step = [&](int n) {
    if (n == 0) return;
    loop.queue([n] { return n - 1; },
               [&](int left) {
                 ++chain;
                 step(left);
               });
  };
  step(50);
  loop.run();
  printf("chain %d\n", chain);
  for (int i = 0; i < 5; ++i) DeleteFileA(("hashed." + std::to_string(i)).c_str());
  CloseHandle(event);
  printf("missing again: %lu\n", (unsigned long)hash_file("hashed.0"));
}
