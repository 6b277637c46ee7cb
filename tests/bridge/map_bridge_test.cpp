// SPDX-License-Identifier: Apache-2.0
// Mappings over a key and pages: whole states, on every host, whatever was down meanwhile.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "bridge/host.hpp"
#include "bridge/map_carrier.hpp"

namespace coview {
namespace {

using namespace coview_test;

constexpr std::size_t board_size = 300000;

bridge_options board(nats_server const& server, direction way, guard how = guard::none) {
  return bridge_for(server, {.what = carried::mapping,
                             .name = "Board",
                             .way = way,
                             .guard = how,
                             .guarded_by = how == guard::mutex ? "board lock" : "",
                             .every = std::chrono::milliseconds(5)});
}

/// Writes what it is told, "OFFSET TEXT", and says so.
std::unique_ptr<child> writer_on(host const& where, std::size_t size = board_size) {
  return where.run_until_ready([size](parent_link const& parent) {
    auto const memory = mapping::open_or_create("Board", size);
    auto const seen = memory.map();
    parent.say("ready");
    for (auto told = parent.hear(); !told.empty(); told = parent.hear()) {
      auto const gap = told.find(' ');
      auto const text = told.substr(gap + 1);
      std::memcpy(seen.data() + std::stoull(told), text.data(), text.size());
      parent.say("written");
    }
  });
}

void write(child const& which, std::size_t offset, std::string const& text) {
  which.say(std::to_string(offset) + " " + text);
  EXPECT_EQ(which.hear(), "written");
}

/// `size` bytes of a host's mapping; empty: there is none.
std::string bytes_on(host const& where, std::size_t offset, std::size_t size) {
  auto const asked = where.run([&](parent_link const& parent) {
    auto const memory = mapping::try_open("Board", access::read_only);
    if (memory && memory->size() >= offset + size) {
      auto const seen = memory->map(access::read_only);
      parent.say(std::string(reinterpret_cast<char const*>(seen.data()) + offset, size));
    } else {
      parent.say("");
    }
  });
  return asked->hear();
}

bool has(host const& where, std::size_t offset, std::string const& text) {
  return eventually([&] { return bytes_on(where, offset, text.size()) == text; });
}

TEST(MapBridge, BothHostsWriteAndHaveWhatTheOtherWrote) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  auto const on_a = writer_on(a);
  write(*on_a, 0, "first");
  auto const bridge_a = a.bridge(board(server, direction::both));
  ASSERT_TRUE(eventually([&] { return a.status("Board").sent == 1; })) << a.status("Board").problem;
  auto const bridge_b = b.bridge(board(server, direction::both));
  ASSERT_TRUE(has(b, 0, "first")) << b.status("Board").problem;
  auto const on_b = writer_on(b);
  write(*on_b, 200000, "second");
  ASSERT_TRUE(has(a, 200000, "second")) << a.status("Board").problem;
  EXPECT_EQ(bytes_on(a, 0, 5), "first");
  write(*on_a, board_size - 5, "third");
  ASSERT_TRUE(has(b, board_size - 5, "third")) << b.status("Board").problem;
  for (int i = 0; i < 10; ++i) {
    auto const text = std::to_string(100 + i);
    write(i % 2 == 0 ? *on_a : *on_b, 70000, text);
    ASSERT_TRUE(has(i % 2 == 0 ? b : a, 70000, text)) << i;
  }
  EXPECT_EQ(bytes_on(b, 200000, 6), "second");
  // Nobody sends back what it was told.
  EXPECT_LE(a.status("Board").sent + b.status("Board").sent, 13U);
}

/// Changes all of it, again and again, in steps that are whole under `how`.
std::unique_ptr<child> changer_on(host const& where, guard how) {
  return where.run_until_ready([how](parent_link const& parent) {
    auto const memory = mapping::open_or_create("Board", board_size);
    auto const seen = memory.map();
    auto const lock = mutex::open_or_create("board lock");
    std::atomic_ref<std::uint64_t> const word(seen.as<std::uint64_t>());
    parent.say("ready");
    auto const rounds = std::stoull(parent.hear());
    for (std::uint64_t n = 1; n <= rounds; ++n) {
      if (how == guard::mutex) lock.lock();
      if (how == guard::seqlock) word.fetch_add(1);
      std::memset(seen.data() + sizeof n, static_cast<int>(n), board_size - sizeof n);
      if (how == guard::seqlock) word.fetch_add(1);
      if (how == guard::mutex) lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    parent.say("changed");
    (void)parent.hear();
  });
}

/// Looks until all of it has this value, and says how often it had several.
std::unique_ptr<child> looker_on(host const& where, guard how, int last) {
  return where.run_until_ready([how, last](parent_link const& parent) {
    auto const memory = mapping::open_or_create("Board", board_size);
    auto const seen = memory.map();
    auto const lock = mutex::open_or_create("board lock");
    std::atomic_ref<std::uint64_t> const word(seen.as<std::uint64_t>());
    parent.say("ready");
    std::vector<std::byte> copy(board_size);
    std::uint64_t torn = 0;
    for (;;) {
      if (how == guard::mutex) lock.lock();
      auto const before = word.load();
      std::memcpy(copy.data(), seen.data(), copy.size());
      std::atomic_thread_fence(std::memory_order_acquire);
      bool const whole = how == guard::mutex || (before % 2 == 0 && word.load() == before);
      if (how == guard::mutex) lock.unlock();
      if (!whole) continue;
      auto const one = copy.back();
      if (std::any_of(copy.begin() + 8, copy.end(), [&](auto each) { return each != one; })) ++torn;
      if (one == static_cast<std::byte>(last)) break;
    }
    parent.say(std::to_string(torn));
  });
}

class MapBridgeGuard : public testing::TestWithParam<guard> {};

TEST_P(MapBridgeGuard, WhatIsSeenElsewhereIsAlwaysWhole) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr int last = 200;
  auto const changes = changer_on(a, GetParam());
  auto const looks = looker_on(b, GetParam(), last);
  auto in = b.bridge(board(server, direction::in, GetParam()));
  auto const out = a.bridge(board(server, direction::out, GetParam()));
  ASSERT_TRUE(carries(a, "Board")) << a.status("Board").problem;
  ASSERT_TRUE(carries(b, "Board")) << b.status("Board").problem;
  changes->say(std::to_string(last));
  // Killed in the middle of it, the next one finishes what it began. Of a mutex the next owner is told instead.
  for (int i = 0; i < 5 && GetParam() == guard::seqlock; ++i) {
    auto const before = b.status("Board").received;
    ASSERT_TRUE(
        eventually([&] { return b.status("Board").received != before || bytes_on(a, 8, 1)[0] == char(last); }));
    in->kill();
    in = b.bridge(board(server, direction::in, GetParam()));
  }
  EXPECT_EQ(changes->hear(), "changed");
  EXPECT_EQ(looks->hear(), "0") << "mixtures";
}

INSTANTIATE_TEST_SUITE_P(All, MapBridgeGuard, testing::Values(guard::mutex, guard::seqlock),
                         [](auto const& which) { return which.param == guard::mutex ? "Mutex" : "Seqlock"; });

/// The bucket where lists and pages stand, as one sees it who is no bridge.
class map_bucket {
 public:
  explicit map_bucket(nats_server const& server) {
    EXPECT_EQ(nats_make(connection_, natsConnection_ConnectTo, server.url().c_str()), NATS_OK);
    EXPECT_EQ(nats_make(js_, natsConnection_JetStream, connection_.get(), static_cast<jsOptions*>(nullptr)), NATS_OK);
    EXPECT_EQ(nats_make(store_, js_KeyValue, js_.get(), "coview__map"), NATS_OK);
  }
  void put(std::span<std::byte const> envelope) const {
    EXPECT_EQ(kvStore_Put(nullptr, store_.get(), "Board", envelope.data(), static_cast<int>(envelope.size())),
              NATS_OK);
  }
  void put(page_list const& list, std::uint64_t stream) const {
    batch one({});
    one.add(list.bytes());
    put(one.finish({.kind = carried::mapping, .stream = stream}));
  }
  void remove(std::string const& key) const { EXPECT_EQ(kvStore_Delete(store_.get(), key.c_str()), NATS_OK); }

