// SPDX-License-Identifier: Apache-2.0
// Work that survives its workers: what a killed worker had in hand goes to the next one, marked. A job that kills
// whoever takes it is put aside after the third time.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <coview/queue.hpp>

using namespace std::chrono_literals;

std::string_view text(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

void work() {
  auto const jobs = coview::queue::open("jobs");
  auto const done = coview::queue::open("done");
  while (auto const job = jobs.receive(10s)) {
    if (job->deaths() == 3) {
      done.send("put aside: " + std::string(text(job->bytes())));
      continue;
    }
    if (text(job->bytes()) == "poison") ::raise(SIGKILL);
    done.send("done: " + std::string(text(job->bytes())));
  }  // only now is a job given back: killed before that, the next worker gets it
}

pid_t hire() {
  auto const worker = ::fork();
  if (worker == 0) {
    work();
    ::_exit(0);
  }
  return worker;
}

int main() {
  auto const jobs = coview::queue::create("jobs", {.capacity = 1 << 16});
  auto const done = coview::queue::create("done", {.capacity = 1 << 16});
  constexpr int count = 8;
  for (int i = 0; i < count; ++i) jobs.send(i == 3 ? "poison" : "job " + std::to_string(i));
  auto worker = hire();
  int killed = 0;
  for (int answers = 0; answers < count;) {
    if (auto const answer = done.receive(100ms)) {
      auto const what = text(answer->bytes());
      std::printf("%.*s\n", static_cast<int>(what.size()), what.data());
      ++answers;
    } else if (int status = 0; ::waitpid(worker, &status, WNOHANG) == worker && WIFSIGNALED(status)) {
      std::printf("a worker was killed; the next one goes on\n");
      ++killed;
      worker = hire();
    }
  }
  ::kill(worker, SIGTERM);
  ::waitpid(worker, nullptr, 0);
  return killed == 3 ? 0 : 1;
}
