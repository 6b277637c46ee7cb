// SPDX-License-Identifier: Apache-2.0
#include "win32/core/pipes/pipe_service.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <map>

#include "os/own_descriptor.hpp"
#include "os/process_wide.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/last_error.hpp"

namespace coview::win32::pipe_service {
namespace {

struct service {
  os::own_descriptor epoll;
  pid_t owner = 0;  // a forked child has no such thread
  std::map<int, object_ptr<pipe_end>> awaited;
  std::map<int, bool> known;  // sockets that epoll has
};
using the_service = os::process_wide<service>;
[[gnu::constructor]] void make_service() {
  the_service::make();
}

void* serve_for_ever(void* epoll) {
  constexpr std::size_t at_once = 64;
  int const fd = static_cast<int>(reinterpret_cast<std::intptr_t>(epoll));
  std::array<epoll_event, at_once> events{};
  for (;;) {
    int const n = ::epoll_wait(fd, events.data(), at_once, -1);
    if (n < 0 && errno != EINTR) break;  // the program has taken the descriptor away: the next call starts another
    for (int i = 0; i < n; ++i) {
      object_ptr<pipe_end> end;
      {
        the_service::access all;
        auto const found = all->awaited.find(events.at(static_cast<std::size_t>(i)).data.fd);
        if (found == all->awaited.end()) continue;
        end = std::move(found->second);
        all->awaited.erase(found);
      }
      guarded(
          [&end] {
            end->progress();
            return true;
          },
          false);
    }
  }
  the_service::access all;
  if (all->epoll.get() == fd && !all->epoll.still_own()) all->owner = 0;
  return nullptr;
}

/// Starts the thread where it does not run.
bool run(service& all) noexcept {
  if (all.owner == ::getpid() && all.epoll.still_own()) return true;
  os::unique_fd const made(::epoll_create1(EPOLL_CLOEXEC));
  auto epoll = duplicate_out_of_the_way(made.get());
  if (!epoll) return false;
  for (auto& [socket, end] : all.awaited) (void)end.release();  // a forked child: its parent's business
  all.awaited.clear();
  all.known.clear();
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  int const error = ::pthread_create(&thread, nullptr, &serve_for_ever,
                                     reinterpret_cast<void*>(std::intptr_t{epoll.get()}));  // NOLINT
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return false;
  ::pthread_detach(thread);
  all.epoll = std::move(epoll);
  all.owner = ::getpid();
  return true;
}

}  // namespace

bool await(pipe_end& one, int socket) noexcept {
  try {
    the_service::access all;
    if (!run(*all)) return false;
    one.add_reference();
    object_ptr<pipe_end> kept(&one);
    auto& place = all->awaited[socket];
    if (place) return true;  // armed already; `kept` goes, which is not the last reference
    place = std::move(kept);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.fd = socket;
    bool const known = all->known.contains(socket);
    if (::epoll_ctl(all->epoll.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) == 0) {
      all->known[socket] = true;
      return true;
    }
    (void)all->awaited.erase(socket);
    return false;
  } catch (std::bad_alloc const&) {
    return false;
  }
}

void forget(int socket) noexcept {
  object_ptr<pipe_end> last;
  the_service::access all;
  if (all->owner != ::getpid()) return;
  if (auto const found = all->awaited.find(socket); found != all->awaited.end()) {
    found->second->add_reference();
    last = object_ptr<pipe_end>(found->second.get());
    all->awaited.erase(found);
  }
  if (all->known.erase(socket) > 0 && all->epoll.still_own())
    ::epoll_ctl(all->epoll.get(), EPOLL_CTL_DEL, socket, nullptr);
}

bool runs() noexcept {
  the_service::access all;
  return all->owner == ::getpid();
}

}  // namespace coview::win32::pipe_service
