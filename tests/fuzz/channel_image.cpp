// SPDX-License-Identifier: Apache-2.0
#include "fuzz/channel_image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <coview/channel_status.hpp>
#include <coview/object.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "os/lock.hpp"

namespace coview_test {
namespace {

using namespace std::chrono_literals;

constexpr char const* queue_name = "fuzz/queue";
constexpr char const* topic_name = "fuzz/topic";
constexpr std::uint64_t capacity = 4096;
constexpr std::size_t small = 40;
constexpr std::size_t large = 900;
constexpr auto soon = 1ms;
/// Calls without a deadline wait for somebody's lock for 2 s at most; the rest is for a machine that is busy.
constexpr auto longest = 20s;

void require(bool ok, char const* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

std::span<std::byte const> bytes(std::size_t size) {
  static std::array<std::byte, large> const all{};
  return std::span(all).first(size);
}

coview::queue make_queue() {
  return coview::queue::open_or_create(queue_name, {.capacity = capacity, .participants = 4, .permanent = true});
}
coview::topic make_topic() {
  return coview::topic::open_or_create(
      topic_name,
      {.capacity = capacity, .messages = 8, .subscribers_may_block = true, .participants = 4, .permanent = true});
}

/// What an honest program leaves when it is killed: messages queued and kept, loaned, received, pinned.
void leave_traces() {
  auto const pid = ::fork();
  require(pid >= 0, "fork");
  if (pid == 0) {
    auto const q = make_queue();
    auto const t = make_topic();
    auto const publisher = t.publisher();
    auto const subscription = t.subscribe({.from = coview::from::oldest, .slow = coview::slow::blocks});
    for (auto const size : {small, large, std::size_t{0}, small}) {
      (void)q.try_send(bytes(size));
      (void)publisher.publish(bytes(size), coview::timeout(0ms));
    }
    auto const loan = publisher.loan(large, coview::timeout(0ms));
    auto const in_hand = q.try_receive();
    auto const seen = subscription.try_receive();
    auto const pinned = subscription.try_receive();
    ::_exit(0);
  }
  int status = 0;
  require(::waitpid(pid, &status, 0) == pid && status == 0, "a child that uses channels");
}

/// Where a file is mapped in this process, as the kernel tells.
std::vector<std::pair<std::uintptr_t, std::uintptr_t>> mapped_at(std::string const& path) {
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> all;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(path)) continue;
    std::size_t end = 0;
    auto const from = std::stoull(line, &end, 16);
    all.emplace_back(from, std::stoull(line.substr(end + 1), nullptr, 16));
  }
  return all;
}

}  // namespace

channel_case decode_channel(std::span<std::byte const> input) {
  constexpr std::size_t each = 13;
  constexpr std::size_t most = 64;
  channel_case out;
  if (input.empty()) return out;
  out.topic = (input.front() & std::byte{1}) != std::byte{0};
  input = input.subspan(1);
  for (; input.size() >= each && out.patches.size() < most; input = input.subspan(each)) {
    patch one;
    std::memcpy(&one.at, input.data(), sizeof one.at);
    std::memcpy(&one.word, input.data() + 4, sizeof one.word);
    one.step = std::to_integer<std::uint8_t>(input[12]);
    out.patches.push_back(one);
  }
  return out;
}

std::vector<std::byte> encode_channel(channel_case const& what) {
  std::vector<std::byte> out = {what.topic ? std::byte{1} : std::byte{0}};
  for (auto const& one : what.patches) {
    std::array<std::byte, 13> raw{};
    std::memcpy(raw.data(), &one.at, sizeof one.at);
    std::memcpy(raw.data() + 4, &one.word, sizeof one.word);
    raw[12] = std::byte{one.step};
    out.insert(out.end(), raw.begin(), raw.end());
  }
  return out;
}

