// SPDX-License-Identifier: Apache-2.0
// The least that is possible between one sender and one receiver that never sleep, never die and know one another.
#include <algorithm>
#include <cstring>

#include "channel_contenders.hpp"

namespace bench {
namespace {

constexpr std::size_t apart = 128;

/// A ring whose ends tell each other how far they are, and keep what they were told last.
class index_ring {
 public:
  class sender {
   public:
    explicit sender(index_ring& ring) : ring_(ring) {}
    void send(bytes_view bytes) { send_many(bytes, 1); }
    /// Published together.
    void send_many(bytes_view bytes, std::size_t count) {
      while (ring_.tail_ + count - known_head_ > link_messages) {
        known_head_ = ring_.head_.load(std::memory_order_acquire);
        if (ring_.tail_ + count - known_head_ > link_messages) bare::relax();
      }
      auto const tail = ring_.tail_.load(std::memory_order_relaxed);
      for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(ring_.slots_[(tail + i) % link_messages].data(), bytes.data(), message_size);
      }
      ring_.tail_.store(tail + count, std::memory_order_release);
    }

   private:
    index_ring& ring_;
    std::uint64_t known_head_ = 0;
  };

  class receiver {
   public:
    explicit receiver(index_ring& ring) : ring_(ring) {}
    template <class Use>
    void receive(std::size_t most, Use&& use) {
      auto const head = ring_.head_.load(std::memory_order_relaxed);
      while (known_tail_ == head) {
        known_tail_ = ring_.tail_.load(std::memory_order_acquire);
        if (known_tail_ == head) bare::relax();
      }
      auto const count = std::min<std::uint64_t>(most, known_tail_ - head);
      for (std::uint64_t i = 0; i < count; ++i) use(bytes_view(ring_.slots_[(head + i) % link_messages]));
      ring_.head_.store(head + count, std::memory_order_release);
    }

   private:
    index_ring& ring_;
    std::uint64_t known_tail_ = 0;
  };

 private:
  alignas(apart) std::atomic<std::uint64_t> tail_{0};
  alignas(apart) std::atomic<std::uint64_t> head_{0};
  alignas(apart) std::array<message, link_messages> slots_{};
};

/// A ring whose slots say themselves whether they are full: there is nothing else to look at.
class slot_ring {
 public:
  class sender {
   public:
    explicit sender(slot_ring& ring) : ring_(ring) {}
    void send(bytes_view bytes) {
      auto& slot = ring_.slots_[position_++ % link_messages];
      while (slot.full.load(std::memory_order_acquire) != 0) bare::relax();
      std::memcpy(slot.bytes.data(), bytes.data(), message_size);
      slot.full.store(1, std::memory_order_release);
    }

   private:
    slot_ring& ring_;
    std::uint64_t position_ = 0;
  };

  class receiver {
   public:
    explicit receiver(slot_ring& ring) : ring_(ring) {}
    template <class Use>
    void receive(std::size_t /*most*/, Use&& use) {
      auto& slot = ring_.slots_[position_++ % link_messages];
      while (slot.full.load(std::memory_order_acquire) == 0) bare::relax();
      use(bytes_view(slot.bytes));
      slot.full.store(0, std::memory_order_release);
    }

   private:
    slot_ring& ring_;
    std::uint64_t position_ = 0;
  };

 private:
  struct slot {
    std::atomic<std::uint64_t> full{0};
    message bytes;
  };
  alignas(apart) std::array<slot, link_messages> slots_{};
};

template <class Ring>
std::shared_ptr<Ring> ring(std::string const& /*name*/) {
  return in_shared_memory<Ring>();
}

constexpr char const* index_name = "bare ring, index";
constexpr char const* slot_name = "bare ring, slots";

}  // namespace

void add_bare_one_way(group& g) {
  g.contenders.push_back(one_way<slot_ring>(slot_name, ring<slot_ring>));
  g.contenders.push_back(one_way<index_ring>(index_name, ring<index_ring>));
}

void add_bare_stream(group& g, std::uint32_t count) {
  g.contenders.push_back(stream<slot_ring>(slot_name, ring<slot_ring>, count));
  g.contenders.push_back(stream<index_ring>(index_name, ring<index_ring>, count));
}

void add_bare_batches(group& g, std::uint32_t count, std::size_t batch) {
  g.contenders.push_back(stream<index_ring>(index_name, ring<index_ring>, count, batch));
}

void add_bare_in_place(group& g, std::size_t size) {
  g.contenders.push_back(one_way<slot_ring>(
      std::string(slot_name) + ", a position of " + std::to_string(size / 1024) + " KiB", ring<slot_ring>));
}

/// From private memory to shared memory, of which there is as much as a channel has.
void add_memcpy(group& g, std::size_t size) {
  constexpr std::size_t places = 16;
  g.contenders.push_back(
      {"memcpy to shared memory", [=]() -> operation {
         auto const length = size * places;
         void* const memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
         if (memory == MAP_FAILED) throw std::runtime_error("no memory");
         std::memset(memory, 0, length);
         return [=, from = std::vector<std::byte>(size), turn = std::size_t{0}]() mutable {
           std::memcpy(static_cast<std::byte*>(memory) + turn++ % places * size, from.data(), size);
           keep(memory);
         };
       }});
}

}  // namespace bench
