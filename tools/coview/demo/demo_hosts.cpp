// SPDX-License-Identifier: Apache-2.0
// coview demo --hosts: three hosts, each with objects of its own and, for root, with a network of its own; a
// nats-server and bridges join them. Shown are a topic, a queue of which a host is killed, and a board.
#include "demo/demo_hosts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "bridging/bridge_program.hpp"
#include "demo/demo_peer.hpp"
#include "demo/host_networks.hpp"
#include "demo/story.hpp"
#include "object/place.hpp"
#include "os/environment.hpp"
#include "shared/exit_code.hpp"
#include "shared/scratch_directory.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int messages = 400;
constexpr int jobs = 300;
constexpr std::size_t jobs_before_the_kill = 25;

std::string search_path() {
  auto const* const path = os::environment("PATH");
  return path == nullptr ? "" : path;
}

/// Found through PATH, or where Debian has it, which is not in every user's PATH; empty where it is not installed.
std::string find_server() {
  std::istringstream folders(search_path() + ":/usr/sbin:/usr/local/sbin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto file = (folder.empty() ? "." : folder) + "/nats-server";
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

std::string must_find_server() {
  bool has_bridge = false;
  for (auto const& each : bridge_programs()) has_bridge = has_bridge || ::access(each.c_str(), X_OK) == 0;
  if (!has_bridge) {
    throw failure(exit_failed, "coview-bridge is not installed, the program that carries channels",
                  "install the package coview-bridge; who builds coview needs libnats (libnats-dev on Debian)");
  }
  auto path = find_server();
  if (path.empty()) {
    throw failure(exit_failed, "nats-server is not installed, which carries messages between hosts",
                  "apt install nats-server");
  }
  return path;
}

std::string text_of_file(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A nats-server of the demo's own, on a port that it finds free.
class demo_server {
 public:
  demo_server(signal_reader& signals, std::string const& program, fs::path const& folder,
              host_networks const& networks);
  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  demo_process process_;
  int port_ = 0;
};

demo_server::demo_server(signal_reader& signals, std::string const& program, fs::path const& folder,
                         host_networks const& networks) {
  fs::create_directory(folder);
  auto const log = folder / "log";
  os::unique_fd const output(::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  // Beyond the loopback it listens only where nobody but the hosts is.
  auto const* const where = networks.apart() ? "0.0.0.0" : "127.0.0.1";
  process_ =
      demo_process({program, "-a", where, "-p", "-1", "-js", "-sd", folder / "store", "--ports_file_dir", folder},
                   signals.before(), {.network = networks.of_server()}, {.output = output.get()});
  auto const ports = folder / fmt::format("{}_{}.ports", fs::path(program).filename().string(), process_.pid());
  auto const until = clock::now() + std::chrono::seconds(10);
  while (port_ == 0) {
    if (clock::now() > until || process_.has_ended()) {
      throw failure(exit_failed, "the nats-server did not start: " + escape(text_of_file(log)));
    }
    pause_for(signals, milliseconds(5));
    auto const text = text_of_file(ports);
    auto const scheme = text.find("nats://");
    auto const end = scheme == std::string::npos ? scheme : text.find('"', scheme);
    if (end != std::string::npos) port_ = std::atoi(text.substr(text.rfind(':', end) + 1).c_str());
  }
}

/// One host: its objects, its network, its bridge and its program.
struct demo_host {
  std::string name;
  demo_place place;
  fs::path log;
  std::string server;
  demo_process bridge = {};
  std::unique_ptr<demo_peer> program = {};
};

class hosts_demo {
 public:
  hosts_demo(console& out, bool as_json)
      : tell_(out, as_json),
        server_program_(must_find_server()),
        objects_(root_path()),
        files_(fs::temp_directory_path()),
        networks_(signals_.before()) {
    if (!as_json) out.print("{}\n", out.in(style::bold, "Three hosts, and what their programs share over NATS"));
  }

  int run() {
    make_hosts();
    start_bridges();
    show_topic();
    show_queue();
    show_board();
    for (auto& each : hosts_) end(each);
    server_.reset();
    return tell_.end(clock::now() - begin_, next());
  }

 private:
  void make_hosts();
  void start_bridge(demo_host& host);
  void start_bridges();
  void show_status(demo_host const& host);
  void show_topic();
  void show_queue();
  void show_board();
  static void end(demo_host& host) {
    host.program.reset();
    host.bridge.kill_it();
  }
  demo_peer& program(std::size_t host) { return *hosts_.at(host).program; }
  [[nodiscard]] std::string next() const;
  void wait_until_carried(demo_host& host);

  story tell_;
  clock::time_point begin_ = clock::now();
  signal_reader signals_{ending_signals};
  std::string const server_program_;
  scratch_directory objects_;
  scratch_directory files_;
  host_networks networks_;
  // Last, so that what runs there is killed before its folders are removed.
  std::optional<demo_server> server_;
  std::array<demo_host, demo_hosts> hosts_;
};

void hosts_demo::make_hosts() {
  tell_.step(networks_.apart() ? "Three hosts, each with a network and objects of its own"
                               : "Three hosts on the loopback, each with objects of its own");
  if (!networks_.apart()) tell_.line(fmt::format("no networks of their own: {}", networks_.refusal()));
  server_.emplace(signals_, server_program_, files_.path() / "server", networks_);
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    auto& host = hosts_.at(i);
    host.name = fmt::format("host {}", i + 1);
    host.place.root = objects_.path() / fmt::format("host-{}", i + 1);
    fs::create_directory(host.place.root);
    fs::permissions(host.place.root, fs::perms::owner_all);
    host.place.network = networks_.of_host(i);
    host.log = files_.path() / fmt::format("bridge-{}", i + 1);
    host.server = fmt::format("nats://{}:{}", networks_.server_address(i), server_->port());
    host.program = std::make_unique<demo_peer>(signals_, "demo-host", host.place);
    tell_.line(fmt::format("{}   {:<10}  program {}", host.name, networks_.address(i), host.program->pid()));
  }
  tell_.line(fmt::format("nats-server {}, which they reach at port {}", server_->pid(), server_->port()));
  program(0).ask("create");
  program(1).ask("subscribe");
  program(2).ask("subscribe");
  tell_.promise(program(0).ask("has board") == "yes" && program(1).ask("has board") == "no",
                fmt::format("they share nothing: host 2 has no '{}', which host 1 created", hosts_board));
}

/// Runs as anybody would run it.
void hosts_demo::start_bridge(demo_host& host) {
  os::unique_fd const log(::open(host.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  bool const is_first = &host == hosts_.data();
  auto const* const way = is_first ? "out" : "in";
  host.bridge = demo_process(
      {"/proc/self/exe", "bridge",    "--nats",      host.server, "--storage", "memory", "--ack-wait", "1s",
       "--in-hand",      "16",        "--direction", way,         "--every",   "20ms",   "--topic",    hosts_topic,
       "--queue",        hosts_queue, "--map",       hosts_board},
      signals_.before(), host.place, {.output = log.get()});
}

void hosts_demo::wait_until_carried(demo_host& host) {
  auto const until = clock::now() + std::chrono::seconds(20);
  while (host.program->ask("carried") != "3") {
    if (host.bridge.has_ended() || clock::now() > until) {
      throw failure(exit_failed,
                    fmt::format("the bridge of {} does not carry: {}", host.name, escape(text_of_file(host.log))));
    }
    pause_for(signals_, milliseconds(10));
  }
}

void hosts_demo::start_bridges() {
  tell_.step("A bridge on each: one more process that has the channels open");
  tell_.line("on host 1, where things come from, and with 'in' on hosts 2 and 3:");
  tell_.command(fmt::format("coview bridge --nats {} --direction out \\", hosts_[0].server));
  tell_.command(fmt::format("    --topic {} --queue {} --map {}", hosts_topic, hosts_queue, hosts_board));
  for (auto& each : hosts_) start_bridge(each);
  for (auto& each : hosts_) wait_until_carried(each);
  tell_.promise(true, "three bridges carry three channels each");
}

void hosts_demo::show_topic() {
  tell_.step("A topic: published on one host, heard on all");
  for (std::size_t const i : {1U, 2U}) program(i).tell(fmt::format("hear {}", messages));
  program(0).ask(fmt::format("publish {}", messages));
  tell_.line(fmt::format("host 1   publishes {} messages to '{}'", messages, hosts_topic));
  bool all = true;
  double slowest = 0;
  for (std::size_t const i : {1U, 2U}) {
    std::istringstream said(program(i).answer());
    int heard = 0;
    int in_order = 0;
    double median = 0;
    said >> heard >> in_order >> median;
    tell_.line(fmt::format("{}   heard {} of them, {} in order", hosts_.at(i).name, heard, in_order));
    all = all && heard == messages && in_order == messages;
    slowest = std::max(slowest, median);
  }
  tell_.promise(all, "every message on both hosts, in order, none lost");
  tell_.figure("topic", slowest, "from publish to receive on another host (median)");
}

void hosts_demo::show_queue() {
  tell_.step("A queue: each job to one host, and kill -9 in the middle");
  std::array<std::set<std::string>, demo_hosts> done;
  std::set<std::string> all;
  std::size_t twice = 0;
  auto const note = [&](std::size_t i, std::string const& job) {
    done.at(i).insert(job);
    if (!all.insert(job).second) ++twice;
  };
  auto const hear = [&](std::size_t i) {
    while (program(i).answers_within(milliseconds(0))) note(i, program(i).answer());
  };
  for (std::size_t const i : {1U, 2U}) program(i).tell("work");
  program(0).ask(fmt::format("send {}", jobs));
  tell_.line(fmt::format("host 1   sends {} jobs to '{}'", jobs, hosts_queue));
  auto const until = clock::now() + std::chrono::seconds(20);
  auto const late = [&] {
    pause_for(signals_, milliseconds(2));
    return clock::now() > until;
  };
  while (done[1].size() < jobs_before_the_kill && !late()) {
    hear(1);
    hear(2);
  }
  // What it has done it may have said, and not been heard yet.
  for (auto const& job : program(1).kill_and_hear()) note(1, job);
  end(hosts_[1]);
  tell_.line(fmt::format("host 2   has done {}, and is killed with what it has in hand", done[1].size()));
  while (all.size() < jobs && !late()) hear(2);
  program(2).tell("rest");
  while (program(2).answer() != "rested") continue;
  tell_.line(fmt::format("host 3   has done {}", done[2].size()));
  tell_.promise(all.size() == jobs,
                fmt::format("all {} jobs are done: host 3 was given what host 2 had", all.size()));
  // What the dead host had finished and not yet said: that it may be done twice is the promise, and no more.
  constexpr std::size_t in_hand = 16;
  tell_.promise(twice <= in_hand + 1,
                fmt::format("{} of them twice: only what a host had finished when it died may be", twice));
}

void hosts_demo::show_board() {
  tell_.step("A board: a mapping's bytes, and a host that comes back");
  constexpr auto text = "gate 7 is open";
  program(0).ask(std::string("write ") + text);
  tell_.line(fmt::format("host 1   writes \"{}\" into '{}'", text, hosts_board));
  auto const third = program(2).ask(std::string("read ") + text);
  tell_.line(fmt::format("host 3   reads  \"{}\"", escape(third)));
  auto& back = hosts_[1];
  back.program = std::make_unique<demo_peer>(signals_, "demo-host", back.place);
  start_bridge(back);
  auto const second = program(1).ask(std::string("read ") + text);
  tell_.line(fmt::format("host 2   is back, and reads \"{}\"", escape(second)));
  tell_.promise(second == text && third == text, "all hosts have the newest state");
  wait_until_carried(back);
  show_status(hosts_[2]);
}

/// What host 3 says of it, in the command's own words.
void hosts_demo::show_status(demo_host const& host) {
  auto const file = files_.path() / "status";
  os::unique_fd const to(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  demo_process asks({"/proc/self/exe", "bridge", "status"}, signals_.before(), host.place, {.output = to.get()});
  int const status = asks.wait();
  tell_.command(fmt::format("coview bridge status      (on {})", host.name));
  std::istringstream lines(text_of_file(file));
  for (std::string line; std::getline(lines, line);) tell_.line(line);
  tell_.promise(status == exit_ok, "the bridge says what it carried, lost and has in hand");
}

std::string hosts_demo::next() const {
  auto const folder = fs::path(server_program_).parent_path().string();
  bool const in_path = (":" + search_path() + ":").find(":" + folder + ":") != std::string::npos;
  return fmt::format(
      "in a shell, with a server and a bridge on this machine\n"
      "  {1} -a 127.0.0.1 & n=$!\n"
      "  {0} bridge --topic cam/front & b=$!; sleep 2\n"
      "  {0} bridge status; kill $b $n; wait $b $n\n"
      "  {0} bridge forget",
      called_as(), in_path ? "nats-server" : server_program_);
}

}  // namespace

int show_hosts(console& out, bool as_json) {
  hosts_demo all(out, as_json);
  return all.run();
}

}  // namespace coview::tool
