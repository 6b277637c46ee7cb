// SPDX-License-Identifier: Apache-2.0
// coview hz: how fast a topic's messages come.
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include <coview/channel_status.hpp>
#include <coview/error.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/interruption.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

using clock = std::chrono::steady_clock;

struct hz_arguments {
  std::string name;
  std::uint64_t count = 0;  // reports; 0: until Ctrl-C
  bool once = false;
  bool json = false;
  std::chrono::nanoseconds interval = std::chrono::seconds(1);
};

/// How many fell between one power of two and the next.
class histogram {
 public:
  void add(std::uint64_t value) noexcept { ++counts_[static_cast<std::size_t>(std::bit_width(value))]; }
  void add(histogram const& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (auto const count : counts_) sum += count;
    return sum;
  }
  /// Calls for each that is not empty: from (inclusive), to (exclusive; 0: no end), how many.
  template <class Visit>
  void for_each(Visit const& visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) continue;
      auto const from = i == 0 ? 0 : std::uint64_t{1} << (i - 1);
      visit(from, i + 1 < counts_.size() ? std::uint64_t{1} << i : 0, counts_[i]);
    }
  }

 private:
  std::array<std::uint64_t, 65> counts_{};
};

/// What came in one interval.
struct interval {
  double seconds = 0;
  std::uint64_t messages = 0;  // published
  std::uint64_t seen = 0;      // and how many of them this command received
  std::uint64_t bytes = 0;     // of those
  std::uint64_t smallest = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t largest = 0;
  std::uint64_t lost = 0;  // by the topic's subscribers
  histogram gaps;          // nanoseconds between a message and the one before it
  histogram sizes;

  [[nodiscard]] double rate() const { return seconds > 0 ? static_cast<double>(messages) / seconds : 0; }
  /// Of those that were not seen, the mean size of the others is assumed.
  [[nodiscard]] double bytes_a_second() const { return mean() * rate(); }
  [[nodiscard]] double mean() const { return seen != 0 ? static_cast<double>(bytes) / static_cast<double>(seen) : 0; }
};

/// Where it may, a subscriber like others, which is woken at once; else one that looks on.
subscription subscribe_somehow(console& out, std::string const& name, bool& takes_part) {
  try {
    takes_part = true;
    return topic::open(name).subscribe();
  } catch (error const& e) {
    auto const& code = e.code();
    bool const can_look_on = code == std::errc::permission_denied || code == std::errc::not_supported ||
                             code == std::errc::resource_unavailable_try_again;
    if (!can_look_on) throw;
    takes_part = false;
    auto looks_on = topic::open(name, {}, trust::none).subscribe();
    out.say("looking on without taking part: gaps are seen in steps of up to 4 ms");
    return looks_on;
  }
}

std::uint64_t lost_by_others(std::string const& name) {
  return status_of_channel(name).lost;
}

/// Reads on until the interval is over, or a signal came.
class reader {
 public:
  reader(console& out, hz_arguments const& given)
      : given_(given), from_(subscribe_somehow(out, given.name, takes_part_)), lost_(lost_by_others(given.name)) {}

  interval next() {
    interval now;
    auto const begin = clock::now();
    auto const end = begin + given_.interval;
    while (interruption::came() == 0) {
      constexpr std::chrono::milliseconds slice(100);  // a signal does not end a wait
      auto const message = from_.receive(timeout(std::min(end, clock::now() + slice)));
      auto const at = clock::now();
      if (message) take(now, *message, at);
      if (at >= end) break;
    }
    now.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    auto const lost = lost_by_others(given_.name);
    now.lost = lost > lost_ + own_lost_ ? lost - lost_ - own_lost_ : 0;
    lost_ = lost;
    own_lost_ = 0;
    return now;
  }

 private:
  void take(interval& now, topic_message const& message, clock::time_point at) {
    auto const size = message.bytes().size();
    now.messages += 1 + message.lost();
    if (takes_part_) own_lost_ += message.lost();
    now.seen += 1;
    now.bytes += size;
    now.smallest = std::min<std::uint64_t>(now.smallest, size);
    now.largest = std::max<std::uint64_t>(now.largest, size);
    now.sizes.add(size);
    if (last_ != clock::time_point{} && message.lost() == 0)
      now.gaps.add(static_cast<std::uint64_t>(std::chrono::nanoseconds(at - last_).count()));
    last_ = at;
  }

  hz_arguments const& given_;
  bool takes_part_ = true;
  subscription from_;
  clock::time_point last_;
  std::uint64_t lost_;
  std::uint64_t own_lost_ = 0;  // which the topic counts as well
};

nlohmann::ordered_json histogram_json(histogram const& all) {
  auto list = nlohmann::ordered_json::array();
  all.for_each([&](std::uint64_t from, std::uint64_t to, std::uint64_t count) {
    list.push_back({{"from", from}, {"below", to}, {"count", count}});
  });
  return list;
}

