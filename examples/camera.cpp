// SPDX-License-Identifier: Apache-2.0
// Camera frames: large messages, filled in place, for viewers of any speed. Nobody waits for a viewer that is slow;
// it is told how many frames it lost, and goes on with the oldest that is still there.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include <coview/event.hpp>
#include <coview/topic.hpp>

struct frame_head {
  unsigned number;
  unsigned width;
  unsigned height;
};
constexpr std::size_t width = 1280;
constexpr std::size_t height = 720;
constexpr std::size_t frame_bytes = sizeof(frame_head) + width * height * 3;
constexpr unsigned frames = 60;

int view() {
  auto const camera = coview::topic::open("cam/front", {"frame", frame_bytes, 1});
  auto const from_camera = camera.subscribe({.from = coview::from::oldest});
  coview::event::open("viewer ready").set();
  unsigned seen = 0;
  for (;;) {
    auto const frame = from_camera.receive(std::chrono::seconds(10));  // in place: nothing is copied
    if (!frame) return 1;
    auto const& head = *reinterpret_cast<frame_head const*>(frame->bytes().data());
    ++seen;
    if (head.number + 1 == frames) break;
    ::usleep(1000);  // work on it; the camera does not wait for that
  }
  std::printf("seen %u frames of %u, lost %llu\n", seen, frames, static_cast<unsigned long long>(from_camera.lost()));
  return seen + from_camera.lost() == frames ? 0 : 1;
}

int main() {
  // A dozen frames; whoever opens it with another type, or with another version of this one, is refused.
  auto const camera =
      coview::topic::create("cam/front", {.capacity = 12 * frame_bytes, .type = {"frame", frame_bytes, 1}});
  auto const ready = coview::event::create("viewer ready", coview::reset::manual);
  auto const viewer = ::fork();
  if (viewer == 0) {
    int const status = view();
    std::fflush(stdout);
    ::_exit(status);
  }
  if (!ready.wait(std::chrono::seconds(10))) return 1;
  auto const publisher = camera.publisher();
  for (unsigned i = 0; i < frames; ++i) {
    auto slot = publisher.loan(frame_bytes);
    frame_head const head{i, width, height};
    std::memcpy(slot->data(), &head, sizeof head);
    std::memset(slot->data() + sizeof head, static_cast<int>(i), frame_bytes - sizeof head);  // the exposure
    slot->publish();
  }
  int status = 1;
  ::waitpid(viewer, &status, 0);
  return status == 0 ? 0 : 1;
}