channel_host::object channel_host::adopt(std::string const& name) {
  object one;
  one.path = coview::stat(name).file;
  one.fd = coview::os::unique_fd(::open(one.path.c_str(), O_RDWR | O_CLOEXEC));
  require(static_cast<bool>(one.fd), "open");
  require(coview::os::try_hold(one.fd.get()) == coview::os::lock_answer::taken, "hold");
  require(coview::os::try_mark(one.fd.get()) == coview::os::lock_answer::taken, "mark");
  struct ::stat status {};
  require(::fstat(one.fd.get(), &status) == 0, "fstat");
  one.honest.resize(static_cast<std::size_t>(status.st_size));
  require(::pread(one.fd.get(), one.honest.data(), one.honest.size(), 0) == static_cast<ssize_t>(one.honest.size()),
          "pread");
  return one;
}

channel_host::channel_host() {
  auto const q = make_queue();
  auto const t = make_topic();
  leave_traces();
  queue_ = adopt(queue_name);
  topic_ = adopt(topic_name);
}

/// One case.
class channel_host::run {
 public:
  run(object const& on, channel_case const& what) : on_(on), what_(what) {
    require(::pwrite(on.fd.get(), on.honest.data(), on.honest.size(), 0) == static_cast<ssize_t>(on.honest.size()),
            "pwrite");
    store(0);
  }

  /// A call: the stores of its number are done first.
  template <class Call>
  void step(char const* name, Call const& call) {
    store(++number_);
    auto const begin = std::chrono::steady_clock::now();
    try {
      call();
    } catch (coview::error const& e) {
      ++errors_;
      if (*e.what() == '\0') throw std::logic_error("an error without a text");
    }
    if (std::chrono::steady_clock::now() - begin > longest) throw std::logic_error(std::string("too late: ") + name);
  }

  /// Reads it, and looks whether it lies in the object, or is a copy.
  void look_at(std::span<std::byte const> message, bool in_place) const {
    if (message.size() > capacity)
      throw std::logic_error("a message of " + std::to_string(message.size()) + " bytes");
    unsigned sum = 0;
    for (auto const each : message) sum += std::to_integer<unsigned>(each);
    asm volatile("" : : "r"(sum));
    if (!in_place || message.empty()) return;
    auto const from = reinterpret_cast<std::uintptr_t>(message.data());
    auto const ranges = mapped_at(on_.path);
    bool const inside = std::any_of(ranges.begin(), ranges.end(), [&](auto const& range) {
      return from >= range.first && from + message.size() <= range.second;
    });
    if (!inside) throw std::logic_error("a message beyond the object");
  }

  [[nodiscard]] std::size_t errors() const noexcept { return errors_; }

 private:
  void store(std::uint8_t number) const {
    constexpr std::uint8_t steps = 32;
    for (auto const& one : what_.patches) {
      if (one.step % steps != number) continue;
      auto const at = one.at % (on_.honest.size() - sizeof one.word);
      require(::pwrite(on_.fd.get(), &one.word, sizeof one.word, static_cast<off_t>(at)) ==
                  static_cast<ssize_t>(sizeof one.word),
              "pwrite");
    }
  }

  object const& on_;
  channel_case const& what_;
  std::uint8_t number_ = 0;
  std::size_t errors_ = 0;
};

