// SPDX-License-Identifier: Apache-2.0
// Senders and receivers of a queue are killed. Everything that was sent must be delivered; once, or marked again
// where a receiver was killed; whole, and in order; nobody may hang, and at the end all memory must be there.
//
// Broken: receivers give a message back before they have dealt with it, as careless ones do, and are killed just
// then: what is lost must be noticed. The first that was lost is enough.
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <random>
#include <thread>
#include <vector>

#include <coview/queue.hpp>

#include "channel_campaign.hpp"
#include "support/scoped_root.hpp"
#include "support/tally.hpp"

namespace channel_campaign {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t workers = 6;  // the even ones send

/// What one sender sent, from its beginning to its death or until its run is full.
struct run {
  std::atomic<std::uint32_t> begun;
  std::atomic<std::uint32_t> sent;
  std::array<std::atomic<std::uint8_t>, most_of_a_run> delivered;    // unmarked
  std::array<std::atomic<std::uint8_t>, most_of_a_run> redelivered;  // marked
};

struct board {
  std::atomic<std::uint32_t> runs;
  std::atomic<std::uint64_t> progress;
  std::atomic<std::uint32_t> spoiled;  // by careless receivers
  std::atomic<bool> stop_sending;
  std::atomic<bool> stop;
  std::atomic<std::uint32_t> faults;
  std::array<run, most_runs> all;
};

class worker {
 public:
  worker(board& all, std::uint64_t seed, bool careless)
      : board_(all), random_(seed), careless_(careless), queue_(coview::queue::open("campaign")) {}

  void send() {
    while (!board_.stop_sending) {
      auto const mine = board_.runs.fetch_add(1);
      if (mine >= most_runs) return;
      auto& run = board_.all[mine];
      for (std::uint32_t i = 0; i < most_of_a_run && !board_.stop_sending; ++i) {
        message_head const head{mine, i, random_()};
        auto const size = sizeof head + random_() % (random_() % 16 == 0 ? 3000 : 100);
        run.begun = i + 1;
        auto const copy = [this](auto bytes) { return queue_.send(bytes, a_while); };
        if (!send_one(queue_, copy, head, size, random_, board_.stop)) return;
        run.sent = i + 1;
        ++board_.progress;
      }
    }
  }

  void receive() {
    std::vector<coview::queue_message> kept;
    std::uint64_t next = 0;
    while (!board_.stop) {
      auto message = queue_.receive(20ms);
      if (message) {
        if (!message->redelivered() && message->sequence() < next) fault("messages came in another order");
        if (!message->redelivered()) next = message->sequence() + 1;
        message_head head{};
        if (!is_whole(message->bytes(), head)) fault("a message is not whole");
        bool const marked = message->redelivered();
        if (careless_) forget(*message, head);
        if (head.run < most_runs && head.number < most_of_a_run) {
          auto& run = board_.all[head.run];
          if (marked) {
            ++run.redelivered[head.number];
          } else if (run.delivered[head.number].fetch_add(1) != 0) {
            fault("a message was delivered twice, and not marked");
          }
        }
        ++board_.progress;
        kept.push_back(std::move(*message));
      }
      while (!kept.empty() && (!message || kept.size() > 3 || random_() % 2 == 0)) {
        std::swap(kept[random_() % kept.size()], kept.back());
        kept.pop_back();
      }
    }
  }

 private:
  /// Only of what its sender knows to be sent: of one that was killed before, nobody expects it.
  void forget(coview::queue_message& message, message_head const& head) {
    if (head.run >= most_runs || board_.all[head.run].sent <= head.number) return;
    message.release();
    ++board_.spoiled;
    ::raise(SIGKILL);
  }

  void fault(char const* what) {
    ++board_.faults;
    std::printf("%s\n", what);
  }

  board& board_;
  std::mt19937_64 random_;
  bool careless_;
  coview::queue queue_;
};

class campaign {
 public:
  explicit campaign(request const& wanted)
      : wanted_(wanted),
        random_(wanted.seed),
        queue_(coview::queue::create("campaign", {.capacity = 1 << 16, .messages = 128, .participants = 24})) {}

