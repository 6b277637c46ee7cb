// SPDX-License-Identifier: Apache-2.0
// Classes around handles as C++ projects write them: a unique handle, a mutex that tells of a dead owner,
// a scoped lock, a shared value with a change event, and an exception that carries the error. A child
// process dies in the middle.
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace ipc {

class Error : public std::system_error {
 public:
  explicit Error(char const* what, DWORD code = ::GetLastError())
      : std::system_error(static_cast<int>(code), std::system_category(), what) {}
};

class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE h) : h_(h == INVALID_HANDLE_VALUE ? nullptr : h) {}
  Handle(Handle&& other) noexcept : h_(std::exchange(other.h_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(h_, other.h_);
    return *this;
  }
  ~Handle() {
    if (h_ != nullptr) ::CloseHandle(h_);
  }
  HANDLE get() const { return h_; }
  explicit operator bool() const { return h_ != nullptr; }

 private:
  HANDLE h_ = nullptr;
};

class Mutex {
 public:
  enum class Taken { normally, after_a_death, not_taken };
  explicit Mutex(std::string const& name) : handle_(::CreateMutexA(nullptr, FALSE, name.c_str())) {
    existed_ = ::GetLastError() == ERROR_ALREADY_EXISTS;
    if (!handle_) throw Error("CreateMutex");
  }
  Taken lock(std::chrono::milliseconds patience) {
    switch (::WaitForSingleObject(handle_.get(), static_cast<DWORD>(patience.count()))) {
      case WAIT_OBJECT_0:
        return Taken::normally;
      case WAIT_ABANDONED:
        return Taken::after_a_death;
      case WAIT_TIMEOUT:
        return Taken::not_taken;
      default:
        throw Error("WaitForSingleObject");
    }
  }
  void unlock() {
    if (!::ReleaseMutex(handle_.get())) throw Error("ReleaseMutex");
  }
  bool existed() const { return existed_; }
  HANDLE native() const { return handle_.get(); }

 private:
  Handle handle_;
  bool existed_ = false;
};

template <typename T>
class Shared {
  static_assert(std::is_trivially_copyable<T>::value, "");
  struct Block {
    LONG volatile generation;
    T value;
  };

 public:
  explicit Shared(std::string const& name)
      : lock_(name + ".lock"), changed_(::CreateEventA(nullptr, TRUE, FALSE, (name + ".changed").c_str())) {
    memory_ =
        Handle(::CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, sizeof(Block), name.c_str()));
    if (!memory_) throw Error("CreateFileMapping");
    first_ = ::GetLastError() != ERROR_ALREADY_EXISTS;
    block_.reset(static_cast<Block*>(::MapViewOfFile(memory_.get(), FILE_MAP_ALL_ACCESS, 0, 0, sizeof(Block))));
    if (!block_) throw Error("MapViewOfFile");
  }
  template <typename F>
  auto with(F&& f) -> decltype(f(std::declval<T&>())) {
    was_abandoned_ = lock_.lock(std::chrono::seconds(20)) == Mutex::Taken::after_a_death;
    struct Guard {
      Shared* self;
      ~Guard() {
        ::InterlockedIncrement(&self->block_->generation);
        ::SetEvent(self->changed_.get());
        self->lock_.unlock();
      }
    } guard{this};
    return f(block_->value);
  }
  LONG generation() const { return ::InterlockedCompareExchange(&block_->generation, 0, 0); }
  bool wait_for_change(DWORD ms) { return ::WaitForSingleObject(changed_.get(), ms) == WAIT_OBJECT_0; }
  void forget_change() { ::ResetEvent(changed_.get()); }
  bool first() const { return first_; }
  bool was_abandoned() const { return was_abandoned_; }

 private:
  struct Unmap {
    void operator()(void* p) const { ::UnmapViewOfFile(p); }
  };
  Mutex lock_;
  Handle changed_, memory_;
  std::unique_ptr<Block, Unmap> block_;
  bool first_ = false, was_abandoned_ = false;
};

