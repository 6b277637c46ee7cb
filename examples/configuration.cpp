// SPDX-License-Identifier: Apache-2.0
// Configuration that many processes read and one changes: latest() waits for nobody and is never torn, and whoever
// wants to know of changes subscribes.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include <coview/topic.hpp>

struct settings {
  int version;
  double threshold;
  char mode[16];
};
constexpr coview::topic_of_options as{.history = 4, .type = "settings", .version = 1};

int use() {
  coview::topic_of<settings> const configuration("configuration", as);
  auto const changes = configuration.subscribe();
  auto now = configuration.latest();  // what is in force when this begins
  for (;;) {
    if (!now) return 1;
    std::printf("version %d: threshold %g, %s\n", now->version, now->threshold, now->mode);
    if (now->version == 3) return 0;
    auto const change = changes.receive(std::chrono::seconds(10));
    if (!change) return 1;
    now = configuration.latest();  // several changes at once: only the last one counts
  }
}

int main() {
  coview::topic_of<settings> configuration("configuration", as);  // permanent: it would outlive this program
  configuration.publish({1, 0.5, "careful"});
  auto const reader = ::fork();
  if (reader == 0) {
    int const status = use();
    std::fflush(stdout);
    ::_exit(status);
  }
  configuration.publish({2, 0.7, "brisk"});
  configuration.publish({3, 0.9, "bold"});
  int status = 1;
  ::waitpid(reader, &status, 0);
  return status == 0 ? 0 : 1;
}
