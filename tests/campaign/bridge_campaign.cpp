// SPDX-License-Identifier: Apache-2.0
// Three hosts, a cluster of three servers, and bridges that carry a topic, a log, a queue, a newest value and a board
// between them under load, while bridges and servers are killed with SIGKILL at random moments, wires are cut for
// seconds and, where the kernel can, packets are delayed and lost. As root each host is a network namespace;
// otherwise all of it is on the loopback, and nothing is cut.
//
//     build/release/tests/campaign/bridge_campaign --seconds 600 --seed 7
//
// What must hold, in the consumers' ledgers, when all is whole again:
//   B1  each job was processed, and none twice: --deaths also kills receivers, after which a job may be
//   B2  of each publisher, what a subscriber heard only goes forward; its gaps are what its bridge counted as lost
//   B3  the log was read by all, each event once, in order
//   B4  the newest value and the board are the same everywhere, and no board was ever a mixture
//
// --break: what bridges must remember is forgotten whenever one is killed, which must be noticed. Exit status: 0
// where nothing was found, 1 where something was, 2 for usage, 77 where there is no nats-server.
#include "bridge_campaign.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <nats/nats.h>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include "bridge/nats_server.hpp"
#include "support/tally.hpp"

namespace bridge_campaign {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr unsigned channels = 5;
/// What takes longer than that does not come any more: cluster and bridges have long found one another again.
constexpr auto patience = 120s;
/// How long something may be away.
constexpr unsigned longest_outage_ms = 4000;

std::atomic<bool> interrupted{false};

struct request {
  unsigned seconds = 60;
  std::uint64_t seed = 1;
  bool loopback = false;
  bool deaths = false;
  bool forgets = false;
};

class campaign {
 public:
  explicit campaign(request const& wanted)
      : wanted_(wanted), random_(wanted.seed), where_(!wanted.loopback), all_(*make_ledger()) {}
  campaign(campaign const&) = delete;
  campaign& operator=(campaign const&) = delete;
  ~campaign() {
    for (auto* const each : {&producers_, &receivers_, &bridges_, &keepers_, &servers_}) {
      for (auto& process : *each) end(process);
    }
  }

  bool run();

 private:
  using processes = std::array<pid_t, hosts>;
  struct repair {
    clock_type::time_point when;
    bool* is_away;
    std::function<void()> what;
  };

