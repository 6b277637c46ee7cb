// SPDX-License-Identifier: Apache-2.0
// Senders and receivers of a queue, publishers and subscribers of a topic are killed with SIGKILL at random moments
// and replaced, and now and then stopped for a while; or messages are sent to receivers that sleep.
//
//     build/release/tests/campaign/channel_campaign --kills 10000 --seed 7
//     build/release/tests/campaign/channel_campaign --mode sleep --messages 10000000
//
// --mode: queue, topic, all (one after the other, half of the kills and the time each) or sleep. --break: with a
// defect that must be noticed (each file says which). Exit status: 0 where nothing was found.
#include "channel_campaign.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <exception>
#include <string_view>

namespace channel_campaign {

void fill(std::byte* data, std::size_t size, message_head const& head) {
  std::memcpy(data, &head, sizeof head);
  for (std::size_t i = sizeof head; i < size; ++i) data[i] = static_cast<std::byte>(head.random + i);
}

bool is_whole(std::span<std::byte const> bytes, message_head& head) {
  if (bytes.size() < sizeof head) return false;
  std::memcpy(&head, bytes.data(), sizeof head);
  for (std::size_t i = sizeof head; i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::byte>(head.random + i)) return false;
  }
  return true;
}

pid_t start(std::function<void()> const& work, std::atomic<std::uint32_t>& faults) {
  std::fflush(stdout);
  pid_t const made = ::fork();
  if (made != 0) return made;
  try {
    work();
  } catch (std::exception const& e) {
    ++faults;
    std::printf("a worker failed: %s\n", e.what());
  }
  std::fflush(stdout);
  ::_exit(0);
}

void reap(pid_t worker) {
  int status = 0;
  while (::waitpid(worker, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace channel_campaign

namespace {

template <class Number>
bool read(std::string_view text, Number& value) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size();
}

bool read_option(std::string_view option, std::string_view value, channel_campaign::request& out) {
  if (option == "--mode") {
    out.mode = value;
    return value == "queue" || value == "topic" || value == "all" || value == "sleep";
  }
  if (option == "--kills") return read(value, out.kills);
  if (option == "--messages") return read(value, out.messages);
  if (option == "--seconds") return read(value, out.seconds);
  return option == "--seed" && read(value, out.seed);
}

}  // namespace

int main(int count, char** words) {
  channel_campaign::request wanted;
  for (int i = 1; i < count; ++i) {
    std::string_view const word = words[i];
    if (word == "--break") {
      wanted.careless = true;
    } else if (i + 1 == count || !read_option(word, words[++i], wanted)) {
      std::fprintf(stderr,
                   "usage: channel_campaign [--mode queue|topic|all|sleep] [--kills N] [--messages N] "
                   "[--seconds LIMIT] [--seed S] [--break]\n");
      return 2;
    }
  }
  if (wanted.mode == "sleep") return channel_campaign::sleep_campaign(wanted) ? 0 : 1;
  if (wanted.mode == "all") {
    wanted.kills = (wanted.kills + 1) / 2;
    wanted.seconds = (wanted.seconds + 1) / 2;
  }
  bool good = true;
  if (wanted.mode != "topic") good = channel_campaign::queue_campaign(wanted) && good;
  if (wanted.mode != "queue") good = channel_campaign::topic_campaign(wanted) && good;
  return good ? 0 : 1;
}
