// SPDX-License-Identifier: Apache-2.0
#include "bridge/carrier.hpp"

#include <csignal>

namespace coview::inline bridging {

carrier::carrier(bridge_channel const& channel, bridge_options const& options)
    : channel_(channel),
      options_(options),
      subject_(subject_for(options.prefix, channel.what, channel.outside.empty() ? channel.name : channel.outside)),
      book_(channel, subject_) {}

void carrier::join() noexcept {
  for (auto& each : threads_) {
    if (each.joinable()) each.join();
  }
  threads_.clear();
}

void carrier::start(connection& server) {
  server_ = &server;
  // Who waits for the first link says why.
  book_.problem(server.problem());
  start_threads();
}

void carrier::begin_thread(std::function<void()> body) {
  // Signals are the program's, not this thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  threads_.emplace_back([body = std::move(body)] {
    body();
    // libnats keeps something for each thread that called it.
    nats_ReleaseThreadMemory();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void carrier::run(std::function<void(link&)> session) {
  begin_thread([this, session = std::move(session)] {
    constexpr std::chrono::milliseconds breath(300);
    while (auto const over = server_->wait()) {
      try {
        session(*over);
        continue;
      } catch (std::exception const& e) {
        note(*over, e.what());
      }
      if (!server_->sleep(breath)) break;
    }
  });
}

void carrier::run(std::function<void(link&)> session, std::function<void(std::string const&)> alone) {
  begin_thread([this, session = std::move(session), alone = std::move(alone)] {
    constexpr std::chrono::milliseconds breath(300);
    while (!server_->stopping()) {
      std::string failed;
      auto over = server_->now();
      if (over && over->is_up()) {
        try {
          session(*over);
          continue;
        } catch (std::exception const& e) {
          failed = e.what();
          note(*over, failed);
        }
      }
      // One that is closed meanwhile is nobody's.
      over.reset();
      try {
        alone(failed);
        continue;
      } catch (std::exception const& e) {
        note_alone(e.what());
      }
      if (!server_->sleep(breath)) break;
    }
  });
}

bool carrier::server_is_there() const {
  auto const over = server_->now();
  return over && over->is_up();
}

void carrier::note(link const& over, std::string const& trouble) {
  bool const hears = channel_.way == direction::out || hears_.load(std::memory_order_relaxed);
  bool const watches = channel_.way != direction::both || watches_.load(std::memory_order_relaxed);
  book_.page().connected.store(over.is_up() && hears && watches ? 1 : 0, std::memory_order_relaxed);
  auto const of_server = server_->problem();
  book_.problem(of_server.empty() ? trouble : of_server);
}

void carrier::note_alone(std::string const& trouble) {
  book_.page().connected.store(0, std::memory_order_relaxed);
  auto const of_server = server_->problem();
  book_.problem(of_server.empty() || trouble.empty() ? of_server + trouble : trouble + "; " + of_server);
}

void carrier::listens(link const& over) {
  hears(over.is_up());
  auto const known = book_.page().connected.load(std::memory_order_relaxed) != 0;
  if (known != over.is_up()) note(over);
}

envelope carrier::facts(std::uint64_t sequence) const {
  envelope about;
  about.kind = channel_.what;
  about.stream = book_.stream();
  about.sequence = sequence;
  about.lost = book_.page().lost_out.load(std::memory_order_relaxed);
  about.time = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  return about;
}

std::unique_ptr<carrier> make_carrier(bridge_channel const& channel, bridge_options const& options) {
  switch (channel.what) {
    case carried::queue:
      return make_queue_carrier(channel, options);
    case carried::latest:
      return make_latest_carrier(channel, options);
    case carried::mapping:
      return make_mapping_carrier(channel, options);
    default:
      return make_topic_carrier(channel, options);
  }
}

}  // namespace coview::inline bridging
