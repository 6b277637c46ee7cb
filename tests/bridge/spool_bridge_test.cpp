// SPDX-License-Identifier: Apache-2.0
// A queue that goes out with a spool on disk: senders go on without a server, and what they sent outlives bridges
// that are killed and hosts that begin anew.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <optional>
#include <random>

#include <coview/mapping.hpp>
#include <coview/queue.hpp>

#include "bridge/host.hpp"
#include "bridge/spool_folder.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"

namespace coview {
namespace {

using namespace coview_test;

constexpr std::size_t job_size = 1000;
constexpr std::uint64_t queue_capacity = 256U << 10U;
queue_options const job_queue{.capacity = queue_capacity, .type = {.name = "numbered", .size = 0, .version = 3}};

bridge_options spooled_jobs(nats_server const& server, spool_folder const& where) {
  auto options = bridge_for(server, {.what = carried::queue, .name = "jobs", .way = direction::out});
  options.spool_directory = where.path();
  options.spool = 64U << 20U;
  return options;
}

bridge_options jobs_in(nats_server const& server) {
  return bridge_for(server, {.what = carried::queue, .name = "jobs", .way = direction::in});
}

/// Sends so many numbers each time that it is told, the first of which is `first`, and says when they are in the
/// queue.
std::unique_ptr<child> numberer_on(host const& where, std::uint64_t first = 0, std::size_t size = job_size) {
  return where.run_until_ready([&](parent_link const& parent) {
    auto const to = queue::open_or_create("jobs", job_queue);
    std::vector<std::byte> job(size);
    auto next = first;
    parent.say("ready");
    for (auto told = parent.hear(); !told.empty(); told = parent.hear()) {
      for (auto count = std::stoull(told); count != 0; --count, ++next) {
        std::memcpy(job.data(), &next, sizeof next);
        to.send(job);
      }
      parent.say("sent");
    }
  });
}

/// What came to the one receiver.
class arrivals {
 public:
  arrivals() : memory_(mapping::anonymous(sizeof(facts))), view_(memory_.map()) { new (view_.data()) facts{}; }
  struct facts {
    std::atomic<std::uint64_t> in_order;      ///< 0, 1, 2 … without a gap
    std::atomic<std::uint64_t> out_of_order;  ///< anything else
  };
  [[nodiscard]] facts& now() const { return *reinterpret_cast<facts*>(view_.data()); }
  [[nodiscard]] bool are(std::uint64_t count) const {
    return eventually([&] { return now().in_order == count || now().out_of_order != 0; }) && now().out_of_order == 0;
  }

