// SPDX-License-Identifier: Apache-2.0
// coview's channels, as their users write them.
#include <csignal>
#include <optional>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel_contenders.hpp"

namespace bench {
namespace {

/// Each contender has its own process, so the process that makes the link is in the name. It keeps it open; each end
/// opens it by itself.
class queue_link {
 public:
  queue_link(root_directory const& root, std::string const& name, std::uint64_t capacity)
      : root_(root),
        name_(name + "." + std::to_string(::getpid())),
        held_((root.enter(), coview::queue::create(name_, {.capacity = capacity}))) {}

  class sender {
   public:
    explicit sender(queue_link& link) : queue_(link.open()) {}
    void send(bytes_view bytes) { queue_.send(bytes); }
    void send_many(bytes_view bytes, std::size_t count) {
      if (count == 1) {
        queue_.send(bytes);
        return;
      }
      std::vector<bytes_view> const all(count, bytes);
      queue_.send_many(all);
    }
    [[nodiscard]] auto loan(std::size_t size) { return queue_.loan(size); }

   private:
    coview::queue queue_;
  };

  class receiver {
   public:
    explicit receiver(queue_link& link) : queue_(link.open()) {}
    template <class Use>
    void receive(std::size_t most, Use&& use) {
      if (most == 1) {
        if (auto const one = queue_.receive()) use(one->bytes());
        return;
      }
      if (messages_.size() < most) messages_ = std::vector<coview::queue_message>(most);
      auto const count = queue_.receive_many(messages_);
      for (std::size_t i = 0; i < count; ++i) {
        use(messages_[i].bytes());
        messages_[i].release();
      }
    }

   private:
    coview::queue queue_;
    std::vector<coview::queue_message> messages_;
  };

 private:
  [[nodiscard]] coview::queue open() const {
    root_.enter();
    return coview::queue::open(name_);
  }
  root_directory const& root_;
  std::string name_;
  coview::queue held_;
};

template <coview::slow Slow>
class topic_link {
 public:
  topic_link(root_directory const& root, std::string const& name, std::uint64_t capacity)
      : root_(root),
        name_(name + "." + std::to_string(::getpid())),
        held_((root.enter(), coview::topic::create(name_, {.capacity = capacity, .subscribers_may_block = true}))) {}

  class sender {
   public:
    explicit sender(topic_link& link) : publisher_(link.open().publisher()) {}
    void send(bytes_view bytes) { publisher_.publish(bytes); }
    [[nodiscard]] auto loan(std::size_t size) { return publisher_.loan(size); }

   private:
    coview::publisher publisher_;
  };

  class receiver {
   public:
    explicit receiver(topic_link& link) : subscription_(link.open().subscribe({.slow = Slow})) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) {
      if (auto const one = subscription_.receive()) {
        // What was lost was sent as well.
        for (std::uint64_t i = 0; i <= one->lost(); ++i) use(one->bytes());
      }
    }

   private:
    coview::subscription subscription_;
  };

 private:
  [[nodiscard]] coview::topic open() const {
    root_.enter();
    return coview::topic::open(name_);
  }
  root_directory const& root_;
  std::string name_;
  coview::topic held_;
};

using lossless_topic = topic_link<coview::slow::blocks>;
using lossy_topic = topic_link<coview::slow::lags>;

/// Of so many messages of 64 bytes: a topic has half as many places as units.
template <class Link>
link_maker<Link> small(root_directory const& root, std::uint64_t factor = 1) {
  return [=, &root](std::string const& name) {
    return std::make_shared<Link>(root, name, factor * link_messages * message_size);
  };
}

template <class Link>
link_maker<Link> large(root_directory const& root, std::size_t size) {
  constexpr std::size_t places = 16;
  return [=, &root](std::string const& name) { return std::make_shared<Link>(root, name, places * size); };
}

/// Loans are filled by somebody else, say a camera: only the first byte is written here.
template <class Link>
class in_place : public Link {
 public:
  static inline std::size_t size = 0;
  using Link::Link;
  class sender : public Link::sender {
   public:
    explicit sender(in_place& link) : Link::sender(link) {}
    void send(bytes_view bytes) {
      auto slot = this->loan(size);
      *slot->data() = bytes.front();
      slot->publish();
    }
  };
};

template <class Link>
contender through(std::string name, root_directory const& root, std::size_t size) {
  auto const make = large<in_place<Link>>(root, size);
  return one_way<in_place<Link>>(std::move(name) + ", " + std::to_string(size / 1024) + " KiB in place",
                                 [=](std::string const& link_name) {
                                   in_place<Link>::size = size;
                                   return make(link_name);
                                 });
}

/// The sender's time alone: whoever receives does so meanwhile, on the other processor.
template <class Link>
contender copied(std::string name, root_directory const& root, std::size_t size) {
  auto const make = large<Link>(root, size);
  return {std::move(name), [=]() -> operation {
            choose(spinning::adaptive);
            auto link = make("copied");
            auto receiving = std::make_shared<partner>([=] {
              typename Link::receiver from(*link);
              for (;;) from.receive(1, look_at);
            });
            auto to = std::make_shared<typename Link::sender>(*link);
            return [=, bytes = std::vector<std::byte>(size)] {
              keep(receiving);
              keep(link);
              to->send(bytes);
            };
          }};
}

struct crowd_board {
  starting_line line;
  alignas(128) bare::word finished;  // receivers that have had their share
};

}  // namespace