class Process {
 public:
  Process(std::string const& program, std::string const& arguments) {
    std::string text = "\"" + program + "\" " + arguments;
    std::vector<char> line(text.begin(), text.end());
    line.push_back('\0');
    STARTUPINFOA start{};
    start.cb = sizeof start;
    PROCESS_INFORMATION made{};
    if (!::CreateProcessA(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &start, &made))
      throw Error("CreateProcess");
    process_ = Handle(made.hProcess);
    thread_ = Handle(made.hThread);
  }
  DWORD join() {
    ::WaitForSingleObject(process_.get(), INFINITE);
    DWORD code = 0;
    ::GetExitCodeProcess(process_.get(), &code);
    return code;
  }
  void kill(UINT code) {
    if (!::TerminateProcess(process_.get(), code)) throw Error("TerminateProcess");
  }

 private:
  Handle process_, thread_;
};
}  // namespace ipc

struct Account {
  LONG balance;
  LONG entries;
  char owner[32];
};

static int child(std::string const& what) {
  ipc::Shared<Account> account("wrapped.account");
  if (what == "deposit") {
    for (int i = 0; i < 500; ++i) account.with([](Account& a) { a.balance += 2, ++a.entries; });
    return account.first();
  }
  account.with([](Account& a) {  // and is killed while it has the lock
    a.balance = -1;
    ipc::Handle ready(::OpenEventA(EVENT_MODIFY_STATE, FALSE, "wrapped.inside"));
    ::SetEvent(ready.get());
    ::Sleep(INFINITE);
  });
  return 0;
}

int main(int argc, char** argv) try {
  if (argc > 1) return child(argv[1]);
  char program[MAX_PATH];
  ::GetModuleFileNameA(nullptr, program, sizeof program);
  ipc::Shared<Account> account("wrapped.account");
  std::printf("first %d, generation %ld\n", account.first(), (long)account.generation());
  account.with([](Account& a) { ::lstrcpyA(a.owner, "nobody in particular"); });
  std::printf("changed %d", account.wait_for_change(0));
  account.forget_change();
  std::printf(" %d\n", account.wait_for_change(0));
  {
    std::vector<ipc::Process> children;
    for (int i = 0; i < 3; ++i) children.emplace_back(program, "deposit");
    for (auto& each : children) std::printf("child was first: %lu\n", each.join());
  }
  std::printf("generation %ld", (long)account.generation());
  std::printf(", balance %ld", (long)account.with([](Account& a) { return a.balance; }));
  std::printf(", %ld entries\n", (long)account.with([](Account& a) { return a.entries; }));
  ipc::Handle inside(::CreateEventA(nullptr, FALSE, FALSE, "wrapped.inside"));
  ipc::Process victim(program, "die");
  ::WaitForSingleObject(inside.get(), INFINITE);
  ipc::Mutex lock("wrapped.account.lock");
  std::printf("existed %d, taken %d\n", lock.existed(),
              lock.lock(std::chrono::milliseconds(10)) != ipc::Mutex::Taken::not_taken);
  try {
    lock.unlock();
  } catch (ipc::Error const& e) {
    std::printf("error %d\n", e.code().value());
  }
  victim.kill(0xDEAD);
  std::printf("victim %lx\n", victim.join());
  account.with([](Account& a) { std::printf("what it left: %ld\n", (long)a.balance), a.balance = 0; });
  std::printf("abandoned %d", account.was_abandoned());
  account.with([](Account&) {});
  std::printf(" %d\n", account.was_abandoned());
  try {
    ipc::Mutex wrong("wrapped.account");
  } catch (ipc::Error const& e) {
    std::printf("another kind: %d\n", e.code().value());
  }
  ipc::Handle moved = std::move(inside), empty;
  empty = std::move(moved);
  std::printf("moved %d %d %d\n", bool(inside), bool(moved), bool(empty));
  return 0;
} catch (std::exception const& e) {
  std::printf("%s\n", e.what());
  return 1;
}