 private:
  std::unique_ptr<natsConnection, nats_delete<natsConnection_Destroy>> connection_;
  nats_stream_context js_;
  nats_store store_;
};

/// In a process of its own: who has libnats' threads cannot fork others that use it.
void with_bucket(host const& where, nats_server const& server, std::function<void(map_bucket const&)> const& act) {
  auto const client = where.run([&](parent_link const& parent) {
    act(map_bucket(server));
    parent.say("done");
  });
  EXPECT_EQ(client->hear(), "done");
}

/// What a bridge leaves that is killed in the middle of writing.
void leave_half_written(host const& where, guard how) {
  auto const killed = where.run([how](parent_link const& parent) {
    auto const memory = mapping::open("Board");
    auto const seen = memory.map();
    auto const book = mapping::open(ledger::name_for(carried::mapping, "Board"));
    auto const noted = book.map();
    auto& in = noted.as<ledger_page>().in;
    in.hash = 0;
    in.active = how == guard::seqlock ? 1 + (seen.as<std::uint64_t>() |= 1U) : 1;
    std::memcpy(seen.data() + 200000, "half", 4);
    parent.say("killed");
  });
  EXPECT_EQ(killed->hear(), "killed");
}

TEST_P(MapBridgeGuard, WhatAKilledBridgeLeftHalfWrittenIsWrittenWholeAndNotSent) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  auto const writes = writer_on(a);
  write(*writes, 10, "one");
  auto const out = a.bridge(board(server, direction::out, GetParam()));
  auto both = b.bridge(board(server, direction::both, GetParam()));
  ASSERT_TRUE(has(b, 10, "one")) << b.status("Board").problem;
  ASSERT_TRUE(eventually([&] { return b.status("Board").received == 1; }));
  auto const on_b = writer_on(b);
  both->kill();
  leave_half_written(b, GetParam());
  // Without this page there is nothing to finish it with, yet.
  auto const page = hex_of(a.status("Board").stream) + ".page.3.1";
  with_bucket(a, server, [&](auto const& bucket) { bucket.remove(page); });
  both = b.bridge(board(server, direction::both, GetParam()));
  ASSERT_TRUE(
      eventually([&] { return b.status("Board").problem.find("killed while it wrote") != std::string::npos; }));
  write(*writes, 200000, "three");
  ASSERT_TRUE(has(b, 200000, "three")) << b.status("Board").problem;
  EXPECT_EQ(bytes_on(b, 10, 3), "one");
  EXPECT_EQ(b.status("Board").sent, 0U);
  ASSERT_TRUE(eventually([&] { return b.status("Board").received == 2; }));
  write(*on_b, 100000, "four");
  ASSERT_TRUE(eventually([&] { return b.status("Board").sent == 1; })) << b.status("Board").problem;
}

