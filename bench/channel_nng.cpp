// SPDX-License-Identifier: Apache-2.0
// nng's push and pull over ipc, a socket for each end, made in its own process.
#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>

#include "channel_contenders.hpp"

namespace bench {
namespace {

class nng_link {
 public:
  nng_link(root_directory const& root, std::string const& name)
      : address_("ipc://" + root.path() + "/" + name + std::to_string(::getpid())) {}

  class sender {
   public:
    explicit sender(nng_link const& link) {
      require(::nng_push0_open(&socket_));
      require(::nng_dial(socket_, link.address_.c_str(), nullptr, NNG_FLAG_NONBLOCK));  // tried again by itself
    }
    sender(sender const&) = delete;
    sender& operator=(sender const&) = delete;
    ~sender() { ::nng_close(socket_); }
    void send(bytes_view bytes) {
      require(::nng_send(socket_, const_cast<std::byte*>(bytes.data()), bytes.size(), 0));
    }

   private:
    ::nng_socket socket_{};
  };
  class receiver {
   public:
    explicit receiver(nng_link const& link) {
      require(::nng_pull0_open(&socket_));
      require(::nng_listen(socket_, link.address_.c_str(), nullptr, 0));
    }
    receiver(receiver const&) = delete;
    receiver& operator=(receiver const&) = delete;
    ~receiver() { ::nng_close(socket_); }
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) {
      message bytes;
      std::size_t size = bytes.size();
      require(::nng_recv(socket_, bytes.data(), &size, 0));
      use(bytes_view(bytes).first(size));
    }

   private:
    ::nng_socket socket_{};
  };

 private:
  static void require(int result) {
    if (result != 0) throw std::runtime_error(std::string("nng: ") + ::nng_strerror(result));
  }
  std::string address_;
};

link_maker<nng_link> links(root_directory const& root) {
  return [&root](std::string const& name) { return std::make_shared<nng_link>(root, name); };
}

constexpr char const* the_name = "nng: push, pull over ipc";
constexpr std::uint32_t few_turns = 10;

}  // namespace

void add_nng_one_way(group& g, root_directory const& root) {
  g.contenders.push_back(scaled(one_way<nng_link>(the_name, links(root), few_turns), one_way_turns / few_turns));
}

void add_nng_stream(group& g, root_directory const& root, std::uint32_t count) {
  constexpr std::uint32_t fewer = 100;
  g.contenders.push_back(scaled(stream<nng_link>(the_name, links(root), count / fewer), fewer));
}

}  // namespace bench
