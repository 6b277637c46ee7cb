// SPDX-License-Identifier: Apache-2.0
// What it costs to carry channels to other machines: two bridges and a nats-server on the loopback, beside clients
// that call libnats themselves, in one run. docs/beyond-one-machine.md shows the tables of a real run.
//
// Who sends, and its bridge, have one processor, who receives, and its bridge, the other; the server may use both.
// Each operation is a stream of messages, until the last one has arrived. Senders stay as little ahead of their
// receivers as a topic or a server's buffer holds, so that nothing is lost on either way.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nats/nats.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <coview/bridge.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "delaying_relay.hpp"
#include "keep_freed_memory.hpp"
#include "place.hpp"
#include "session.hpp"
#include "sync_pair.hpp"

namespace {

namespace fs = std::filesystem;
using bench::group;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

void insist(natsStatus status, char const* what) {
  if (status != NATS_OK) throw std::runtime_error(std::string(what) + ": " + natsStatus_GetText(status));
}

double nanoseconds_since(clock_type::time_point begin) {
  return double(std::chrono::duration_cast<std::chrono::nanoseconds>(clock_type::now() - begin).count());
}

/// A nats-server of this run's own, on a port that it finds free.
class server {
 public:
  explicit server(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directory(folder_);
    auto const parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
      cpu_set_t all;
      CPU_ZERO(&all);
      CPU_SET(bench::cpus().mine, &all);
      CPU_SET(bench::cpus().other, &all);
      ::sched_setaffinity(0, sizeof all, &all);
      int const log = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      ::dup2(log, STDOUT_FILENO);
      ::dup2(log, STDERR_FILENO);
      for (auto const* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"}) {
        ::execl(path, "nats-server", "-a", "127.0.0.1", "-p", "-1", "-js", "-sd", (folder_ / "store").c_str(),
                "--ports_file_dir", folder_.c_str(), nullptr);
      }
      ::_exit(127);
    }
    auto const until = clock_type::now() + std::chrono::seconds(10);
    while (url_.empty()) {
      if (clock_type::now() > until) throw std::runtime_error("nats-server did not start: apt install nats-server");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      for (auto const& each : fs::directory_iterator(folder_)) {
        if (each.path().extension() != ".ports") continue;
        std::ifstream file(each.path());
        std::string const text(std::istreambuf_iterator<char>(file), {});
        auto const from = text.find("nats://");
        auto const end = from == std::string::npos ? from : text.find('"', from);
        if (end != std::string::npos) url_ = text.substr(from, end - from);
      }
    }
  }
  server(server const&) = delete;
  server& operator=(server const&) = delete;
  ~server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::string const& url() const noexcept { return url_; }

 private:
  fs::path folder_;
  std::string url_;
  pid_t pid_ = -1;
};

/// What one way needs to know.
struct way {
  std::string url;
  std::string root;   ///< of all hosts
  std::string label;  ///< names of this contender's own
  std::size_t size;   ///< of a message
  std::uint32_t count;
  std::uint32_t ahead;  ///< how far the sender may be ahead
  std::chrono::microseconds pause{0};
};

/// Between who sends and who receives.
struct arrival {
  std::atomic<std::uint32_t> ready{0};
  alignas(64) std::atomic<std::uint64_t> received{0};
};

void enter_host(way const& of, char const* host) {
  auto const path = of.root + "/" + of.label + "." + host;
  ::mkdir(path.c_str(), 0700);
  ::setenv("COVIEW_ROOT", path.c_str(), 1);
}

/// Sends a stream, and waits for its end: of more than one without taking the processor from the bridge that sends.
template <class Send>
double stream(way const& of, arrival& at, std::uint64_t& sent, Send const& send) {
  constexpr std::chrono::microseconds a_while(200);
  auto const begin = clock_type::now();
  for (std::uint32_t i = 0; i < of.count; ++i) {
    while (sent - at.received.load(std::memory_order_relaxed) >= of.ahead) std::this_thread::sleep_for(a_while);
    send();
    ++sent;
  }
  while (at.received.load(std::memory_order_acquire) < sent) {
    if (of.count == 1) {
      sched_yield();
    } else {
      std::this_thread::sleep_for(a_while);
    }
  }
  return nanoseconds_since(begin);
}