void print_json(console& out, hz_arguments const& given, interval const& now) {
  nlohmann::ordered_json size = nullptr;
  if (now.seen != 0) size = {{"least", now.smallest}, {"mean", now.mean()}, {"most", now.largest}};
  out.write_json_line({{"schema", "coview.hz/1"},
                       {"name", given.name},
                       {"time", iso_time(std::chrono::system_clock::now())},
                       {"seconds", now.seconds},
                       {"messages", now.messages},
                       {"rate", now.rate()},
                       {"bytes_per_second", now.bytes_a_second()},
                       {"seen", now.seen},
                       {"lost", now.lost},
                       {"size", std::move(size)},
                       {"gaps_ns", histogram_json(now.gaps)},
                       {"sizes", histogram_json(now.sizes)}});
}

void print_line(console& out, interval const& now) {
  if (now.seen == 0) {
    out.print("{}  nothing came\n", local_clock(std::chrono::system_clock::now()));
  } else {
    out.print("{}  {:.1f}/s  {}/s  {}{}{}\n", local_clock(std::chrono::system_clock::now()), now.rate(),
              human_size(static_cast<std::uint64_t>(now.bytes_a_second())),
              now.smallest == now.largest
                  ? fmt::format("{} bytes each", now.largest)
                  : fmt::format("{} to {} bytes, {:.0f} on average", now.smallest, now.largest, now.mean()),
              now.lost != 0 ? fmt::format(", {} lost by subscribers", now.lost) : "",
              now.seen != now.messages ? fmt::format(", {} not seen here", now.messages - now.seen) : "");
  }
  out.flush();
}

void print_bars(console& out, histogram const& all, std::string (*text)(std::uint64_t)) {
  constexpr std::size_t longest = 40;
  std::uint64_t most = 1;
  all.for_each([&](std::uint64_t, std::uint64_t, std::uint64_t count) { most = std::max(most, count); });
  all.for_each([&](std::uint64_t from, std::uint64_t, std::uint64_t count) {
    auto const length = static_cast<std::size_t>(static_cast<double>(count) / static_cast<double>(most) * longest);
    out.print("  from {:>9}  {:>10}  {}\n", text(from), count, std::string(std::max<std::size_t>(length, 1), '#'));
  });
}

void print_histograms(console& out, interval const& all) {
  if (all.gaps.total() != 0) {
    out.print("\nBetween a message and the next\n");
    print_bars(out, all.gaps, [](std::uint64_t ns) {
      return human_duration(std::chrono::nanoseconds(
          static_cast<std::int64_t>(std::min<std::uint64_t>(ns, std::numeric_limits<std::int64_t>::max()))));
    });
  }
  if (all.smallest < all.largest) {
    out.print("\nSizes\n");
    print_bars(out, all.sizes, [](std::uint64_t bytes) { return human_size(bytes); });
  }
}

int hz(console& out, hz_arguments const& given) {
  auto const reports = given.once ? 1 : given.count;
  interruption const polite;
  reader from(out, given);
  if (reports == 0) out.say("looking at '{}'; Ctrl-C ends this", escape(given.name));
  interval all;
  for (std::uint64_t n = 0; (reports == 0 || n < reports) && interruption::came() == 0; ++n) {
    auto const now = from.next();
    all.gaps.add(now.gaps);
    all.sizes.add(now.sizes);
    all.smallest = std::min(all.smallest, now.smallest);
    all.largest = std::max(all.largest, now.largest);
    if (given.json) {
      print_json(out, given, now);
    } else {
      print_line(out, now);
    }
  }
  if (!given.json) print_histograms(out, all);
  out.flush();
  if (auto const signal = interruption::came(); signal != 0) die_of(signal);
  return exit_ok;
}

action prepare_hz(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<hz_arguments>();
  takes.option("TOPIC", given->name, "Name of the topic").type_name("").required();
  auto count = takes.option("-n,--count", given->count, "End after so many reports (default: go on)").type_name("N");
  takes.flag("--once", given->once, "End after one report").excludes(count);
  takes.parsed("-i,--interval", "TIME", "Time between reports (default 1s)", [given](std::string const& text) {
    given->interval = parse_duration(text);
    if (given->interval < std::chrono::milliseconds(1)) throw std::invalid_argument("it must be 1ms or more");
  });
  add_json(takes, given->json);
  return [given](console& out) { return hz(out, *given); };
}

}  // namespace

constinit command const hz_command = {
    .name = "hz",
    .summary = "Show how fast a topic's messages come, and how large they are",
    .examples =
        "coview hz cam/front\n"
        "coview hz cam/front --once --interval 5s\n"
        "coview hz cam/front --json --once | jq .rate",
    .details =
        "A line for each interval: messages and bytes a second, sizes, and what subscribers lost in it; at the end,\n"
        "how long it was from a message to the next. Messages are counted by their numbers, so the rate is right "
        "also\n"
        "where this command is too slow to see all of them; it says how many it did not see. It subscribes so that\n"
        "nobody waits for it; without the right to write, it looks on as 'coview tap' does.",
    .prepare = prepare_hz};

}  // namespace coview::tool
