// SPDX-License-Identifier: Apache-2.0
#include "bridge/nats_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>
#include <thread>

namespace coview_test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool listens(int port) {
  int const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto const address = loopback(port);
  bool const is_there = connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
  close(fd);
  return is_there;
}

}  // namespace

std::string const& nats_server_path() {
  static std::string const path = [] {
    if (auto const* const chosen = std::getenv("COVIEW_TEST_NATS_SERVER")) return std::string(chosen);
    for (auto const* each : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"}) {
      if (access(each, X_OK) == 0) return std::string(each);
    }
    return std::string();
  }();
  return path;
}

int free_port() {
  int const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(fd);
  return ntohs(address.sin_port);
}

nats_server::nats_server(std::string more, bool streams) : more_(std::move(more)), streams_(streams) {
  auto pattern = (std::filesystem::temp_directory_path() / "coview-nats-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for a server");
  folder_ = pattern;
  port_ = free_port();
  start();
}

nats_server::~nats_server() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string nats_server::url(std::string const& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port_);
}

void nats_server::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void nats_server::start() {
  auto const configuration = folder_ / "server.conf";
  {
    std::ofstream to(configuration);
    to << "listen: \"127.0.0.1:" << port_ << "\"\n";
    if (streams_) to << "jetstream { store_dir: \"" << (folder_ / "store").string() << "\" }\n";
    to << more_ << '\n';
  }
  auto const log = (folder_ / "log").string();
  auto const& path = nats_server_path();
  auto const file = configuration.string();
  auto const parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    int const fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execl(path.c_str(), path.c_str(), "-c", file.c_str(), nullptr);
    _exit(127);
  }
  using clock = std::chrono::steady_clock;
  auto const until = clock::now() + std::chrono::seconds(20);
  while (!listens(port_)) {
    int status = 0;
    if (clock::now() > until || waitpid(pid_, &status, WNOHANG) == pid_) {
      std::ifstream said(log);
      throw std::runtime_error("the server did not start: " + std::string(std::istreambuf_iterator<char>(said), {}));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace coview_test
