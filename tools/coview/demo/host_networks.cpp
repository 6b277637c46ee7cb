// SPDX-License-Identifier: Apache-2.0
#include "demo/host_networks.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <system_error>

#include "demo/demo_place.hpp"
#include "shared/exit_code.hpp"

namespace coview::tool {

namespace {

constexpr char const* own_network = "/proc/self/ns/net";

os::unique_fd network_now() {
  return os::unique_fd(::open(own_network, O_RDONLY | O_CLOEXEC));
}

/// Of iproute2, or empty.
std::string find_ip() {
  for (auto const* each : {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"}) {
    if (::access(each, X_OK) == 0) return each;
  }
  return {};
}

/// Has a network set up by what ip(8) would be told there.
bool set_up(std::string const& ip, int network, std::string const& lines, sigset_t const& signals) {
  os::unique_fd const text(memfd_create("coview-demo-network", MFD_CLOEXEC));
  if (!text || ::write(text.get(), lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()) ||
      ::lseek(text.get(), 0, SEEK_SET) != 0) {
    return false;
  }
  os::unique_fd const nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  demo_process run({ip, "-batch", "-"}, signals, {.network = network},
                   {.input = text.get(), .output = nowhere.get()});
  return run.wait() == 0;
}

}  // namespace

host_networks::host_networks(sigset_t const& signals) {
  auto const ip = find_ip();
  if (geteuid() != 0) {
    refusal_ = "network namespaces are root's to make";
  } else if (ip.empty()) {
    refusal_ = "there is no ip(8) here: apt install iproute2";
  } else {
    join(signals);
  }
}

void host_networks::join(sigset_t const& signals) {
  auto const before = network_now();
  os::unique_fd server;
  std::array<os::unique_fd, demo_hosts> hosts;
  bool made = static_cast<bool>(before);
  auto const make = [&](os::unique_fd& to) {
    made = made && ::unshare(CLONE_NEWNET) == 0;
    if (made) to = network_now();
    made = made && to;
  };
  make(server);
  for (auto& each : hosts) make(each);
  int const error = errno;
  if (before && ::setns(before.get(), CLONE_NEWNET) != 0) {
    throw failure(exit_failed, "cannot go back to the network that this process had");
  }
  if (!made) {
    refusal_ = std::string("this kernel or container makes no network namespaces: ") + std::strerror(error);
    return;
  }
  auto const ip = find_ip();
  auto const self = getpid();
  std::string wires = "link set lo up\n";
  for (std::size_t i = 0; i < demo_hosts; ++i) {
    wires += fmt::format("link add host{0} type veth peer name wire netns /proc/{1}/fd/{2}\n", i + 1, self,
                         hosts.at(i).get());
    wires += fmt::format("address add 10.77.{0}.1/24 dev host{0}\nlink set host{0} up\n", i + 1);
  }
  bool joined = set_up(ip, server.get(), wires, signals);
  for (std::size_t i = 0; i < demo_hosts && joined; ++i) {
    joined =
        set_up(ip, hosts.at(i).get(),
               fmt::format("link set lo up\naddress add 10.77.{}.2/24 dev wire\nlink set wire up\n", i + 1), signals);
  }
  if (!joined) {
    refusal_ = "ip(8) could not join the network namespaces";
    return;
  }
  server_ = std::move(server);
  hosts_ = std::move(hosts);
}

std::string host_networks::address(std::size_t host) const {
  return apart() ? fmt::format("10.77.{}.2", host + 1) : "127.0.0.1";
}

std::string host_networks::server_address(std::size_t host) const {
  return apart() ? fmt::format("10.77.{}.1", host + 1) : "127.0.0.1";
}

}  // namespace coview::tool
