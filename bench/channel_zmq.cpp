// SPDX-License-Identifier: Apache-2.0
// ZeroMQ's PUSH and PULL over ipc, a context and a socket for each end, made in its own process.
#include <zmq.h>

#include "channel_contenders.hpp"

namespace bench {
namespace {

class zmq_link {
 public:
  zmq_link(root_directory const& root, std::string const& name)
      : address_("ipc://" + root.path() + "/" + name + std::to_string(::getpid())) {}

  class end {
   public:
    end(zmq_link const& link, int kind) : context_(::zmq_ctx_new()), socket_(::zmq_socket(context_, kind)) {
      int const result = kind == ZMQ_PULL ? ::zmq_bind(socket_, link.address_.c_str())
                                          : ::zmq_connect(socket_, link.address_.c_str());
      if (result != 0) throw std::runtime_error("zmq: " + link.address_);
    }
    end(end const&) = delete;
    end& operator=(end const&) = delete;
    ~end() {
      int const at_once = 0;
      ::zmq_setsockopt(socket_, ZMQ_LINGER, &at_once, sizeof at_once);
      ::zmq_close(socket_);
      ::zmq_ctx_term(context_);
    }

   protected:
    void* context_;
    void* socket_;
  };

  class sender : end {
   public:
    explicit sender(zmq_link const& link) : end(link, ZMQ_PUSH) {}
    void send(bytes_view bytes) {
      if (::zmq_send(socket_, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("zmq_send");
    }
  };
  class receiver : end {
   public:
    explicit receiver(zmq_link const& link) : end(link, ZMQ_PULL) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) {
      message bytes;
      if (::zmq_recv(socket_, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("zmq_recv");
      use(bytes_view(bytes));
    }
  };

 private:
  std::string address_;
};

link_maker<zmq_link> links(root_directory const& root) {
  return [&root](std::string const& name) { return std::make_shared<zmq_link>(root, name); };
}

constexpr char const* the_name = "ZeroMQ: PUSH, PULL over ipc";
constexpr std::uint32_t few_turns = 10;

}  // namespace

void add_zmq_one_way(group& g, root_directory const& root) {
  g.contenders.push_back(scaled(one_way<zmq_link>(the_name, links(root), few_turns), one_way_turns / few_turns));
}

void add_zmq_stream(group& g, root_directory const& root, std::uint32_t count) {
  constexpr std::uint32_t fewer = 10;
  g.contenders.push_back(scaled(stream<zmq_link>(the_name, links(root), count / fewer), fewer));
}

}  // namespace bench