 private:
  mapping memory_;
  view view_;
};

std::unique_ptr<child> only_receiver_on(host const& where, arrivals const& all) {
  return where.run_until_ready([&](parent_link const& parent) {
    auto const from = queue::open_or_create("jobs", job_queue);
    parent.say("ready");
    for (;;) {
      auto const job = from.receive();
      std::uint64_t number = 0;
      std::memcpy(&number, job->bytes().data(), sizeof number);
      auto& now = all.now();
      (number == now.in_order ? now.in_order : now.out_of_order).fetch_add(1);
    }
  });
}

std::string state_of_both(host const& a, host const& b, arrivals const& all) {
  return std::to_string(all.now().in_order) + " in order, " + std::to_string(all.now().out_of_order) +
         " out of order; out: " + a.status("jobs").problem + ", spool " + std::to_string(a.status("jobs").spooled) +
         "; in: " + b.status("jobs").problem;
}

TEST(SpoolBridge, WithoutAServerSendersGoOnWhileBridgesAreKilled) {
  NEEDS_NATS_SERVER();
  nats_server server;
  server.kill();
  spool_folder const disk;
  host const a;
  host const b;
  constexpr std::uint64_t rounds = 12;
  constexpr std::uint64_t each = 500;
  static_assert(each * job_size > queue_capacity);
  auto const sender = numberer_on(a);
  auto out = a.bridge(spooled_jobs(server, disk));
  std::mt19937 random(4);  // NOLINT: the same in every run
  for (std::uint64_t i = 0; i < rounds; ++i) {
    sender->say(std::to_string(each));
    // Somewhere among them: when so many more are on the disk.
    auto const enough = i * each + random() % each;
    ASSERT_TRUE(eventually([&] { return a.status("jobs").spooled >= enough; })) << a.status("jobs").problem;
    out->kill();
    out = a.bridge(spooled_jobs(server, disk));
    ASSERT_EQ(sender->hear(), "sent");
  }
  ASSERT_TRUE(eventually([&] { return a.status("jobs").spooled == rounds * each; })) << a.status("jobs").spooled;
  EXPECT_GT(a.status("jobs").spooled_bytes, rounds * each * job_size);
  EXPECT_FALSE(a.status("jobs").connected);
  EXPECT_NE(a.status("jobs").problem, "");
  server.start();
  arrivals const all;
  auto const receiver = only_receiver_on(b, all);
  auto const in = b.bridge(jobs_in(server));
  // And while it is handed over.
  for (auto const some : {rounds * each / 4, rounds * each / 2}) {
    ASSERT_TRUE(eventually([&] { return all.now().in_order >= some; })) << state_of_both(a, b, all);
    out->kill();
    out = a.bridge(spooled_jobs(server, disk));
  }
  sender->say(std::to_string(each));
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(all.are((rounds + 1) * each)) << state_of_both(a, b, all);
  ASSERT_TRUE(eventually([&] { return a.status("jobs").spooled == 0; }));
  EXPECT_EQ(a.status("jobs").spooled_bytes, 0U);
  EXPECT_EQ(std::filesystem::file_size(disk.file()), spool_layout::records_begin);
  EXPECT_EQ(all.now().out_of_order, 0U);
}

TEST(SpoolBridge, WhatWasSpooledOutlivesTheHostsMemory) {
  NEEDS_NATS_SERVER();
  nats_server server;
  server.kill();
  spool_folder const disk;
  std::optional<host> a(std::in_place);
  constexpr std::uint64_t count = 1000;
  {
    auto const sender = numberer_on(*a);
    auto const out = a->bridge(spooled_jobs(server, disk));
    sender->say(std::to_string(count));
    ASSERT_EQ(sender->hear(), "sent");
    ASSERT_TRUE(eventually([&] { return a->status("jobs").spooled == count; })) << a->status("jobs").problem;
    out->kill();
  }
  // Queue and ledger are gone; what is on the disk is not.
  a.reset();
  a.emplace();
  server.start();
  auto const out = a->bridge(spooled_jobs(server, disk));
  ASSERT_TRUE(eventually([&] { return a->status("jobs").sent == count; })) << a->status("jobs").problem;
  EXPECT_EQ(a->status("jobs").spooled, 0U);
  host const b;
  arrivals const all;
  // The bridge makes it there, with the type that the queue had.
  auto const in = b.bridge(jobs_in(server));
  ASSERT_TRUE(eventually([&] { return b.status("jobs").in_hand != 0; })) << b.status("jobs").problem;
  auto const receiver = only_receiver_on(b, all);
  auto const sender = numberer_on(*a, count);
  sender->say(std::to_string(count));
  ASSERT_TRUE(all.are(2 * count)) << state_of_both(*a, b, all);
}

TEST(SpoolBridge, AServerThatComesAndGoesLosesNothingAndRepeatsNothing) {
  NEEDS_NATS_SERVER();
  nats_server server;
  spool_folder const disk;
  host const a;
  host const b;
  constexpr std::uint64_t rounds = 4;
  constexpr std::uint64_t each = 600;
  auto const sender = numberer_on(a);
  auto const out = a.bridge(spooled_jobs(server, disk));
  ASSERT_TRUE(carries(a, "jobs"));
  for (std::uint64_t i = 0; i < rounds; ++i) {
    server.kill();
    // What is on its way when a server goes may be stored out of order, as without a spool.
    ASSERT_TRUE(eventually([&] { return !a.status("jobs").connected; }));
    sender->say(std::to_string(each));
    ASSERT_EQ(sender->hear(), "sent") << "the queue has no room for all of them";
    EXPECT_GT(a.status("jobs").spooled, 0U);
    server.start();
    ASSERT_TRUE(eventually([&] { return a.status("jobs").sent == each * (2 * i + 1); })) << a.status("jobs").problem;
    sender->say(std::to_string(each));
    ASSERT_EQ(sender->hear(), "sent");
    ASSERT_TRUE(eventually([&] { return a.status("jobs").sent == each * (2 * i + 2); })) << a.status("jobs").problem;
    EXPECT_EQ(a.status("jobs").spooled, 0U);
  }
  arrivals const all;
  auto const receiver = only_receiver_on(b, all);
  auto const in = b.bridge(jobs_in(server));
  ASSERT_TRUE(all.are(2 * rounds * each)) << state_of_both(a, b, all);
  EXPECT_EQ(a.status("jobs").repeated, 0U);
}

TEST(SpoolBridge, AFullSpoolHasSendersWaitAndSaysWhy) {
  NEEDS_NATS_SERVER();
  nats_server server;
  server.kill();
  spool_folder const disk;
  host const a;
  host const b;
  constexpr std::uint64_t count = 2000;
  auto options = spooled_jobs(server, disk);
  options.spool = 100 * disk_spool::size_of(job_size, "numbered");
  auto const sender = numberer_on(a);
  auto const out = a.bridge(options);
  sender->say(std::to_string(count));
  ASSERT_TRUE(eventually([&] { return a.status("jobs").problem.find("is full (--spool)") != std::string::npos; }));
  EXPECT_EQ(a.status("jobs").spooled, 100U);
  EXPECT_EQ(a.status("jobs").spooled_bytes, options.spool);
  server.start();
  arrivals const all;
  auto const receiver = only_receiver_on(b, all);
  auto const in = b.bridge(jobs_in(server));
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(all.are(count)) << state_of_both(a, b, all);
}

/// On a tmpfs that only the bridge sees.
TEST(SpoolBridge, AFullDiskLeavesMessagesInTheQueueAndSaysWhy) {
  NEEDS_NATS_SERVER();
  NEEDS_ROOT();
  nats_server server;
  server.kill();
  spool_folder const disk;
  host const a;
  host const b;
  constexpr std::uint64_t count = 200;
  static_assert(count * job_size < queue_capacity);
  auto const sender = numberer_on(a);
  sender->say(std::to_string(count));
  ASSERT_EQ(sender->hear(), "sent");
  child place([&](parent_link const& parent) {
    if (!own_mounts()) return parent.say("no mounts");
    scoped_tmpfs const small(disk.path(), "size=64k");
    if (!small.ok()) return parent.say("no mounts");
    auto const out = a.bridge(spooled_jobs(server, disk));
    parent.say("carries");
    (void)parent.hear();
  });
  auto const said = place.hear();
  if (said == "no mounts") GTEST_SKIP() << "cannot mount in a namespace of its own here";
  ASSERT_EQ(said, "carries");
  ASSERT_TRUE(eventually([&] { return a.status("jobs").problem.find("No space left") != std::string::npos; }))
      << a.status("jobs").problem;
  EXPECT_LT(a.status("jobs").spooled, count);
  server.start();
  arrivals const all;
  auto const receiver = only_receiver_on(b, all);
  auto const in = b.bridge(jobs_in(server));
  ASSERT_TRUE(all.are(count)) << state_of_both(a, b, all);
}

/// The bridge ends while the spool is full: what it had received goes to the next one.
TEST(SpoolBridge, OneThatEndsLeavesWhatItCouldNotKeep) {
  NEEDS_NATS_SERVER();
  nats_server server;
  server.kill();
  spool_folder const disk;
  host const a;
  host const b;
  constexpr std::uint64_t count = 200;
  auto options = spooled_jobs(server, disk);
  options.spool = 100 * disk_spool::size_of(job_size, "numbered");
  auto const sender = numberer_on(a);
  auto out = a.bridge(options);
  sender->say(std::to_string(count));
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(eventually([&] { return a.status("jobs").problem.find("is full (--spool)") != std::string::npos; }));
  out->say("end");
  EXPECT_EQ(out->wait(), 0);
  server.start();
  out = a.bridge(options);
  arrivals const all;
  auto const receiver = only_receiver_on(b, all);
  auto const in = b.bridge(jobs_in(server));
  ASSERT_TRUE(all.are(count)) << state_of_both(a, b, all);
}

TEST(SpoolBridge, LargeMessagesTravelInPartsFromTheSpool) {
  NEEDS_NATS_SERVER();
  nats_server server("max_payload: 20000");
  server.kill();
  spool_folder const disk;
  host const a;
  host const b;
  constexpr std::uint64_t count = 20;
  auto const sender = numberer_on(a, 0, 50000);
  auto const out = a.bridge(spooled_jobs(server, disk));
  sender->say(std::to_string(count));
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(eventually([&] { return a.status("jobs").spooled == count; })) << a.status("jobs").problem;
  server.start();
  arrivals const all;
  auto const receiver = only_receiver_on(b, all);
  auto const in = b.bridge(jobs_in(server));
  ASSERT_TRUE(all.are(count)) << state_of_both(a, b, all);
}

/// The damage is said and counted; everything else arrives.
TEST(SpoolBridge, ADamagedMessageIsCountedAsLost) {
  NEEDS_NATS_SERVER();
  nats_server server;
  server.kill();
  spool_folder const disk;
  host const a;
  constexpr std::uint64_t count = 10;
  auto const sender = numberer_on(a);
  auto out = a.bridge(spooled_jobs(server, disk));
  sender->say(std::to_string(count));
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(eventually([&] { return a.status("jobs").spooled == count; })) << a.status("jobs").problem;
  out->kill();
  {
    std::fstream file(disk.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(spool_layout::records_begin +
                                           3 * disk_spool::size_of(job_size, "numbered") + 500));
    file.put('x');
  }
  out = a.bridge(spooled_jobs(server, disk));
  ASSERT_TRUE(eventually([&] { return a.status("jobs").problem.find("damaged") != std::string::npos; }));
  EXPECT_EQ(a.status("jobs").spooled, count - 1);
  server.start();
  ASSERT_TRUE(eventually([&] { return a.status("jobs").sent == count - 1; })) << a.status("jobs").problem;
  EXPECT_EQ(a.status("jobs").lost_out, 1U);
  EXPECT_EQ(a.status("jobs").spooled, 0U);
}

TEST(SpoolBridge, ADirectoryThatIsMissingIsRefusedAtOnce) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  spool_folder const disk;
  host const a;
  auto options = spooled_jobs(server, disk);
  options.spool_directory += "/missing";
  std::string failed;
  auto const refused = a.bridge(options, &failed);
  EXPECT_EQ(std::atoi(failed.c_str()), ENOENT) << failed;
  EXPECT_NE(failed.find("mkdir"), std::string::npos) << failed;
}

TEST(SpoolBridge, WhatItIsNotForIsRefusedWithARemedy) {
  bridge_options options;
  options.spool_directory = "/var/spool/jobs";
  options.channels = {{.what = carried::queue, .name = "jobs", .way = direction::out},
                      {.what = carried::topic, .name = "cam"},
                      {.what = carried::log, .name = "events", .way = direction::in}};
  bridge::check(options);
  options.channels.back().way = direction::both;
  EXPECT_ERROR(std::errc::invalid_argument, "log 'events'", bridge::check(options));
  options.channels.pop_back();
  options.channels.front().way = direction::in;
  EXPECT_ERROR(std::errc::invalid_argument, "only queues that go out", bridge::check(options));
  options.channels.front().way = direction::out;
  options.spool = 4095;
  EXPECT_ERROR(std::errc::invalid_argument, "room", bridge::check(options));
  options.spool = 4096;
  bridge::check(options);
}

}  // namespace
}  // namespace coview
