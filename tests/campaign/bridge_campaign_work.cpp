// SPDX-License-Identifier: Apache-2.0
// The programs on the hosts of the campaign for bridges. They know nothing of other hosts.
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "bridge_campaign.hpp"

namespace bridge_campaign {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t channel_bytes = 4U << 20U;
constexpr std::uint64_t board_bytes = 200'000;
constexpr std::size_t board_words = board_bytes / sizeof(std::uint64_t);

struct note {
  std::uint64_t from;
  std::uint64_t number;
};

coview::topic numbers() {
  return coview::topic::open_or_create("numbers", {.capacity = channel_bytes});
}
coview::topic pose() {
  return coview::topic::open_or_create("pose", {.capacity = channel_bytes});
}
coview::topic events() {
  return coview::topic::open_or_create("events", {.capacity = channel_bytes, .subscribers_may_block = true});
}
coview::queue jobs() {
  return coview::queue::open_or_create("jobs", {.capacity = channel_bytes});
}
coview::mapping board() {
  return coview::mapping::open_or_create("Board", board_bytes);
}

std::span<std::byte const> bytes_of(note const& which) {
  return std::as_bytes(std::span(&which, 1));
}

template <class T>
T value_of(std::span<std::byte const> bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

void fault(ledger& all, std::string const& what) {
  ++all.faults;
  std::printf("%s\n", what.c_str());
  std::fflush(stdout);
}

/// All words the same, but for the seqlock in front.
void write_board(std::uint64_t* words, std::uint64_t value) {
  std::atomic_ref lock(words[0]);
  auto before = lock.load();
  do {
    before &= ~std::uint64_t{1};
  } while (!lock.compare_exchange_weak(before, before + 1));
  for (std::size_t i = 1; i < board_words; ++i) std::atomic_ref(words[i]).store(value, std::memory_order_relaxed);
  lock.store(before + 2, std::memory_order_release);
}

/// What it has, where it is whole; a mixture is a fault.
void look_at_board(ledger& all, std::size_t host, std::uint64_t* words) {
  std::atomic_ref lock(words[0]);
  auto const before = lock.load(std::memory_order_acquire);
  if (before % 2 != 0) return;
  auto const value = std::atomic_ref(words[1]).load(std::memory_order_relaxed);
  bool mixed = false;
  for (std::size_t i = 2; i < board_words; ++i) {
    mixed = mixed || std::atomic_ref(words[i]).load(std::memory_order_relaxed) != value;
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  if (lock.load(std::memory_order_relaxed) != before) return;
  if (mixed) fault(all, "the board of host " + std::to_string(host) + " is a mixture of states");
  all.board.at(host) = value;
}

}  // namespace

void keep_open(ledger& all, std::size_t host, std::function<void()> const& ready) {
  auto const a = numbers();
  auto const b = pose();
  auto const c = events();
  auto const d = jobs();
  auto const e = board();
  // From the beginning on, before any bridge.
  auto const from = a.subscribe({.from = coview::from::oldest});
  auto const reads = c.subscribe({.from = coview::from::oldest, .slow = coview::slow::blocks});
  ready();
  std::thread looks([&] {
    auto const view = e.map();
    auto* const words = reinterpret_cast<std::uint64_t*>(view.data());
    while (!all.stop) {
      look_at_board(all, host, words);
      if (auto const newest = b.latest()) {
        auto const seen = value_of<note>(newest->bytes());
        all.newest.at(host) = seen.from << 48U | seen.number;
      }
      std::this_thread::sleep_for(3ms);
    }
  });
  std::thread log([&] {
    while (!all.stop) {
      auto const message = reads.receive(20ms);
      if (!message) continue;
      auto const seen = value_of<note>(message->bytes());
      auto& next = all.read.at(host);
      if (seen.number != next) {
        fault(all, "host " + std::to_string(host) + " read event " + std::to_string(seen.number) +
                       " of the log, and " + std::to_string(next) + " was next");
        next = seen.number;
      }
      ++next;
    }
  });
  while (!all.stop) {
    auto const message = from.receive(20ms);
    if (!message) continue;
    all.lagged.at(host) += message->lost();
    auto const seen = value_of<note>(message->bytes());
    if (seen.from >= hosts) {
      fault(all, "a message of nobody");
      continue;
    }
    auto& heard = all.topic.at(host).at(seen.from);
    if (heard.count == 0) heard.first = heard.next = seen.number;
    if (seen.number < heard.next) {
      fault(all, "host " + std::to_string(host) + " heard message " + std::to_string(seen.number) + " of host " +
                     std::to_string(seen.from) + " after " + std::to_string(heard.next - 1));
    }
    heard.next = seen.number + 1;
    ++heard.count;
  }
  looks.join();
  log.join();
}

void produce(ledger& all, std::size_t host, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto const to_numbers = numbers();
  auto const to_pose = pose();
  auto const to_events = events();
  auto const to_jobs = jobs();
  auto const to_board = board();
  auto const view = to_board.map();
  auto* const words = reinterpret_cast<std::uint64_t*>(view.data());
  auto const numbered = to_numbers.publisher();
  auto const posed = to_pose.publisher();
  auto const event = to_events.publisher();
  std::vector<std::byte> job(4000);
  std::uint64_t last = 0;
  for (std::uint64_t round = 0; !all.stop_sending; ++round) {
    for (auto count = random() % 8; count != 0; --count) {
      numbered.publish(bytes_of({host, all.published.at(host)++}));
    }
    if (random() % 20 == 0) posed.publish(bytes_of({host, ++last}));
    if (host == 1 && random() % 4 == 0 && event.publish(bytes_of({host, all.logged}), 20ms)) ++all.logged;
    if (host == 0 && all.sent < most_jobs && random() % 2 == 0) {
      auto const number = all.sent.load();
      std::memcpy(job.data(), &number, sizeof number);
      if (to_jobs.send(std::span(job).first(sizeof number + random() % (random() % 8 == 0 ? 3000 : 64)), 20ms))
        ++all.sent;
    }
    if (host == 0 && random() % 50 == 0) write_board(words, ++all.written);
    std::this_thread::sleep_for(2ms);
  }
  // A last one of each, so that all there is to hear of is heard of.
  std::this_thread::sleep_for(1s);
  while (!all.stop) {
    numbered.publish(bytes_of({host, all.published.at(host)++}));
    std::this_thread::sleep_for(200ms);
  }
}

void receive(ledger& all) {
  auto const from = jobs();
  while (!all.stop) {
    auto const job = from.receive(20ms);
    if (!job) continue;
    auto const number = value_of<std::uint64_t>(job->bytes());
    if (number < most_jobs) ++all.processed.at(number);
  }
}

coview::bridge_options carried_by(place const& where, std::size_t host, unsigned ack_wait_seconds) {
  using coview::carried;
  using coview::direction;
  coview::bridge_options options;
  options.servers = where.servers(host);
  options.replicas = hosts;
  options.stream_bytes = 64U << 20U;
  options.ack_wait = std::chrono::seconds(ack_wait_seconds);
  options.claims = true;
  options.channels = {
      {.what = carried::topic, .name = "numbers"},
      {.what = carried::latest, .name = "pose"},
      {.what = carried::log, .name = "events", .way = host == 1 ? direction::out : direction::in},
      {.what = carried::queue, .name = "jobs", .way = host == 0 ? direction::out : direction::in},
      {.what = carried::mapping,
       .name = "Board",
       .way = host == 0 ? direction::out : direction::in,
       .guard = coview::guard::seqlock,
       .seqlock_at = 0,
       .every = std::chrono::milliseconds(30)},
  };
  return options;
}

}  // namespace bridge_campaign
