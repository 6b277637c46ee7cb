// SPDX-License-Identifier: Apache-2.0
// A log that loses nothing for one reader, and costs the writer nothing for others: the archive blocks, the screen
// lags. Both are in one event loop.
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include <coview/topic.hpp>

constexpr int lines = 5000;

/// Reads all there is; how many lines.
int drain(coview::subscription const& from, unsigned long long& lost) {
  int count = 0;
  while (auto const line = from.try_receive()) {
    ++count;
    lost += line->lost();
  }
  return count;
}

int main() {
  auto const log = coview::topic::create("log", {.capacity = 1 << 16, .subscribers_may_block = true});
  auto const archive = log.subscribe({.slow = coview::slow::blocks});  // 'coview evict log' would free the writer
  auto const screen = log.subscribe({.slow = coview::slow::lags});

  auto const writer = ::fork();
  if (writer == 0) {
    auto const to = coview::topic::open("log").publisher();
    for (int i = 0; i < lines; ++i) to.publish("line " + std::to_string(i));
    ::_exit(0);
  }

  // Readable while there may be something; so receive until there is nothing, then wait.
  int const loop = ::epoll_create1(EPOLL_CLOEXEC);
  for (auto const* each : {&archive, &screen}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = each->native_wait_handle();
    ::epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event);
  }
  int archived = 0;
  unsigned long long shown = 0;
  unsigned long long lost = 0;
  unsigned long long archive_lost = 0;
  while (archived < lines || shown + lost < lines) {
    std::array<epoll_event, 2> events{};
    if (::epoll_wait(loop, events.data(), events.size(), 10'000) <= 0) break;
    archived += drain(archive, archive_lost);
    shown += static_cast<unsigned long long>(drain(screen, lost));
  }
  ::close(loop);
  ::waitpid(writer, nullptr, 0);
  std::printf("archived %d lines, lost %llu; shown %llu, lost %llu\n", archived, archive_lost, shown, lost);
  return archived == lines && archive_lost == 0 && shown + lost == lines ? 0 : 1;
}