/// One that only sends now, after one that also received was killed while it wrote.
TEST_P(MapBridgeGuard, WhoOnlySendsNowWritesWholeWhatWasHalfWrittenBeforeItSends) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  auto const writes = writer_on(a);
  write(*writes, 200000, "three");
  auto const out = a.bridge(board(server, direction::out, GetParam()));
  auto both = b.bridge(board(server, direction::both, GetParam()));
  ASSERT_TRUE(has(b, 200000, "three")) << b.status("Board").problem;
  ASSERT_TRUE(eventually([&] { return b.status("Board").received == 1; }));
  auto const on_b = writer_on(b);
  both->kill();
  leave_half_written(b, GetParam());
  both = b.bridge(board(server, direction::out, GetParam()));
  ASSERT_TRUE(has(b, 200000, "three")) << b.status("Board").problem;
  EXPECT_EQ(b.status("Board").sent, 0U);
  write(*on_b, 100000, "four");
  ASSERT_TRUE(eventually([&] { return b.status("Board").sent == 1; })) << b.status("Board").problem;
}

TEST(MapBridge, ListsThatLieAreRefused) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  auto const writes = writer_on(a);
  write(*writes, 10, "one");
  auto both = a.bridge(board(server, direction::both));
  ASSERT_TRUE(eventually([&] { return a.status("Board").sent == 1; })) << a.status("Board").problem;
  auto const own = a.status("Board").stream;
  both->kill();
  page_list large;
  large.size = 1U << 30U;
  large.page_size = page_list::largest_page;
  large.pages.resize(large.size / large.page_size, {own, 1, 7});
  // As if it were this host's own, of another size; and then the same as another's.
  with_bucket(a, server, [&](auto const& bucket) { bucket.put(large, own); });
  both = a.bridge(board(server, direction::both));
  ASSERT_TRUE(eventually([&] { return a.status("Board").sent == 2; })) << a.status("Board").problem;
  with_bucket(a, server, [&](auto const& bucket) { bucket.put(large, own + 1); });
  ASSERT_TRUE(eventually([&] { return a.status("Board").refused == 1; })) << a.status("Board").problem;
  both->kill();
  // A piece of something, as this host's own.
  std::vector<std::byte> const message(100);
  cutter cut(message, {}, envelope::header_size + 64);
  auto const piece = cut.piece(0, {.kind = carried::mapping, .stream = own});
  with_bucket(a, server, [&](auto const& bucket) { bucket.put(piece); });
  both = a.bridge(board(server, direction::both));
  ASSERT_TRUE(eventually([&] { return a.status("Board").refused == 2; })) << a.status("Board").problem;
  EXPECT_EQ(bytes_on(a, 10, 3), "one");
}

