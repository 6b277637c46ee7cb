// SPDX-License-Identifier: Apache-2.0
// Publishers and subscribers of a topic are killed, and now and then stopped for a while. A witness that blocks, and
// is not killed, must see everything that was published: once, whole, each publisher's in its order. Everybody else
// must see the same messages at the same places of the order, and be told exactly how many it lost. Nobody may hang.
//
// Broken: the witness lags, and now and then waits until more was published than the topic holds: what it loses must
// be noticed, and the first of it is enough.
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <random>
#include <thread>
#include <vector>

#include <coview/topic.hpp>

#include "channel_campaign.hpp"
#include "support/scoped_root.hpp"
#include "support/tally.hpp"

namespace channel_campaign {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t workers = 6;  // the even ones publish
constexpr std::size_t remembered = 1 << 20;
constexpr std::uint64_t most_messages = 128;

struct run {
  std::atomic<std::uint32_t> begun;
  std::atomic<std::uint32_t> sent;
  std::atomic<std::uint32_t> witnessed;
};

/// What stands where in the order: the position's lower bits, the run and the number.
class order_entry {
 public:
  static constexpr unsigned number_bits = 11;
  static constexpr unsigned run_bits = 16;
  static_assert(most_of_a_run <= 1U << number_bits && most_runs <= 1U << run_bits);
  static std::uint64_t of(std::uint64_t position, message_head const& head) {
    return ((position + 1) << (run_bits + number_bits)) | (std::uint64_t{head.run} << number_bits) | head.number;
  }
  static std::uint64_t position_of(std::uint64_t entry) { return entry >> (run_bits + number_bits); }
};

struct board {
  std::atomic<std::uint32_t> runs;
  std::atomic<std::uint64_t> published;
  std::atomic<std::uint64_t> received;
  std::atomic<std::uint64_t> lost;
  std::atomic<bool> stop_publishing;
  std::atomic<bool> stop;
  std::atomic<std::uint32_t> faults;
  std::array<run, most_runs> all;
  std::array<std::atomic<std::uint64_t>, remembered> order;
};

void fault(board& all, char const* what) {
  ++all.faults;
  std::printf("topic: %s\n", what);
}

class worker {
 public:
  worker(board& all, std::uint64_t seed) : board_(all), random_(seed), topic_(coview::topic::open("campaign")) {}

  void publish() {
    auto const publisher = topic_.publisher();
    while (!board_.stop_publishing) {
      auto const mine = board_.runs.fetch_add(1);
      if (mine >= most_runs) return;
      auto& run = board_.all[mine];
      for (std::uint32_t i = 0; i < most_of_a_run && !board_.stop_publishing; ++i) {
        message_head const head{mine, i, random_()};
        auto const size = sizeof head + random_() % (random_() % 16 == 0 ? 3000 : 100);
        run.begun = i + 1;
        auto const copy = [&publisher](auto bytes) { return publisher.publish(bytes, a_while); };
        if (!send_one(publisher, copy, head, size, random_, board_.stop)) return;
        run.sent = i + 1;
        ++board_.published;
      }
    }
  }

  void subscribe() {
    bool const blocks = random_() % 2 == 0;
    auto const subscription = topic_.subscribe({.from = random_() % 2 == 0 ? coview::from::now : coview::from::oldest,
                                                .slow = blocks ? coview::slow::blocks : coview::slow::lags});
    look_on(subscription, blocks, {});
  }

  void witness(coview::subscription const& subscription, bool careless) {
    look_on(subscription, !careless, [&](coview::topic_message const& message, message_head const& head) {
      auto& run = board_.all[head.run];
      if (head.number != run.witnessed) fault(board_, "a message was lost, or came twice, or too early");
      run.witnessed = head.number + 1;
      if (careless && message.sequence() % 100 == 0) {
        while (topic_.published() < message.sequence() + 2 * most_messages && !board_.stop)
          std::this_thread::sleep_for(100us);
      }
    });
  }

 private:
  using look = std::function<void(coview::topic_message const&, message_head const&)>;

  void look_on(coview::subscription const& subscription, bool blocks, look const& at) {
    std::vector<coview::topic_message> kept;
    std::uint64_t next = 0;
    bool first = true;
    while (!board_.stop && board_.faults == 0) {
      auto message = subscription.receive(20ms);
      if (message) {
        if (!first && message->sequence() != next + message->lost())
          fault(board_, "what is lost is not told exactly");
        if (blocks && !first && message->lost() != 0) fault(board_, "one that blocks has lost something");
        first = false;
        next = message->sequence() + 1;
        message_head head{};
        if (!is_whole(message->bytes(), head) || head.run >= most_runs || head.number >= most_of_a_run) {
          fault(board_, "a message is not whole");
          return;
        }
        compare(message->sequence(), head);
        if (at) at(*message, head);
        ++board_.received;
        board_.lost += message->lost();
        kept.push_back(std::move(*message));
      }
      while (!kept.empty() && (!message || kept.size() > 3 || random_() % 2 == 0)) {
        std::swap(kept[random_() % kept.size()], kept.back());
        kept.pop_back();
      }
    }
  }

