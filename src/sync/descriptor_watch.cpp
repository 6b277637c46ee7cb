// SPDX-License-Identifier: Apache-2.0
#include "sync/descriptor_watch.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <utility>

#include "os/process_wide.hpp"

namespace coview::inline sync {
namespace {

struct watcher {
  os::unique_fd epoll;
  pid_t owner = 0;  // a forked child has no such thread
  std::uint64_t next_number = 0;
  std::map<std::uint64_t, std::atomic<std::uint32_t>*> words;  // to change and wake
};
using the_watcher = os::process_wide<watcher>;
[[gnu::constructor]] void make_watcher() {
  the_watcher::make();
}

void ring(std::uint64_t number) {
  the_watcher::access all;  // held while the word is touched: its owner takes it out before it goes
  auto const found = all->words.find(number);
  if (found == all->words.end()) return;
  // Pairs with the load in `value`: who reads the old number before it looks at the descriptor does
  // not fall asleep on it.
  found->second->fetch_add(1, std::memory_order_seq_cst);
  os::futex_wake(found->second, os::everybody);
}

constinit std::atomic<int> watched_by_thread{-1};

void* watch_for_ever(void* /*nothing*/) {
  constexpr std::size_t at_once = 64;
  std::array<epoll_event, at_once> events{};
  for (;;) {
    int const n = ::epoll_wait(watched_by_thread.load(), events.data(), at_once, -1);
    for (int i = 0; i < n; ++i) ring(events.at(static_cast<std::size_t>(i)).data.u64);
  }
  return nullptr;
}

/// Starts the thread where it does not run. No signal of the program is delivered to it.
bool run(watcher& all) {
  if (all.owner == ::getpid()) return true;
  os::unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return false;
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  watched_by_thread.store(epoll.get());
  int const error = ::pthread_create(&thread, nullptr, &watch_for_ever, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return false;
  ::pthread_detach(thread);
  all.epoll = std::move(epoll);
  all.words.clear();
  all.owner = ::getpid();
  return true;
}

}  // namespace

bool descriptor_watch::add(int fd) {
  if (std::any_of(watched_.begin(), watched_.end(), [&](auto const& w) { return w.fd == fd; })) return true;
  os::unique_fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own) return false;
  watched_.reserve(watched_.size() + 1);
  the_watcher::access all;
  if (!run(*all)) return false;
  auto const number = ++all->next_number;
  all->words.emplace(number, &word_);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = number;
  if (::epoll_ctl(all->epoll.get(), EPOLL_CTL_ADD, own.get(), &event) != 0) {
    all->words.erase(number);
    return false;
  }
  watched_.push_back({fd, std::move(own), number});
  return true;
}

descriptor_watch::~descriptor_watch() {
  for (auto const& one : watched_) {
    the_watcher::access all;
    if (all->owner == ::getpid()) {
      ::epoll_ctl(all->epoll.get(), EPOLL_CTL_DEL, one.own.get(), nullptr);
      all->words.erase(one.number);
    }
  }
}

void make_due(int timer_fd) noexcept {
  itimerspec when{};
  when.it_value.tv_nsec = 1;
  ::timerfd_settime(timer_fd, 0, &when, nullptr);
}

bool watcher_runs() noexcept {
  the_watcher::access all;
  return all->owner == ::getpid();
}

}  // namespace coview::inline sync
