// SPDX-License-Identifier: Apache-2.0
// coview demo-peer: one of the demo's two processes. It knows a few sentences; everything it does with the shared
// memory is done through the public interface, as any program would.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <memory>

#include <coview/mapping.hpp>

#include "command.hpp"
#include "demo/demo_peer.hpp"
#include "shared/text.hpp"
#include "sync/spin.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

/// What stands where in the 4096 bytes. Each side writes lines of its own, so that they do not take them from one
/// another more often than there are messages.
constexpr std::array<std::uint64_t, 2> letter_offset = {0, 512};  // messages of the first and of the second process
constexpr std::array<std::uint64_t, 2> counter_offset = {
    1024, 1152};                                // what they count up in turn while latency is measured
constexpr std::uint64_t note_offset = 1536;     // a text for the copy-on-write step
constexpr std::uint64_t pattern_offset = 2048;  // to the end: bytes that must survive

struct letter {
  std::uint32_t number;  // of the message; written last
  std::uint32_t length;
  std::array<char, 240> text;
};

constexpr std::uint32_t stop = ~std::uint32_t{0};

/// Spinning where both processes can run at once; giving way where they cannot, or where it takes long.
class spinner {
 public:
  spinner() {
    cpu_set_t set;
    CPU_ZERO(&set);
    alone_ = sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) < 2;
  }
  template <class Done>
  void until(Done done) const {
    constexpr unsigned spins = 2000;
    auto const end = clock::now() + std::chrono::seconds(20);
    for (unsigned i = 1; !done(); ++i) {
      relax();
      if (!alone_ && i % spins != 0) continue;
      sched_yield();
      if (i % spins == 0 && clock::now() > end) throw failure(exit_busy, "the other process does not answer");
    }
  }

 private:
  bool alone_ = false;
};

class actor {
 public:
  /// Does what a sentence says and answers.
  std::string act(std::string const& what);

 private:
  std::string create();
  std::string open();
  std::string converse(std::size_t side);
  std::string bounce_first();
  std::string bounce_second();
  std::string checksum();
  std::string note();
  std::string scribble();
  static std::string time_creating();
  static std::string time_opening();

  void send(std::size_t side, std::uint32_t number, std::string_view text);
  std::string receive(std::size_t side, std::uint32_t number);
  std::atomic_ref<std::uint32_t> counter(std::size_t side) {
    return std::atomic_ref(view_.as<std::uint32_t>(counter_offset.at(side)));
  }

  mapping mapping_;
  view view_;
  spinner wait_;
};

std::string actor::create() {
  mapping_ = mapping::create(demo_name, demo_size);
  view_ = mapping_.map();
  auto const bytes = view_.bytes();
  for (auto i = pattern_offset; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 >> 3U);
  constexpr std::string_view text = "written by the first process";
  std::memcpy(bytes.data() + note_offset, text.data(), text.size());
  return {};
}

std::string actor::open() {
  mapping_ = mapping::open(demo_name);
  view_ = mapping_.map();
  return std::to_string(view_.size());
}

void actor::send(std::size_t side, std::uint32_t number, std::string_view text) {
  auto& to = view_.as<letter>(letter_offset.at(side));
  to.length = static_cast<std::uint32_t>(std::min(text.size(), to.text.size()));
  std::memcpy(to.text.data(), text.data(), to.length);
  // Pairs with the acquire in `receive`: whoever sees the number sees the text.
  std::atomic_ref(to.number).store(number, std::memory_order_release);
}

std::string actor::receive(std::size_t side, std::uint32_t number) {
  auto& from = view_.as<letter>(letter_offset.at(side));
  wait_.until([&] { return std::atomic_ref(from.number).load(std::memory_order_acquire) == number; });
  auto const length = std::min<std::size_t>(from.length, from.text.size());
  return {from.text.data(), length};
}

/// Three messages each way; answers with what it received.
std::string actor::converse(std::size_t side) {
  constexpr std::array<std::array<std::string_view, 3>, 2> lines = {{
      {"hello, are you there?", "no socket, no copy: we look at the same 4096 bytes",
       "then let us see how fast it is"},
      {"yes, I opened it by its name", "and no daemon in between", "go ahead"},
  }};
  std::string received;
  for (std::uint32_t i = 0; i < 3; ++i) {
    if (side == 0) send(0, i + 1, lines[0].at(i));
    auto const text = receive(1 - side, i + 1);
    received += (received.empty() ? "" : "\n") + text;
    if (side == 1) send(1, i + 1, lines[1].at(i));
  }
  return received;
}

