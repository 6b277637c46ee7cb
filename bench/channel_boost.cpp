// SPDX-License-Identifier: Apache-2.0
// Boost.Interprocess's message queue, and Boost.Lockfree's ring in shared memory.
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include "channel_contenders.hpp"

namespace bench {
namespace {

namespace bi = boost::interprocess;

class boost_queue {
 public:
  explicit boost_queue(std::string const& name)
      : name_(run_prefix() + name + std::to_string(::getpid())),
        queue_(bi::create_only, name_.c_str(), link_messages, message_size) {
    bi::message_queue::remove(name_.c_str());  // who is forked has it all the same
  }

  class sender {
   public:
    explicit sender(boost_queue& link) : queue_(link.queue_) {}
    void send(bytes_view bytes) { queue_.send(bytes.data(), bytes.size(), 0); }

   private:
    bi::message_queue& queue_;
  };
  class receiver {
   public:
    explicit receiver(boost_queue& link) : queue_(link.queue_) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) {
      message bytes;
      bi::message_queue::size_type size = 0;
      unsigned priority = 0;
      queue_.receive(bytes.data(), bytes.size(), size, priority);
      use(bytes_view(bytes).first(size));
    }

   private:
    bi::message_queue& queue_;
  };

 private:
  std::string name_;
  bi::message_queue queue_;
};

using lockfree_ring = boost::lockfree::spsc_queue<message, boost::lockfree::capacity<link_messages>>;

class boost_ring {
 public:
  class sender {
   public:
    explicit sender(boost_ring& link) : ring_(link.ring_) {}
    void send(bytes_view bytes) {
      message copy;
      std::copy(bytes.begin(), bytes.end(), copy.begin());
      while (!ring_.push(copy)) bare::relax();
    }

   private:
    lockfree_ring& ring_;
  };
  class receiver {
   public:
    explicit receiver(boost_ring& link) : ring_(link.ring_) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) {
      message bytes;
      while (!ring_.pop(bytes)) bare::relax();
      use(bytes_view(bytes));
    }

   private:
    lockfree_ring& ring_;
  };

 private:
  lockfree_ring ring_;
};

link_maker<boost_queue> new_queue() {
  return [](std::string const& name) { return std::make_shared<boost_queue>(name); };
}
std::shared_ptr<boost_ring> new_ring(std::string const& /*name*/) {
  return in_shared_memory<boost_ring>();
}

constexpr char const* queue_name = "Boost.Interprocess: message_queue";
constexpr char const* ring_name = "Boost.Lockfree: spsc_queue";

}  // namespace

void add_boost_one_way(group& g) {
  g.contenders.push_back(one_way<boost_ring>(ring_name, new_ring));
  g.contenders.push_back(one_way<boost_queue>(queue_name, new_queue()));
}

void add_boost_stream(group& g, std::uint32_t count) {
  constexpr std::uint32_t fewer = 10;
  g.contenders.push_back(stream<boost_ring>(ring_name, new_ring, count));
  g.contenders.push_back(scaled(stream<boost_queue>(queue_name, new_queue(), count / fewer), fewer));
}

}  // namespace bench
