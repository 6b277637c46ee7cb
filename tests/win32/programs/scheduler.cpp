// SPDX-License-Identifier: Apache-2.0
// A scheduler of tasks over waitable timers: each task has a timer, one thread waits for them all and for a
// request; tasks repeat, are put off, cancelled, and one is due in the past. Another thread follows a timer that
// it opens by its name.
#include <windows.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

class Timer {
 public:
  explicit Timer(bool manual = false, char const* name = nullptr)
      : handle_(CreateWaitableTimerA(nullptr, manual, name)) {}
  Timer(Timer&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Timer(Timer const&) = delete;
  ~Timer() {
    if (handle_ != nullptr) CloseHandle(handle_);
  }
  bool in(LONG milliseconds, LONG period = 0) {
    LARGE_INTEGER due;
    due.QuadPart = -10000LL * milliseconds;
    return SetWaitableTimer(handle_, &due, period, nullptr, nullptr, FALSE) != FALSE;
  }
  bool at(FILETIME const& time) {
    LARGE_INTEGER due;
    due.LowPart = time.dwLowDateTime;
    due.HighPart = (LONG)time.dwHighDateTime;
    return SetWaitableTimer(handle_, &due, 0, nullptr, nullptr, FALSE) != FALSE;
  }
  bool cancel() { return CancelWaitableTimer(handle_) != FALSE; }
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_;
};

class Scheduler {
 public:
  struct Task {
    std::string name;
    Timer timer;
    int left;
    std::function<void(Scheduler&, Task&)> run;
  };
  Scheduler() : stop_(CreateEventA(nullptr, TRUE, FALSE, nullptr)) {}
  ~Scheduler() { CloseHandle(stop_); }
  Task& add(std::string name, int times, std::function<void(Scheduler&, Task&)> run) {
    tasks_.push_back(Task{std::move(name), Timer(), times, std::move(run)});
    return tasks_.back();
  }
  Task* find(std::string const& name) {
    for (Task& each : tasks_)
      if (each.name == name) return &each;
    return nullptr;
  }
  void stop() { SetEvent(stop_); }
  void run() {
    std::vector<HANDLE> all{stop_};
    for (Task& each : tasks_) all.push_back(each.timer.get());
    for (;;) {
      DWORD const which = WaitForMultipleObjects((DWORD)all.size(), all.data(), FALSE, 20000);
      if (which == WAIT_OBJECT_0) return;
      if (which >= all.size()) {
        printf("nothing is due: %lx\n", which);
        return;
      }
      Task& task = tasks_[which - 1];
      task.run(*this, task);
      if (task.left > 0 && --task.left == 0) task.timer.cancel();
    }
  }

 private:
  HANDLE stop_;
  std::vector<Task> tasks_;
};

static DWORD WINAPI follow(LPVOID) {
  HANDLE timer = OpenWaitableTimerA(SYNCHRONIZE, FALSE, "scheduler.all");
  if (timer == nullptr) return GetLastError();
  DWORD const result = WaitForSingleObject(timer, 20000);
  LARGE_INTEGER now{};
  SetLastError(0);
  if (SetWaitableTimer(timer, &now, 0, nullptr, nullptr, FALSE) || GetLastError() != ERROR_ACCESS_DENIED) return 1000;
  CloseHandle(timer);
  return result;
}

int main() {
  Scheduler scheduler;
  int ticks = 0, order = 0;
  scheduler.add("tick", 5, [&](Scheduler&, Scheduler::Task& task) {
    if (ticks < 5) printf("%s %d\n", task.name.c_str(), ++ticks);
  });
  scheduler.add("late", 1, [&](Scheduler& all, Scheduler::Task& task) {
    if (ticks < 5) {  // on a machine that is very busy
      ++task.left;
      task.timer.in(100);
      return;
    }
    printf("late, after %d ticks\n", ticks);
    all.stop();
  });
  scheduler.add("never", 1, [](Scheduler&, Scheduler::Task&) { printf("this was cancelled\n"); });
  scheduler.add("past", 1, [&](Scheduler& all, Scheduler::Task&) {
    printf("past is now, number %d\n", ++order);
    all.find("never")->timer.cancel();
    all.find("tick")->timer.in(5, 5);
    all.find("late")->timer.in(400);  // put off
  });
  FILETIME past;
  SYSTEMTIME when{};
  when.wYear = 2001;
  when.wMonth = 9;
  when.wDay = 9;
  SystemTimeToFileTime(&when, &past);
  scheduler.find("late")->timer.in(30000);
  scheduler.find("never")->timer.in(30000);
  printf("set: %d\n", scheduler.find("past")->timer.at(past));
  scheduler.run();
  printf("tick is quiet: %lx\n", WaitForSingleObject(scheduler.find("tick")->timer.get(), 20));

  // One that all can see, and that stays.
  Timer all(true, "scheduler.all");
  HANDLE threads[3];
  all.in(20);
  for (HANDLE& each : threads) each = CreateThread(nullptr, 0, follow, nullptr, 0, nullptr);
  WaitForMultipleObjects(3, threads, TRUE, INFINITE);
  for (HANDLE& each : threads) {
    DWORD code = 1;
    GetExitCodeThread(each, &code);
    printf("follower %lu\n", code);
    CloseHandle(each);
  }
  printf("stays: %lu", WaitForSingleObject(all.get(), 0));
  all.in(30000);
  printf(", set anew: %lx", WaitForSingleObject(all.get(), 0));
  all.in(0);
  printf(", now: %lx\n", WaitForSingleObject(all.get(), 20000));
  all.cancel();
  printf("cancelled, and stays: %lu\n", WaitForSingleObject(all.get(), 0));
  SetLastError(0);
  HANDLE other = CreateEventA(nullptr, FALSE, FALSE, "scheduler.all");
  printf("another kind: %d %lu\n", other != nullptr, GetLastError());
}
