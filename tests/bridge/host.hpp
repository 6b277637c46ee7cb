// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <coview/bridge.hpp>

#include "bridge/nats_server.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

/// Hosts of a test: folders of objects of their own, in which processes run.
namespace coview_test {

class host {
 public:
  host() : root_((std::filesystem::path("/dev/shm") / "coview-host-XXXXXX").string()) {
    if (mkdtemp(root_.data()) == nullptr) std::abort();
  }
  host(host const&) = delete;
  host& operator=(host const&) = delete;
  ~host() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  /// A process of this host.
  [[nodiscard]] std::unique_ptr<child> run(child::body const& body) const {
    return std::make_unique<child>([this, &body](parent_link const& parent) {
      setenv("COVIEW_ROOT", root_.c_str(), 1);
      body(parent);
    });
  }
  /// A process that has said that it is ready.
  [[nodiscard]] std::unique_ptr<child> run_until_ready(child::body const& body) const {
    auto made = run(body);
    EXPECT_EQ(made->hear(), "ready");
    return made;
  }
  /// A bridge, which carries when this returns, or says why not.
  [[nodiscard]] std::unique_ptr<child> bridge(coview::bridge_options const& options,
                                              std::string* failed = nullptr) const {
    auto made = run([&](parent_link const& parent) {
      std::unique_ptr<coview::bridge> carries;
      try {
        carries = std::make_unique<coview::bridge>(options);
      } catch (coview::error const& e) {
        parent.say(std::to_string(e.code().value()) + " " + e.what());
        return;
      }
      parent.say("carries");
      (void)parent.hear();
      carries.reset();
    });
    auto const said = made->hear();
    if (failed != nullptr) *failed = said == "carries" ? "" : said;
    return made;
  }
  /// What the ledger of a channel says.
  [[nodiscard]] coview::bridge_status status(std::string const& name) const {
    coview::bridge_status found;
    auto const asked = run([&](parent_link const& parent) {
      for (auto const& each : coview::bridges()) {
        if (each.name != name) continue;
        for (auto const number : {each.sent, each.lost_out, each.received, each.lost_in, each.repeated, each.refused,
                                  each.in_hand, each.origins, std::uint64_t(each.connected ? 1 : 0), each.stream,
                                  std::uint64_t(each.process), each.lag, each.spooled, each.spooled_bytes}) {
          parent.say(std::to_string(number));
        }
        parent.say(each.problem + ".");
      }
    });
    std::vector<std::uint64_t> numbers;
    std::string said;
    for (int i = 0; i < 14; ++i) {
      said = asked->hear();
      numbers.push_back(std::strtoull(said.c_str(), nullptr, 10));
    }
    found.sent = numbers[0];
    found.lost_out = numbers[1];
    found.received = numbers[2];
    found.lost_in = numbers[3];
    found.repeated = numbers[4];
    found.refused = numbers[5];
    found.in_hand = numbers[6];
    found.origins = numbers[7];
    found.connected = numbers[8] != 0;
    found.stream = numbers[9];
    found.process = static_cast<pid_t>(numbers[10]);
    found.lag = numbers[11];
    found.spooled = numbers[12];
    found.spooled_bytes = numbers[13];
    found.problem = asked->hear();
    if (!found.problem.empty()) found.problem.pop_back();
    return found;
  }

 private:
  std::string root_;
};

/// What the bridge of one channel is told.
inline coview::bridge_options bridge_for(nats_server const& server, coview::bridge_channel channel) {
  coview::bridge_options options;
  options.servers = server.url();
  options.channels.push_back(std::move(channel));
  return options;
}

/// Waits until something is so; false after a minute, which no correct run needs.
inline bool eventually(std::function<bool()> const& is_so) {
  auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

/// Whether a host's bridge comes to carry a channel.
inline bool carries(host const& where, std::string const& name) {
  return eventually([&] { return where.status(name).connected; });
}

}  // namespace coview_test
