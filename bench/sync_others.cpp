// SPDX-License-Identifier: Apache-2.0
// The locks and signals that Linux has: pthread, POSIX semaphores, eventfd, and a bare futex.
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>

#include "sync_contenders.hpp"

namespace bench {
namespace {

enum class robust : std::uint8_t { no, yes };

class pthread_lock {
 public:
  pthread_lock(int sharing, robust how) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, sharing);
    if (how == robust::yes) ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex_, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
  }
  void lock() noexcept { ::pthread_mutex_lock(&mutex_); }
  void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_{};
};

maker<pthread_lock> pthread(int sharing, robust how) {
  return [=](std::string const&) { return in_shared_memory<pthread_lock>(sharing, how); };
}

class posix_semaphore {
 public:
  posix_semaphore() { ::sem_init(&semaphore_, 1, 0); }
  void set() noexcept { ::sem_post(&semaphore_); }
  void wait() noexcept {
    while (::sem_wait(&semaphore_) != 0) continue;
  }

 private:
  sem_t semaphore_{};
};

class event_descriptor {
 public:
  event_descriptor() : fd_(::eventfd(0, EFD_CLOEXEC)) {}
  ~event_descriptor() { ::close(fd_); }
  event_descriptor(event_descriptor const&) = delete;
  event_descriptor& operator=(event_descriptor const&) = delete;
  void set() const {
    if (::eventfd_write(fd_, 1) != 0) throw std::runtime_error("eventfd_write");
  }
  void wait() const {
    eventfd_t value = 0;
    if (::eventfd_read(fd_, &value) != 0) throw std::runtime_error("eventfd_read");
  }
  void clear() const { wait(); }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::shared_ptr<event_descriptor> new_descriptor(std::string const& /*name*/) {
  return std::make_shared<event_descriptor>();
}

/// A word that wakes at each set, because it does not know whether somebody sleeps.
class ignorant_word {
 public:
  void set() noexcept {
    word_.value.store(1, std::memory_order_release);
    word_.wake_one();
  }
  void clear() noexcept { word_.value.store(0, std::memory_order_relaxed); }

 private:
  bare::word word_;
};

constexpr std::size_t several = 8;
using sleeping_event = bare::futex_event<0>;
using patient_event = bare::futex_event<bare::patient>;
using sleeping_mutex = bare::futex_mutex<0>;
using patient_mutex = bare::futex_mutex<bare::patient>;

operation bare_scan() {
  auto events = in_shared_memory<std::array<sleeping_event, several>>();
  return [=] {
    for (std::uint32_t i = 0; i < batch; ++i) {
      events->back().set();
      for (auto& one : *events) {
        if (one.take()) break;
      }
    }
  };
}

operation bare_waitv() {
  auto words = in_shared_memory<std::array<bare::word, several>>();
  words->back().value = 1;
  return [=] {
    std::array<::futex_waitv, several> entries{};
    for (std::size_t i = 0; i < several; ++i) {
      entries.at(i) = {0, reinterpret_cast<std::uint64_t>(&words->at(i).value), FUTEX_32, 0};
    }
    for (std::uint32_t i = 0; i < batch; ++i) ::syscall(SYS_futex_waitv, entries.data(), several, 0, nullptr, 0);
  };
}

operation poll_descriptors() {
  auto descriptors = std::make_shared<std::array<event_descriptor, several>>();
  descriptors->back().set();
  return [=] {
    std::array<pollfd, several> entries{};
    for (std::size_t i = 0; i < several; ++i) entries.at(i) = {descriptors->at(i).fd(), POLLIN, 0};
    for (std::uint32_t i = 0; i < batch; ++i) ::poll(entries.data(), several, -1);
  };
}

}  // namespace

void add_other_locks(group& g) {
  g.contenders.push_back(lock_unlock("pthread, shared, robust", pthread(PTHREAD_PROCESS_SHARED, robust::yes)));
  g.contenders.push_back(lock_unlock("pthread, shared", pthread(PTHREAD_PROCESS_SHARED, robust::no)));
  g.contenders.push_back(lock_unlock("pthread, private", pthread(PTHREAD_PROCESS_PRIVATE, robust::no)));
  g.contenders.push_back(lock_unlock<sleeping_mutex>("bare futex", plain<sleeping_mutex>));
}

void add_other_signals(group& g) {
  g.contenders.push_back(set_wait<posix_semaphore>("sem_t, shared", plain<posix_semaphore>));
  g.contenders.push_back(set_wait<sleeping_event>("bare futex", plain<sleeping_event>));
  g.contenders.push_back(set_wait<event_descriptor>("eventfd", new_descriptor));
}

void add_other_clears(group& g) {
  g.contenders.push_back(set_clear<sleeping_event>("bare futex, with a flag for waiters", plain<sleeping_event>));
  g.contenders.push_back(set_clear<ignorant_word>("bare futex, without one", plain<ignorant_word>));
  g.contenders.push_back(set_clear<event_descriptor>("eventfd", new_descriptor));
}

void add_other_scans(group& g) {
  g.contenders.push_back({"bare futexes: set, scan", bare_scan});
  g.contenders.push_back({"futex_waitv", bare_waitv});
  g.contenders.push_back({"poll of eventfds", poll_descriptors});
}

void add_bare_ping_pongs(group& g, spinning how) {
  if (how == spinning::off) {
    g.contenders.push_back(ping_pong<sleeping_event>("bare futex", how, plain<sleeping_event>));
  } else {
    g.contenders.push_back(ping_pong<patient_event>("bare futex, spinning first", how, plain<patient_event>));
  }
}

void add_other_ping_pongs(group& g) {
  g.contenders.push_back(ping_pong<posix_semaphore>("sem_t, shared", spinning::off, plain<posix_semaphore>));
  g.contenders.push_back(ping_pong<event_descriptor>("eventfd", spinning::off, new_descriptor));
}

void add_bare_hand_offs(group& g, spinning how) {
  if (how == spinning::off) {
    g.contenders.push_back(hand_off<sleeping_mutex>("bare futex", how, plain<sleeping_mutex>));
  } else {
    g.contenders.push_back(hand_off<patient_mutex>("bare futex, spinning first", how, plain<patient_mutex>));
  }
}

void add_other_hand_offs(group& g) {
  g.contenders.push_back(hand_off("pthread, shared", spinning::off, pthread(PTHREAD_PROCESS_SHARED, robust::no)));
  g.contenders.push_back(
      hand_off("pthread, shared, robust", spinning::off, pthread(PTHREAD_PROCESS_SHARED, robust::yes)));
}

void add_bare_contenders(group& g, spinning how, std::uint32_t total, std::uint32_t work) {
  if (how == spinning::off) {
    g.contenders.push_back(contend<sleeping_mutex>("bare futex", how, total, work, plain<sleeping_mutex>));
  } else {
    g.contenders.push_back(
        contend<patient_mutex>("bare futex, spinning first", how, total, work, plain<patient_mutex>));
  }
}

void add_other_contenders(group& g, std::uint32_t total, std::uint32_t work) {
  constexpr auto how = spinning::off;
  g.contenders.push_back(
      contend("pthread, shared, robust", how, total, work, pthread(PTHREAD_PROCESS_SHARED, robust::yes)));
  g.contenders.push_back(contend("pthread, shared", how, total, work, pthread(PTHREAD_PROCESS_SHARED, robust::no)));
}

}  // namespace bench