  bool run() {
    for (std::size_t i = 0; i < workers; ++i) start(i);
    auto const end = clock_type::now() + std::chrono::seconds(wanted_.seconds);
    unsigned kills = 0;
    for (; kills < wanted_.kills && clock_type::now() < end && board_.faults == 0 && board_.spoiled == 0 &&
           board_.runs < most_runs - 100;
         ++kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
      auto const i = random_() % workers;
      ::kill(all_[i], SIGKILL);
      reap(all_[i]);
      if (!wanted_.careless && random_() % 4 == 0) (void)watch();
      start(i);
    }
    if (wanted_.careless) replace_receivers();
    end_in_peace();
    judge(kills);
    std::printf("queue: %u kills, %u runs, %llu sent, %llu redelivered, %u faults\n", kills, board_.runs.load(),
                static_cast<unsigned long long>(sent_), static_cast<unsigned long long>(redelivered_),
                board_.faults.load());
    coview_test::print({.kills = kills, .checks = sent_, .findings = board_.faults.load()});
    return board_.faults == 0 && kills > 0;
  }

 private:
  void start(std::size_t i) {
    auto const seed = random_();
    all_[i] = channel_campaign::start(
        [&] {
          worker self(board_, seed, wanted_.careless);
          i % 2 == 0 ? self.send() : self.receive();
        },
        board_.faults);
  }

  /// Careful ones receive the rest.
  void replace_receivers() {
    wanted_.careless = false;
    for (std::size_t i = 1; i < workers; i += 2) {
      ::kill(all_[i], SIGKILL);
      reap(all_[i]);
      start(i);
    }
  }

  /// Whether something moves: nobody may hang.
  bool watch() {
    auto const before = board_.progress.load();
    auto const patience = clock_type::now() + 30s;
    while (board_.progress == before) {
      if (clock_type::now() > patience) {
        fault("nothing moves");
        return false;
      }
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  /// Nobody is killed any more: everything must come through.
  void end_in_peace() {
    board_.stop_sending = true;
    auto const patience = clock_type::now() + 30s;
    for (std::size_t i = 0; i < workers; i += 2) {
      while (::waitpid(all_[i], nullptr, WNOHANG) == 0) {
        if (clock_type::now() > patience) {
          fault("a sender hangs");
          ::kill(all_[i], SIGKILL);
        }
        std::this_thread::sleep_for(1ms);
      }
    }
    // Three looks without anything new.
    for (int quiet = 0; quiet < 3;) {
      auto const before = board_.progress.load();
      std::this_thread::sleep_for(50ms);
      quiet = board_.progress == before && queue_.depth() == 0 ? quiet + 1 : 0;
      if (clock_type::now() > patience) {
        fault("receivers hang");
        break;
      }
    }
    board_.stop = true;
    for (std::size_t i = 1; i < workers; i += 2) reap(all_[i]);
  }

  void judge(unsigned kills) {
    for (std::uint32_t r = 0; r < board_.runs; ++r) {
      auto& run = board_.all[r];
      for (std::uint32_t i = 0; i < run.begun; ++i) {
        unsigned const times = run.delivered[i] + run.redelivered[i];
        redelivered_ += run.redelivered[i];
        if (i < run.sent) ++sent_;
        if (times == 0 && i < run.sent) fault("a message was lost");
        if (board_.faults > 20) return;
      }
    }
    if (redelivered_ > 5 * std::uint64_t{kills}) fault("more was redelivered than the dead can have had");
    if (queue_.try_receive()) fault("a message is still there");
    if (!queue_.loan(queue_.largest(), 0s)) fault("no message of the largest size fits");
    std::vector<coview::slot> slots;
    while (auto slot = queue_.loan(1, 0s)) slots.push_back(std::move(*slot));
    if (slots.size() != queue_.capacity() / 64) fault("memory is missing");
  }

  void fault(char const* what) {
    ++board_.faults;
    std::printf("%s\n", what);
  }

  request wanted_;
  std::mt19937_64 random_;
  coview_test::scoped_root root_;
  board& board_ = shared<board>();
  coview::queue queue_;
  std::array<pid_t, workers> all_{};
  std::uint64_t sent_ = 0;
  std::uint64_t redelivered_ = 0;
};

}  // namespace

bool queue_campaign(request const& wanted) {
  return campaign(wanted).run();
}

}  // namespace channel_campaign