/// Counts up in turn with the other; answers with the median time of one way in picoseconds, and the number of round
/// trips. In small batches: on a busy machine most of the time goes by while one of the two is not running, and only
/// many short measurements have a median that is not about that.
std::string actor::bounce_first() {
  constexpr std::uint32_t batch = 10;
  constexpr std::uint32_t batches = 30'000;
  auto const ping = counter(0);
  auto const pong = counter(1);
  std::vector<std::int64_t> times;
  std::uint32_t i = 0;
  auto const begin = clock::now();
  for (auto last = begin; times.size() < batches && last - begin < std::chrono::milliseconds(400);) {
    for (auto const end = i + batch; i < end;) {
      ping.store(++i, std::memory_order_release);
      wait_.until([&] { return pong.load(std::memory_order_acquire) == i; });
    }
    auto const now = clock::now();
    times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(now - last).count());
    last = now;
  }
  ping.store(stop, std::memory_order_release);
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return fmt::format("{} {}", times[times.size() / 2] * 1000 / (std::int64_t{2} * batch), i);
}

std::string actor::bounce_second() {
  auto const ping = counter(0);
  auto const pong = counter(1);
  for (std::uint32_t seen = 0; seen != stop;) {
    wait_.until([&] { return ping.load(std::memory_order_acquire) != seen; });
    seen = ping.load(std::memory_order_acquire);
    pong.store(seen, std::memory_order_release);
  }
  return {};
}

/// Of all 4096 bytes (FNV-1a), as another holder sees them.
std::string actor::checksum() {
  std::uint64_t sum = 14695981039346656037ULL;
  for (auto const byte : view_.bytes()) sum = (sum ^ std::to_integer<std::uint64_t>(byte)) * 1099511628211ULL;
  return fmt::format("{:016x}", sum);
}

std::string actor::note() {
  return reinterpret_cast<char const*>(view_.data() + note_offset);
}

std::string actor::scribble() {
  auto const own = mapping_.map(access::copy_on_write);
  constexpr std::string_view text = "scribbled over";
  std::memcpy(own.data() + note_offset, text.data(), text.size() + 1);
  return reinterpret_cast<char const*>(own.data() + note_offset);
}

/// Median nanoseconds of something done again and again for a fifth of a second.
template <class Step>
std::string median_time(Step step) {
  std::vector<std::int64_t> times;
  auto const end = clock::now() + std::chrono::milliseconds(200);
  for (auto begin = clock::now(); begin < end || times.size() < 3;) {
    step();
    auto const now = clock::now();
    times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(now - begin).count());
    begin = now;
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return std::to_string(times[times.size() / 2]);
}

std::string actor::time_creating() {
  auto const name = fmt::format("made again and again by {}", getpid());
  return median_time([&] {
    auto const made = mapping::create(name, demo_size);
    auto const at = made.map();
    at.data()[0] = std::byte{1};
  });
}

std::string actor::time_opening() {
  return median_time([] {
    auto const opened = mapping::open(demo_name, access::read_only);
    auto const at = opened.map();
    [[maybe_unused]] auto const byte = *static_cast<std::byte const volatile*>(at.data());
  });
}

std::string actor::act(std::string const& what) {
  static std::map<std::string, std::string (*)(actor&)> const sentences = {
      {"create", [](actor& a) { return a.create(); }},
      {"open", [](actor& a) { return a.open(); }},
      {"converse first", [](actor& a) { return a.converse(0); }},
      {"converse second", [](actor& a) { return a.converse(1); }},
      {"bounce first", [](actor& a) { return a.bounce_first(); }},
      {"bounce second", [](actor& a) { return a.bounce_second(); }},
      {"checksum", [](actor& a) { return a.checksum(); }},
      {"note", [](actor& a) { return a.note(); }},
      {"scribble", [](actor& a) { return a.scribble(); }},
      {"time creating", [](actor&) { return actor::time_creating(); }},
      {"time opening", [](actor&) { return actor::time_opening(); }},
  };
  auto const found = sentences.find(what);
  if (found == sentences.end()) throw failure(exit_usage, "a sentence that it does not know: " + what);
  return found->second(*this);
}

action prepare_demo_peer(argument_list& takes, std::vector<std::string> const&) {
  auto parent = std::make_shared<pid_t>(0);
  takes.option("PARENT", *parent, "Process ID of the demo").type_name("").required();
  return [parent](console&) {
    actor self;
    return play(*parent, [&](std::string const& sentence) { return self.act(sentence); });
  };
}

}  // namespace

constinit command const demo_peer_command = {.name = "demo-peer",
                                             .summary = "One of the two processes of 'coview demo'",
                                             .examples = {},
                                             .details = {},
                                             .prepare = prepare_demo_peer,
                                             .in_list = shown::hidden};

}  // namespace coview::tool