void wait_for(std::atomic<std::uint32_t> const& what, std::uint32_t count) {
  while (what < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

natsConnection* connect(way const& of) {
  natsConnection* made = nullptr;
  insist(natsConnection_ConnectTo(&made, of.url.c_str()), "connect");
  return made;
}

// Topics.

bench::contender libnats_topic(way const& of) {
  return {"libnats, core", {}, [of]() -> bench::timed_operation {
            auto const at = bench::in_shared_memory<arrival>();
            auto const receiver = std::make_shared<bench::partner>([of, at] {
              auto* const connection = connect(of);
              natsSubscription* from = nullptr;
              insist(natsConnection_Subscribe(
                         &from, connection, of.label.c_str(),
                         [](natsConnection*, natsSubscription*, natsMsg* message, void* to) {
                           static_cast<arrival*>(to)->received.fetch_add(1, std::memory_order_release);
                           natsMsg_Destroy(message);
                         },
                         at.get()),
                     "subscribe");
              natsSubscription_SetPendingLimits(from, -1, -1);
              insist(natsConnection_Flush(connection), "flush");
              at->ready = 1;
              for (;;) ::pause();
            });
            wait_for(at->ready, 1);
            auto* const connection = connect(of);
            auto const bytes = std::make_shared<std::string>(of.size, 'x');
            auto const sent = std::make_shared<std::uint64_t>(0);
            return [=] {
              (void)receiver;
              return stream(of, *at, *sent, [&] {
                insist(natsConnection_Publish(connection, of.label.c_str(), bytes->data(), int(bytes->size())),
                       "publish");
              });
            };
          }};
}

coview::bridge_options carrying(way const& of, coview::carried what, coview::direction direction) {
  coview::bridge_options options;
  options.servers = of.url;
  options.in_memory = true;
  options.in_hand = 1024;
  options.channels = {{.what = what, .name = of.label, .way = direction}};
  return options;
}

/// A bridge on a host, on one of the processors, as the program coview-bridge is one.
std::shared_ptr<bench::partner> bridge_on(way const& of, char const* host, coview::bridge_options const& options,
                                          int cpu) {
  return std::make_shared<bench::partner>([of, host, options, cpu] {
    coview::tool::keep_freed_memory();
    bench::pin(cpu);
    enter_host(of, host);
    coview::bridge const carries(options);
    for (;;) ::pause();
  });
}

void wait_until_carried() {
  for (;;) {
    for (auto const& each : coview::bridges()) {
      if (each.connected) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

constexpr std::uint64_t topic_bytes = std::uint64_t{32} << 20U;

coview::topic open_topic(way const& of) {
  return coview::topic::open_or_create(of.label, {.capacity = topic_bytes});
}

bench::contender bridged_topic(way const& of) {
  return {"two bridges", {}, [of]() -> bench::timed_operation {
            auto const at = bench::in_shared_memory<arrival>();
            auto const receiver = std::make_shared<bench::partner>([of, at] {
              enter_host(of, "b");
              auto const topic = open_topic(of);
              auto const from = topic.subscribe();
              at->ready = 1;
              wait_until_carried();
              at->ready = 2;
              for (;;) {
                auto const message = from.receive();
                // What is lost on the way counts as arrived: a run in which that happened says so.
                at->received.fetch_add(1 + message->lost(), std::memory_order_release);
                if (message->lost() != 0) std::fputs("bench: the subscriber lost messages\n", stderr);
              }
            });
            wait_for(at->ready, 1);
            enter_host(of, "a");
            auto const topic = std::make_shared<coview::topic>(open_topic(of));
            auto const out =
                bridge_on(of, "a", carrying(of, coview::carried::topic, coview::direction::out), bench::cpus().mine);
            auto const in =
                bridge_on(of, "b", carrying(of, coview::carried::topic, coview::direction::in), bench::cpus().other);
            wait_until_carried();
            wait_for(at->ready, 2);
            auto const publisher = std::make_shared<coview::publisher>(topic->publisher());
            auto const bytes = std::make_shared<std::vector<std::byte>>(of.size);
            auto const sent = std::make_shared<std::uint64_t>(0);
            return [=] {
              (void)receiver, (void)topic, (void)out, (void)in;
              return stream(of, *at, *sent, [&] { publisher->publish(*bytes); });
            };
          }};
}

// Queues.

/// Messages of a stream, by requests for many, as a client's fetch does it.
void fetch_for_ever(way const& of, arrival& at) {
  auto* const connection = connect(of);
  auto const inbox = "_INBOX." + of.label;
  natsSubscription* from = nullptr;
  insist(natsConnection_SubscribeSync(&from, connection, inbox.c_str()), "subscribe");
  natsSubscription_SetPendingLimits(from, -1, -1);
  auto const request = "$JS.API.CONSUMER.MSG.NEXT." + of.label + ".receivers";
  constexpr int many = 256;
  at.ready = 1;
  for (int left = 0;;) {
    if (left == 0) {
      auto const text = "{\"batch\":" + std::to_string(many) + "}";
      insist(natsConnection_PublishRequestString(connection, request.c_str(), inbox.c_str(), text.c_str()), "ask");
      left = many;
    }
    natsMsg* message = nullptr;
    insist(natsSubscription_NextMsg(&message, from, 3600 * 1000), "receive");
    --left;
    if (natsMsg_GetReply(message) != nullptr) {
      insist(natsConnection_PublishString(connection, natsMsg_GetReply(message), "+ACK"), "acknowledge");
      at.received.fetch_add(1, std::memory_order_release);
    }
    natsMsg_Destroy(message);
  }
}

bench::contender libnats_queue(way const& of) {
  return {"libnats, JetStream", {}, [of]() -> bench::timed_operation {
            auto const at = bench::in_shared_memory<arrival>();
            auto const receiver = std::make_shared<bench::partner>([of, at] {
              auto* const connection = connect(of);
              jsCtx* js = nullptr;
              insist(natsConnection_JetStream(&js, connection, nullptr), "streams");
              jsStreamConfig config;
              jsStreamConfig_Init(&config);
              char const* subject = of.label.c_str();
              config.Name = subject;
              config.Subjects = &subject;
              config.SubjectsLen = 1;
              config.Retention = js_WorkQueuePolicy;
              config.Storage = js_MemoryStorage;
              insist(js_AddStream(nullptr, js, &config, nullptr, nullptr), "stream");
              jsConsumerConfig consumer;
              jsConsumerConfig_Init(&consumer);
              consumer.Durable = "receivers";
              consumer.AckPolicy = js_AckExplicit;
              consumer.MaxAckPending = 1 << 20;
              insist(js_AddConsumer(nullptr, js, subject, &consumer, nullptr, nullptr), "consumer");
              fetch_for_ever(of, *at);
            });
            wait_for(at->ready, 1);
            auto* const connection = connect(of);
            jsOptions options;
            jsOptions_Init(&options);
            options.PublishAsync.MaxPending = 512;
            jsCtx* js = nullptr;
            insist(natsConnection_JetStream(&js, connection, &options), "streams");
            auto const bytes = std::make_shared<std::string>(of.size, 'x');
            auto const sent = std::make_shared<std::uint64_t>(0);
            return [=] {
              (void)receiver;
              return stream(of, *at, *sent, [&] {
                // With an ID, as a bridge has it: what makes a second one harmless.
                natsMsg* message = nullptr;
                insist(natsMsg_Create(&message, of.label.c_str(), nullptr, bytes->data(), int(bytes->size())),
                       "make");
                insist(natsMsgHeader_Set(message, "Nats-Msg-Id", std::to_string(*sent).c_str()), "make");
                insist(js_PublishMsgAsync(js, &message, nullptr), "publish");
              });
            };
          }};
}

coview::queue open_queue(way const& of) {
  return coview::queue::open_or_create(of.label, {.capacity = topic_bytes});
}

bench::contender bridged_queue(way const& of) {
  return {"two bridges", {}, [of]() -> bench::timed_operation {
            auto const at = bench::in_shared_memory<arrival>();
            auto const receiver = std::make_shared<bench::partner>([of, at] {
              enter_host(of, "b");
              auto const queue = open_queue(of);
              at->ready = 1;
              wait_until_carried();
              at->ready = 2;
              for (;;) {
                auto const message = queue.receive();
                at->received.fetch_add(1, std::memory_order_release);
              }
            });
            wait_for(at->ready, 1);
            enter_host(of, "a");
            auto const queue = std::make_shared<coview::queue>(open_queue(of));
            auto const out =
                bridge_on(of, "a", carrying(of, coview::carried::queue, coview::direction::out), bench::cpus().mine);
            auto const in =
                bridge_on(of, "b", carrying(of, coview::carried::queue, coview::direction::in), bench::cpus().other);
            wait_until_carried();
            wait_for(at->ready, 2);
            auto const bytes = std::make_shared<std::vector<std::byte>>(of.size);
            auto const sent = std::make_shared<std::uint64_t>(0);
            return [=] {
              (void)receiver, (void)out, (void)in;
              return stream(of, *at, *sent, [&] { queue->send(*bytes); });
            };
          }};
}

// The publisher.

enum class beside : std::uint8_t { nobody, a_subscriber, a_bridge };

bench::contender publishing(way const& of, std::string name, beside whom) {
  return {std::move(name), {}, [of, whom]() -> bench::timed_operation {
            enter_host(of, whom == beside::nobody ? "n" : whom == beside::a_bridge ? "r" : "s");
            auto const topic = std::make_shared<coview::topic>(open_topic(of));
            auto const ready = bench::in_shared_memory<arrival>();
            std::shared_ptr<bench::partner> other;
            if (whom == beside::a_subscriber) {
              other = std::make_shared<bench::partner>([of, ready] {
                auto const from = open_topic(of).subscribe();
                ready->ready = 1;
                for (;;) (void)from.receive();
              });
              wait_for(ready->ready, 1);
            } else if (whom == beside::a_bridge) {
              other = bridge_on(of, "r", carrying(of, coview::carried::topic, coview::direction::out),
                                bench::cpus().other);
              wait_until_carried();
            }
            auto const publisher = std::make_shared<coview::publisher>(topic->publisher());
            auto const bytes = std::make_shared<std::vector<std::byte>>(of.size);
            return [=] {
              (void)topic, (void)other;
              auto const begin = clock_type::now();
              for (std::uint32_t i = 0; i < of.count; ++i) publisher->publish(*bytes);
              return nanoseconds_since(begin);
            };
          }};
}

int measure(bench::options const& wanted) {
  bench::session s(wanted);
  bench::root_directory const root("bridge");
  if (bench::cpus().other < 0) {
    std::fputs("bench: one CPU only, and bridges are between two\n", stderr);
    return s.report();
  }
  bench::pin(bench::cpus().mine);
  server const nats(root.path() + "/server");
  constexpr std::size_t small = 64;
  constexpr std::size_t large = 65536;
  constexpr double small_limit = 1 / 0.8;
  constexpr double large_limit = 1 / 0.95;
  constexpr double a_microsecond = 1000;
  auto const measure_one = [&](std::string title, double limit, way of, bool queue, bool alone) {
    if (of.url.empty()) of.url = nats.url();
    of.root = root.path();
    group g{.title = std::move(title),
            .unit = alone || of.size == large ? "us" : "ns",
            .per_unit = double(of.count) * (alone || of.size == large ? a_microsecond : 1),
            .operations = !alone                 ? 1U
                          : of.url == nats.url() ? 100U
                                                 : 20U,
            .contenders = {}};
    auto raw = of;
    raw.label += "-raw";
    g.contenders = {queue ? libnats_queue(raw) : libnats_topic(raw), queue ? bridged_queue(of) : bridged_topic(of)};
    s.run(g);
    if (limit != 0) s.expect("two bridges", limit);
  };
  constexpr std::uint32_t window = 8192;
  constexpr std::uint32_t large_window = 256;
  measure_one("a topic, 64 bytes, a stream", small_limit,
              {.url = {}, .root = {}, .label = "t64", .size = small, .count = 200'000, .ahead = window}, false,
              false);
  measure_one("a topic, 64 KiB, a stream", large_limit,
              {.url = {}, .root = {}, .label = "t64k", .size = large, .count = 1000, .ahead = large_window}, false,
              false);
  measure_one("a queue, 64 bytes, a stream", small_limit,
              {.url = {}, .root = {}, .label = "q64", .size = small, .count = 10'000, .ahead = window}, true, false);
  measure_one("a queue, 64 KiB, a stream", large_limit,
              {.url = {}, .root = {}, .label = "q64k", .size = large, .count = 500, .ahead = large_window}, true,
              false);
  measure_one("a topic, 64 bytes, one at a time: from publish to receive", 0,
              {.url = {}, .root = {}, .label = "l64", .size = small, .count = 1, .ahead = 1}, false, true);
  measure_one("a queue, 64 bytes, one at a time: from send to receive", 0,
              {.url = {}, .root = {}, .label = "lq64", .size = small, .count = 1, .ahead = 1}, true, true);
  // A host's wire to the server is passed twice: from who sends to the server, and from there to who receives.
  for (auto const delay : {100us, 1000us, 20'000us}) {
    bench::delaying_relay const wire(nats.url(), delay);
    auto const text = std::to_string(delay.count());
    for (bool const queue : {false, true}) {
      measure_one(
          std::string(queue ? "a queue" : "a topic") + ", 64 bytes, one at a time, over wires of " + text + " us", 0,
          {.url = wire.url(),
           .root = {},
           .label = (queue ? "ql" : "tl") + text,
           .size = small,
           .count = 1,
           .ahead = 1},
          queue, true);
    }
  }
  way const local{
      .url = nats.url(), .root = root.path(), .label = "p64", .size = small, .count = 100'000, .ahead = 0};
  constexpr double same = 1.05;
  group g{.title = "64 bytes, published here",
          .unit = "ns",
          .per_unit = double(local.count),
          .operations = 1,
          .contenders = {}};
  g.contenders = {publishing(local, "a subscriber here", beside::a_subscriber),
                  publishing(local, "a bridge", beside::a_bridge), publishing(local, "nobody", beside::nobody)};
  s.run(g);
  s.expect("a bridge", same);
  return s.report();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_session(argc, argv, &measure);
}
