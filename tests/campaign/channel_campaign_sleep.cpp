// SPDX-License-Identifier: Apache-2.0
// Messages to receivers that sleep: no spinning anywhere, and each message is sent only when the one before was
// answered, so that somebody sleeps for each of them. A wake-up that is lost is a wait that ends by its deadline. By
// the seed, both sides pause for up to a few microseconds before they send or receive, so that they meet at every
// step of falling asleep and of waking.
//
// Broken: a receiver that looks, sleeps on something else, and never comes back.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include <coview/event.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel_campaign.hpp"
#include "support/scoped_root.hpp"
#include "support/tally.hpp"
#include "sync/spin.hpp"

namespace channel_campaign {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr auto bound = 10s;

struct board {
  std::atomic<std::uint64_t> met;
  std::atomic<std::uint32_t> faults;
};

std::span<std::byte const> bytes_of(std::uint64_t const& number) {
  return std::as_bytes(std::span(&number, 1));
}

/// What is asked through the one and answered through the other, until time is up or there were enough.
class talk {
 public:
  talk(board& all, request const& wanted, std::string name, std::uint64_t share)
      : board_(all),
        end_(clock_type::now() + std::chrono::seconds(wanted.seconds)),
        name_(std::move(name)),
        share_(share),
        seed_(2 * wanted.seed) {}

  template <class Send, class Receive>
  void ask(Send const& send, Receive const& receive) {
    random_.seed(seed_);
    for (std::uint64_t i = 1; i <= share_ && board_.faults == 0; ++i) {
      std::uint64_t const number = clock_type::now() < end_ ? i : 0;
      pause();
      send(bytes_of(number));
      pause();
      if (receive() != number) return fault("an answer did not come, or is another one");
      if (number == 0) return;
      board_.met += 2;
    }
    std::uint64_t const none = 0;
    send(bytes_of(none));
  }

  template <class Send, class Receive>
  void answer(Send const& send, Receive const& receive) {
    random_.seed(seed_ + 1);
    for (;;) {
      std::uint64_t const number = receive();
      if (number == nothing) return fault("a question did not come");
      pause();
      send(bytes_of(number));
      if (number == 0) return;
      pause();
    }
  }

  /// Of something that was received within the bound.
  template <class Message>
  static std::uint64_t number_of(Message const& message) {
    std::uint64_t number = nothing;
    if (message && message->bytes().size() == sizeof number)
      std::memcpy(&number, message->bytes().data(), sizeof number);
    return number;
  }

 private:
  static constexpr std::uint64_t nothing = ~std::uint64_t{0};
  /// Mostly none.
  void pause() {
    constexpr std::uint64_t longest = 64;
    constexpr std::uint64_t of_all = 4;
    auto const drawn = random_();
    if (drawn % of_all != 0) return;
    for (auto turns = (drawn >> 8) % longest; turns != 0; --turns) coview::relax();
  }
  void fault(char const* what) {
    if (board_.faults++ == 0) std::printf("%s: %s within %d s\n", name_.c_str(), what, int(bound / 1s));
  }

  board& board_;
  clock_type::time_point end_;
  std::string name_;
  std::uint64_t share_;
  std::uint64_t seed_;
  std::mt19937_64 random_;
};

constexpr coview::queue_options small{.capacity = 1 << 14};

/// Of several receivers, any may answer.
void queue_pair(board& all, request const& wanted, std::uint64_t share, unsigned receivers) {
  auto const name = "queue" + std::to_string(receivers);
  auto const questions = coview::queue::create(name + ".ask", small);
  auto const answers = coview::queue::create(name + ".answer", small);
  std::vector<pid_t> answering;
  for (unsigned i = 0; i < receivers; ++i) {
    answering.push_back(start(
        [&] {
          auto const from = coview::queue::open(name + ".ask");
          auto const to = coview::queue::open(name + ".answer");
          if (wanted.careless) {
            coview::event::open_or_create("never", coview::reset::manual).wait(2 * bound);
            return;
          }
          talk(all, wanted, name, share)
              .answer([&](auto bytes) { to.send(bytes); },
                      [&] {
                        // An idle receiver of several has nothing to wait for as long as the others are faster.
                        for (;;) {
                          auto const message = from.receive(bound);
                          if (message || all.faults != 0 || from.depth() != 0) return talk::number_of(message);
                        }
                      });
        },
        all.faults));
  }
  talk(all, wanted, name, share)
      .ask([&](auto bytes) { questions.send(bytes); }, [&] { return talk::number_of(answers.receive(bound)); });
  for (unsigned i = 1; i < receivers; ++i) questions.send(bytes_of(std::uint64_t{0}));
  for (auto const one : answering) reap(one);
}

void topic_pair(board& all, request const& wanted, std::uint64_t share) {
  constexpr coview::topic_options options{.capacity = 1 << 14};
  auto const questions = coview::topic::create("topic.ask", options);
  auto const answers = coview::topic::create("topic.answer", options);
  auto const listening = answers.subscribe();
  auto const ready = coview::queue::create("ready", small);
  auto const answering = start(
      [&] {
        auto const from = coview::topic::open("topic.ask").subscribe();
        auto const to = coview::topic::open("topic.answer").publisher();
        coview::queue::open("ready").send("");
        talk(all, wanted, "topic", share)
            .answer([&](auto bytes) { to.publish(bytes); }, [&] { return talk::number_of(from.receive(bound)); });
      },
      all.faults);
  if (!ready.receive(bound)) ++all.faults;
  auto const asking = questions.publisher();
  talk(all, wanted, "topic", share)
      .ask([&](auto bytes) { asking.publish(bytes); }, [&] { return talk::number_of(listening.receive(bound)); });
  reap(answering);
}

}  // namespace

bool sleep_campaign(request const& wanted) {
  ::setenv("COVIEW_SPIN", "0", 1);  // before the library first looks
  coview_test::scoped_root const root;
  auto& all = shared<board>();
  auto const begin = clock_type::now();
  constexpr std::uint64_t pairs = 3;
  auto const share = wanted.messages / (2 * pairs) + 1;
  std::vector<pid_t> const asking{start([&] { queue_pair(all, wanted, share, 1); }, all.faults),
                                  start([&] { queue_pair(all, wanted, share, 3); }, all.faults),
                                  start([&] { topic_pair(all, wanted, share); }, all.faults)};
  for (auto const one : asking) reap(one);
  std::printf("sleep: %llu messages met within %d s each, in %.0f s, %u faults\n",
              static_cast<unsigned long long>(all.met.load()), int(bound / 1s),
              std::chrono::duration<double>(clock_type::now() - begin).count(), all.faults.load());
  coview_test::print({.checks = all.met.load(), .findings = all.faults.load()});
  return all.faults == 0 && all.met != 0;
}

}  // namespace channel_campaign