  static ledger* make_ledger() {
    void* const memory =
        ::mmap(nullptr, sizeof(ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no memory");
    return static_cast<ledger*>(memory);
  }
  [[nodiscard]] unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  void start_bridge(std::size_t host);
  void start_receiver(std::size_t host) {
    receivers_.at(host) = where_.run(
        host, [this] { receive(all_); }, all_.faults);
  }
  void ask(std::size_t host);
  bool until(char const* what, std::function<bool()> const& is_so);
  bool all_carry();
  void see_to_bridges();
  void ask_servers();
  void disturb();
  void away(bool& flag, std::function<void()> what);
  void mend(bool all_of_it);
  void forget(std::size_t host);
  bool judge();
  void complain(std::string const& what) {
    ++all_.faults;
    std::printf("%s\n", what.c_str());
  }

  request const wanted_;
  std::mt19937_64 random_;
  place where_;
  ledger& all_;
  processes servers_{}, bridges_{}, keepers_{}, receivers_{}, producers_{};
  std::array<bool, hosts> server_away_{}, bridge_away_{}, wire_away_{}, delayed_{};
  std::vector<repair> repairs_;
  unsigned bridges_killed_ = 0, servers_killed_ = 0, wires_cut_ = 0, delays_ = 0, receivers_killed_ = 0;
};

void campaign::start_bridge(std::size_t host) {
  constexpr unsigned usual_ack_wait = 60;
  constexpr unsigned short_ack_wait = 5;
  auto const options = carried_by(where_, host, wanted_.deaths ? short_ack_wait : usual_ack_wait);
  bridges_.at(host) = where_.run(
      host,
      [options] {
        coview::bridge const carries(options);
        for (;;) ::pause();
      },
      all_.faults);
}

/// What a host's bridges say, asked in a process of that host.
void campaign::ask(std::size_t host) {
  auto asked = where_.run(
      host,
      [this, host] {
        auto& said = all_.status.at(host);
        std::uint64_t carried = 0;
        std::string problems;
        for (auto const& each : coview::bridges()) {
          carried += each.connected && each.problem.empty() ? 1 : 0;
          if (each.name == "numbers") said.lost_in = each.lost_in;
          if (!each.problem.empty()) problems += each.name + ": " + each.problem + "; ";
        }
        said.carried = carried;
        std::strncpy(said.problems.data(), problems.c_str(), said.problems.size() - 1);
      },
      all_.faults);
  int status = 0;
  while (::waitpid(asked, &status, 0) < 0 && errno == EINTR) continue;
}

bool campaign::until(char const* what, std::function<bool()> const& is_so) {
  auto const end = clock_type::now() + patience;
  while (!is_so()) {
    see_to_bridges();
    if (all_.faults != 0 || interrupted) return false;
    if (clock_type::now() > end) {
      complain(std::string("it did not come to this: ") + what);
      for (std::size_t i = 0; i < hosts; ++i) {
        ask(i);
        std::printf("  host %zu: log %llu, newest %llu of %llu, board %llu; %s\n", i,
                    static_cast<unsigned long long>(all_.read.at(i)),
                    static_cast<unsigned long long>(all_.newest.at(i) & 0xffffffffffff),
                    static_cast<unsigned long long>(all_.newest.at(i) >> 48U),
                    static_cast<unsigned long long>(all_.board.at(i)), all_.status.at(i).problems.data());
      }
      ask_servers();
      return false;
    }
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

/// What the servers say of the queue, asked in a process of host 0: whether something is left there, or is gone.
void campaign::ask_servers() {
  auto asked = where_.run(
      0,
      [this] {
        natsConnection* to = nullptr;
        jsCtx* js = nullptr;
        jsStreamInfo* stream = nullptr;
        jsConsumerInfo* consumer = nullptr;
        jsErrCode code{};
        if (natsConnection_ConnectTo(&to, where_.servers(0).c_str()) != NATS_OK ||
            natsConnection_JetStream(&js, to, nullptr) != NATS_OK ||
            js_GetStreamInfo(&stream, js, "coview+queue+jobs", nullptr, &code) != NATS_OK ||
            js_GetConsumerInfo(&consumer, js, "coview+queue+jobs", "receivers", nullptr, &code) != NATS_OK) {
          std::printf("  the servers do not tell what the queue has\n");
          return;
        }
        std::printf("  the queue's stream has %llu messages; %lld are in hand, %llu to come\n",
                    static_cast<unsigned long long>(stream->State.Msgs),
                    static_cast<long long>(consumer->NumAckPending),
                    static_cast<unsigned long long>(consumer->NumPending));
      },
      all_.faults);
  int status = 0;
  while (::waitpid(asked, &status, 0) < 0 && errno == EINTR) continue;
}

/// A bridge ends when it is killed, and not otherwise.
void campaign::see_to_bridges() {
  for (std::size_t i = 0; i < hosts; ++i) {
    int status = 0;
    auto& bridge = bridges_.at(i);
    if (bridge <= 0 || ::waitpid(bridge, &status, WNOHANG) != bridge) continue;
    bridge = -1;
    complain("the bridge of host " + std::to_string(i) +
             (WIFSIGNALED(status) ? " crashed: signal " + std::to_string(WTERMSIG(status)) : " ended by itself"));
  }
}

bool campaign::all_carry() {
  for (std::size_t i = 0; i < hosts; ++i) {
    ask(i);
    if (all_.status.at(i).carried != channels) return false;
  }
  return true;
}

void campaign::forget(std::size_t host) {
  auto asked = where_.run(
      host, [] { coview::forget_bridges(); }, all_.faults);
  int status = 0;
  while (::waitpid(asked, &status, 0) < 0 && errno == EINTR) continue;
}

void campaign::away(bool& flag, std::function<void()> what) {
  flag = true;
  repairs_.push_back(
      {clock_type::now() + std::chrono::milliseconds(below(longest_outage_ms)), &flag, std::move(what)});
}

void campaign::mend(bool all_of_it) {
  for (std::size_t i = 0; i < repairs_.size();) {
    if (!all_of_it && repairs_[i].when > clock_type::now()) {
      ++i;
      continue;
    }
    auto const now = std::move(repairs_[i]);
    repairs_.erase(repairs_.begin() + static_cast<std::ptrdiff_t>(i));
    now.what();
    *now.is_away = false;
  }
}

/// One disturbance. Two of the servers are always there or come back within seconds: what a cluster needs.
void campaign::disturb() {
  auto const host = below(hosts);
  switch (below(where_.apart() ? 8 : 5)) {
    case 0:
    case 1:
      if (server_away_.at(host)) return;
      end(servers_.at(host));
      ++servers_killed_;
      return away(server_away_.at(host), [this, host] { servers_.at(host) = where_.start_server(host); });
    case 5:
    case 6:
      if (wire_away_.at(host) || !where_.wire(host, false)) return;
      ++wires_cut_;
      return away(wire_away_.at(host), [this, host] { (void)where_.wire(host, true); });
    case 7:
      if (delayed_.at(host) || !where_.delay(host, 1 + below(20))) return;
      ++delays_;
      return away(delayed_.at(host), [this, host] { (void)where_.delay(host, 0); });
    default:
      if (bridge_away_.at(host)) return;
      end(bridges_.at(host));
      ++bridges_killed_;
      if (wanted_.forgets) forget(host);
      if (wanted_.deaths && host != 0) {
        end(receivers_.at(host));
        ++receivers_killed_;
        start_receiver(host);
      }
      // Mostly at once, as a service manager does.
      if (below(3) != 0) return start_bridge(host);
      return away(bridge_away_.at(host), [this, host] { start_bridge(host); });
  }
}

bool campaign::judge() {
  mend(true);
  all_.stop_sending = true;
  auto const everywhere = [&](auto const& is_so) {
    for (std::size_t i = 0; i < hosts; ++i) {
      if (!is_so(i)) return false;
    }
    return true;
  };
  bool good = until("all bridges carry all channels", [&] { return all_carry(); });
  // B1
  std::uint64_t done = 0;
  good = good && until("each job is processed", [&] {
           while (done < all_.sent && all_.processed.at(done) != 0) ++done;
           return done == all_.sent;
         });
  std::uint64_t twice = 0;
  for (std::uint64_t i = 0; i < all_.sent; ++i) twice += all_.processed.at(i) > 1 ? 1 : 0;
  if (all_.processed.at(done) == 0 && done < all_.sent)
    std::printf("job %llu of %llu was not processed\n", static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(all_.sent.load()));
  if (twice != 0 && !wanted_.deaths) complain(std::to_string(twice) + " jobs were processed twice");
  // B2: a message that was published from now on is heard by all, and with it all gaps before it.
  std::array<std::uint64_t, hosts> now{};
  for (std::size_t i = 0; i < hosts; ++i) now.at(i) = all_.published.at(i);
  good = good && until("the topic is heard everywhere", [&] {
           return everywhere([&](auto i) {
             return everywhere([&](auto from) { return all_.topic.at(i).at(from).next > now.at(from); });
           });
         });
  auto const gaps = [&](std::size_t i) {
    std::uint64_t sum = 0;
    for (auto const& each : all_.topic.at(i)) sum += each.next - each.first - each.count;
    return sum;
  };
  auto const adds_up = [&](std::size_t i) {
    ask(i);
    return gaps(i) == all_.status.at(i).lost_in + all_.lagged.at(i);
  };
  good = good && until("gaps of the topic are what was counted as lost", [&] { return everywhere(adds_up); });
  std::uint64_t heard = 0;
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < hosts; ++i) {
    for (auto const& each : all_.topic.at(i)) heard += each.count;
    lost += all_.status.at(i).lost_in;
    if (!adds_up(i)) {
      std::printf("host %zu: gaps of %llu, counted as lost %llu, and %llu by the subscriber\n", i,
                  static_cast<unsigned long long>(gaps(i)),
                  static_cast<unsigned long long>(all_.status.at(i).lost_in.load()),
                  static_cast<unsigned long long>(all_.lagged.at(i).load()));
    }
  }
  // B3, B4
  good = good && until("the log is read everywhere",
                       [&] { return everywhere([&](auto i) { return all_.read.at(i) == all_.logged; }); });
  good = good && until("the newest value is the same everywhere",
                       [&] { return everywhere([&](auto i) { return all_.newest.at(i) == all_.newest[0]; }); });
  good = good && until("the board is the same everywhere",
                       [&] { return everywhere([&](auto i) { return all_.board.at(i) == all_.written; }); });
  std::printf(
      "seed %llu: %u bridges and %u servers killed, %u wires cut, %u delays, %u receivers killed (%s); %llu jobs, "
      "%llu "
      "twice; topic %llu heard, %llu lost; log %llu; board %llu\n",
      static_cast<unsigned long long>(wanted_.seed), bridges_killed_, servers_killed_, wires_cut_, delays_,
      receivers_killed_, where_.apart() ? "namespaces" : "loopback",
      static_cast<unsigned long long>(all_.sent.load()), static_cast<unsigned long long>(twice),
      static_cast<unsigned long long>(heard), static_cast<unsigned long long>(lost),
      static_cast<unsigned long long>(all_.logged.load()), static_cast<unsigned long long>(all_.written.load()));
  coview_test::print({.kills = bridges_killed_ + servers_killed_ + receivers_killed_,
                      .checks = all_.sent + heard + all_.logged + all_.written,
                      .findings = all_.faults});
  return good && all_.faults == 0;
}

bool campaign::run() {
  for (std::size_t i = 0; i < hosts; ++i) servers_.at(i) = where_.start_server(i);
  std::atomic<std::uint32_t>& open =
      *new (::mmap(nullptr, sizeof open, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
          std::atomic<std::uint32_t>(0);
  for (std::size_t i = 0; i < hosts; ++i) {
    keepers_.at(i) = where_.run(
        i, [&, i] { keep_open(all_, i, [&] { ++open; }); }, all_.faults);
  }
  if (!until("all channels are open", [&] { return open == hosts; })) return false;
  for (std::size_t i = 0; i < hosts; ++i) start_bridge(i);
  start_receiver(1);
  start_receiver(2);
  if (!until("all bridges carry all channels", [&] { return all_carry(); })) return false;
  for (std::size_t i = 0; i < hosts; ++i) {
    auto const seed = random_();
    producers_.at(i) = where_.run(
        i, [this, i, seed] { produce(all_, i, seed); }, all_.faults);
  }
  auto const end = clock_type::now() + std::chrono::seconds(wanted_.seconds);
  while (clock_type::now() < end && all_.faults == 0 && !interrupted) {
    std::this_thread::sleep_for(std::chrono::milliseconds(below(800)));
    mend(false);
    see_to_bridges();
    disturb();
  }
  bool const good = judge();
  all_.stop = true;
  return good;
}

template <class Number>
bool read(std::string_view text, Number& value) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace
}  // namespace bridge_campaign

int main(int count, char** words) {
  using namespace bridge_campaign;
  request wanted;
  bool right = true;
  for (int i = 1; i < count && right; ++i) {
    std::string_view const word = words[i];
    if (word == "--break") {
      wanted.forgets = true;
    } else if (word == "--deaths") {
      wanted.deaths = true;
    } else if (word == "--loopback") {
      wanted.loopback = true;
    } else if (i + 1 < count && word == "--seconds") {
      right = read(words[++i], wanted.seconds);
    } else {
      right = i + 1 < count && word == "--seed" && read(words[++i], wanted.seed);
    }
  }
  if (!right) {
    std::fprintf(stderr, "usage: bridge_campaign [--seconds S] [--seed N] [--deaths] [--loopback] [--break]\n");
    return 2;
  }
  constexpr int skipped = 77;
  if (coview_test::nats_server_path().empty()) {
    std::printf("nats-server is not installed here\n");
    return skipped;
  }
  for (int const each : {SIGINT, SIGTERM}) std::signal(each, [](int) { interrupted = true; });
  try {
    return campaign(wanted).run() ? 0 : 1;
  } catch (std::exception const& e) {
    std::printf("%s\n", e.what());
    return 1;
  }
}
