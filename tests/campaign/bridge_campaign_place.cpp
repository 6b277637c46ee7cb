// SPDX-License-Identifier: Apache-2.0
// Hosts, wires and servers of the campaign for bridges.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>

#include "bridge/nats_server.hpp"
#include "bridge_campaign.hpp"

namespace bridge_campaign {
namespace {

namespace fs = std::filesystem;

char const* find_program(char const* name) {
  static thread_local std::string path;
  for (auto const* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
    path = std::string(folder) + name;
    if (::access(path.c_str(), X_OK) == 0) return path.c_str();
  }
  return nullptr;
}

/// A child that goes with this process.
pid_t fork_bound() {
  std::fflush(stdout);
  auto const parent = ::getpid();
  pid_t const made = ::fork();
  if (made == -1) throw std::runtime_error("fork");
  if (made != 0) return made;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::setpgid(0, 0);  // Ctrl-C is for the campaign, which ends its children
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  return 0;
}

}  // namespace

void end(pid_t& which) {
  if (which <= 0) return;
  ::kill(which, SIGKILL);
  while (::waitpid(which, nullptr, 0) < 0 && errno == EINTR) continue;
  which = -1;
}

place::place(bool wanted) {
  auto pattern = (fs::temp_directory_path() / "coview-campaign-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder");
  folder_ = pattern;
  objects_ = "/dev/shm/coview-campaign-XXXXXX";
  if (::mkdtemp(objects_.data()) == nullptr) throw std::runtime_error("no folder for objects");
  for (std::size_t i = 0; i < hosts; ++i) fs::create_directory(fs::path(objects_) / std::to_string(i));
  if (wanted && ::geteuid() == 0 && find_program("ip") != nullptr) join();
  for (std::size_t i = 0; i < hosts; ++i) {
    ports_.at(i) = apart_ ? 4222 : coview_test::free_port();
    cluster_ports_.at(i) = apart_ ? 6222 : coview_test::free_port();
  }
}

place::~place() {
  for (int const each : networks_) ::close(each);
  ::close(hub_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove_all(objects_, ignored);
}

/// Runs ip(8) or tc(8) in a network with these lines.
bool place::tell(int network, char const* program, std::string const& lines) const {
  auto const* const path = find_program(program);
  if (path == nullptr) return false;
  int const text = ::memfd_create("lines", MFD_CLOEXEC);
  bool const written = ::write(text, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  ::lseek(text, 0, SEEK_SET);
  pid_t const run = fork_bound();
  if (run == 0) {
    int const nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (!written || ::setns(network, CLONE_NEWNET) != 0) ::_exit(1);
    ::dup2(text, STDIN_FILENO);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl(path, path, "-batch", "-", nullptr);
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(run, &status, 0) < 0 && errno == EINTR) continue;
  ::close(text);
  return status == 0;
}

/// Namespaces without a name, which go with the campaign, and a bridge in one of them that joins the others.
void place::join() {
  auto const now = [] { return ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC); };
  int const before = now();
  bool made = true;
  auto const make = [&](int& to) {
    made = made && ::unshare(CLONE_NEWNET) == 0;
    if (made) to = now();
  };
  make(hub_);
  for (auto& each : networks_) make(each);
  if (::setns(before, CLONE_NEWNET) != 0) throw std::runtime_error("setns");
  ::close(before);
  if (!made) return;
  std::string lines = "link set lo up\nlink add joint type bridge\nlink set joint up\n";
  for (std::size_t i = 0; i < hosts; ++i) {
    auto const wire = "host" + std::to_string(i);
    lines += "link add " + wire + " type veth peer name wire netns /proc/" + std::to_string(::getpid()) + "/fd/" +
             std::to_string(networks_.at(i)) + "\nlink set " + wire + " master joint\nlink set " + wire + " up\n";
  }
  apart_ = tell(hub_, "ip", lines);
  for (std::size_t i = 0; i < hosts && apart_; ++i) {
    apart_ =
        tell(networks_.at(i), "ip",
             "link set lo up\naddress add 10.78.0." + std::to_string(i + 1) + "/24 dev wire\nlink set wire up\n");
  }
}

std::string place::address(std::size_t host) const {
  return apart_ ? "10.78.0." + std::to_string(host + 1) : "127.0.0.1";
}

std::string place::servers(std::size_t host) const {
  std::string all;
  for (std::size_t i = 0; i < hosts; ++i) {
    auto const which = (host + i) % hosts;
    all += (all.empty() ? "nats://" : ",nats://") + address(which) + ":" + std::to_string(client_port(which));
  }
  return all;
}

void place::enter(std::size_t host) const {
  if (apart_ && ::setns(networks_.at(host), CLONE_NEWNET) != 0) ::_exit(1);
  ::setenv("COVIEW_ROOT", (fs::path(objects_) / std::to_string(host)).c_str(), 1);
}

pid_t place::run(std::size_t host, std::function<void()> const& what, std::atomic<std::uint32_t>& faults) const {
  pid_t const made = fork_bound();
  if (made != 0) return made;
  enter(host);
  try {
    what();
  } catch (std::exception const& e) {
    ++faults;
    std::printf("a process of host %zu failed: %s\n", host, e.what());
  }
  std::fflush(stdout);
  ::_exit(0);
}

pid_t place::start_server(std::size_t host) const {
  auto const own = folder_ / ("server-" + std::to_string(host));
  fs::create_directory(own);
  auto const configuration = (own / "conf").string();
  {
    std::ofstream to(configuration);
    to << "server_name: \"n" << host << "\"\nlisten: \"" << address(host) << ':' << client_port(host) << "\"\n"
       << "jetstream { store_dir: \"" << (own / "store").string() << "\", max_file_store: 2G }\n"
       << "cluster { name: \"three\", listen: \"" << address(host) << ':' << cluster_ports_.at(host)
       << "\", no_advertise: true, routes: [";
    for (std::size_t i = 0; i < hosts; ++i) {
      if (i != host) to << "\"nats://" << address(i) << ':' << cluster_ports_.at(i) << "\", ";
    }
    to << "] }\n";
  }
  auto const log = (own / "log").string();
  auto const& path = coview_test::nats_server_path();
  pid_t const made = fork_bound();
  if (made != 0) return made;
  enter(host);
  int const to = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(to, STDOUT_FILENO);
  ::dup2(to, STDERR_FILENO);
  ::execl(path.c_str(), path.c_str(), "-c", configuration.c_str(), nullptr);
  ::_exit(127);
}

bool place::wire(std::size_t host, bool up) const {
  return apart_ && tell(hub_, "ip", "link set host" + std::to_string(host) + (up ? " up\n" : " down\n"));
}

bool place::delay(std::size_t host, unsigned milliseconds) const {
  if (!apart_) return false;
  if (milliseconds == 0) return tell(networks_.at(host), "tc", "qdisc delete dev wire root\n");
  auto const time = std::to_string(milliseconds);
  return tell(networks_.at(host), "tc",
              "qdisc replace dev wire root netem delay " + time + "ms " + std::to_string(milliseconds / 4 + 1) +
                  "ms loss 1%\n");
}

}  // namespace bridge_campaign
