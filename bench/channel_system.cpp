// SPDX-License-Identifier: Apache-2.0
// What the system has for messages: pipes, sockets, POSIX message queues.
#include <mqueue.h>
#include <sys/socket.h>

#include "channel_contenders.hpp"

namespace bench {
namespace {

/// Two descriptors, from which messages come as they were written.
class descriptor_link {
 public:
  descriptor_link(int read_end, int write_end) : read_end_(read_end), write_end_(write_end) {}
  ~descriptor_link() {
    ::close(read_end_);
    ::close(write_end_);
  }
  descriptor_link(descriptor_link const&) = delete;
  descriptor_link& operator=(descriptor_link const&) = delete;

  class sender {
   public:
    explicit sender(descriptor_link& link) : fd_(link.write_end_) {}
    void send(bytes_view bytes) const {
      if (::write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("write");
    }

   private:
    int fd_;
  };
  class receiver {
   public:
    explicit receiver(descriptor_link& link) : fd_(link.read_end_) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) const {
      message bytes;
      if (::read(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("read");
      use(bytes_view(bytes));
    }

   private:
    int fd_;
  };

 private:
  int read_end_;
  int write_end_;
};

std::shared_ptr<descriptor_link> new_pipe(std::string const& /*name*/) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  return std::make_shared<descriptor_link>(ends[0], ends[1]);
}

std::shared_ptr<descriptor_link> new_socket(std::string const& /*name*/) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) != 0) throw std::runtime_error("no socket");
  return std::make_shared<descriptor_link>(ends[0], ends[1]);
}

class posix_queue {
 public:
  posix_queue() {
    std::string const name = "/coview-bench." + std::to_string(::getpid());
    ::mq_attr sizes{};
    sizes.mq_maxmsg = 10;  // the most that everybody may have
    sizes.mq_msgsize = message_size;
    queue_ = ::mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, &sizes);
    if (queue_ == -1) throw std::runtime_error("no POSIX message queue");
    ::mq_unlink(name.c_str());
  }
  ~posix_queue() { ::mq_close(queue_); }
  posix_queue(posix_queue const&) = delete;
  posix_queue& operator=(posix_queue const&) = delete;

  class sender {
   public:
    explicit sender(posix_queue& link) : queue_(link.queue_) {}
    void send(bytes_view bytes) const {
      if (::mq_send(queue_, reinterpret_cast<char const*>(bytes.data()), bytes.size(), 0) != 0)
        throw std::runtime_error("mq_send");
    }

   private:
    ::mqd_t queue_;
  };
  class receiver {
   public:
    explicit receiver(posix_queue& link) : queue_(link.queue_) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) const {
      message bytes;
      if (::mq_receive(queue_, reinterpret_cast<char*>(bytes.data()), bytes.size(), nullptr) < 0)
        throw std::runtime_error("mq_receive");
      use(bytes_view(bytes));
    }

   private:
    ::mqd_t queue_;
  };

 private:
  ::mqd_t queue_;
};

std::shared_ptr<posix_queue> new_posix_queue(std::string const& /*name*/) {
  return std::make_shared<posix_queue>();
}

constexpr std::uint32_t few_turns = 10;

}  // namespace

void add_system_one_way(group& g) {
  g.contenders.push_back(scaled(one_way<descriptor_link>("pipe", new_pipe, few_turns), one_way_turns / few_turns));
  g.contenders.push_back(
      scaled(one_way<descriptor_link>("Unix socket", new_socket, few_turns), one_way_turns / few_turns));
  g.contenders.push_back(
      scaled(one_way<posix_queue>("POSIX message queue", new_posix_queue, few_turns), one_way_turns / few_turns));
}

void add_system_stream(group& g, std::uint32_t count) {
  constexpr std::uint32_t fewer = 10;
  g.contenders.push_back(scaled(stream<descriptor_link>("pipe", new_pipe, count / fewer), fewer));
  g.contenders.push_back(scaled(stream<descriptor_link>("Unix socket", new_socket, count / fewer), fewer));
  g.contenders.push_back(scaled(stream<posix_queue>("POSIX message queue", new_posix_queue, count / fewer), fewer));
}

}  // namespace bench
