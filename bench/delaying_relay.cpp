// SPDX-License-Identifier: Apache-2.0
#include "delaying_relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

using clock_type = std::chrono::steady_clock;

int checked(int result, char const* what) {
  if (result < 0) throw std::runtime_error(std::string("cannot ") + what + " for a relay");
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void send_at_once(int socket) {
  int const yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
}

/// What goes from one socket to the other.
class one_way {
 public:
  one_way(int from, int to, std::chrono::microseconds delay) : from_(from), to_(to), delay_(delay) {}

  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// When something is due; far in the future where nothing is on its way.
  [[nodiscard]] clock_type::time_point due() const noexcept {
    return on_the_way_.empty() ? clock_type::time_point::max() : on_the_way_.front().due;
  }
  void take_what_came() {
    std::array<char, 65536> some;
    auto const count = ::recv(from_, some.data(), some.size(), 0);
    if (count > 0) {
      on_the_way_.push_back({clock_type::now() + delay_, {some.begin(), some.begin() + count}});
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      ended_ = true;
    }
  }
  void hand_over_what_is_due() {
    while (!on_the_way_.empty() && on_the_way_.front().due <= clock_type::now()) {
      auto& bytes = on_the_way_.front().bytes;
      auto const count = ::send(to_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        // Whoever reads makes room.
        on_the_way_.front().due = clock_type::now() + std::chrono::microseconds(100);
        return;
      }
      if (count < 0) {
        ended_ = true;
        return;
      }
      bytes.erase(bytes.begin(), bytes.begin() + count);
      if (bytes.empty()) on_the_way_.pop_front();
    }
  }

 private:
  struct piece {
    clock_type::time_point due;
    std::vector<char> bytes;
  };
  int from_, to_;
  std::chrono::microseconds delay_;
  std::deque<piece> on_the_way_;
  bool ended_ = false;
};

struct pair_of_sockets {
  pair_of_sockets(int of_client, int of_server, std::chrono::microseconds delay)
      : client(of_client), server(of_server), in(client, server, delay), out(server, client, delay) {}
  pair_of_sockets(pair_of_sockets const&) = delete;
  pair_of_sockets& operator=(pair_of_sockets const&) = delete;
  ~pair_of_sockets() {
    ::close(client);
    ::close(server);
  }
  int client, server;
  one_way in, out;
};

[[noreturn]] void relay(int listener, std::uint16_t port, std::chrono::microseconds delay) {
  std::list<pair_of_sockets> pairs;
  for (;;) {
    std::vector<pollfd> wanted = {{listener, POLLIN, 0}};
    auto next = clock_type::now() + std::chrono::seconds(1);
    for (auto const& each : pairs) {
      wanted.push_back({each.client, POLLIN, 0});
      wanted.push_back({each.server, POLLIN, 0});
      next = std::min({next, each.in.due(), each.out.due()});
    }
    auto const left = std::max<std::int64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(next - clock_type::now()).count(), 0);
    constexpr std::int64_t second = 1'000'000'000;
    timespec const time{left / second, left % second};
    if (::ppoll(wanted.data(), wanted.size(), &time, nullptr) < 0 && errno != EINTR) std::abort();
    std::size_t i = 1;
    for (auto& each : pairs) {
      if (wanted[i++].revents != 0) each.in.take_what_came();
      if (wanted[i++].revents != 0) each.out.take_what_came();
      each.in.hand_over_what_is_due();
      each.out.hand_over_what_is_due();
    }
    pairs.remove_if([](auto const& each) { return each.in.ended() || each.out.ended(); });
    if (wanted[0].revents == 0) continue;
    int const client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    int const server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto const address = loopback(port);
    if (client < 0 || server < 0 || ::connect(server, reinterpret_cast<sockaddr const*>(&address), sizeof address)) {
      ::close(client);
      ::close(server);
      continue;
    }
    send_at_once(client);
    send_at_once(server);
    pairs.emplace_back(client, server, delay);
  }
}

}  // namespace

delaying_relay::delaying_relay(std::string const& url, std::chrono::microseconds delay) {
  int const listener = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket");
  auto address = loopback(0);
  socklen_t length = sizeof address;
  checked(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), "find a port");
  checked(::listen(listener, 16), "listen");
  checked(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), "tell the port");
  auto const port = static_cast<std::uint16_t>(std::atoi(url.c_str() + url.rfind(':') + 1));
  url_ = "nats://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  process_ = std::make_unique<partner>([=] { relay(listener, port, delay); });
  ::close(listener);
}

}  // namespace bench