namespace {

template <class Run>
void use_queue(Run& on) {
  std::optional<coview::queue> q;
  on.step("open", [&] { q = coview::queue::open(queue_name); });
  on.step("status", [] { (void)coview::status_of_channel(queue_name); });
  if (!q) return;
  std::optional<coview::queue_message> message;
  std::array<coview::queue_message, 4> more;
  std::optional<coview::slot> slot;
  on.step("receive", [&] { message = q->receive(coview::timeout(soon)); });
  if (message) on.look_at(message->bytes(), true);
  on.step("send", [&] { (void)q->send(bytes(small), coview::timeout(soon)); });
  on.step("loan", [&] { slot = q->loan(large, coview::timeout(soon)); });
  if (slot) on.look_at(slot->bytes(), true);
  on.step("publish", [&] {
    if (slot) (void)slot->publish(large, coview::timeout(soon));
  });
  on.step("drop", [&] { slot.reset(); });
  on.step("receive many", [&] { (void)q->receive_many(more, coview::timeout(soon)); });
  for (auto const& each : more) on.look_at(each.bytes(), true);
  on.step("send", [&] { (void)q->send(bytes(large), coview::timeout(soon)); });
  on.step("wait", [&] { (void)coview::wait_any({*q}, coview::timeout(soon)); });
  on.step("give back", [&] { message.reset(); });
  on.step("give back", [&] { more = {}; });
  on.step("receive", [&] { message = q->receive(coview::timeout(soon)); });
  if (message) on.look_at(message->bytes(), true);
  on.step("depth", [&] { (void)q->depth(); });
  on.step("status", [] { (void)coview::status_of_channel(queue_name); });
  message.reset();
  on.step("close", [&] { q.reset(); });
}

template <class Run>
void use_topic(Run& on) {
  std::optional<coview::topic> t;
  std::optional<coview::publisher> publisher;
  std::optional<coview::subscription> lags;
  std::optional<coview::subscription> blocks;
  std::array<std::optional<coview::topic_message>, 4> messages;
  auto const look = [&](std::optional<coview::topic_message> const& one, bool copied) {
    if (one) on.look_at(one->bytes(), !copied && one->bytes().size() > coview::topic_message::most_copied);
  };
  on.step("open", [&] { t = coview::topic::open(topic_name); });
  on.step("status", [] { (void)coview::status_of_channel(topic_name); });
  if (!t) return;
  on.step("publisher", [&] { publisher = t->publisher(); });
  on.step("subscribe", [&] { lags = t->subscribe({.from = coview::from::oldest}); });
  on.step("subscribe", [&] { blocks = t->subscribe({.from = coview::from::oldest, .slow = coview::slow::blocks}); });
  for (auto const size : {small, large}) {
    on.step("publish", [&] {
      if (publisher) (void)publisher->publish(bytes(size), coview::timeout(soon));
    });
    std::size_t at = size == small ? 0 : 2;
    for (auto const* from : {&lags, &blocks}) {
      on.step("receive", [&] {
        if (*from) messages[at] = (*from)->receive(coview::timeout(soon));
      });
      look(messages[at++], false);
    }
    on.step("latest", [&] { look(t->latest(), true); });
  }
  on.step("evict", [&] { (void)t->evict(); });
  on.step("published", [&] { (void)t->published(); });
  on.step("give back", [&] { messages = {}; });
  on.step("wait", [&] {
    if (lags) (void)coview::wait_any({*lags}, coview::timeout(soon));
  });
  on.step("publish", [&] {
    for (int i = 0; publisher && i < 12; ++i) (void)publisher->publish(bytes(small), coview::timeout(0ms));
  });
  on.step("close a subscription", [&] { blocks.reset(); });
  on.step("close a publisher", [&] { publisher.reset(); });
  on.step("close a subscription", [&] { lags.reset(); });
}

template <class Run>
void read_without_trust(Run& on) {
  std::optional<coview::topic> t;
  std::optional<coview::subscription> subscription;
  on.step("open", [&] { t = coview::topic::open(topic_name, {}, coview::trust::none); });
  if (!t) return;
  on.step("subscribe", [&] { subscription = t->subscribe({.from = coview::from::oldest}); });
  for (int i = 0; i < 3; ++i) {
    on.step("receive", [&] {
      if (auto const message = subscription->receive(coview::timeout(soon))) on.look_at(message->bytes(), false);
    });
  }
  on.step("latest", [&] {
    if (auto const message = t->latest()) on.look_at(message->bytes(), false);
  });
  on.step("published", [&] { (void)t->published(); });
}

}  // namespace

std::size_t channel_host::try_all(channel_case const& what) {
  run on(what.topic ? topic_ : queue_, what);
  if (what.topic) {
    use_topic(on);
    read_without_trust(on);
  } else {
    use_queue(on);
  }
  return on.errors();
}

}  // namespace coview_test