  /// Everybody sees the same at the same place.
  void compare(std::uint64_t position, message_head const& head) {
    auto& entry = board_.order[position % remembered];
    auto const mine = order_entry::of(position, head);
    auto seen = entry.load();
    while (order_entry::position_of(seen) < order_entry::position_of(mine)) {
      if (entry.compare_exchange_weak(seen, mine)) return;
    }
    if (order_entry::position_of(seen) == order_entry::position_of(mine) && seen != mine)
      fault(board_, "two see another message at the same place");
  }

  board& board_;
  std::mt19937_64 random_;
  coview::topic topic_;
};

class campaign {
 public:
  explicit campaign(request const& wanted)
      : wanted_(wanted),
        random_(wanted.seed),
        topic_(coview::topic::create(
            "campaign",
            {.capacity = 1 << 16, .messages = most_messages, .subscribers_may_block = true, .participants = 24})) {}

  bool run() {
    start_witness();
    for (std::size_t i = 0; i < workers; ++i) start(i);
    auto const end = clock_type::now() + std::chrono::seconds(wanted_.seconds);
    unsigned kills = 0;
    unsigned stops = 0;
    for (; kills < wanted_.kills && clock_type::now() < end && board_.faults == 0 && board_.runs < most_runs - 100;
         ++kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
      auto const i = random_() % workers;
      if (random_() % 16 == 0) {
        ++stops;
        ::kill(all_[i], SIGSTOP);
        std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 20));
        if (random_() % 2 == 0) ::kill(all_[i], SIGCONT);
      }
      ::kill(all_[i], SIGKILL);
      reap(all_[i]);
      if (random_() % 4 == 0) watch();
      start(i);
    }
    end_in_peace();
    judge();
    std::printf(
        "topic: %u kills, %u stops, %u runs, %llu published, %llu received, %llu lost by who lags, %u faults\n",
        kills, stops, board_.runs.load(), static_cast<unsigned long long>(published_),
        static_cast<unsigned long long>(board_.received.load()), static_cast<unsigned long long>(board_.lost.load()),
        board_.faults.load());
    coview_test::print({.kills = kills, .checks = board_.received.load(), .findings = board_.faults.load()});
    return board_.faults == 0 && kills > 0;
  }

 private:
  void start(std::size_t i) {
    auto const seed = random_();
    all_[i] = channel_campaign::start(
        [&] {
          worker self(board_, seed);
          i % 2 == 0 ? self.publish() : self.subscribe();
        },
        board_.faults);
  }

  void start_witness() {
    auto& ready = shared<std::atomic<bool>>();
    witness_ = channel_campaign::start(
        [&] {
          worker self(board_, wanted_.seed);
          auto const subscription =
              coview::topic::open("campaign")
                  .subscribe({.from = coview::from::oldest,
                              .slow = wanted_.careless ? coview::slow::lags : coview::slow::blocks});
          ready = true;
          self.witness(subscription, wanted_.careless);
        },
        board_.faults);
    while (!ready) std::this_thread::sleep_for(1ms);
  }

  /// Whether something moves: nobody may hang.
  void watch() {
    auto const before = board_.published.load();
    auto const patience = clock_type::now() + 30s;
    while (board_.published == before && board_.faults == 0) {
      if (clock_type::now() > patience) return fault(board_, "nothing moves");
      std::this_thread::sleep_for(1ms);
    }
  }

  /// Nobody is killed any more: everything must come through.
  void end_in_peace() {
    board_.stop_publishing = true;
    auto const patience = clock_type::now() + 30s;
    for (std::size_t i = 0; i < workers; i += 2) {
      while (::waitpid(all_[i], nullptr, WNOHANG) == 0) {
        if (clock_type::now() > patience) {
          fault(board_, "a publisher hangs");
          ::kill(all_[i], SIGKILL);
        }
        std::this_thread::sleep_for(1ms);
      }
    }
    for (int quiet = 0; quiet < 3;) {
      auto const before = board_.received.load();
      std::this_thread::sleep_for(50ms);
      quiet = board_.received == before ? quiet + 1 : 0;
      if (clock_type::now() > patience) break;
    }
    board_.stop = true;
    for (std::size_t i = 1; i < workers; i += 2) reap(all_[i]);
    reap(witness_);
  }

  void judge() {
    for (std::uint32_t r = 0; r < board_.runs; ++r) {
      auto& run = board_.all[r];
      published_ += run.witnessed;
      if (run.witnessed < run.sent) fault(board_, "a message was lost");
      if (run.witnessed > run.begun) fault(board_, "more was delivered than was published");
      if (board_.faults > 20) return;
    }
    if (published_ != topic_.published()) fault(board_, "the topic has counted otherwise");
    auto const publisher = topic_.publisher();
    if (!publisher.loan(topic_.largest(), 0s)) fault(board_, "no message of the largest size fits");
  }

  request wanted_;
  std::mt19937_64 random_;
  coview_test::scoped_root root_;
  board& board_ = shared<board>();
  coview::topic topic_;
  std::array<pid_t, workers> all_{};
  pid_t witness_ = -1;
  std::uint64_t published_ = 0;
};

}  // namespace

bool topic_campaign(request const& wanted) {
  return campaign(wanted).run();
}

}  // namespace channel_campaign