void add_our_one_way(group& g, root_directory const& root) {
  g.contenders.push_back(one_way<queue_link>("coview::queue", small<queue_link>(root)));
  g.contenders.push_back(one_way<lossy_topic>("coview::topic", small<lossy_topic>(root)));
}

void add_our_stream(group& g, root_directory const& root, std::uint32_t count) {
  g.contenders.push_back(stream<queue_link>("coview::queue", small<queue_link>(root), count));
  g.contenders.push_back(stream<lossless_topic>("coview::topic, blocks", small<lossless_topic>(root, 2), count));
  g.contenders.push_back(stream<lossy_topic>("coview::topic, lags", small<lossy_topic>(root, 2), count));
}

void add_our_batches(group& g, root_directory const& root, std::uint32_t count, std::size_t batch) {
  g.contenders.push_back(
      stream<queue_link>("coview::queue, send_many and receive_many", small<queue_link>(root), count, batch));
}

void add_our_in_place(group& g, root_directory const& root, std::size_t size) {
  g.contenders.push_back(through<queue_link>("coview::queue", root, size));
  g.contenders.push_back(through<lossy_topic>("coview::topic", root, size));
}

void add_our_copies(group& g, root_directory const& root, std::size_t size) {
  g.contenders.push_back(copied<queue_link>("coview::queue, send", root, size));
  g.contenders.push_back(copied<lossy_topic>("coview::topic, publish", root, size));
}

void add_our_crowd(group& g, root_directory const& root, std::uint32_t each, std::uint32_t count) {
  auto const make = small<queue_link>(root);
  auto const prepare = [=]() -> timed_operation {
    choose(spinning::adaptive);
    auto link = make("crowd");
    auto board = in_shared_memory<crowd_board>();
    std::vector<std::shared_ptr<partner>> all;
    auto const share = count / each;
    for (std::uint32_t i = 0; i < each; ++i) {
      // A sender and a receiver of each pair on different processors, and on each processor as many of each.
      int const cpu = i % 2 == 0 ? cpus().mine : cpus().other;
      int const opposite = i % 2 == 0 ? cpus().other : cpus().mine;
      all.push_back(std::make_shared<partner>([=] {
        pin(cpu);
        queue_link::sender to(*link);
        message const bytes{};
        for (std::uint32_t turn = 0;;) {
          board->line.await(turn);
          for (std::uint32_t n = 0; n < share; ++n) to.send(bytes);
        }
      }));
      all.push_back(std::make_shared<partner>([=] {
        pin(opposite);
        queue_link::receiver from(*link);
        for (std::uint32_t turn = 0;;) {
          board->line.await(turn);
          for (std::uint32_t n = 0; n < share; ++n) from.receive(1, look_at);
          board->finished.value.fetch_add(1);
          board->finished.wake_one();
        }
      }));
    }
    return [=] {
      keep(all);
      keep(link);
      board->finished.value.store(0);
      board->line.start(2 * each);
      auto const begin = std::chrono::steady_clock::now();
      for (std::uint32_t now = 0; now != each; now = board->finished.value.load()) board->finished.sleep_while(now);
      return since(begin);
    };
  };
  g.contenders.push_back({"coview::queue, " + std::to_string(each) + " to " + std::to_string(each), {}, prepare});
}

void add_our_subscribers(group& g, root_directory const& root, std::uint32_t subscribers, std::uint32_t count,
                         subscribers_are how) {
  auto const make = small<lossy_topic>(root, 2);
  auto const prepare = [=]() -> timed_operation {
    choose(spinning::adaptive);
    auto link = make("subscribers");
    auto line = in_shared_memory<starting_line>();
    std::vector<std::shared_ptr<partner>> all;
    for (std::uint32_t i = 0; i < subscribers; ++i) {
      all.push_back(std::make_shared<partner>([=] {
        lossy_topic::receiver from(*link);
        line->arrive();
        for (;;) from.receive(1, look_at);
      }));
    }
    line->await_arrivals(subscribers);
    if (how == subscribers_are::stopped) {
      for (auto const& one : all) ::kill(one->pid(), SIGSTOP);
    }
    auto to = std::make_shared<lossy_topic::sender>(*link);
    return [=] {
      keep(all);
      keep(link);
      message const bytes{};
      auto const begin = std::chrono::steady_clock::now();
      for (std::uint32_t i = 0; i < count; ++i) to->send(bytes);
      return since(begin);
    };
  };
  g.contenders.push_back({std::to_string(subscribers) + (subscribers == 1 ? " subscriber" : " subscribers") +
                              (how == subscribers_are::stopped ? ", stopped" : ""),
                          {},
                          prepare});
}

}  // namespace bench
