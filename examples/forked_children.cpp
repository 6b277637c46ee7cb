// SPDX-License-Identifier: Apache-2.0
// Children share out their parent's work through memory that has no name: they inherit it. One of them is killed; the
// others go on, and the parent does what it left.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>

#include <coview/mapping.hpp>

constexpr unsigned pieces = 1000;

struct work {
  std::atomic<unsigned> next;  // the piece that nobody has taken yet
  std::array<unsigned long long, pieces> results;
  std::array<std::atomic<bool>, pieces> done;  // set after its result, so a kill leaves no half of one
};

void do_piece(work& shared, unsigned piece) {
  shared.results[piece] = 1ULL * piece * piece;
  shared.done[piece] = true;
}

[[noreturn]] void be_a_child(work& shared) {
  for (unsigned piece = 0; (piece = shared.next++) < pieces;) {
    if (piece == pieces / 2) ::raise(SIGKILL);
    do_piece(shared, piece);
  }
  ::_exit(0);  // what is the parent's to end, such as its buffers of output, is left to it
}

int main() {
  auto const memory = coview::mapping::anonymous(sizeof(work));
  auto const view = memory.map();
  auto& shared = view.as<work>();  // all zero

  std::array<pid_t, 4> children{};
  for (auto& child : children) {
    child = ::fork();
    if (child == 0) be_a_child(shared);
  }
  unsigned killed = 0;
  for (auto const child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) ++killed;
  }
  unsigned left = 0;
  unsigned long long sum = 0;
  for (unsigned piece = 0; piece < pieces; ++piece) {
    if (!shared.done[piece]) {
      do_piece(shared, piece);
      ++left;
    }
    sum += shared.results[piece];
  }
  std::printf("children killed: %u of 4; pieces left to the parent: %u; sum: %llu\n", killed, left, sum);
  return killed == 1 && left == 1 && sum == 332833500 ? 0 : 1;
}