TEST(MapBridge, AServerThatWasGoneAndBridgesThatWereKilledCostNothingButTime) {
  NEEDS_NATS_SERVER();
  nats_server server;
  host const a;
  host const b;
  auto const writes = writer_on(a);
  auto out = a.bridge(board(server, direction::out));
  auto in = b.bridge(board(server, direction::in));
  write(*writes, 10, "one");
  ASSERT_TRUE(has(b, 10, "one")) << b.status("Board").problem;
  server.kill();
  write(*writes, 10, "two");
  server.start();
  ASSERT_TRUE(has(b, 10, "two")) << b.status("Board").problem;
  for (int i = 0; i < 6; ++i) {
    auto const text = std::to_string(300 + i);
    (i % 2 == 0 ? in : out)->kill();
    write(*writes, 100000, text);
    if (i % 2 == 0) {
      in = b.bridge(board(server, direction::in));
    } else {
      out = a.bridge(board(server, direction::out));
    }
    ASSERT_TRUE(has(b, 100000, text)) << i << b.status("Board").problem;
  }
}

TEST(MapBridge, AnotherSizeIsRefusedAndSaid) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  auto const writes = writer_on(a);
  auto const other = writer_on(b, 4096);
  write(*writes, 0, "one");
  auto const out = a.bridge(board(server, direction::out));
  auto const in = b.bridge(board(server, direction::in));
  ASSERT_TRUE(eventually([&] { return b.status("Board").refused != 0; }));
  ASSERT_TRUE(eventually([&] { return b.status("Board").problem.find("another size") != std::string::npos; }));
  EXPECT_EQ(b.status("Board").received, 0U);
}

TEST(PageList, ContradictionsAreNoList) {
  page_list list;
  list.size = 100000;
  list.page_size = 65536;
  list.pages = {{1, 2, 3}, {4, 5, 6}};
  auto const right = list.bytes();
  auto const read = page_list::read(right);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pages, list.pages);
  EXPECT_EQ(read->size, list.size);
  for (std::size_t length = 0; length < right.size(); ++length) {
    EXPECT_FALSE(page_list::read(std::span(right).first(length))) << length;
  }
  auto const with = [&](auto const& change) {
    auto other = list;
    change(other);
    return page_list::read(other.bytes()).has_value();
  };
  EXPECT_FALSE(with([](auto& l) { l.size = 0; }));
  EXPECT_FALSE(with([](auto& l) { l.size = std::numeric_limits<std::uint64_t>::max(); }));
  EXPECT_FALSE(with([](auto& l) { l.size = 65536; }));
  EXPECT_FALSE(with([](auto& l) { l.page_size = 0; }));
  EXPECT_FALSE(with([](auto& l) { l.page_size = 50000; }));
  EXPECT_FALSE(with([](auto& l) { l.size = 2, l.page_size = 1; }));
  EXPECT_FALSE(with([](auto& l) { l.page_size = page_list::largest_page + 1; }));
  EXPECT_FALSE(with([](auto& l) { l.pages.pop_back(); }));
}

}  // namespace
}  // namespace coview
